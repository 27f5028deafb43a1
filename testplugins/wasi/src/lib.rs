//! A thresholds plugin that looks at all that wasi could show it: clocks, chance, environment, files, the network.
//!
//! Built for tests of the plugin host alone.

#[cfg(target_family = "wasm")]
mod component;
