//! What a strange window is known by: the terms that made it, each as a number. Pure.
//!
//! Two windows show the same failure when they share a key. So keys must be what a failure always says, and nothing else does: a template that is
//! new stands for its line and all words in it, since `ERROR` stands in many failures; a word counts by itself only where the line around it is
//! usual. Counts, shares and silence are signs of many failures: they are keys of their own (`marks`), and weaker ones.

use super::{Reason, Term};

/// A term counts as usual when it stood in more than one of so many windows.
const RARE: u64 = 20;

/// A term is heavy when it weighs at least this share of the heaviest.
const HEAVY: f32 = 0.5;

/// The mark of a window of which nobody can say what is strange.
const UNEXPLAINED: u64 = 1;

/// What a window, or an alert, is known by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Keys {
    /// Templates and tokens.
    pub written: Vec<u64>,
    /// Counts, what is missing, what came too often, the order of lines.
    pub marks: Vec<u64>,
    /// Written terms without which alone the window would be below its threshold: one known failure is all of it.
    pub sufficing: Vec<u64>,
    /// Of `written`, the templates for which one and the same term stands: a failure that unfolds says it in one line after another.
    pub kin: Vec<Vec<u64>>,
}

impl Keys {
    /// Of the terms that suffice to bring the window below its threshold; where none are known, of the heavy ones.
    pub(super) fn of(reason: &Reason) -> Self {
        let mut keys = Self::default();
        for place in leading(reason) {
            let term = &reason.terms[place];
            if !term.is_written() || is_usual_template(term) {
                push(&mut keys.marks, mark(term));
                continue;
            }
            let templates: Vec<u64> = new_templates_of(reason, term).map(|template| template.id).collect();
            if templates.is_empty() {
                push(&mut keys.written, term.id);
            }
            templates.iter().for_each(|&id| push(&mut keys.written, id));
            keys.kin.extend(Some(templates).filter(|kin| kin.len() > 1));
        }
        if keys.written.is_empty() && keys.marks.is_empty() {
            keys.marks.push(UNEXPLAINED);
        }
        let alone = reason.terms.iter().filter(|term| term.is_written() && term.without.is_some_and(|rest| rest < 1.0));
        keys.sufficing = alone.map(|term| term.id).collect();
        keys
    }

    /// New templates that stand beside the keys: said when the failure was first seen, so they are signs of it too.
    pub(super) fn companions(reason: &Reason) -> impl Iterator<Item = u64> + '_ {
        reason.terms.iter().filter(|term| is_new_template(term)).map(|term| term.id)
    }
}

fn push(ids: &mut Vec<u64>, id: u64) {
    if !ids.contains(&id) {
        ids.push(id);
    }
}

/// Places of the terms that make the window strange.
fn leading(reason: &Reason) -> Vec<usize> {
    let needed = reason.counterfactual.as_ref().map_or(&[][..], |found| &found.terms);
    let needed: Vec<usize> =
        needed.iter().map(|&place| place as usize).filter(|&place| place < reason.terms.len()).collect();
    if !needed.is_empty() {
        return needed;
    }
    let heaviest = reason.terms.iter().map(|term| term.weight).fold(0.0, f32::max);
    (0..reason.terms.len()).filter(|&place| reason.terms[place].weight >= HEAVY * heaviest).collect()
}

/// Templates that are new and stand on a line with the term; the term itself, if it is one.
fn new_templates_of<'a>(reason: &'a Reason, term: &'a Term) -> impl Iterator<Item = &'a Term> {
    let beside = |other: &&Term| is_new_template(other) && other.lines.iter().any(|line| term.lines.contains(line));
    reason.terms.iter().filter(beside)
}

fn is_new_template(term: &Term) -> bool {
    term.kind == "template" && !is_usual_template(term)
}

/// Then it is its count that is strange.
fn is_usual_template(term: &Term) -> bool {
    term.kind == "template" && term.seen.saturating_mul(RARE) > term.of
}

/// A template that is missing has the id of the template: the kind makes another key of it.
fn mark(term: &Term) -> u64 {
    let kind = term.kind.bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    term.id.rotate_left(17) ^ kind.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::Counterfactual;

    fn term(id: u64, kind: &str, seen: u64, lines: &[u32]) -> Term {
        let (text, kind, lines) = (format!("t{id}"), kind.into(), lines.into());
        Term { text, kind, id, seen, of: 100, lines, weight: 0.5, without: Some(2.0), change: None }
    }

    fn reason(terms: Vec<Term>, needed: &[u32]) -> Reason {
        let counterfactual = Some(Counterfactual { terms: needed.into(), score: 0.4 }).filter(|_| !needed.is_empty());
        Reason { terms, counterfactual, ..Reason::default() }
    }

    #[test]
    fn a_word_of_a_new_line_stands_for_the_line() {
        let found =
            reason(vec![term(1, "token", 0, &[3]), term(2, "template", 0, &[3]), term(3, "token", 0, &[9])], &[0]);
        assert_eq!(Keys::of(&found).written, [2], "ERROR is a word of many failures");
        let usual = reason(vec![term(1, "token", 0, &[3]), term(2, "template", 90, &[3])], &[0]);
        assert_eq!(Keys::of(&usual).written, [1], "here the word is what is new");
    }

    #[test]
    fn the_new_lines_of_one_word_are_kin() {
        let lines = [term(2, "template", 0, &[3]), term(4, "template", 0, &[5]), term(6, "template", 0, &[7])];
        let found = reason([&[term(1, "token", 0, &[3, 5])][..], &lines].concat(), &[0, 3]);
        let keys = Keys::of(&found);
        assert_eq!((keys.written, keys.kin), (vec![2, 4, 6], vec![vec![2, 4]]));
    }

    #[test]
    fn what_is_not_needed_is_no_key() {
        let found = reason(
            vec![term(1, "template", 0, &[0]), term(2, "template", 0, &[1]), term(3, "column", 9, &[])],
            &[1, 2],
        );
        let keys = Keys::of(&found);
        assert_eq!((keys.written.as_slice(), keys.marks.len()), (&[2][..], 1));
        assert_eq!(Keys::companions(&found).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn of_a_usual_line_the_count_is_what_is_strange() {
        let keys = Keys::of(&reason(vec![term(1, "token", 0, &[3]), term(7, "template", 99, &[5])], &[0, 1]));
        assert_eq!((keys.written, keys.marks.len()), (vec![1], 1));
    }

    #[test]
    fn a_template_that_is_missing_is_another_key_than_the_template() {
        let here = Keys::of(&reason(vec![term(7, "template", 0, &[0])], &[0]));
        let gone = Keys::of(&reason(vec![term(7, "missing", 99, &[])], &[0]));
        let often = Keys::of(&reason(vec![term(7, "frequency", 99, &[1])], &[0]));
        assert_eq!(here.written, [7]);
        assert!(gone.written.is_empty() && gone.marks != often.marks && gone.marks != [7]);
    }

    #[test]
    fn without_a_measure_the_heavy_terms_count_and_without_terms_one_mark() {
        let mut light = term(2, "template", 0, &[1]);
        light.weight = 0.2;
        assert_eq!(Keys::of(&reason(vec![term(1, "template", 0, &[0]), light], &[])).written, [1]);
        assert_eq!(Keys::of(&Reason::default()).marks, [UNEXPLAINED]);
    }

    #[test]
    fn what_suffices_alone_is_told() {
        let mut alone = term(4, "template", 0, &[0]);
        alone.without = Some(0.9);
        assert_eq!(Keys::of(&reason(vec![alone, term(5, "template", 0, &[1])], &[1])).sufficing, [4]);
    }
}
