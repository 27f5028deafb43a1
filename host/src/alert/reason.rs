//! Why a window is strange, in terms of its lines.
//!
//! The plugins name suspects (`detector.explain`, `vectorizer.explain`), and so does a comparison with the nearest normal window (`normal`,
//! `suspects`). For each the host makes the window as it would be if the suspect stood in
//! it as in that normal window (`edit`), and scores that: how far the score falls is the term's part, exact and the same for
//! every plugin. Then it looks for the fewest terms without which the window is below its threshold (`fewest`).
//!
//! Cost, for a window that alarms: three explanations by the plugins, at most `SCORINGS_MAX` scorings of the window and at most
//! `SCORED_BYTES_MAX` bytes of text scored; once for each generation the rows of the reference (`normal::WINDOWS_MAX`). Calls block.

use super::edit::{Base, Edit, Tries, Usual, templates_of};
use super::fewest::{Measured, measure};
use super::normal::{Nearest, Reference};
use super::sentence::{cut, sentence};
use super::suspects::{Suspect, Suspects};
use super::{Counterfactual, NormalWindow, Reason, ShownLine, TERM_LINES_MAX, Term};
use crate::history::Verdict;
use crate::line::{Line, Lines};
use crate::pipeline::live::Live;
use crate::plugins::{self, PluginError};
use crate::window::Windows;

/// Suspects asked of the vectorizer.
const TERMS_MAX: u32 = 64;

/// Terms of a window that are asked for to know how often each stands in it.
const ALL_TERMS_MAX: u32 = 2_000;

/// Terms of a reason, beside those that the counterfactual needs.
const TERMS_KEPT: usize = 16;

/// Most scorings of a window, and most bytes of text in them; each suspect alone and all together are scored in any case.
const SCORINGS_MAX: usize = 192;
const SCORED_BYTES_MAX: usize = 64 << 20;

/// Changed windows are scored when they have this much text, so that few are held at once.
const TRIES_BYTES_MAX: usize = 8 << 20;

/// Lines shown in a reason and of the normal window, and characters of each.
const LINES_SHOWN: usize = 3;
const NORMAL_LINES_SHOWN: usize = 40;
const LINE_CHARS_MAX: usize = 400;

/// Explains the one window in `window`, which was given `verdict`. `reference` are windows that were not strange.
pub fn explain(
    live: &mut Live,
    window: &Windows,
    verdict: &Verdict,
    reference: &mut Reference,
) -> Result<Reason, PluginError> {
    let named = live.terms(window, TERMS_MAX)?;
    let nearest = reference.nearest(live, window, verdict.threshold)?;
    let normal = nearest.as_ref().map(|nearest| as_normal(nearest, verdict));
    let usual = nearest.map(|nearest| known(live, nearest)).transpose()?;
    let columns = live.columns()?;
    let here = if usual.is_some() { live.all_terms(window, ALL_TERMS_MAX)? } else { Vec::new() };
    let templates = templates_of(window.lines.len(), &here);
    let base = Base { window, templates, usual: usual.as_ref() };
    let suspects = Suspects::new(named, here, base.out_of_order(), base.usual, &columns);
    let mut trial = Trial { live, base, threshold: verdict.threshold };
    let most = SCORINGS_MAX.min(SCORED_BYTES_MAX / window.lines.text_bytes().max(1));
    let measured = measure(suspects.edits.len(), most, |sets| trial.scores(&suspects.edits, sets))?;
    Ok(reason(window, verdict, &suspects, &measured, normal))
}

fn known(live: &mut Live, nearest: Nearest) -> Result<Usual, PluginError> {
    let terms = live.all_terms(&nearest.window, ALL_TERMS_MAX)?;
    Ok(Usual::new(nearest.window, terms))
}

/// What scores changed windows.
struct Trial<'a> {
    live: &'a mut Live,
    base: Base<'a>,
    threshold: f32,
}

impl Trial<'_> {
    /// The score with each set of edits made, in units of the threshold; infinite where nothing would be left of the window.
    fn scores(&mut self, edits: &[Edit], sets: &[Vec<usize>]) -> Result<Vec<f32>, PluginError> {
        let mut scores = Vec::with_capacity(sets.len());
        let (mut tries, mut usable) = (Tries::default(), Vec::new());
        for (at, set) in sets.iter().enumerate() {
            let made: Vec<&Edit> = set.iter().map(|&place| &edits[place]).collect();
            usable.push(tries.push(&self.base, &made));
            if tries.windows.lines.text_bytes() >= TRIES_BYTES_MAX || at + 1 == sets.len() {
                let mut scored = self.score(&std::mem::take(&mut tries))?.into_iter();
                let next = usable.drain(..).map(|usable| if usable { scored.next() } else { None });
                scores.extend(next.map(|score| score.map_or(f32::INFINITY, |score| score / self.threshold)));
            }
        }
        Ok(scores)
    }

    fn score(&mut self, tries: &Tries) -> Result<Vec<f32>, PluginError> {
        if tries.windows.is_empty() {
            return Ok(Vec::new());
        }
        self.live.score_as(&tries.windows, self.base.usual.map(|usual| &usual.window), &tries.columns)
    }
}

/// Puts together what was found.
fn reason(
    window: &Windows,
    verdict: &Verdict,
    suspects: &Suspects,
    measured: &Measured,
    normal: Option<NormalWindow>,
) -> Reason {
    let finite = |score: f32| Some(score).filter(|score| score.is_finite());
    let mut terms: Vec<(Term, bool)> = Vec::new();
    let mut needed: Vec<usize> = measured.fewest.clone();
    for Suspect { term, edit } in &suspects.terms {
        let without = edit.and_then(|edit| finite(measured.alone[edit]));
        let change = edit.map(|edit| suspects.edits[edit].change);
        // Of terms with the same change the first one stands for it.
        let stands_for =
            edit.and_then(|edit| needed.iter().position(|&known| known == edit)).map(|at| needed.remove(at));
        terms.push((Term { change, ..as_term(term, without) }, stands_for.is_some()));
    }
    share_out(&mut terms, verdict.scaled());
    let mut kept = 0..TERMS_KEPT;
    terms.retain(|(_, needed)| kept.next().is_some() || *needed);
    let counterfactual = measured.rest.and_then(finite).map(|score| Counterfactual {
        terms: (0..).zip(&terms).filter(|(_, (_, needed))| *needed).map(|(place, _)| place).collect(),
        score,
    });
    let terms: Vec<Term> = terms.into_iter().map(|(term, _)| term).collect();
    Reason {
        sentence: sentence(&terms, counterfactual.as_ref()),
        lines: shown_lines(&window.lines, &terms),
        terms,
        without_all: measured.all.and_then(finite),
        counterfactual,
        normal,
    }
}

/// Weights by how far the score falls without each term, the heaviest first; the plugin's weights where it never falls.
fn share_out<T>(terms: &mut [(Term, T)], scaled: f32) {
    let fall = |term: &Term| term.without.map_or(0.0, |rest| (scaled - rest).max(0.0));
    let total: f32 = terms.iter().map(|(term, _)| fall(term)).sum();
    if total > 0.0 {
        for (term, _) in terms.iter_mut() {
            term.weight = fall(term) / total;
        }
    }
    terms.sort_by(|(a, _), (b, _)| b.weight.total_cmp(&a.weight));
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
        change: None,
    }
}

fn as_normal(nearest: &Nearest, verdict: &Verdict) -> NormalWindow {
    let window = &nearest.window;
    NormalWindow {
        begin_ns: window.begins[0],
        end_ns: window.ends[0],
        score: nearest.score / verdict.threshold,
        lines: window.lines.iter().take(NORMAL_LINES_SHOWN).map(shown_line).collect(),
        lines_total: window.lines.len() as u64,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn term(text: &str, kind: &str, without: Option<f32>) -> (Term, ()) {
        let (text, kind) = (text.into(), kind.into());
        (Term { text, kind, id: 1, seen: 0, of: 200, lines: vec![], weight: 0.0, without, change: None }, ())
    }

    #[test]
    fn weights_are_shares_of_how_far_the_score_falls() {
        let mut terms = [term("a", "template", Some(1.5)), term("b", "template", Some(0.5)), term("c", "column", None)];
        share_out(&mut terms, 2.0);
        assert_eq!(
            terms.map(|(term, ())| (term.text, term.weight)),
            [("b".into(), 0.75), ("a".into(), 0.25), ("c".into(), 0.0)]
        );
    }
}
