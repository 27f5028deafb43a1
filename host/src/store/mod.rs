//! The embedded store: one SQLite file in the data directory, for streams, history, models, alerts and events.
//!
//! Promises:
//! - What was answered with `Ok` survives the end of this process, `kill -9` included. A power cut may take back the
//!   newest seconds (`writer::SYNC_AFTER`), always as a whole: cursors go back together with lines, so the engine's log
//!   is read again from there; acknowledgements go back together with results.
//! - A line is stored once, for stream and history alike, packed with its neighbours in a block with a checksum. Damage
//!   is an error that names container and lines, never wrong text.
//! - Lines kept of a container have no hole: what goes, goes from its oldest end. Windows go with the first of their
//!   lines.
//! - One host writes (`lock`); others may read meanwhile (`StoreOptions::read_only`), each read seeing one state.
//! - Everything has a bound: the queue, a group, a block, a read, the log, the file (`retention`).
//!
//! Left out: encryption, replication, more than one writing process. Why SQLite, with figures: docs/STORE.md.
//!
//! The files: `writer` and `readers` are the two ways in, `schema` opens the file, and one file each for what is kept;
//! these hold plain functions over a connection, and the calls of `Store` which wrap them.

mod alerts;
mod block;
mod cadences;
mod compaction;
mod containers;
mod deliveries;
mod error;
mod events;
mod evidence;
mod generations;
mod json;
mod lines;
mod links;
mod lock;
mod members;
mod mutes;
mod numbers;
mod options;
mod outbox;
mod pins;
mod readers;
mod retention;
mod schema;
mod scored;
mod sinks;
mod sizes;
mod space;
mod steps;
mod told;
mod trainings;
mod windows;
mod writer;

#[cfg(test)]
mod tests;

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::sync::Arc;

use rusqlite::Connection;

pub use alerts::{AlertCounts, AlertFilter, AlertRecord, AlertStatus, AlertTally};
pub use containers::{ContainerInfo, ContainerRecord, ContainerState};
pub use deliveries::{Attempt, Delivery, DeliveryState};
pub use error::StoreError;
pub use events::EventRecord;
pub use generations::{Generation, GenerationMeta, PluginRef};
pub use options::StoreOptions;
pub use outbox::Outbox;
pub use pins::{PinRecord, QuarantineRecord, ShadowRecord};
pub use retention::Retained;
pub use scored::{ScoredCommit, ThresholdsState};
pub use sinks::{Backlog, SinkPlace};
pub use sizes::StoreSizes;
pub use steps::ScoreBin;
pub use told::{Suppression, ToTell, ToldRecord};

use lock::DirLock;
use readers::Readers;
use writer::Writer;

/// The store. Cheap to clone; the last clone to go writes what waits and closes the file, which blocks its thread
/// shortly.
#[derive(Debug, Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    options: StoreOptions,
    readers: Arc<Readers>,
    /// `None` in a store that only reads.
    writer: Option<Writer>,
}

impl Store {
    /// Opens the store, makes it where there is none, brings it up to date where it is older. Blocks: it reads from
    /// disk, and after a crash it looks for damage, for ten seconds at most.
    pub fn open(options: &StoreOptions) -> Result<Self, StoreError> {
        let writer = if options.read_only {
            schema::check_readable(options)?;
            None
        } else {
            Some(open_writer(options)?)
        };
        let readers = Arc::new(Readers::new(options.file(), options.cache_bytes / 4));
        Ok(Self { shared: Arc::new(Shared { options: options.clone(), readers, writer }) })
    }

    pub fn options(&self) -> &StoreOptions {
        &self.shared.options
    }

    /// `bytes` is about how much is written.
    async fn with_writer<T, F>(&self, bytes: usize, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.shared.writer.as_ref().ok_or(StoreError::ReadOnly)?.write(bytes, work).await
    }

    async fn with_reader<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.shared.readers.read(work).await
    }
}

fn open_writer(options: &StoreOptions) -> Result<Writer, StoreError> {
    let dir = &options.dir;
    let failed = |action| move |source| StoreError::Io { action, path: dir.clone(), source };
    // Logs may hold what is nobody else's business.
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(failed("make data directory"))?;
    let lock = DirLock::take(dir)?;
    let conn = schema::open_writer(options)?;
    Writer::start(conn, lock).map_err(failed("start a thread to write to"))
}
