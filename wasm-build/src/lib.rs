//! Builds a Rust crate to a WebAssembly component, on whatever toolchain there is.
//!
//! `cargo xtask` builds the built-in components with it, `foghorn plugin build` those of others: both find the standard library
//! in the same way and hand cargo the same flags. Nothing here knows Foghorn.

pub mod cargo;
pub mod component;
pub mod process;
pub mod wasm_std;
