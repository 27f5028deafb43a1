//! The store over a real file. What every stream and every history must do is in their suites.

mod traits;

use std::time::Duration;

use tempfile::TempDir;

use super::{Store, StoreOptions};
use crate::identity::Identity;

/// A store in a directory of its own.
fn fresh() -> (TempDir, Store) {
    let dir = TempDir::new().unwrap();
    let store = Store::open(&options(&dir)).unwrap();
    (dir, store)
}

/// Small bounds, so that tests reach them.
fn options(dir: &TempDir) -> StoreOptions {
    StoreOptions { retention_age: Duration::from_secs(1000), ..StoreOptions::new(dir.path()) }
}

fn web() -> Identity {
    Identity::of_name("host", "web")
}
