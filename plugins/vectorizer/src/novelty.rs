//! How new the terms of a window are: templates, tokens, successions alike.

use crate::counter::Count;
use crate::ln::{ln, ln_1p};
use crate::terms::Terms;
use crate::view::View;

/// What a list of terms says together. All figures are 0 when nothing is rare.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Novelty {
    /// The largest surprise.
    pub(crate) max: f32,
    /// The mean of the five largest.
    pub(crate) top: f32,
    /// All surprises together: logarithm of 1 + sum of squares.
    pub(crate) sum: f32,
    /// The mean surprise, repetitions counted by their logarithm.
    pub(crate) mean: f32,
    /// How many terms were never seen: logarithm of 1 + count.
    pub(crate) unseen: f32,
    /// The share of occurrences that are of terms never seen.
    pub(crate) unseen_share: f32,
}

const TOP: usize = 5;

/// The surprise of each term, in the order of `counts`.
pub(crate) fn surprises<'a>(view: View<'a>, terms: &'a Terms, counts: &'a [Count]) -> impl Iterator<Item = f32> + 'a {
    counts.iter().map(move |count| view.surprise(terms.seen_of(count.id)))
}

pub(crate) fn novelty(view: View<'_>, terms: &Terms, counts: &[Count]) -> Novelty {
    let mut top = [0f32; TOP];
    let (mut squares, mut weighted, mut weights) = (0f32, 0f32, 0f32);
    let (mut unseen, mut unseen_count, mut all_count) = (0u32, 0u64, 0u64);
    for count in counts {
        let seen = terms.seen_of(count.id);
        let surprise = view.surprise(seen);
        insert(&mut top, surprise);
        squares += surprise * surprise;
        let weight = ln_1p(count.count);
        weighted += weight * surprise;
        weights += weight;
        all_count += u64::from(count.count);
        if seen <= view.own {
            unseen += 1;
            unseen_count += u64::from(count.count);
        }
    }
    Novelty {
        max: top[0],
        top: top.iter().sum::<f32>() / TOP as f32,
        sum: ln(1.0 + squares),
        mean: weighted / weights.max(1e-6),
        unseen: ln_1p(unseen),
        unseen_share: unseen_count as f32 / all_count.max(1) as f32,
    }
}

/// Keeps the largest values, largest first.
pub(crate) fn insert<const N: usize>(top: &mut [f32; N], value: f32) {
    let at = top.iter().position(|&t| value > t).unwrap_or(N);
    if at < N {
        top[at..].rotate_right(1);
        top[at] = value;
    }
}

#[cfg(test)]
mod tests {
    use super::insert;

    #[test]
    fn the_largest_are_kept_in_order() {
        let mut top = [0.0; 3];
        [1.0, 5.0, 2.0, 4.0, 0.5].into_iter().for_each(|v| insert(&mut top, v));
        assert_eq!(top, [5.0, 4.0, 2.0]);
    }
}
