//! Foghorn sounds when a container's logs get strange.
//!
//! The way of a line: `collect` → `stream` → windows (`window`) → plugins → alert. The way of a model: `history` → training →
//! a new generation, switched in between two windows. ARCHITECTURE.md has the picture and what must always hold.

pub mod alert;
mod cause;
mod chance;
pub mod cli;
pub mod clock;
pub mod collect;
pub mod conformance;
pub mod history;
pub mod identity;
pub mod influx;
pub mod install;
pub mod judge;
pub mod line;
pub mod memory;
pub mod notify;
pub mod pipeline;
pub mod plugins;
pub mod receipt;
pub mod redis;
pub mod replay;
pub mod run;
pub mod scaffold;
pub mod settings;
pub mod spool;
pub mod store;
pub mod stream;
pub mod train;
mod web;
pub mod window;
