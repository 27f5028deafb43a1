//! What a verdict depends on.

use serde::{Deserialize, Serialize};

use crate::settings::PluginSettings;

/// The format of what is written here.
pub const FORMAT: u32 = 1;

/// A component with what it had learned, by digests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// `name@version`, for people.
    pub name: String,
    /// SHA-256 of the component, and of what it had learned, hexadecimal.
    pub component: String,
    pub state: String,
    /// Format number of what it had learned.
    pub state_format: u32,
    pub settings: PluginSettings,
}

/// A generation that voted, by digests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voter {
    pub number: u64,
    pub vectorizer_state: String,
    pub model: String,
    pub vectorizer_format: u32,
    pub model_format: u32,
    pub columns: Option<u32>,
    /// Its usual scores, as bits: votes are taken to one level by them.
    pub calibration: Vec<u32>,
}

/// All that a verdict depends on, and the verdict. Numbers with fractions are kept as their bits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    pub format: u32,
    pub container: String,
    pub vectorizer: Part,
    pub detector: Part,
    pub thresholds: Part,
    /// The generation that scored, then those that voted with it.
    pub voters: Vec<Voter>,
    /// For which generation the thresholds were calibrated.
    pub calibrated_for: u64,
    /// Scores, as bits, and ends of the windows that were decided on with it and before it, in order.
    pub before: Vec<(u32, u64)>,
    pub begin_ns: u64,
    pub end_ns: u64,
    /// Of the window's lines.
    pub window: String,
    pub verdict: Bits,
}

/// A verdict as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bits {
    pub score: u32,
    pub threshold: u32,
    /// 0 to 3.
    pub severity: u8,
}

impl From<&crate::history::Verdict> for Bits {
    fn from(verdict: &crate::history::Verdict) -> Self {
        Self {
            score: verdict.score.to_bits(),
            threshold: verdict.threshold.to_bits(),
            severity: verdict.severity as u8,
        }
    }
}

impl Case {
    /// Digests of all that is needed, each once.
    pub fn needs(&self) -> Vec<&str> {
        let mut needed: Vec<&str> = vec![&self.window];
        for part in [&self.vectorizer, &self.detector, &self.thresholds] {
            needed.extend([part.component.as_str(), part.state.as_str()]);
        }
        for voter in &self.voters {
            needed.extend([voter.vectorizer_state.as_str(), voter.model.as_str()]);
        }
        needed.sort_unstable();
        needed.dedup();
        needed
    }
}
