//! An example detector: nearest neighbours. The algorithm is `foghorn_detectors::Knn`, with its source and what is different from it.

#[cfg(target_family = "wasm")]
mod component;

use foghorn_detectors::Knn;

/// One trained model.
pub type Model = foghorn_detectors::Model<Knn>;
/// What a user may set.
pub type Settings = foghorn_detectors::KnnSettings;
/// Format number of the bytes that a model is saved as.
pub const FORMAT: u32 = <Knn as foghorn_detectors::Member>::FORMAT.number;
