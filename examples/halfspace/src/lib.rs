//! An example detector: half-space trees. The algorithm is `foghorn_detectors::HalfSpace`, with its source and what is different from it.

#[cfg(target_family = "wasm")]
mod component;

use foghorn_detectors::HalfSpace;

/// One trained model.
pub type Model = foghorn_detectors::Model<HalfSpace>;
/// What a user may set.
pub type Settings = foghorn_detectors::HalfSpaceSettings;
/// Format number of the bytes that a model is saved as.
pub const FORMAT: u32 = <HalfSpace as foghorn_detectors::Member>::FORMAT.number;
