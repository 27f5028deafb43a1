//! What `cargo xtask` does, as a library, so that the end-to-end tests use the same code.
//!
//! Each module is one thing that a developer does by hand otherwise. Nothing here is part of Foghorn itself.

pub use foghorn_wasm_build::{process, wasm_std};

pub mod api;
pub mod apt;
pub mod bench;
pub mod check;
pub mod component;
pub mod demo;
pub mod demo_image;
pub mod digest;
pub mod director;
pub mod docker;
pub mod eval;
pub mod examples;
pub mod faults;
pub mod host;
pub mod http;
pub mod image;
pub mod needs;
pub mod page;
pub mod plugins;
pub mod story;
pub mod tar;
pub mod venv;
pub mod workspace;
