//! The scale on which scores are compared.

/// Scores of 0 count as this much: on the scale of [`Scale::Unit`], 0 would be infinitely low.
const LEAST: f64 = 1e-6;
/// A score of 1 counts as half a step of `f32` below it, for the like reason.
const MOST: f64 = 1.0 - 1.0 / (1u64 << 25) as f64;

/// How a score becomes a number whose high values have a tail that is close to exponential. Rising in the score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// For scores between 0 and 1: `-ln(-ln score)`. For a forest's `2^(-h/c)` it is `ln(c/h)` and a constant: adding
    /// `ln 2` means half the path length.
    Unit,
    /// For all others: `ln(1 + score)`. Far up, adding `ln 2` means twice the score.
    Any,
}

impl Scale {
    /// The number that stands for `score`, which is finite and not negative.
    #[must_use]
    pub fn up(self, score: f32) -> f64 {
        let score = f64::from(score);
        match self {
            Self::Unit => -(-score.clamp(LEAST, MOST).ln()).ln(),
            Self::Any => score.ln_1p(),
        }
    }

    /// The score that `value` stands for: finite and above 0. On `Unit`, what is beyond a score of 1 becomes the next
    /// number above 1, which no such score reaches.
    #[must_use]
    pub fn down(self, value: f64) -> f32 {
        let score = match self {
            Self::Unit if value > Self::Unit.up(1.0) => 1.0f32.next_up(),
            Self::Unit => (-(-value).exp()).exp() as f32,
            Self::Any => value.exp_m1() as f32,
        };
        score.clamp(f32::MIN_POSITIVE, f32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_come_back_from_both_scales() {
        for score in [1e-5, 0.1, 0.4, 0.5, 0.75, 0.99, 0.9999] {
            for scale in [Scale::Unit, Scale::Any] {
                assert!((scale.down(scale.up(score)) / score - 1.0).abs() < 1e-4, "{scale:?} {score}");
            }
        }
        assert!((Scale::Any.down(Scale::Any.up(1e6)) - 1e6).abs() < 1.0);
    }

    #[test]
    fn half_the_path_length_adds_ln_2() {
        let gap = Scale::Unit.up(0.25f32.sqrt()) - Scale::Unit.up(0.25);
        assert!((gap - std::f64::consts::LN_2).abs() < 1e-9);
    }

    #[test]
    fn ends_of_the_scales_are_finite_and_thresholds_above_0() {
        for score in [0.0, f32::MIN_POSITIVE, 1.0] {
            assert!(Scale::Unit.up(score).is_finite());
        }
        assert!(Scale::Any.up(f32::MAX).is_finite());
        for value in [-1e9, -3.0, 0.0, 17.0, 1e9] {
            for scale in [Scale::Unit, Scale::Any] {
                let score = scale.down(value);
                assert!(score > 0.0 && score.is_finite());
            }
        }
        assert!(
            Scale::Unit.down(Scale::Unit.up(1.0) + 0.1) > 1.0,
            "a threshold above a score of 1 is out of its reach"
        );
    }
}
