//! What may have made a window strange: what the plugins name, and how it differs from a normal window. Pure.
//!
//! The plugins' word is not enough: they name few terms, the words of one new line fill that up, and what is usual in itself, such as a line that
//! came too seldom, is hard to blame for a detector. How often each template stands here and there is known, so every difference can be tried.

use std::collections::BTreeMap;

use super::edit::{Edit, Usual};
use crate::plugins::{Column, Term};

/// Of the terms that the plugins name, the first ones are told whether they can be tried or not: by them failures are told apart.
const TOLD_MAX: usize = 12;

/// Most different changes that are tried for what the plugins name, and for all.
const NAMED_MAX: usize = 12;
pub(super) const TRIED_MAX: usize = 24;

/// The kind of the term that speaks of the order of lines.
pub(super) const ORDER: &str = "order";

/// A term that is suspected, and what can be changed for it.
#[derive(Debug)]
pub(super) struct Suspect {
    pub(super) term: Term,
    /// Place in `Suspects::edits`.
    pub(super) edit: Option<usize>,
}

/// All suspects, the heaviest first, and the different changes for them, at most `TRIED_MAX`.
#[derive(Debug, Default)]
pub(super) struct Suspects {
    pub(super) terms: Vec<Suspect>,
    pub(super) edits: Vec<Edit>,
}

/// Ids of tokens and of templates are different things; a template that is missing is a template.
pub(super) fn is_token(term: &Term) -> bool {
    term.kind == "token"
}

impl Suspects {
    /// `named` by the plugins for the window, in which `here` are all terms.
    /// `moved` are lines that stand in another order than in the normal window.
    pub(super) fn new(
        named: Vec<Term>,
        here: Vec<Term>,
        moved: Vec<u32>,
        usual: Option<&Usual>,
        columns: &[Column],
    ) -> Self {
        let mut suspects = Self::default();
        let known: Vec<(bool, u64)> = named.iter().map(|term| (is_token(term), term.id)).collect();
        for (place, term) in named.into_iter().enumerate() {
            let edit = Edit::of(&term, usual, columns);
            suspects.push(term, edit, place < TOLD_MAX, NAMED_MAX);
        }
        let Some(usual) = usual else { return suspects };
        if !moved.is_empty() {
            let term = ordered(moved);
            let edit = Edit::of(&term, Some(usual), columns);
            suspects.push(term, edit, false, TRIED_MAX);
        }
        for term in differences(here, usual) {
            if !known.contains(&(is_token(&term), term.id)) {
                let edit = Edit::of(&term, Some(usual), columns);
                suspects.push(term, edit, false, TRIED_MAX);
            }
        }
        suspects
    }

    /// A change that is there already is not tried again; who can only be told, or comes when `most` are there, is left out unless `told`.
    fn push(&mut self, term: Term, edit: Option<Edit>, told: bool, most: usize) {
        let known = edit.as_ref().and_then(|edit| self.edits.iter().position(|known| known.is_as(edit)));
        let place = match (edit, known) {
            (Some(edit), None) if self.edits.len() < most => {
                self.edits.push(edit);
                Some(self.edits.len() - 1)
            }
            (_, Some(_)) | (Some(_) | None, None) if !told => return,
            (_, known) => known,
        };
        self.terms.push(Suspect { term, edit: place });
    }
}

/// The order of lines. Its id is a number that no hash of text has a reason to be.
fn ordered(lines: Vec<u32>) -> Term {
    Term { text: "the order of lines".into(), kind: ORDER.into(), id: u64::MAX, lines, seen: 0, of: 0, weight: 0.0 }
}

/// Templates that stand more or less often here than there, those first that differ most. They are no signs of a failure by themselves: absent
/// ones are `missing`, the others of the kind `frequency`.
fn differences(here: Vec<Term>, usual: &Usual) -> Vec<Term> {
    let mut counts: BTreeMap<u64, (usize, usize, Option<Term>)> = BTreeMap::new();
    for term in here.into_iter().filter(|term| !is_token(term) && !term.lines.is_empty()) {
        let entry = counts.entry(term.id).or_default();
        entry.0 = term.lines.len();
        entry.2 = Some(Term { kind: "frequency".into(), weight: 0.0, ..term });
    }
    for term in usual.terms.iter().filter(|term| !is_token(term) && !term.lines.is_empty()) {
        let entry = counts.entry(term.id).or_default();
        entry.1 = term.lines.len();
        let missing = || Term { kind: "missing".into(), lines: Vec::new(), weight: 0.0, ..term.clone() };
        entry.2.get_or_insert_with(missing);
    }
    // By the ratio, so that one line in place of none is more than nine in place of ten.
    let by = |&(a, b, _): &(usize, usize, Option<Term>)| ((a as f64 + 0.5) / (b as f64 + 0.5)).ln().abs();
    let mut different: Vec<(f64, Term)> =
        counts.into_values().filter(|(a, b, _)| a != b).filter_map(|found| Some((by(&found), found.2?))).collect();
    different.sort_by(|a, b| b.0.total_cmp(&a.0));
    different.into_iter().map(|(_, term)| term).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::Change;
    use crate::line::{Line, Lines, Output};
    use crate::window::{Cut, Windows};

    fn term(kind: &str, id: u64, lines: &[u32]) -> Term {
        Term { text: format!("t{id}"), kind: kind.into(), id, lines: lines.into(), seen: 1, of: 9, weight: 0.1 }
    }

    /// Template 1 once, 2 twice, 3 once.
    fn usual() -> Usual {
        let lines: Lines = (0..4).map(|time_ns| Line { time_ns, output: Output::Stdout, text: b"x" }).collect();
        let mut windows = Windows::default();
        windows.push(&lines, &Cut { lines: 0..4, begin_ns: 0, end_ns: 9 });
        let terms = vec![term("template", 1, &[0]), term("template", 2, &[1, 2]), term("template", 3, &[3])];
        Usual::new(windows, terms)
    }

    fn listed(suspects: &Suspects) -> Vec<(&str, u64, Option<usize>)> {
        suspects.terms.iter().map(|one| (one.term.kind.as_str(), one.term.id, one.edit)).collect()
    }

    #[test]
    fn what_differs_from_the_normal_window_is_suspected_too() {
        let here = vec![term("template", 1, &[0, 2, 3]), term("template", 2, &[1, 4]), term("template", 9, &[5])];
        let suspects = Suspects::new(vec![term("template", 9, &[5])], here, vec![5], Some(&usual()), &[]);
        // 3 is lacking: ln 3; of 1 there are three: ln (7/3).
        assert_eq!(
            listed(&suspects),
            [("template", 9, Some(0)), (ORDER, u64::MAX, Some(1)), ("missing", 3, Some(2)), ("frequency", 1, Some(3))]
        );
        assert_eq!(suspects.edits[3].change, Change::Fewer { from: 3, to: 1 });
    }

    #[test]
    fn the_words_of_one_line_are_one_change() {
        let named = vec![term("template", 9, &[5]), term("token", 10, &[5]), term("token", 11, &[5])];
        let suspects = Suspects::new(named, Vec::new(), Vec::new(), None, &[]);
        assert_eq!(suspects.edits.len(), 1);
        assert_eq!(listed(&suspects), [("template", 9, Some(0)), ("token", 10, Some(0)), ("token", 11, Some(0))]);
    }

    #[test]
    fn beyond_those_that_are_told_only_what_can_be_tried_is_taken() {
        let named: Vec<Term> = (0..40).map(|id| term("token", id, &[u32::try_from(id / 2).unwrap()])).collect();
        let suspects = Suspects::new(named, Vec::new(), Vec::new(), None, &[]);
        assert_eq!(suspects.edits.len(), NAMED_MAX);
        assert_eq!(suspects.terms.len(), 12 + 6, "twelve with six changes, then one for each further change");
    }
}
