//! plugin-name: a detector for Foghorn.
//!
//! The algorithm is in `model`, plain Rust that `cargo test` runs natively; `component` is the contract's side of it.

#[cfg(target_family = "wasm")]
mod component;
mod model;
mod settings;

pub use model::{FORMAT, Model};
pub use settings::Settings;
