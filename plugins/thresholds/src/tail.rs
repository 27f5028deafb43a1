//! How rare a high residual is: an exponential tail through two quantiles of the bulk.
//!
//! A residual `x` above the median is reached with probability `exp(-(x - middle) / slope) / 2`. The slope is that of the line through
//! the median and the 90 % quantile, so that up to one value in ten may come from incidents and says nothing: a tail that is fitted to
//! the highest few per cent (peaks over threshold; Siffer et al., KDD 2017) describes the incidents of its own training, and the
//! threshold ends up above them. Few values give a poor slope, so it is drawn towards [`SLOPE_USUAL`] as if 100 values more had
//! it: a conjugate prior on the mean of an exponential distribution. The threshold is put one standard error of
//! the slope further out. O(n log n), for the sorting.

use crate::statistics::{SPREAD_MIN, middle_and_spread, quantile};

/// Fewer residuals than this say little of how wide they are spread.
pub const FIT_MIN: usize = 20;
/// The quantile that gives the slope together with the median.
const HIGH: f64 = 0.9;
/// The slope that a container is believed to have before anything is known: each 14 % more comes to a third of the windows.
const SLOPE_USUAL: f64 = 0.13;
/// Values that this belief counts for.
const BELIEF: f64 = 100.0;

/// What is known of the residuals at one time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tail {
    pub middle: f64,
    pub spread: f64,
    pub slope: f64,
    /// How many times further out a threshold is put because few values say little: one standard error of the slope.
    pub doubt: f64,
}

impl Tail {
    /// Nothing known.
    pub const NONE: Self = Self { middle: 0.0, spread: SPREAD_MIN, slope: SLOPE_USUAL, doubt: 2.0 };

    /// Describes a sorted list.
    #[must_use]
    pub fn fit(sorted: &[f64]) -> Self {
        if sorted.is_empty() {
            return Self::NONE;
        }
        let (middle, spread) = middle_and_spread(sorted);
        let n = sorted.len() as f64;
        let seen = (quantile(sorted, HIGH) - middle) / (0.5 / (1.0 - HIGH)).ln();
        let slope = (n * seen + BELIEF * SLOPE_USUAL) / (n + BELIEF);
        // Values that are all alike still leave room above them.
        Self { middle, spread, slope: slope.max(SPREAD_MIN), doubt: 1.0 + n.sqrt().recip() }
    }

    /// The residual that is reached with probability `q`, with the doubt.
    #[must_use]
    pub fn reached(&self, q: f64) -> f64 {
        self.middle + self.doubt * self.rarer(2.0 * q)
    }

    /// How much higher a residual is that comes `share` as often.
    #[must_use]
    pub fn rarer(&self, share: f64) -> f64 {
        self.slope * -share.ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values at even probabilities: a sample without chance.
    fn even(n: usize, at: impl Fn(f64) -> f64) -> Vec<f64> {
        (1..=n).map(|i| at(i as f64 / (n as f64 + 1.0))).collect()
    }

    #[test]
    fn the_tail_of_an_exponential_is_found() {
        let tail = Tail::fit(&even(40_000, |p| -(1.0 - p).ln()));
        assert!((tail.slope - 1.0).abs() < 0.01, "{tail:?}");
        assert!((tail.reached(1e-4) - 1e4f64.ln()).abs() < 0.15, "reached once in 10,000: {}", tail.reached(1e-4));
        assert!((tail.rarer(0.01) - 100f64.ln()).abs() < 0.05);
    }

    #[test]
    fn one_value_in_ten_from_elsewhere_hardly_moves_it() {
        let clean = Tail::fit(&even(1_000, |p| -0.1 * (1.0 - p).ln()));
        let spoilt = Tail::fit(&even(1_000, |p| if p > 0.95 { 5.0 } else { -0.1 * (1.0 - p / 0.95).ln() }));
        assert!((spoilt.reached(3e-4) / clean.reached(3e-4) - 1.0).abs() < 0.35, "{spoilt:?} {clean:?}");
    }

    #[test]
    fn few_values_are_judged_by_what_is_usual() {
        assert_eq!(Tail::fit(&[]).slope, 0.13);
        let five = Tail::fit(&[0.0, 0.0, 0.0, 0.0, 9.0]);
        assert!((five.slope - (5.0 * 9.0 / 5f64.ln() + 100.0 * 0.13) / 105.0).abs() < 1e-12, "{five:?}");
    }

    #[test]
    fn equal_residuals_leave_the_threshold_above_them() {
        for n in [1, 20, 5_000, 100_000] {
            let at = Tail::fit(&vec![0.5; n]).reached(3e-4);
            assert!(at > 0.55 && at < 3.0, "{n}: {at}");
        }
    }
}
