//! How far a window keeps the program's habits: what always comes, how often, beside what.

use crate::bag::Bag;
use crate::learned::{CLASSES, class};
use crate::novelty::insert;
use crate::ratios;
use crate::view::View;

/// Broken habits. All figures are 0 when none is broken.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Habits {
    /// Usual templates that did not come: logarithm of 1 + surprise.
    pub(crate) missing: f32,
    /// Templates that came unusually often or seldom: all, the worst.
    pub(crate) count_sum: f32,
    pub(crate) count_max: f32,
    /// Pairs in an unusual relation: the worst pair, the mean, the sum.
    pub(crate) pair_max: f32,
    pub(crate) pair_mean: f32,
    pub(crate) pair_sum: f32,
    /// The template that stands strangest to all others, and the mean of the three strangest.
    pub(crate) odd_max: f32,
    pub(crate) odd_top: f32,
}

pub(crate) fn habits(view: View<'_>, bag: &Bag) -> Habits {
    let mut habits =
        Habits { missing: (1.0 + missing(view, bag).map(|(_, nats)| nats).sum::<f32>()).ln(), ..Habits::default() };
    let mut nats_sum = 0f32;
    for nats in count_surprises(view, bag) {
        nats_sum += nats;
        habits.count_max = habits.count_max.max(nats);
    }
    habits.count_sum = (1.0 + nats_sum).ln();
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

/// How unusual the count of each template of the window is, in nats.
pub(crate) fn count_surprises<'a>(view: View<'a>, bag: &'a Bag) -> impl Iterator<Item = f32> + 'a {
    bag.templates.counts().iter().map(move |count| {
        let Some(at) = view.learned.templates.find(count.id) else { return 0.0 };
        let (classes, class) = (&view.learned.classes[at], class(count.count));
        let beside =
            class.checked_sub(1).map_or(0, |c| classes[c]) + if class + 1 < CLASSES { classes[class + 1] } else { 0 };
        let alike = classes[class].saturating_sub(view.own) as f32 + 0.25 * beside as f32;
        let of = view.learned.templates.seen()[at].saturating_sub(view.own) as f32;
        view.nats(alike, of).max(0.0)
    })
}

fn pairs(view: View<'_>, watched: &[u32], habits: &mut Habits) {
    let (mut sum, mut squares, mut pairs) = (0f32, 0f32, 0u32);
    let odd = oddness(view, watched, |surprise| {
        sum += surprise;
        squares += surprise * surprise;
        pairs += 1;
        habits.pair_max = habits.pair_max.max(surprise);
    });
    habits.pair_mean = sum / pairs.max(1) as f32;
    habits.pair_sum = (1.0 + squares).ln();
    let mut top = [0f32; 3];
    odd.into_iter().for_each(|o| insert(&mut top, o));
    habits.odd_max = top[0];
    habits.odd_top = top.iter().sum::<f32>() / 3.0;
}

/// For each watched template how strangely it stands to the others: the mean over its pairs. `each` hears every pair.
pub(crate) fn oddness(view: View<'_>, watched: &[u32], mut each: impl FnMut(f32)) -> Vec<f32> {
    let mut sums = vec![(0f32, 0u32); watched.len()];
    ratios::each_pair(watched, |a, b| {
        let surprise = view.relation_surprise(a, b, watched);
        // Squared: a pair that is a little unusual, as most are, says nearly nothing.
        let surprise = surprise * surprise;
        each(surprise);
        for at in [a, b] {
            sums[at] = (sums[at].0 + surprise, sums[at].1 + 1);
        }
    });
    sums.into_iter().map(|(sum, pairs)| sum / pairs.max(1) as f32).collect()
}
