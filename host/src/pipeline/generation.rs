//! What one cycle made: the vectorizer's state, the model, and which plugins made them.

use super::Pipeline;
use crate::train::exam::Exam;

/// The unit that is switched, kept and rolled back. Never changes once made.
#[derive(Debug, Clone)]
pub struct Generation {
    /// Counts up per container from 1.
    pub number: u64,
    pub made_ns: u64,
    /// One more than the last line that was learned.
    pub until_seq: u64,
    /// Windows in the matrix that the model was trained on.
    pub windows: u64,
    pub pipeline: Pipeline,
    pub vectorizer_state: Vec<u8>,
    pub model: Vec<u8>,
    /// Format numbers of the state and of the model: of the plugins that wrote them, which newer ones may read.
    pub vectorizer_format: u32,
    pub model_format: u32,
    /// Columns of the rows that the model was trained on; `None` where an older host did not say.
    pub columns: Option<u32>,
    /// Where it was stored anew because it serves again: the number under which it was made.
    pub restored: Option<u64>,
    /// What the model gives to windows that it did not learn from, in order of time: the level that is usual for it.
    pub calibration: Vec<f32>,
    /// What the model showed before it served; `None` where an older host did not ask.
    pub exam: Option<Exam>,
    /// Figures of both plugins, for people.
    pub stats: Vec<(String, f64)>,
}

impl Generation {
    /// The same, stored anew under another number.
    pub fn renumbered(&self, number: u64) -> Self {
        Self { number, restored: Some(self.made_as()), ..self.clone() }
    }

    /// The number under which it was made first.
    pub fn made_as(&self) -> u64 {
        self.restored.unwrap_or(self.number)
    }
}
