//! The embedded store: one SQLite file under the data directory.
use std::fmt;

/// Why the store could not do what it was asked.
#[derive(Debug)]
pub struct StoreError;

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("store")
    }
}

impl std::error::Error for StoreError {}
