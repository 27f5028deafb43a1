//! A thresholds plugin that breaks its contract in the way that its setting `misbehave` names; `none` behaves.
//!
//! Built for tests of the plugin host alone. The threshold is twice the mean of what was usual. With `after`, the first calls of each instance are answered well.

#[cfg(target_family = "wasm")]
mod component;
#[cfg(target_family = "wasm")]
#[path = "../../hostile/src/conduct.rs"]
mod conduct;
