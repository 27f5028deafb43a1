//! A reason as one sentence for people. Pure.

use super::{Change, Counterfactual, Term};

/// Characters of the first term in the sentence, and of each one in what would be without it.
const TERM_CHARS_MAX: usize = 120;
const NAMED_CHARS_MAX: usize = 60;

/// Terms that are named in what would be without them.
const NAMED_MAX: usize = 3;

/// What stands out, how usual it is, and what the window would score without it.
pub(super) fn sentence(terms: &[Term], counterfactual: Option<&Counterfactual>) -> String {
    let Some(lead) = lead(terms, counterfactual) else {
        return "the window as a whole is unusual; no single line or count stands out".into();
    };
    let mut sentence = named(lead);
    let more = terms.iter().filter(|term| term.is_written() && term.kind == lead.kind && term.seen == 0).count();
    if lead.is_written() && lead.seen == 0 && more > 1 {
        sentence += &format!(" and {} more like it", more - 1);
    }
    if let Some(found) = counterfactual {
        sentence += &without(terms, found);
    }
    sentence
}

/// What the sentence begins with: what suffices to make the window usual. Where that is a word, and it stands in a line that never came, the line:
/// it says more.
fn lead<'a>(terms: &'a [Term], counterfactual: Option<&Counterfactual>) -> Option<&'a Term> {
    let first = sufficing(terms, counterfactual)?;
    let is_with_it = |term: &&Term| term.lines.iter().any(|line| first.lines.contains(line));
    let new_line = || terms.iter().filter(is_with_it).find(|term| term.kind == "template" && term.seen == 0);
    Some(if first.kind == "token" { new_line().unwrap_or(first) } else { first })
}

/// What suffices to make the window usual; of that, and else of all, what was written.
fn sufficing<'a>(terms: &'a [Term], counterfactual: Option<&Counterfactual>) -> Option<&'a Term> {
    let sufficing = counterfactual.filter(|found| found.score < 1.0).map_or(&[][..], |found| &found.terms);
    let of_these = || sufficing.iter().filter_map(|&place| terms.get(place as usize));
    of_these()
        .find(|term| term.is_written())
        .or_else(|| of_these().next())
        .or_else(|| terms.iter().find(|term| term.is_written()))
        .or(terms.first())
}

fn named(lead: &Term) -> String {
    let text = cut(&lead.text, TERM_CHARS_MAX);
    let (seen, of) = (count(lead.seen), count(lead.of));
    let stands_in_lines = lead.is_written() || lead.kind == "frequency";
    match (stands_in_lines, lead.seen, lead.change) {
        (false, ..) if lead.kind == "missing" => {
            format!("absent, though seen in {seen} of {of} windows: \u{201c}{text}\u{201d}")
        }
        (false, ..) => format!("unusual: {}", figure(&text)),
        (true, 0, _) => format!("never seen in {of} windows: \u{201c}{text}\u{201d}"),
        (true, _, Some(Change::Fewer { from, to })) => {
            format!("{} where {} would be usual: \u{201c}{text}\u{201d}", lines_of(from as u64), count(to as u64))
        }
        (true, _, Some(Change::Added { lines })) => {
            let here = term_lines(lead);
            let usual = count(here + lines as u64);
            format!("{} where {usual} would be usual: \u{201c}{text}\u{201d}", lines_of(here))
        }
        (true, ..) => format!("seen in {seen} of {of} windows: \u{201c}{text}\u{201d}"),
    }
}

/// As many lines as are kept of it.
fn term_lines(term: &Term) -> u64 {
    term.lines.len() as u64
}

/// The last part of the sentence.
fn without(terms: &[Term], found: &Counterfactual) -> String {
    let score = found.score;
    if score >= 1.0 {
        return format!("; even without these the window would score {score:.1} of the threshold");
    }
    let terms: Vec<&Term> = found.terms.iter().filter_map(|&place| terms.get(place as usize)).collect();
    let mut parts: Vec<String> = terms.iter().take(NAMED_MAX).map(|term| change(term)).collect();
    match terms.len() - parts.len() {
        0 => {}
        1 => parts.push("one more such change".into()),
        more => parts.push(format!("{more} more such changes")),
    }
    let last = parts.pop().unwrap_or_default();
    let all = if parts.is_empty() { last } else { format!("{} and {last}", parts.join(", ")) };
    format!("; {all} this window would score {score:.1} of the threshold")
}

/// What is changed, as it stands before "this window would score".
fn change(term: &Term) -> String {
    let text = cut(&term.text, NAMED_CHARS_MAX);
    match term.change {
        Some(Change::Fewer { from, to }) => {
            format!("with {} \u{201c}{text}\u{201d} instead of {}", count(to as u64), count(from as u64))
        }
        Some(Change::Added { lines: 1 }) => format!("with one more \u{201c}{text}\u{201d}"),
        Some(Change::Added { lines }) => format!("with {} more \u{201c}{text}\u{201d}", count(lines as u64)),
        Some(Change::AsUsual) => format!("with \u{201c}{}\u{201d} as usual", figure(&text)),
        Some(Change::Ordered) => "with its lines in the usual order".into(),
        Some(Change::TakenOut) | None => format!("without \u{201c}{text}\u{201d}"),
    }
}

/// A count by what its column stands for; "How unusual the pace of lines is" speaks of the pace of lines.
fn figure(text: &str) -> &str {
    text.strip_prefix("How unusual ").map_or(text, |rest| rest.strip_suffix(" is").unwrap_or(rest))
}

fn lines_of(number: u64) -> String {
    format!("{} {}", count(number), if number == 1 { "line" } else { "lines" })
}

/// A number with its thousands apart.
fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The first `chars_max` characters, with a mark where there were more.
pub(super) fn cut(text: &str, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn term(text: &str, kind: &str, seen: u64, change: Option<Change>) -> Term {
        let (text, kind) = (text.into(), kind.into());
        Term { text, kind, id: 1, seen, of: 14_210, lines: vec![], weight: 0.0, without: None, change }
    }

    fn without(terms: &[u32], score: f32) -> Option<Counterfactual> {
        Some(Counterfactual { terms: terms.into(), score })
    }

    #[test]
    fn a_new_template_is_named_with_what_would_be_left() {
        let terms = [term("connection refused", "template", 0, Some(Change::TakenOut)), term("x", "template", 0, None)];
        assert_eq!(
            sentence(&terms, without(&[0], 0.62).as_ref()),
            "never seen in 14,210 windows: “connection refused” and 1 more like it; without “connection refused” this window would \
             score 0.6 of the threshold"
        );
    }

    #[test]
    fn a_new_line_is_told_in_place_of_a_word_in_it() {
        let at = |lines: &[u32], term: Term| Term { lines: lines.into(), ..term };
        let terms = [
            at(&[3, 4, 9], term("orders", "token", 72, None)),
            at(&[1], term("another line", "template", 0, None)),
            at(&[4], term("cannot write order", "template", 0, None)),
        ];
        let told = sentence(&terms, without(&[0], 0.5).as_ref());
        assert!(told.starts_with("never seen in 14,210 windows: \u{201c}cannot write order\u{201d}"), "{told}");
        assert!(told.contains("; without \u{201c}orders\u{201d} this window"), "{told}");
        let told = sentence(&terms[..2], without(&[0], 0.5).as_ref());
        assert!(told.starts_with("seen in 72 of 14,210 windows: \u{201c}orders\u{201d}"), "{told}");
    }

    #[test]
    fn what_suffices_comes_first() {
        let terms = [term("a", "template", 0, None), term("b", "missing", 14_000, Some(Change::Added { lines: 1 }))];
        assert_eq!(
            sentence(&terms, without(&[1], 0.5).as_ref()),
            "absent, though seen in 14,000 of 14,210 windows: “b”; with one more “b” this window would score 0.5 of the threshold"
        );
    }

    #[test]
    fn several_changes_are_named_and_many_are_counted() {
        let fewer = Some(Change::Fewer { from: 4_000, to: 3 });
        let terms = [
            term("a", "template", 9_000, fewer),
            term("pace", "column", 0, Some(Change::AsUsual)),
            term("c", "template", 0, Some(Change::TakenOut)),
            term("d", "missing", 0, Some(Change::Added { lines: 2 })),
        ];
        let said = sentence(&terms[..2], without(&[0, 1], 0.9).as_ref());
        assert_eq!(
            said,
            "4,000 lines where 3 would be usual: “a”; with 3 “a” instead of 4,000 and with “pace” as usual this window would \
             score 0.9 of the threshold"
        );
        let said = sentence(&terms, without(&[0, 1, 2, 3], 0.9).as_ref());
        assert!(said.contains("“pace” as usual, without “c” and one more such change this window"), "{said}");
    }

    #[test]
    fn what_does_not_suffice_is_said_so() {
        assert_eq!(
            sentence(&[term("retry", "template", 3, None)], without(&[0], 1.42).as_ref()),
            "seen in 3 of 14,210 windows: “retry”; even without these the window would score 1.4 of the threshold"
        );
    }

    #[test]
    fn a_count_is_named_where_no_line_stands_out() {
        assert_eq!(sentence(&[term("volume", "column", 0, None)], None), "unusual: volume");
        let pace = [term("How unusual the pace of lines is", "column", 0, Some(Change::AsUsual))];
        assert_eq!(
            sentence(&pace, without(&[0], 0.5).as_ref()),
            "unusual: the pace of lines; with “the pace of lines” as usual this window would score 0.5 of the threshold"
        );
        assert!(sentence(&[], None).contains("as a whole"));
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn long_texts_are_cut_at_a_character() {
        assert_eq!(cut("äöü", 2), "äö…");
        assert_eq!(cut("äöü", 3), "äöü");
    }
}
