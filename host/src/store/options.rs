//! Where the store is and how much it may keep.

use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a store is opened with.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// The data directory; made, for its owner alone, when it is not there.
    pub dir: PathBuf,
    /// Read beside a host that writes: takes no lock, makes nothing, changes nothing.
    pub read_only: bool,
    /// What is older goes at the next `retain`. Default 7 days.
    pub retention_age: Duration,
    /// Above this size of the file, the oldest lines go at the next `retain`. Default 2 GiB.
    pub retention_bytes: u64,
    /// Pages the writer keeps in memory; each of the four readers keeps up to a quarter of it. Default 16 MiB.
    pub cache_bytes: u64,
}

impl StoreOptions {
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            read_only: false,
            retention_age: Duration::from_secs(7 * 24 * 3600),
            retention_bytes: 2 << 30,
            cache_bytes: 16 << 20,
        }
    }

    /// The one file, beside which SQLite keeps its log (`-wal`) and its index of that log (`-shm`).
    pub fn file(&self) -> PathBuf {
        file_in(&self.dir)
    }
}

fn file_in(dir: &Path) -> PathBuf {
    dir.join("foghorn.db")
}
