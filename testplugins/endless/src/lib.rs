//! A thresholds plugin that never says what it is: `describe` does not return.
//!
//! Built for tests of the plugin host alone.

#[cfg(target_family = "wasm")]
mod component;
