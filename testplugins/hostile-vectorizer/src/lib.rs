//! A vectorizer that breaks its contract in the way that its setting `misbehave` names; `none` behaves.
//!
//! Built for tests of the plugin host alone. A row holds four figures of its window, the last the share of lines whose
//! first word was never learned. With `after`, the first calls of each instance are answered well.

#[cfg(target_family = "wasm")]
mod component;
#[cfg(target_family = "wasm")]
#[path = "../../hostile/src/conduct.rs"]
mod conduct;
