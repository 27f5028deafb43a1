//! An example detector: principal components. The algorithm is `foghorn_detectors::Pca`, with its source and what is different from it.

#[cfg(target_family = "wasm")]
mod component;

use foghorn_detectors::Pca;

/// One trained model.
pub type Model = foghorn_detectors::Model<Pca>;
/// What a user may set.
pub type Settings = foghorn_detectors::PcaSettings;
/// Format number of the bytes that a model is saved as.
pub const FORMAT: u32 = <Pca as foghorn_detectors::Member>::FORMAT.number;
