//! What every Foghorn plugin in Rust would otherwise write again, and nothing else.
//!
//! - [`types`]: the contract's records as plain Rust. `wit-bindgen` is told to use them in place of its own, so that a plugin
//!   maps nothing and its algorithm is tested natively with the same types:
//!   `generate!({ …, with: { "foghorn:plugin/types@0.1.0": foghorn_guest::types } })`
//! - [`CheckedRows`] and [`CheckedWindows`]: what the host sent, checked once and then walked without fear.
//! - [`Settings`]: parsing and checking, with the texts that people know from the built-in plugins.
//! - [`Format`]: state bytes that begin with what wrote them, and are read with every length checked.
//! - [`report_panics`] and [`lifecycle!`]: the glue.
//!
//! Promises: no I/O, no dependency, no unsafe; nothing is imported from the host unless the plugin hands its `log` in.
//! Bindings are made in the plugin's own crate: they must know its world.

mod error;
mod glue;
mod panics;
mod rows;
pub mod settings;
mod state;
mod windows;

pub use error::Error;
pub use panics::report_panics;
pub use rows::{COLUMNS_MAX, CheckedRows, Rows};
pub use settings::{Described, Settings};
pub use state::{Format, Reader, Writer};
pub use windows::{CheckedWindows, Line, Window, Windows};

/// Keys and values, as the contract has them.
pub type Pairs = Vec<(String, String)>;

/// The contract's interface `types`, for the `with` of `wit_bindgen::generate!`.
pub mod types {
    pub use crate::{Error, Pairs, Rows, Windows};
}
