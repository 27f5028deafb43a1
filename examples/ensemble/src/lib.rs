//! An example detector: an ensemble. The algorithm is `foghorn_detectors::Ensemble`, with its source and what is different from it.

#[cfg(target_family = "wasm")]
mod component;

use foghorn_detectors::Ensemble;

/// One trained model.
pub type Model = foghorn_detectors::Model<Ensemble>;
/// What a user may set.
pub type Settings = foghorn_detectors::EnsembleSettings;
/// Format number of the bytes that a model is saved as.
pub const FORMAT: u32 = <Ensemble as foghorn_detectors::Member>::FORMAT.number;
