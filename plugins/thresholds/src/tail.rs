//! How rare a high residual is: a generalised Pareto distribution over the highest few per cent.
//!
//! Above a residual `start`, reached with probability `share`, an excess `x` is passed with probability
//! `(1 + shape x / size)^(-1 / shape)`. Fitted by probability weighted moments: J. R. M. Hosking and J. F. Wallis, *Parameter and
//! quantile estimation for the generalized Pareto distribution*, Technometrics 29 (1987). O(n log n).

use crate::statistics::{SPREAD_MIN, middle_and_spread, quantile};

/// Fewer residuals than this have no tail worth the name.
pub const FIT_MIN: usize = 20;
/// Peaks for which the shape is believed by half.
const SHAPE_DOUBT: f64 = 50.0;
const SHAPE_LEAST: f64 = -0.15;
const SHAPE_MOST: f64 = 0.25;
/// Below this many residuals the slope of the bulk helps the tail out.
const BULK_HELPS: usize = 200;
/// From this many residuals on, the highest 80th is fitted besides the highest 20th, and the fit that is higher at
/// `REFERENCE` holds: a few windows in a hundred of another kind have a tail of their own, which the bulk's hides.
const DEEP_MIN: usize = 1_600;
const REFERENCE: f64 = 1e-4;

/// What is known of the residuals at one time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tail {
    /// Residuals it was made of; 0 when nothing is known.
    pub count: u32,
    pub middle: f64,
    pub spread: f64,
    pub highest: f64,
    /// Where the tail starts, and the share of residuals above.
    pub start: f64,
    pub share: f64,
    pub size: f64,
    pub shape: f64,
    /// Peaks that the fit rests on.
    pub peaks: u32,
}

impl Tail {
    /// Nothing known.
    pub const NONE: Self = Self {
        count: 0,
        middle: 0.0,
        spread: SPREAD_MIN,
        highest: 0.0,
        start: 0.0,
        share: 1.0,
        size: SPREAD_MIN,
        shape: 0.0,
        peaks: 0,
    };

    /// Describes a sorted list.
    #[must_use]
    pub fn fit(sorted: &[f64]) -> Self {
        let n = sorted.len();
        let Some(&highest) = sorted.last() else {
            return Self::NONE;
        };
        let (middle, spread) = middle_and_spread(sorted);
        let known = Self {
            count: n as u32,
            middle,
            spread,
            highest,
            ..Self::NONE
        };
        let wide = known.with_peaks(sorted, (n / 20).max((n / 4).min(25)));
        if n < DEEP_MIN {
            return wide;
        }
        let deep = known.with_peaks(sorted, n / 80);
        if deep.reached(REFERENCE) > wide.reached(REFERENCE) {
            deep
        } else {
            wide
        }
    }

    /// The same with the tail that the highest `peaks` make.
    fn with_peaks(self, sorted: &[f64], peaks: usize) -> Self {
        let n = sorted.len();
        let start = sorted[n - 1 - peaks];
        let (size, shape) = moments(&sorted[n - peaks..], start);
        // A tail from few residuals falls off no faster than their bulk, however the peaks came out.
        let bulk = if n < BULK_HELPS {
            (quantile(sorted, 0.9) - self.middle) / 5f64.ln()
        } else {
            0.0
        };
        let size = size.max(bulk).max(SPREAD_MIN);
        Self {
            start,
            share: peaks.max(1) as f64 / n as f64,
            size,
            shape,
            peaks: peaks as u32,
            ..self
        }
    }

    /// The residual that is reached with probability `q`, and how far above it lie a hundredth and a ten-thousandth of `q`.
    #[must_use]
    pub fn threshold(&self, q: f64) -> (f64, f64, f64) {
        let plain = (self.count as usize) < FIT_MIN;
        let at = |q| if plain { self.few(q) } else { self.reached(q) };
        let fitted: f64 = at(q);
        let floor = self.middle + normal_deviations(q) * self.spread;
        let above_all = if q * f64::from(self.count) < 1.0 {
            self.highest + SPREAD_MIN
        } else {
            f64::NEG_INFINITY
        };
        (
            fitted.max(floor).max(above_all),
            at(q / 1e2) - fitted,
            at(q / 1e4) - fitted,
        )
    }

    /// Few residuals: far above all of them, in their own deviations.
    fn few(&self, q: f64) -> f64 {
        let spread = self.spread.max(5.0 * SPREAD_MIN);
        let steps = -(q.ln()) / 10.0;
        (self.middle + 8.0 * spread * steps).max(self.highest + 3.0 * spread * steps)
    }

    fn reached(&self, q: f64) -> f64 {
        let rarer = (self.share / q).max(1.0).ln();
        let excess = if self.shape.abs() < 1e-6 {
            rarer
        } else {
            (self.shape * rarer).exp_m1() / self.shape
        };
        // Sizes estimated from few peaks are too small half of the time: one standard error for doubt.
        self.start + self.size * excess * (1.0 + 1.0 / f64::from(self.peaks.max(1)).sqrt())
    }
}

/// How many deviations a normal number is above its mean with probability `q`, by the first terms of the expansion for
/// small `q`; within 0.07 below 0.01.
fn normal_deviations(q: f64) -> f64 {
    let twice = -2.0 * q.ln();
    (twice - twice.ln() - std::f64::consts::TAU.ln())
        .max(0.0)
        .sqrt()
}

/// Size and shape from peaks in rising order.
fn moments(peaks: &[f64], start: f64) -> (f64, f64) {
    let k = peaks.len() as f64;
    if peaks.is_empty() {
        return (SPREAD_MIN, 0.0);
    }
    let mean = peaks.iter().map(|p| p - start).sum::<f64>() / k;
    let low = peaks
        .iter()
        .enumerate()
        .map(|(i, p)| (1.0 - (i as f64 + 0.65) / k) * (p - start))
        .sum::<f64>()
        / k;
    let rest = mean - 2.0 * low;
    let shape = if rest > 0.0 {
        2.0 - mean / rest
    } else {
        SHAPE_LEAST
    };
    let shape = (shape * k / (k + SHAPE_DOUBT)).clamp(SHAPE_LEAST, SHAPE_MOST);
    (mean * (1.0 - shape), shape)
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
        let tail = Tail::fit(&even(4_000, |p| -(1.0 - p).ln()));
        assert!(
            (tail.size - 1.0).abs() < 0.05 && tail.shape.abs() < 0.05,
            "{tail:?}"
        );
        let (z, warning, critical) = tail.threshold(1e-5);
        assert!(
            (z - 11.5).abs() < 1.5,
            "reached once in 100,000, hence near ln 100000 = 11.5: {z}"
        );
        assert!(
            (warning - 4.6).abs() < 1.2 && (critical - 9.2).abs() < 2.5,
            "{warning} {critical}"
        );
    }

    #[test]
    fn heavier_tails_have_higher_thresholds() {
        let light = Tail::fit(&even(4_000, |p| p));
        let heavy = Tail::fit(&even(4_000, |p| ((1.0 - p).powf(-0.2) - 1.0) / 0.2));
        assert!(
            light.shape < -0.1 && heavy.shape > 0.1,
            "{light:?} {heavy:?}"
        );
        assert!(heavy.threshold(1e-5).0 > 25.0);
    }

    #[test]
    fn the_floor_is_that_of_a_normal_distribution() {
        for (q, deviations) in [(1e-2, 2.326), (1e-3, 3.090), (1e-5, 4.265), (1e-7, 5.199)] {
            assert!(
                (normal_deviations(q) - deviations).abs() < 0.07,
                "{q}: {}",
                normal_deviations(q)
            );
        }
    }

    #[test]
    fn equal_residuals_leave_the_threshold_above_them() {
        for n in [1, 2, 19, 20, 50, 5_000] {
            let (z, warning, critical) = Tail::fit(&vec![0.5; n]).threshold(1e-4);
            assert!(z > 0.54 && z < 1.5, "{n}: {z}");
            assert!(warning > 0.0 && critical > warning);
        }
    }
}
