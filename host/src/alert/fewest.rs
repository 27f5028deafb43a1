//! The fewest terms without which a window is not strange any more. Pure: it is given a function that scores.
//!
//! Greedy: the term that brings the score down furthest, then the one that does so together with it, and so on. Where a few do not suffice, more
//! are taken in the order of what each does alone, and then as many put back as can be. Each step is scored anew, since terms hide each
//! other.

/// Terms that are looked for one after the other before many are taken at once.
const STEPS_MAX: usize = 4;

/// What came of it. Scores are scaled so that 1.0 is the threshold.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Measured {
    /// Without each term alone.
    pub(super) alone: Vec<f32>,
    /// Without all of them; `None` where there are none.
    pub(super) all: Option<f32>,
    /// The fewest terms without which the score is below 1, rising; where none do, those that bring it lowest.
    pub(super) fewest: Vec<usize>,
    /// The score without these.
    pub(super) rest: Option<f32>,
}

/// Measures `count` terms. `score` is given sets of terms and answers the score without each set; it is asked for `count + 1` sets and after
/// that for further ones up to `scorings_max` altogether.
pub(super) fn measure<E>(
    count: usize,
    scorings_max: usize,
    score: impl FnMut(&[Vec<usize>]) -> Result<Vec<f32>, E>,
) -> Result<Measured, E> {
    if count == 0 {
        return Ok(Measured::default());
    }
    let mut search = Search { score, left: scorings_max.max(count + 1) };
    let everything: Vec<usize> = (0..count).collect();
    let singles = everything.iter().map(|&term| vec![term]).chain([everything.clone()]);
    let mut alone = search.ask(&singles.collect::<Vec<_>>())?.unwrap_or_default();
    let all = alone.pop().unwrap_or(f32::INFINITY);
    let mut found = search.few(&alone)?;
    if found.1 >= 1.0 {
        found = lower(found, search.many(&alone)?);
        found = lower(found, (everything, all));
    }
    let (mut fewest, rest) = search.put_back(found)?;
    fewest.sort_unstable();
    Ok(Measured { alone, all: Some(all), fewest, rest: Some(rest) })
}

/// A set and the score without it.
type Set = (Vec<usize>, f32);

struct Search<F> {
    score: F,
    /// Scorings that are left.
    left: usize,
}

impl<E, F: FnMut(&[Vec<usize>]) -> Result<Vec<f32>, E>> Search<F> {
    /// `None` where too few scorings are left.
    fn ask(&mut self, sets: &[Vec<usize>]) -> Result<Option<Vec<f32>>, E> {
        let Some(left) = self.left.checked_sub(sets.len()) else { return Ok(None) };
        self.left = left;
        (self.score)(sets).map(Some)
    }

    /// One term after the other, each time the one that does most.
    fn few(&mut self, alone: &[f32]) -> Result<Set, E> {
        let (first, mut rest) = lowest(alone);
        let mut set = vec![first];
        while rest >= 1.0 && set.len() < STEPS_MAX.min(alone.len()) {
            let others: Vec<usize> = (0..alone.len()).filter(|term| !set.contains(term)).collect();
            let sets: Vec<Vec<usize>> =
                others.iter().map(|&term| set.iter().copied().chain([term]).collect()).collect();
            let Some(scores) = self.ask(&sets)? else { break };
            let (at, score) = lowest(&scores);
            // A step that does not help may still be the first of two that do.
            set.push(others[at]);
            rest = score;
        }
        Ok((set, rest))
    }

    /// Those that do most alone: as few of them as suffice, or the number that brings the score lowest.
    fn many(&mut self, alone: &[f32]) -> Result<Set, E> {
        let mut order: Vec<usize> = (0..alone.len()).collect();
        order.sort_by(|&a, &b| alone[a].total_cmp(&alone[b]));
        let sets: Vec<Vec<usize>> = (1..=order.len()).map(|count| order[..count].to_vec()).collect();
        let Some(scores) = self.ask(&sets)? else {
            return Ok((order, f32::INFINITY));
        };
        let at = scores.iter().position(|&score| score < 1.0).unwrap_or(lowest(&scores).0);
        Ok((order[..=at].to_vec(), scores[at]))
    }

    /// Leaves out of a set that suffices what it does not need.
    fn put_back(&mut self, (mut set, mut rest): Set) -> Result<Set, E> {
        while rest < 1.0 && set.len() > 1 {
            let without = |gone: &[usize]| set.iter().copied().filter(|term| !gone.contains(term)).collect::<Vec<_>>();
            let singles: Vec<Vec<usize>> = set.iter().map(|&term| without(&[term])).collect();
            let Some(scores) = self.ask(&singles)? else { break };
            let mut order: Vec<(f32, usize)> = scores.into_iter().zip(set.iter().copied()).collect();
            order.sort_by(|a, b| a.0.total_cmp(&b.0));
            order.retain(|&(score, _)| score < 1.0);
            if order.is_empty() {
                break;
            }
            // Those that are needed least go together, as many of them as can.
            let gone: Vec<usize> = order.iter().map(|&(_, term)| term).collect();
            let most = gone.len().min(set.len() - 1);
            let together: Vec<Vec<usize>> = (2..=most).map(|count| without(&gone[..count])).collect();
            let scores = self.ask(&together)?.unwrap_or_default();
            let more = scores.iter().rposition(|&score| score < 1.0);
            (set, rest) = match more {
                Some(at) => (together[at].clone(), scores[at]),
                None => (without(&gone[..1]), order[0].0),
            };
        }
        Ok((set, rest))
    }
}

fn lower(a: Set, b: Set) -> Set {
    if b.1 < a.1 { b } else { a }
}

/// The lowest score, the first of equals; scores are at least one.
fn lowest(scores: &[f32]) -> (usize, f32) {
    let at = (0..scores.len()).min_by(|&a, &b| scores[a].total_cmp(&scores[b])).unwrap_or(0);
    (at, scores.get(at).copied().unwrap_or(f32::INFINITY))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A window whose score is 0.4 and what the terms that are left add to it; counts how often it is asked.
    fn measured(parts: &[f32], scorings_max: usize) -> (Measured, usize) {
        let mut asked = 0;
        let measured = measure::<()>(parts.len(), scorings_max, |sets| {
            asked += sets.len();
            Ok(sets.iter().map(|set| rest(parts, set)).collect())
        });
        (measured.unwrap(), asked)
    }

    fn rest(parts: &[f32], set: &[usize]) -> f32 {
        0.4 + (0..parts.len()).filter(|term| !set.contains(term)).map(|term| parts[term]).sum::<f32>()
    }

    #[test]
    fn one_term_that_suffices_is_the_fewest() {
        let (measured, asked) = measured(&[0.1, 2.0, 0.3], 100);
        assert_eq!(measured.fewest, [1]);
        assert!((measured.rest.unwrap() - 0.8).abs() < 1e-6);
        assert_eq!(measured.alone.len(), 3);
        assert_eq!(asked, 4, "each alone, and all");
    }

    #[test]
    fn terms_are_added_until_the_score_is_below_the_threshold() {
        let (measured, asked) = measured(&[0.5, 0.1, 0.7, 0.3], 100);
        // 0.4 + 0.1 + 0.3 is left without the first and the third.
        assert_eq!(measured.fewest, [0, 2]);
        assert_eq!(asked, 5 + 3 + 2, "each and all, each with the third, each of the two alone again");
    }

    #[test]
    fn many_terms_are_taken_at_once_and_put_back_where_they_do_nothing() {
        let parts = [0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.0, 0.0];
        let (measured, _) = measured(&parts, 100);
        assert_eq!(measured.fewest.len(), 5, "one of the six may stay, and both that do nothing: {measured:?}");
        assert!(measured.rest.unwrap() < 1.0);
    }

    #[test]
    fn what_does_not_suffice_is_told_as_it_is() {
        let (measured, _) = measured(&[0.0, 0.0], 100);
        assert!(measured.rest.is_some_and(|rest| (rest - 0.4).abs() < 1e-6));
        let stubborn = measure::<()>(2, 100, |sets| Ok(sets.iter().map(|set| 2.0 - 0.1 * set.len() as f32).collect()));
        let stubborn = stubborn.unwrap();
        assert_eq!((stubborn.fewest, stubborn.rest), (vec![0, 1], Some(1.8)));
    }

    #[test]
    fn nothing_to_take_out_is_nothing_measured() {
        assert_eq!(measured(&[], 100).0, Measured::default());
    }

    #[test]
    fn a_set_that_cannot_be_tried_is_not_chosen() {
        let answer = |sets: &[Vec<usize>]| {
            Ok(sets.iter().map(|set| if set.contains(&0) { f32::INFINITY } else { 0.5 }).collect())
        };
        assert_eq!(measure::<()>(2, 100, answer).unwrap().fewest, [1]);
    }

    proptest! {
        #[test]
        fn scorings_are_bounded_and_the_answer_is_what_was_scored(
            parts in prop::collection::vec(0.0f32..1.0, 1..12),
            more in 0usize..80,
        ) {
            let most = parts.len() + 1 + more;
            let (measured, asked) = measured(&parts, most);
            prop_assert!(asked <= most);
            let again = rest(&parts, &measured.fewest);
            prop_assert_eq!(measured.rest.unwrap().to_bits(), again.to_bits());
            // With all scorings allowed the answer is below the threshold wherever all terms together are.
            prop_assert!(measured.rest.unwrap() < 1.0 || measured.all.unwrap() >= 1.0);
        }
    }
}
