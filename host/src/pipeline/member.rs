//! The two instances of one generation.

use std::sync::Arc;

use super::costs::Costs;
use super::generation::Generation;
use super::live::transform;
use super::vote;
use crate::plugins::{Detector, PluginError, Rows, Slot, Vectorizer};
use crate::window::Windows;

/// A generation's vectorizer and detector, ready to score. Calls block.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) generation: Arc<Generation>,
    pub(super) vectorizer: Vectorizer,
    pub(super) detector: Detector,
    /// The level that is usual for it.
    pub(super) usual: Option<f32>,
}

impl Member {
    pub(super) fn open(generation: Arc<Generation>, costs: &Costs) -> Result<Self, PluginError> {
        let pipeline = &generation.pipeline;
        let (slot, state) = (&pipeline.vectorizer, &generation.vectorizer_state);
        let mut vectorizer = Vectorizer::load(&slot.plugin, &slot.settings, generation.vectorizer_format, state)?;
        vectorizer.bill(costs.of(Slot::Vectorizer, slot.plugin.digest));
        if let Some(columns) = generation.columns {
            vectorizer.expect_columns(columns);
        }
        let (slot, state) = (&pipeline.detector, &generation.model);
        let mut detector = Detector::load(&slot.plugin, &slot.settings, generation.model_format, state)?;
        detector.bill(costs.of(Slot::Detector, slot.plugin.digest));
        let usual = vote::usual(&generation);
        Ok(Self { generation, vectorizer, detector, usual })
    }

    /// Rows of windows that were not learned from.
    pub(super) fn rows(&mut self, windows: &Windows) -> Result<Rows, PluginError> {
        transform(&mut self.vectorizer, windows, false)
    }

    /// One score a window; in the row of window i the columns `taken[i]` are as they are in the one window `other`.
    pub(super) fn score_as(
        &mut self,
        windows: &Windows,
        other: &Windows,
        taken: &[Vec<u32>],
    ) -> Result<Vec<f32>, PluginError> {
        let (rows, other) = (self.rows(windows)?, self.rows(other)?);
        let mut mixed = Rows::default();
        for (index, taken) in taken.iter().enumerate() {
            mixed.push_as(&rows, index, &other, taken);
        }
        self.detector.score(&mixed)
    }

    /// Bytes of linear memory that both instances have.
    pub(super) fn memory_bytes(&self) -> u64 {
        (self.vectorizer.memory_bytes() + self.detector.memory_bytes()) as u64
    }
}
