//! plugin-name: a vectorizer for Foghorn.
//!
//! The algorithm is in `session` and `words`, plain Rust that `cargo test` runs natively; `component` is the contract's side.

#[cfg(target_family = "wasm")]
mod component;
mod session;
mod words;

pub use session::{COLUMNS, FORMAT, Session, Term};
