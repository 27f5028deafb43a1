//! Plugins: WebAssembly components in wasmtime, distrusted.
//!
//! This is the only home of wasmtime. `Plugins` holds the engine and turns bytes into a `Plugin` (what it is, compiled);
//! `Catalogue` finds plugins by name, and `Registry` keeps it up with a directory; `Vectorizer`, `Detector` and `Thresholds` are instances that do the work, each in a
//! store of its own, so that a fault ends one instance and nothing else.
//!
//! Promises:
//! - Nothing is granted: a plugin can write to the host's log, and that is all. `wasi:*` is refused, or answered by an
//!   empty world whose clocks and randomness are the same in every run.
//! - Every call has a deadline, a memory limit and a limit on the size of its answer.
//! - Every answer is checked before anybody sees it (`check`).
//! - After a fault (`PluginError::is_fault`) the instance takes no more calls; make a new one from the last saved state.
//!
//! Calls block and are meant for worker threads. Left out: which plugin serves a container, and what happens after a fault.

mod bindings;
mod builtin;
mod cache;
mod card;
mod catalogue;
mod check;
mod choice;
mod cost;
mod detector;
mod digest;
mod engine;
mod fault;
mod inspect;
mod instance;
mod limits;
mod load;
mod log;
mod meter;
mod plugin;
mod reference;
mod registry;
mod rows;
mod shelf;
mod state;
pub(crate) mod text;
mod thresholds;
mod train;
mod unrest;
mod vectorizer;
mod version;
mod wasi;
mod watch;

#[cfg(test)]
pub(crate) mod tests;

pub use catalogue::{Catalogue, CatalogueError};
pub use cost::{Cost, CostSnapshot};
pub use detector::Detector;
pub use digest::{Digest, DigestError};
pub use engine::EngineError;
pub use fault::{Label, PluginError, TrapKind};
pub use inspect::CONTRACT;
pub use limits::{CallLimits, Limits};
pub use load::{LoadError, LoadFault, Plugins, PluginsOptions};
pub use plugin::{Plugin, Setting, Slot};
pub use reference::{Reference, ReferenceError};
pub use registry::Registry;
pub use rows::{Rows, RowsError};
pub use thresholds::{Decision, Thresholds};
pub use train::{Trained, train_in_parts, train_model};
pub use vectorizer::{Column, Term, Vectorizer};
pub use version::{PluginVersion, VersionError, VersionLine};
