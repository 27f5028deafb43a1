//! What can go wrong with the store, told to people: what was found, what is allowed, what to do.

use std::io;
use std::path::PathBuf;

use rusqlite::ErrorCode;

use crate::identity::Identity;

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(
        "data directory {} is in use by another foghorn ({holder}); stop that one, or give this one a data directory of \
         its own",
        dir.display()
    )]
    InUse { dir: PathBuf, holder: String },
    #[error(
        "data directory {} was written by a newer foghorn (store format {found}, this one reads up to {known}); update \
         foghorn, or give this one a data directory of its own",
        dir.display()
    )]
    Newer { dir: PathBuf, found: i32, known: i32 },
    #[error(
        "data directory {} was written by an older foghorn (store format {found}, this one reads {known}); start \
         `foghorn run` with it once, which brings it up to date",
        dir.display()
    )]
    Older { dir: PathBuf, found: i32, known: i32 },
    #[error("data directory {} holds no foghorn.db: no foghorn has run with it yet", dir.display())]
    Absent { dir: PathBuf },
    #[error(
        "{} is a database, but not one of foghorn's (application id {found:#x}); give foghorn a data directory of its own",
        file.display()
    )]
    Foreign { file: PathBuf, found: i32 },
    #[error("cannot {action} {}: {source}", path.display())]
    Io { action: &'static str, path: PathBuf, source: io::Error },
    #[error(
        "the store is damaged ({0}); stop foghorn, then put back a copy of foghorn.db, or move foghorn.db and \
         foghorn.db-wal out of the data directory to begin afresh"
    )]
    Damaged(String),
    #[error("lines {first_seq} to {} of container {identity} are damaged in the store: {detail}", end_seq - 1)]
    DamagedLines { identity: Identity, first_seq: u64, end_seq: u64, detail: &'static str },
    #[error("no space left for the store ({0}); free some on its disk, or lower the bytes it may keep")]
    Full(String),
    #[error("the store was opened to read only")]
    ReadOnly,
    #[error("not stored: the write was taken back together with others: {0}")]
    TakenBack(String),
    #[error("the store has stopped: its writer is gone")]
    Stopped,
    #[error("cannot acknowledge lines of container {identity} below {seq}: it has lines below {next_seq} only")]
    AcknowledgedBeyond { identity: Identity, seq: u64, next_seq: u64 },
    #[error(
        "window of line {first_seq} of container {identity} was scored before: lines below {acknowledged} are acknowledged"
    )]
    ScoredBefore { identity: Identity, first_seq: u64, acknowledged: u64 },
    #[error("container {identity} has no generation {number}")]
    NoGeneration { identity: Identity, number: u64 },
    #[error("store: {0}")]
    Sqlite(rusqlite::Error),
}

impl StoreError {
    /// Whether the same call may succeed later without anyone changing the program or the data.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Full(_) | Self::TakenBack(_) => true,
            Self::Sqlite(rusqlite::Error::SqliteFailure(failure, _)) => {
                matches!(failure.code, ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::SystemIoFailure)
            }
            _ => false,
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(error.to_string()),
            Some(ErrorCode::DiskFull) => Self::Full(error.to_string()),
            _ => Self::Sqlite(error),
        }
    }
}
