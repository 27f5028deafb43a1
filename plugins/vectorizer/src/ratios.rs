//! How often usual templates stand beside each other, pair by pair: the rules a program keeps without saying so.
//!
//! A request logs `start` and `done`; a window that holds ten of the first and five of the second is strange although every
//! line in it is usual. For each pair of the first 64 learned templates the table counts in how many windows their counts
//! stood in which relation (after Lou et al., *Mining Invariants from Console Logs*, USENIX ATC 2010, with frequencies in
//! place of exact equations, so that it bears noise). Plain counts: a window's own part can be taken out again.
//! Leaves out all later templates: 64 of them make 2,016 pairs and 145 KiB, and the usual ones come early.

use crate::counter::Count;
use crate::ln::ln;
use crate::terms::Terms;

/// Templates that are watched in pairs.
pub(crate) const WATCHED_MAX: usize = 64;
const BANDS: usize = 9;
/// Relations: nine bands for few lines, nine for many.
pub(crate) const RELATIONS: usize = 2 * BANDS;
/// From this many lines of both together a relation is judged among the many: 1 to 2 is chance, 10 to 20 is not.
const MANY: u32 = 8;

/// Pair (a, b), a < b, is at `b (b - 1) / 2 + a`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Ratios {
    pub(crate) pairs: Vec<[u32; RELATIONS]>,
}

/// Where the bands of the logarithm of a ratio end, 0.2, 0.45 and 0.9, as ratios.
const BOUNDS: [f64; 3] = [1.221_402_758_160_169_8, 1.568_312_185_490_168_8, 2.459_603_111_156_95];

/// How two counts stand to each other; not both are 0.
pub(crate) fn relation(a: u32, b: u32) -> usize {
    if b == 0 || a == 0 {
        return usize::from(a == 0);
    }
    let (more, less) = (f64::from(a.max(b)) + 0.5, f64::from(a.min(b)) + 0.5);
    let band: usize = BOUNDS.iter().map(|bound| usize::from(more >= less * bound)).sum();
    let band = if b < a { 5 - band } else { 5 + band };
    if a.saturating_add(b) >= MANY { band + BANDS } else { band }
}

/// Where a pair's counts are; `a < b`.
pub(crate) fn pair(a: usize, b: usize) -> usize {
    b * (b - 1) / 2 + a
}

/// Pairs of `watched` templates.
pub(crate) fn pairs_of(watched: usize) -> usize {
    watched * watched.saturating_sub(1) / 2
}

impl Ratios {
    /// Adds a window: how often each watched template stood in it.
    pub(crate) fn add(&mut self, counts: &[u32]) {
        if self.pairs.len() < pairs_of(counts.len()) {
            self.pairs.resize(pairs_of(counts.len()), [0; RELATIONS]);
        }
        each_pair(counts, |a, b| {
            let cell = &mut self.pairs[pair(a, b)][relation(counts[a], counts[b])];
            *cell = cell.saturating_add(1);
        });
    }

    pub(crate) fn halve(&mut self) {
        self.pairs.iter_mut().flatten().for_each(|cell| *cell /= 2);
    }

    /// The entropy of each pair's relations, in nats: how freely they vary.
    pub(crate) fn entropies(&self) -> Vec<f32> {
        self.pairs.iter().map(entropy).collect()
    }
}

fn entropy(cells: &[u32; RELATIONS]) -> f32 {
    let total = cells.iter().sum::<u32>() as f32;
    cells.iter().filter(|&&c| c > 0).map(|&c| c as f32 / total).map(|p| -p * ln(p)).sum()
}

/// Calls `f(a, b)` with each pair, a < b, of which at least one stands in the window.
pub(crate) fn each_pair(counts: &[u32], mut f: impl FnMut(usize, usize)) {
    let mut standing = Vec::with_capacity(counts.len());
    for (b, &count) in counts.iter().enumerate() {
        if count == 0 {
            standing.iter().for_each(|&a| f(a, b));
        } else {
            (0..b).for_each(|a| f(a, b));
            standing.push(b);
        }
    }
}

/// How often each watched template stands in a window.
pub(crate) fn watched(templates: &Terms, counts: &[Count]) -> Vec<u32> {
    let mut watched = vec![0; templates.len().min(WATCHED_MAX)];
    for count in counts {
        if let Some(at) = templates.find(count.id).filter(|&at| at < watched.len()) {
            watched[at] = count.count;
        }
    }
    watched
}

#[cfg(test)]
mod tests {
    use super::{BANDS, MANY, Ratios, each_pair, pair, pairs_of, relation};

    #[test]
    fn every_pair_has_its_own_place() {
        let mut places: Vec<usize> = (1..64).flat_map(|b| (0..b).map(move |a| pair(a, b))).collect();
        places.sort_unstable();
        assert!(places.into_iter().eq(0..pairs_of(64)));
    }

    #[test]
    fn bands_are_those_of_the_logarithm() {
        for (a, b) in (1..400u32).flat_map(|a| (1..400).map(move |b| (a, b))) {
            let ratio = ((f64::from(b) + 0.5) / (f64::from(a) + 0.5)).ln();
            let band = [0.2, 0.45, 0.9].iter().filter(|bound| ratio.abs() >= **bound).count();
            let band = if ratio < 0.0 { 5 - band } else { 5 + band };
            assert_eq!(relation(a, b), if a + b >= MANY { band + BANDS } else { band }, "{a} {b}");
        }
    }

    #[test]
    fn pairs_come_in_order_and_only_with_one_that_stands() {
        let counts = [0, 3, 0, 0, 1, 2, 0];
        let mut pairs = Vec::new();
        each_pair(&counts, |a, b| pairs.push((a, b)));
        let all = (0..counts.len()).flat_map(|b| (0..b).map(move |a| (a, b)));
        assert!(pairs.into_iter().eq(all.filter(|&(a, b)| counts[a] | counts[b] != 0)));
    }

    #[test]
    fn half_of_many_is_another_relation_than_one_of_two() {
        assert_eq!(relation(10, 10), relation(30, 31));
        assert_ne!(relation(20, 10), relation(20, 20));
        assert_ne!(relation(20, 10), relation(2, 1));
        assert_ne!(relation(3, 0), relation(0, 3));
    }

    #[test]
    fn a_rule_that_always_holds_has_no_entropy() {
        let mut ratios = Ratios::default();
        (1..50).for_each(|n| ratios.add(&[n, n, n % 3 * n]));
        let entropies = ratios.entropies();
        assert!(entropies[pair(0, 1)] < 0.5, "few and many differ, nothing else: {entropies:?}");
        assert!(entropies[pair(0, 2)] > 0.6);
    }
}
