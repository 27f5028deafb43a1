//! What is compared: the three plugins, run one way or another.

use foghorn::plugins::{Decision, Rows};
use foghorn::window::Windows;

use crate::Outcome;

/// One way to run the plugins. All of them must answer with the same bits.
pub(crate) trait Side {
    /// Learns the batches in a new session; its state.
    fn learn(&mut self, batches: &[Windows]) -> Outcome<Vec<u8>>;

    fn transform(&mut self, batch: &Windows) -> Outcome<Rows>;

    /// Trains as the host does: train, save, merge, load again and compare. The model.
    fn train(&mut self, rows: &Rows) -> Outcome<Vec<u8>>;

    fn score(&mut self, rows: &Rows) -> Outcome<Vec<f32>>;

    fn decide(&mut self, scores: &[f32], times: &[u64]) -> Outcome<Vec<Decision>>;
}

/// What every side starts from.
#[derive(Debug)]
pub(crate) struct Learned {
    /// What `learn` gave.
    pub(crate) session: Vec<u8>,
    pub(crate) model: Vec<u8>,
    /// Scores of the learned windows.
    pub(crate) calibration: Vec<f32>,
}
