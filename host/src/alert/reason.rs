//! Why a window is strange, in terms of its lines.
//!
//! The plugins name suspects (`detector.explain`, `vectorizer.explain`); the host then takes the lines of each suspect out of the window and
//! scores what is left. How far the score falls is the term's part: exact, and the same for every detector.

use super::{Reason, ShownLine, TERM_LINES_MAX, Term};
use crate::history::Verdict;
use crate::line::{Line, Lines};
use crate::pipeline::live::Live;
use crate::plugins::{self, PluginError};
use crate::window::{Cut, Windows};

/// Suspects asked of the vectorizer, and how many of them are tried by taking their lines out.
const TERMS_MAX: u32 = 12;
const TRIED_MAX: usize = 8;

/// Lines shown in a reason, and characters of each.
const LINES_SHOWN: usize = 3;
const LINE_CHARS_MAX: usize = 400;

/// Characters of a term in the sentence.
const TERM_CHARS_MAX: usize = 120;

/// Explains the one window in `window`, which was given `verdict`. Calls block; costs about ten scorings of the window.
pub fn explain(live: &mut Live, window: &Windows, verdict: &Verdict) -> Result<Reason, PluginError> {
    let suspects = live.terms(window, TERMS_MAX)?;
    let mut tries = Windows::default();
    let mut tried = 0;
    let is_tried: Vec<bool> = suspects
        .iter()
        .map(|term| {
            let usable = tried < TRIED_MAX && push_without(&mut tries, window, |line| term.lines.contains(&line));
            tried += usize::from(usable);
            usable
        })
        .collect();
    let all = push_without(&mut tries, window, |line| suspects.iter().any(|term| term.lines.contains(&line)));
    let scores = if tries.is_empty() { Vec::new() } else { live.score(&tries)? };
    let mut rests = scores.into_iter().map(|score| score / verdict.threshold);
    let mut terms: Vec<Term> = Vec::new();
    for (suspect, is_tried) in suspects.iter().zip(is_tried) {
        terms.push(as_term(suspect, if is_tried { rests.next() } else { None }));
    }
    let without_all = if all { rests.next() } else { None };
    share_out(&mut terms, verdict.scaled());
    Ok(Reason {
        sentence: sentence(&terms, without_all),
        lines: shown_lines(&window.lines, &terms),
        terms,
        without_all,
    })
}

/// Weights by how far the score falls without each term, the heaviest first; the plugin's weights where it never falls.
fn share_out(terms: &mut [Term], scaled: f32) {
    let fall = |term: &Term| term.without.map_or(0.0, |rest| (scaled - rest).max(0.0));
    let total: f32 = terms.iter().map(fall).sum();
    if total > 0.0 {
        for term in terms.iter_mut() {
            term.weight = fall(term) / total;
        }
    }
    terms.sort_by(|a, b| b.weight.total_cmp(&a.weight));
}

/// Appends the window without the lines that `drop` names; false where no line would be left or none is dropped.
fn push_without(tries: &mut Windows, window: &Windows, drop: impl Fn(u32) -> bool) -> bool {
    let mut rest = Lines::default();
    for (index, line) in (0..).zip(window.lines.iter()) {
        if !drop(index) {
            rest.push(line);
        }
    }
    let usable = !rest.is_empty() && rest.len() < window.lines.len();
    if usable {
        tries.push(&rest, &Cut { lines: 0..rest.len(), begin_ns: window.begins[0], end_ns: window.ends[0] });
    }
    usable
}

fn as_term(term: &plugins::Term, without: Option<f32>) -> Term {
    Term {
        text: term.text.clone(),
        kind: term.kind.clone(),
        id: term.id,
        seen: term.seen,
        of: term.of,
        lines: term.lines.iter().copied().take(TERM_LINES_MAX).collect(),
        weight: term.weight,
        without,
    }
}

/// One line for each of the first terms that stand in lines.
fn shown_lines(lines: &Lines, terms: &[Term]) -> Vec<ShownLine> {
    let mut shown: Vec<u32> = Vec::new();
    for term in terms {
        if let Some(&place) = term.lines.iter().find(|place| !shown.contains(place)) {
            shown.push(place);
        }
        if shown.len() == LINES_SHOWN {
            break;
        }
    }
    shown.sort_unstable();
    shown.iter().map(|&place| shown_line(lines.get(place as usize))).collect()
}

fn shown_line(line: Line<'_>) -> ShownLine {
    ShownLine {
        time_ns: line.time_ns,
        output: line.output,
        text: cut(&String::from_utf8_lossy(line.text), LINE_CHARS_MAX),
    }
}

/// One sentence for people.
fn sentence(terms: &[Term], without_all: Option<f32>) -> String {
    let Some(lead) = terms.iter().find(|term| term.is_written()).or(terms.first()) else {
        return "the window as a whole is unusual; no single line or count stands out".into();
    };
    let text = cut(&lead.text, TERM_CHARS_MAX);
    let mut sentence = match (lead.is_written(), lead.seen) {
        (false, _) if lead.kind == "missing" => {
            format!("absent, though seen in {} of {} windows: \u{201c}{text}\u{201d}", lead.seen, lead.of)
        }
        (false, _) => format!("unusual {text}"),
        (true, 0) => format!("never seen in {} windows: \u{201c}{text}\u{201d}", lead.of),
        (true, seen) => format!("seen in {seen} of {} windows: \u{201c}{text}\u{201d}", lead.of),
    };
    let more = terms.iter().filter(|term| term.is_written() && term.kind == lead.kind && term.seen == 0).count();
    if lead.is_written() && lead.seen == 0 && more > 1 {
        sentence += &format!(" and {} more like it", more - 1);
    }
    // Only where taking them out makes the window usual is it the whole reason.
    if let Some(rest) = without_all.filter(|&rest| lead.is_written() && rest < 1.0) {
        sentence += &format!("; without such lines the window would score {rest:.1} of the threshold");
    }
    sentence
}

/// The first `chars_max` characters, with a mark where there were more.
fn cut(text: &str, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::Output;

    fn term(text: &str, kind: &str, seen: u64, without: Option<f32>) -> Term {
        Term { text: text.into(), kind: kind.into(), id: 1, seen, of: 200, lines: vec![], weight: 0.0, without }
    }

    #[test]
    fn a_new_template_is_named_with_what_would_be_left() {
        let terms = [term("connection refused to <ip>", "template", 0, Some(0.6)), term("x", "template", 0, None)];
        assert_eq!(
            sentence(&terms, Some(0.62)),
            "never seen in 200 windows: “connection refused to <ip>” and 1 more like it; without such lines the window would score 0.6 of the threshold"
        );
    }

    #[test]
    fn a_rare_template_tells_how_often_it_was_seen() {
        assert_eq!(sentence(&[term("retry", "template", 3, None)], None), "seen in 3 of 200 windows: “retry”");
    }

    #[test]
    fn a_count_is_named_where_no_line_stands_out() {
        assert_eq!(sentence(&[term("volume", "column", 0, None)], None), "unusual volume");
        assert!(sentence(&[], None).contains("as a whole"));
    }

    #[test]
    fn a_usual_line_that_did_not_come_is_named_as_absent() {
        assert_eq!(
            sentence(&[term("heartbeat", "missing", 190, None)], None),
            "absent, though seen in 190 of 200 windows: “heartbeat”"
        );
    }

    #[test]
    fn weights_are_shares_of_how_far_the_score_falls() {
        let mut terms =
            [term("a", "template", 0, Some(1.5)), term("b", "template", 0, Some(0.5)), term("c", "column", 0, None)];
        share_out(&mut terms, 2.0);
        assert_eq!(
            terms.map(|term| (term.text, term.weight)),
            [("b".into(), 0.75), ("a".into(), 0.25), ("c".into(), 0.0)]
        );
    }

    #[test]
    fn taking_lines_out_keeps_the_others_in_order() {
        let lines: Lines = [b"a", b"b", b"c"]
            .map(|text| Line { time_ns: 1, output: Output::Stdout, text: text.as_slice() })
            .into_iter()
            .collect();
        let mut window = Windows::default();
        window.push(&lines, &Cut { lines: 0..3, begin_ns: 0, end_ns: 9 });
        let mut tries = Windows::default();
        assert!(push_without(&mut tries, &window, |line| line == 1));
        assert_eq!(tries.lines.data(), b"ac");
        assert!(!push_without(&mut tries, &window, |_| true), "nothing would be left");
        assert!(!push_without(&mut tries, &window, |_| false), "nothing is dropped");
        assert_eq!(tries.len(), 1);
    }

    #[test]
    fn long_texts_are_cut_at_a_character() {
        assert_eq!(cut("äöü", 2), "äö…");
        assert_eq!(cut("äöü", 3), "äöü");
    }
}
