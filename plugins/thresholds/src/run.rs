//! A run of scores above the threshold, which becomes the usual level if it lasts.

use crate::statistics::{middle_and_spread, sorted};
use std::collections::VecDeque;

/// Most scores of a run that are kept.
pub(crate) const KEPT_MAX: usize = 256;
/// Usual windows in a row that end a run.
pub(crate) const QUIET_MAX: u32 = 20;
/// Fewest windows that can make a level, however long they took.
const WINDOWS_MIN: u64 = 60;
/// Share of a run's windows that must be above the threshold.
const ABOVE_MIN: f64 = 0.8;
/// How many times longer an unsteady run must last.
const UNSTEADY: f64 = 4.0;

/// A run that has begun and not ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Run {
    /// End of its first window.
    pub(crate) began: u64,
    pub(crate) windows: u64,
    pub(crate) above: u64,
    /// Usual windows since the last one above.
    pub(crate) quiet: u32,
    /// Its newest scores above the threshold, on the scale, oldest first.
    pub(crate) scores: VecDeque<f32>,
}

impl Run {
    pub(crate) fn new(time: u64) -> Self {
        Self { began: time, windows: 0, above: 0, quiet: 0, scores: VecDeque::new() }
    }

    pub(crate) fn saw(&mut self, value: f64, above: bool) {
        self.windows += 1;
        if !above {
            self.quiet += 1;
            return;
        }
        self.quiet = 0;
        self.above += 1;
        if self.scores.len() == KEPT_MAX {
            self.scores.pop_front();
        }
        self.scores.push_back(value as f32);
    }

    pub(crate) fn is_over(&self) -> bool {
        self.quiet >= QUIET_MAX
    }

    /// Whether, at `time`, the run has lasted long enough to be what is usual now.
    pub(crate) fn is_usual(&self, time: u64, after_hours: f64) -> bool {
        let hours = time.saturating_sub(self.began) as f64 / 3.6e12;
        let mostly = self.above as f64 >= ABOVE_MIN * self.windows as f64;
        self.windows >= WINDOWS_MIN
            && mostly
            && hours >= after_hours
            && (hours >= UNSTEADY * after_hours || self.is_steady())
    }

    /// Its older and its newer half lie less than two deviations apart.
    fn is_steady(&self) -> bool {
        let half = self.scores.len() / 2;
        if half == 0 {
            return false;
        }
        let values: Vec<f64> = self.scores.iter().copied().map(f64::from).collect();
        let (older, newer) = values.split_at(half);
        let [a, b] = [older, newer].map(|part| middle_and_spread(&sorted(part.iter().copied())));
        (a.0 - b.0).abs() < 2.0 * a.1.max(b.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000_000_000;

    fn run(values: impl Iterator<Item = (f64, bool)>) -> Run {
        let mut run = Run::new(0);
        values.for_each(|(v, above)| run.saw(v, above));
        run
    }

    #[test]
    fn a_steady_run_is_usual_after_its_hours_and_a_climbing_one_after_four_times_as_long() {
        let steady = run((0..720).map(|i| (5.0 + f64::from(i % 7) * 0.1, true)));
        assert!(!steady.is_usual(6 * HOUR - 1, 6.0) && steady.is_usual(6 * HOUR, 6.0));
        let climbing = run((0..720).map(|i| (5.0 + f64::from(i) * 0.1, true)));
        assert!(!climbing.is_usual(23 * HOUR, 6.0) && climbing.is_usual(24 * HOUR, 6.0));
    }

    #[test]
    fn few_windows_or_windows_often_usual_make_no_level() {
        assert!(!run((0..59).map(|_| (5.0, true))).is_usual(100 * HOUR, 6.0));
        assert!(!run((0..600).map(|i| (5.0, i % 2 == 0))).is_usual(100 * HOUR, 6.0));
    }

    #[test]
    fn twenty_usual_windows_end_a_run() {
        assert!(!run((0..20).map(|i| (5.0, i == 0))).is_over());
        assert!(run((0..21).map(|i| (5.0, i == 0))).is_over());
    }
}
