//! A moving mean and deviation of usual scores; what is far above is too high, and teaches nothing.

use foghorn_guest::{Error, Format};

use crate::Settings;

/// Format number of the bytes that `save` writes. Raise it when they change.
pub const FORMAT: u32 = 1;

const STATE: Format =
    Format { magic: *b"MYPLUGIN", number: FORMAT, reader: "these thresholds read", remedy: "start anew" };

/// Scores before the first decision.
const WARM: u64 = 20;
/// Scores that the mean looks back on, about.
const MEMORY: f64 = 1_000.0;
/// Least deviation that scores are said to have.
const DEVIATION_MIN: f64 = 0.01;

/// One container's thresholds.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    settings: Settings,
    seen: u64,
    mean: f64,
    variance: f64,
}

/// What was decided on one score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decision {
    pub threshold: f32,
    /// 0 nothing, 1 info, 2 warning, 3 critical.
    pub severity: u8,
}

impl Gate {
    pub fn new(settings: Settings) -> Self {
        Self { settings, seen: 0, mean: 0.0, variance: 0.0 }
    }

    /// A new generation serves from now on: its usual level is that of `scores`.
    ///
    /// # Errors
    /// Code 4 for a score that is none; nothing changes then.
    pub fn calibrate(&mut self, scores: &[f32]) -> Result<(), Error> {
        check(scores)?;
        if !scores.is_empty() {
            (self.seen, self.mean, self.variance) = (0, 0.0, 0.0);
            scores.iter().for_each(|score| self.learn(f64::from(*score)));
        }
        Ok(())
    }

    /// # Errors
    /// Code 4 for a score that is none; nothing changes then.
    pub fn decide(&mut self, scores: &[f32]) -> Result<Vec<Decision>, Error> {
        check(scores)?;
        Ok(scores.iter().map(|score| self.decide_on(*score)).collect())
    }

    fn decide_on(&mut self, score: f32) -> Decision {
        let deviation = self.variance.sqrt().max(DEVIATION_MIN);
        let threshold = (self.mean + self.settings.deviations * deviation).min(f64::from(f32::MAX)) as f32;
        if self.seen < WARM {
            self.learn(f64::from(score));
            // Nothing is decided yet: the threshold shown is one that the score does not reach.
            return Decision { threshold: threshold.max(2.0 * score).clamp(f32::MIN_POSITIVE, f32::MAX), severity: 0 };
        }
        let severity = match score / threshold {
            times if times < 1.0 => 0,
            times if times < 1.5 => 1,
            times if times < 3.0 => 2,
            _ => 3,
        };
        if severity == 0 {
            self.learn(f64::from(score));
        }
        Decision { threshold, severity }
    }

    fn learn(&mut self, score: f64) {
        self.seen += 1;
        let share = (1.0 / self.seen as f64).max(1.0 / MEMORY);
        let away = score - self.mean;
        self.mean += share * away;
        self.variance = (1.0 - share) * (self.variance + share * away * away);
    }

    /// All that was seen, as bytes.
    pub fn save(&self) -> Vec<u8> {
        let mut out = STATE.write();
        out.u64(self.seen);
        out.f64(self.mean);
        out.f64(self.variance);
        out.finish()
    }

    /// A gate from what `save` wrote.
    ///
    /// # Errors
    /// Code 2 for bytes that cannot be a gate.
    pub fn load(settings: Settings, format: u32, state: &[u8]) -> Result<Self, Error> {
        let mut bytes = STATE.read(format, state)?;
        let (seen, mean, variance) = (bytes.u64()?, bytes.f64(f64::MAX)?, bytes.f64(f64::MAX)?);
        if mean < 0.0 || variance < 0.0 || seen == u64::MAX {
            return Err(bytes.damaged("its figures cannot be"));
        }
        bytes.end()?;
        Ok(Self { settings, seen, mean, variance })
    }
}

fn check(scores: &[f32]) -> Result<(), Error> {
    match scores.iter().position(|score| !score.is_finite() || *score < 0.0) {
        Some(i) => Err(Error::input(format!("score {i} is {}; scores are finite and 0 or more", scores[i]))),
        None => Ok(()),
    }
}
