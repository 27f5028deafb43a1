//! Simulated scores: chance that is the same everywhere, and the shapes that scores of real detectors have.

use foghorn_thresholds::{Decision, Gate, Settings};

/// Nanoseconds between windows of 30 seconds.
pub(crate) const STEP: u64 = 30_000_000_000;
pub(crate) const DAY: usize = 2_880;
pub(crate) const MONTH: usize = 30 * DAY;
const START: u64 = 1_700_000_000_000_000_000;

/// Chance from a seed.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5851_F42D_4C95_7F2D)
    }

    pub(crate) fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64 + f64::EPSILON
    }

    pub(crate) fn normal(&mut self) -> f64 {
        (-2.0 * self.unit().ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// A gamma number of whole shape: a sum of exponential ones.
    pub(crate) fn gamma(&mut self, shape: u32) -> f64 {
        (0..shape).map(|_| -self.unit().ln()).sum()
    }

    pub(crate) fn beta(&mut self, a: u32, b: u32) -> f64 {
        let (x, y) = (self.gamma(a), self.gamma(b));
        x / (x + y)
    }
}

/// What usual scores look like.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    /// A forest's: around 0.42, a little skewed.
    Beta,
    /// A forest's over few kinds of windows: a dozen values that come again and again, and a thin tail.
    Lumpy,
    /// A forest's over two kinds of windows, one of which comes once in 50.
    TwoKinds,
    /// A distance's: a sum of squares.
    Gamma,
    /// A likelihood's: spans decades.
    LogNormal,
    /// Polynomial tail: P(score > x) = x^-4.
    Pareto,
}

pub(crate) const SHAPES: [Shape; 6] =
    [Shape::Beta, Shape::Lumpy, Shape::TwoKinds, Shape::Gamma, Shape::LogNormal, Shape::Pareto];

impl Shape {
    pub(crate) fn draw(self, chance: &mut Chance) -> f32 {
        let score = match self {
            Self::Beta => chance.beta(42, 58),
            Self::Lumpy => {
                0.38 + 0.01 * (12.0 * chance.unit().powi(3)).floor()
                    + if chance.unit() < 0.02 { 0.02 * chance.gamma(1) } else { 0.0 }
            }
            Self::TwoKinds if chance.unit() < 0.02 => chance.beta(55, 45),
            Self::TwoKinds => chance.beta(40, 60),
            Self::Gamma => 20.0 * chance.gamma(3),
            Self::LogNormal => (5.0 + chance.normal()).exp(),
            Self::Pareto => chance.unit().powf(-0.25),
        };
        score as f32
    }

    pub(crate) fn take(self, n: usize, chance: &mut Chance) -> Vec<f32> {
        (0..n).map(|_| self.draw(chance)).collect()
    }
}

pub(crate) fn settings(alerts_per_week: f64) -> Settings {
    Settings { alerts_per_week, ..Settings::default() }
}

/// A gate that a generation's scores have calibrated.
pub(crate) fn calibrated(scores: &[f32]) -> Gate {
    let mut gate = Gate::new(settings(1.0));
    gate.calibrate(scores).unwrap();
    gate
}

/// Decides on scores that come every 30 seconds from window `first` on.
pub(crate) fn feed(gate: &mut Gate, first: usize, scores: &[f32]) -> Vec<Decision> {
    let times: Vec<u64> = (0..scores.len()).map(|i| START + (first + i) as u64 * STEP).collect();
    let decisions = gate.decide(scores, &times).unwrap();
    for (decision, score) in decisions.iter().zip(scores) {
        assert!(decision.threshold.is_finite() && decision.threshold > 0.0, "{decision:?}");
        assert!(
            decision.severity <= 3 && (decision.severity == 0 || *score >= decision.threshold),
            "{decision:?} {score}"
        );
    }
    decisions
}

pub(crate) fn alarms(decisions: &[Decision]) -> usize {
    decisions.iter().filter(|d| d.severity > 0).count()
}
