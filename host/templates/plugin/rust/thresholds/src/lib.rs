//! plugin-name: thresholds for Foghorn.
//!
//! The algorithm is in `gate`, plain Rust that `cargo test` runs natively; `component` is the contract's side of it.

#[cfg(target_family = "wasm")]
mod component;
mod gate;
mod settings;

pub use gate::{Decision, FORMAT, Gate};
pub use settings::Settings;
