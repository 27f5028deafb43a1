//! Two generations on the same windows: where they differ, how their scores go together, what each costs.
//!
//! Counts are exact over all windows; correlation and times are of the newest ones (`RECENT_MAX`), so that the size is bounded and
//! what was long ago does not weigh for ever.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::history::{Severity, Verdict};

/// The newest windows, and batches, of which scores and times are kept.
const RECENT_MAX: usize = 512;

/// Fewest windows of which a correlation says anything.
const CORRELATED_MIN: usize = 8;

/// What was found so far.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Windows that both have judged.
    pub windows: u64,
    /// Windows on which both alarm, on which only the other one does, and on which only what serves does.
    pub kept: u64,
    pub added: u64,
    pub removed: u64,
    /// Faults of the other one.
    pub faults: u64,
    /// Most linear memory of the instances, bytes.
    pub serving_memory_bytes: u64,
    pub other_memory_bytes: u64,
    /// Scaled scores of what serves and of the other one, the newest last.
    pub scores: VecDeque<(f32, f32)>,
    /// Nanoseconds a window took in each of the newest batches: what serves, the other one.
    pub(super) times_ns: VecDeque<(u64, u64)>,
}

/// What one side did in one batch.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    pub ns: u64,
    pub memory_bytes: u64,
}

impl Comparison {
    /// Takes in one batch that both have judged; the lists are of one length.
    pub fn take(&mut self, serving: &[Verdict], other: &[Verdict], effort: (Effort, Effort)) {
        let alarms = |verdict: &Verdict| verdict.severity > Severity::None;
        for (ours, theirs) in serving.iter().zip(other) {
            self.windows += 1;
            match (alarms(ours), alarms(theirs)) {
                (true, true) => self.kept += 1,
                (false, true) => self.added += 1,
                (true, false) => self.removed += 1,
                (false, false) => {}
            }
            push(&mut self.scores, (ours.scaled(), theirs.scaled()));
        }
        let windows = serving.len().max(1) as u64;
        push(&mut self.times_ns, (effort.0.ns / windows, effort.1.ns / windows));
        self.serving_memory_bytes = self.serving_memory_bytes.max(effort.0.memory_bytes);
        self.other_memory_bytes = self.other_memory_bytes.max(effort.1.memory_bytes);
    }

    /// Windows on which one alarms and the other does not.
    pub fn differ(&self) -> u64 {
        self.added + self.removed
    }

    /// Alarms of what serves.
    pub fn serving_alarms(&self) -> u64 {
        self.kept + self.removed
    }

    /// Alarms of the other one.
    pub fn other_alarms(&self) -> u64 {
        self.kept + self.added
    }

    /// Median nanoseconds a window of what serves and of the other one.
    pub fn median_ns(&self) -> Option<(u64, u64)> {
        let median = |pick: fn(&(u64, u64)) -> u64| {
            let mut all: Vec<u64> = self.times_ns.iter().map(pick).collect();
            let middle = all.len() / 2;
            (!all.is_empty()).then(|| *all.select_nth_unstable(middle).1)
        };
        Some((median(|times| times.0)?, median(|times| times.1)?))
    }

    /// Spearman's rank correlation of the newest scores; `None` where there are too few, or one side always gives the same.
    pub fn correlation(&self) -> Option<f64> {
        let (ours, theirs): (Vec<f32>, Vec<f32>) = self.scores.iter().copied().unzip();
        correlation(&ours, &theirs)
    }
}

/// Spearman's rank correlation of two lists of one length; `None` where they are short, or one side always gives the same.
pub fn correlation(ours: &[f32], theirs: &[f32]) -> Option<f64> {
    if ours.len() < CORRELATED_MIN {
        return None;
    }
    pearson(&ranks(ours.iter().copied()), &ranks(theirs.iter().copied()))
}

fn push<T>(recent: &mut VecDeque<T>, value: T) {
    if recent.len() == RECENT_MAX {
        recent.pop_front();
    }
    recent.push_back(value);
}

/// The rank of each value, from 1; equal values share the mean of their ranks.
fn ranks(values: impl Iterator<Item = f32>) -> Vec<f64> {
    let values: Vec<f32> = values.collect();
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for equal in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let mean = before as f64 + (equal.len() as f64 + 1.0) / 2.0;
        equal.iter().for_each(|&index| ranks[index] = mean);
        before += equal.len();
    }
    ranks
}

fn pearson(a: &[f64], b: &[f64]) -> Option<f64> {
    let count = a.len() as f64;
    let (mean_a, mean_b) = (a.iter().sum::<f64>() / count, b.iter().sum::<f64>() / count);
    let mut sums = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        let (x, y) = (x - mean_a, y - mean_b);
        sums = (sums.0 + x * y, sums.1 + x * x, sums.2 + y * y);
    }
    (sums.1 > 0.0 && sums.2 > 0.0).then(|| sums.0 / (sums.1 * sums.2).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(score: f32, threshold: f32) -> Verdict {
        let severity = if score >= threshold { Severity::Warning } else { Severity::None };
        Verdict { score, threshold, severity, generation: 1 }
    }

    const EFFORT: (Effort, Effort) = (Effort { ns: 300, memory_bytes: 5 }, Effort { ns: 900, memory_bytes: 7 });

    #[test]
    fn alarms_are_told_apart_by_who_raises_them() {
        let mut found = Comparison::default();
        let serving = [verdict(2.0, 1.0), verdict(0.5, 1.0), verdict(3.0, 1.0)];
        let other = [verdict(2.0, 4.0), verdict(4.5, 4.0), verdict(9.0, 4.0)];
        found.take(&serving, &other, EFFORT);
        assert_eq!((found.windows, found.kept, found.added, found.removed, found.differ()), (3, 1, 1, 1, 2));
        assert_eq!((found.serving_alarms(), found.other_alarms()), (2, 2));
        assert_eq!(found.median_ns(), Some((100, 300)));
        assert_eq!((found.serving_memory_bytes, found.other_memory_bytes), (5, 7));
        assert_eq!(found.scores.back(), Some(&(3.0, 2.25)));
    }

    #[test]
    fn correlation_is_of_ranks() {
        let mut found = Comparison::default();
        assert_eq!(found.correlation(), None);
        for number in 1..=10_u8 {
            let score = f32::from(number) / 100.0;
            found.take(&[verdict(score, 1.0)], &[verdict(score * score * score, 1.0)], EFFORT);
        }
        assert!((found.correlation().unwrap() - 1.0).abs() < 1e-12);
        let mut constant = Comparison::default();
        (0..10_u8).for_each(|n| constant.take(&[verdict(f32::from(n), 99.0)], &[verdict(1.0, 2.0)], EFFORT));
        assert_eq!(constant.correlation(), None);
    }

    #[test]
    fn ties_share_their_rank_as_scipy_ranks_them() {
        assert_eq!(ranks([3.0, 1.0, 3.0, 2.0].into_iter()), [3.5, 1.0, 3.5, 2.0]);
        // scipy.stats.spearmanr([3, 1, 3, 2, 5, 4, 6, 9], [2, 1, 4, 3, 5, 5, 9, 8]).statistic
        let pairs = [(3, 2), (1, 1), (3, 4), (2, 3), (5, 5), (4, 5), (6, 9), (9, 8)];
        let scores = pairs.map(|(a, b): (u8, u8)| (f32::from(a), f32::from(b)));
        let found = Comparison { scores: scores.into(), ..Comparison::default() };
        assert!((found.correlation().unwrap() - 0.927_710_843_373_494).abs() < 1e-9, "{:?}", found.correlation());
    }

    #[test]
    fn only_so_many_scores_are_kept() {
        let mut found = Comparison::default();
        for _ in 0..RECENT_MAX + 5 {
            found.take(&[verdict(1.0, 2.0)], &[verdict(1.0, 2.0)], EFFORT);
        }
        assert_eq!((found.scores.len(), found.windows), (RECENT_MAX, RECENT_MAX as u64 + 5));
    }
}
