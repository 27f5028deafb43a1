//! What one cycle made: the vectorizer's state, the model, and which plugins made them.

use super::Pipeline;

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
    /// What the model gives to windows that it did not learn from, in order of time: the level that is usual for it.
    pub calibration: Vec<f32>,
    /// Figures of both plugins, for people.
    pub stats: Vec<(String, f64)>,
}
