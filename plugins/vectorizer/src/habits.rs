//! How far a window keeps the program's habits: what always comes, and how often beside what.

use crate::bag::Bag;
use crate::ln::ln;
use crate::ratios;
use crate::view::View;

/// Broken habits. All figures are 0 when none is broken.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Habits {
    /// Usual templates that did not come: logarithm of 1 + surprise.
    pub(crate) missing: f32,
    /// Pairs in an unusual relation: the worst pair, the mean, the sum.
    pub(crate) pair_max: f32,
    pub(crate) pair_mean: f32,
    pub(crate) pair_sum: f32,
}

pub(crate) fn habits(view: View<'_>, bag: &Bag) -> Habits {
    let mut habits =
        Habits { missing: ln(1.0 + missing(view, bag).map(|(_, nats)| nats).sum::<f32>()), ..Habits::default() };
    let watched = ratios::watched(&view.learned.templates, bag.templates.counts());
    pairs(view, &watched, &mut habits);
    habits
}

/// The usual templates that do not stand in the window, by their places, and the surprise of each in nats.
pub(crate) fn missing<'a>(view: View<'a>, bag: &'a Bag) -> impl Iterator<Item = (usize, f32)> + 'a {
    let (ids, seen) = (view.learned.templates.ids(), view.learned.templates.seen());
    let usual = view.derived.usual.iter().map(|&at| at as usize).filter(move |&at| at < ids.len());
    usual.filter(move |&at| !bag.templates.holds(ids[at])).map(move |at| (at, view.absence(seen[at])))
}

fn pairs(view: View<'_>, watched: &[u32], habits: &mut Habits) {
    let (mut sum, mut squares) = (0f32, 0f32);
    each_oddness(view, watched, |_, _, odd| {
        sum += odd;
        squares += odd * odd;
        habits.pair_max = habits.pair_max.max(odd);
    });
    let absent = watched.iter().filter(|count| **count == 0).count();
    let pairs = ratios::pairs_of(watched.len()) - ratios::pairs_of(absent);
    habits.pair_mean = sum / pairs.max(1) as f32;
    habits.pair_sum = ln(1.0 + squares);
}

/// Calls `f(a, b, oddness)` for each pair of watched templates of which one stands in the window, but for those of no
/// oddness at all, which are many. Oddness is the squared surprise: a pair that is a little unusual says nearly nothing.
fn each_oddness(view: View<'_>, watched: &[u32], mut f: impl FnMut(usize, usize, f32)) {
    ratios::each_pair(watched, |a, b| {
        let (pair, relation) = (ratios::pair(a, b), ratios::relation(watched[a], watched[b]));
        if !view.derived.is_usual(pair, relation) {
            let surprise = view.relation_surprise(pair, relation);
            f(a, b, surprise * surprise);
        }
    });
}

/// For each watched template how strangely it stands to the others: the mean over its pairs.
pub(crate) fn oddness(view: View<'_>, watched: &[u32]) -> Vec<f32> {
    let mut sums = vec![0f32; watched.len()];
    each_oddness(view, watched, |a, b, odd| {
        sums[a] += odd;
        sums[b] += odd;
    });
    let standing = watched.iter().filter(|count| **count > 0).count();
    // One that stands is in a pair with every other, one that does not with those that stand.
    let pairs = |count: u32| if count > 0 { watched.len() - 1 } else { standing };
    sums.iter().zip(watched).map(|(sum, &count)| sum / pairs(count).max(1) as f32).collect()
}
