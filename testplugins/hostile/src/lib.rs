//! A detector that breaks its contract in the way that its setting `misbehave` names; `none` behaves.
//!
//! Built for tests of the plugin host alone. A row's score is the sum of its values, so that a test can tell a good answer. With
//! `after`, the first calls of each instance are answered well.

#[cfg(target_family = "wasm")]
mod component;
#[cfg(target_family = "wasm")]
mod conduct;
