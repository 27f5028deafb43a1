//! How often windows come, and the probability that a budget of alerts a week leaves for each.

const WEEK_S: f64 = 7.0 * 86_400.0;
/// The gap assumed before any was seen, and for how many windows that assumption stands.
const GAP_FIRST_S: f64 = 30.0;
const TRUST: f64 = 1.0 / 512.0;
/// Gaps outside these are not a rate: a burst closed by count, a host that was down.
const GAP_LEAST_S: f64 = 0.001;
const GAP_MOST_S: f64 = 3_600.0;
/// Gaps that count as such. Windows that come faster are alike and strange together: they make one alert. And where windows are rare,
/// one of them is not strange for being the one of the week.
const GAP_COUNTS_S: (f64, f64) = (30.0, 60.0);
/// Strange windows come in runs, and a run is one alert: so many windows on average, in quiet times of the labelled logs.
const RUN_WINDOWS: f64 = 2.0;
const PROBABILITY_LEAST: f64 = 1e-7;
const PROBABILITY_MOST: f64 = 1e-2;

/// The mean gap between windows, followed over about 512 of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rate {
    pub(crate) gap_s: f64,
    /// End of the last window; 0 before the first.
    pub(crate) last: u64,
}

impl Rate {
    pub(crate) const NEW: Self = Self { gap_s: GAP_FIRST_S, last: 0 };

    /// A window ended at `time`. Windows that end before the last one leave the rate as it is.
    pub(crate) fn saw(&mut self, time: u64) {
        if self.last != 0 && time >= self.last {
            let gap = ((time - self.last) as f64 / 1e9).clamp(GAP_LEAST_S, GAP_MOST_S);
            self.gap_s += TRUST * (gap - self.gap_s);
        }
        self.last = self.last.max(time);
    }

    /// The share of windows that may raise an alarm: between one in ten million and one in a hundred.
    pub(crate) fn probability(&self, alerts_per_week: f64) -> f64 {
        let gap_s = self.gap_s.clamp(GAP_COUNTS_S.0, GAP_COUNTS_S.1);
        (alerts_per_week * RUN_WINDOWS * gap_s / WEEK_S).clamp(PROBABILITY_LEAST, PROBABILITY_MOST)
    }

    pub(crate) fn is_sound(&self) -> bool {
        (GAP_LEAST_S..=GAP_MOST_S).contains(&self.gap_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_alert_a_week_is_two_in_20160_windows_of_30_seconds() {
        assert!((2.0 / Rate::NEW.probability(1.0) - 20_160.0).abs() < 1e-6);
    }

    #[test]
    fn the_rate_follows_the_windows() {
        let mut rate = Rate::NEW;
        (1..5_000u64).for_each(|i| rate.saw(i * 1_000_000_000));
        assert!((rate.gap_s - 1.0).abs() < 0.01, "{rate:?}");
        rate.saw(7);
        assert!((rate.gap_s - 1.0).abs() < 0.01, "a window from the past changes nothing");
        rate.saw(u64::MAX);
        assert!(rate.gap_s < 10.0, "a long pause is not a rate: {rate:?}");
    }
}
