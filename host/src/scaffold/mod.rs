//! Plugin projects: small folders that `foghorn plugin new` writes and `foghorn plugin build` turns into a component.
//!
//! Promises that a project needs nothing of Foghorn but the binary: the contract and, for Rust, the helper crate are written
//! beside it, as they were when this binary was built. Templates are folders in `host/templates/plugin`: what all projects of a
//! language have is in `common`, the rest in a folder named like the slot; there is a template where there is such a folder.

pub mod build;
mod language;
mod manifest;
mod name;
mod write;

pub use language::Language;
pub use manifest::{MANIFEST, Manifest, ManifestError, parse_slot};
pub use name::{NameError, ProjectName};
pub use write::{ScaffoldError, write};
