//! The budget of alerts, kept: what was above the threshold lately, and by how much it must be raised to have been in time.
//!
//! The tail says how often usual scores should pass the threshold. Where they pass it more often, whatever the reason, four weeks of
//! budget may be spent at once; after that the threshold is raised to where it would have let half as many through, until the old
//! ones are four weeks old. Half, because what is higher than all but the last of so many comes more often than one would think. Scores above the threshold for less than ten minutes' pause are one: they make one alert. The
//! raise is bounded, so that what is twice as strange as the threshold is told however much was told before.

use std::f64::consts::LN_2;

const WEEK_NS: f64 = 7.0 * 86_400.0 * 1e9;
const WEEKS: f64 = 4.0;
/// Most alerts that are allowed at once; a bigger budget is reckoned over less than four weeks.
const ALLOWED_MAX: usize = 256;
/// A pause that ends an episode.
const PAUSE_NS: u64 = 600_000_000_000;
/// Most by which the threshold is raised: twice as strange.
pub(crate) const RAISE_MAX: f64 = LN_2;
/// Most episodes kept: twice as many as can be allowed.
pub(crate) const EPISODES_MAX: usize = 2 * ALLOWED_MAX;

/// Scores above the threshold that make one alert.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Episode {
    /// End of its last window above.
    pub(crate) last: u64,
    /// How far above the threshold, before any raise, the highest score was; on the scale.
    pub(crate) excess: f32,
}

/// The episodes of the last weeks.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Budget {
    pub(crate) open: Option<Episode>,
    /// Those that are over, at most [`EPISODES_MAX`], the highest.
    pub(crate) over: Vec<Episode>,
}

impl Budget {
    /// By how much the threshold is raised at `time`: 0 while the budget lasts.
    pub(crate) fn raise(&self, time: u64, alerts_per_week: f64) -> f64 {
        let allowed = allowed(alerts_per_week);
        if self.over.len() < allowed {
            return 0.0;
        }
        let since = time.saturating_sub(horizon_ns(allowed, alerts_per_week));
        let mut recent: Vec<f32> = self.over.iter().filter(|e| e.last >= since).map(|e| e.excess).collect();
        if recent.len() < allowed {
            return 0.0;
        }
        let (_, raise, _) = recent.select_nth_unstable_by(allowed.div_ceil(2) - 1, |a, b| b.total_cmp(a));
        f64::from(*raise).clamp(0.0, RAISE_MAX)
    }

    /// A window that ended at `time` was `excess` above the threshold, or below it where that is negative.
    pub(crate) fn saw(&mut self, time: u64, excess: f64) {
        if let Some(open) = self.open.take_if(|open| time.saturating_sub(open.last) > PAUSE_NS) {
            self.close(open);
        }
        if excess < 0.0 {
            return;
        }
        let open = self.open.get_or_insert(Episode { last: time, excess: 0.0 });
        open.last = open.last.max(time);
        open.excess = open.excess.max(excess as f32);
    }

    fn close(&mut self, episode: Episode) {
        self.over.push(episode);
        if self.over.len() > EPISODES_MAX {
            let least = (0..self.over.len()).min_by(|a, b| self.over[*a].excess.total_cmp(&self.over[*b].excess));
            self.over.swap_remove(least.unwrap_or_default());
        }
    }
}

fn allowed(alerts_per_week: f64) -> usize {
    ((WEEKS * alerts_per_week).ceil() as usize).clamp(1, ALLOWED_MAX)
}

fn horizon_ns(allowed: usize, alerts_per_week: f64) -> u64 {
    (allowed as f64 / alerts_per_week * WEEK_NS) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000_000_000;

    fn spent(episodes: usize) -> Budget {
        let mut budget = Budget::default();
        (0..episodes).for_each(|i| budget.saw((i as u64 + 1) * HOUR, 0.01 * (i + 1) as f64));
        budget
    }

    #[test]
    fn a_budget_that_is_not_spent_raises_nothing() {
        assert_eq!(spent(4).raise(5 * HOUR, 1.0), 0.0, "three are over, the fourth goes on");
        assert!(spent(5).raise(6 * HOUR, 1.0) > 0.0);
    }

    #[test]
    fn the_raise_would_have_let_half_of_the_allowed_through() {
        // Of 0.01 to 0.12 the second highest is 0.11; the thirteenth goes on.
        assert!((spent(13).raise(14 * HOUR, 1.0) - 0.11).abs() < 1e-6);
        assert_eq!(spent(13).raise(4 * 7 * 24 * HOUR + 20 * HOUR, 1.0), 0.0, "all are four weeks old");
    }

    #[test]
    fn what_follows_within_ten_minutes_is_one() {
        let mut budget = Budget::default();
        (0..100).for_each(|i| budget.saw(i * 500_000_000_000, 0.1));
        budget.saw(100 * HOUR, -1.0);
        assert_eq!(budget.over.len(), 1);
    }

    #[test]
    fn the_raise_has_a_bound_and_the_list_too() {
        let mut budget = Budget::default();
        (0..2_000).for_each(|i| budget.saw(i * HOUR / 4, 50.0));
        assert_eq!(budget.raise(500 * HOUR, 60.0), RAISE_MAX);
        assert_eq!(budget.over.len(), EPISODES_MAX);
    }
}
