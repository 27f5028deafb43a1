//! A few connections that read, beside the one that writes. Each read sees one state of the store from its beginning to
//! its end.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::{StoreError, schema};

/// Most reads at a time; a further one waits.
const READERS_MAX: usize = 4;

#[derive(Debug)]
pub(super) struct Readers {
    file: PathBuf,
    cache_bytes: u64,
    room: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) fn new(file: PathBuf, cache_bytes: u64) -> Self {
        Self { file, cache_bytes, room: Arc::new(Semaphore::new(READERS_MAX)), idle: Mutex::new(Vec::new()) }
    }

    /// Has `work` done on a thread for blocking work.
    pub(super) async fn read<T, F>(self: &Arc<Self>, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let room = Arc::clone(&self.room).acquire_owned().await.map_err(|_| StoreError::Stopped)?;
        let readers = Arc::clone(self);
        let read = tokio::task::spawn_blocking(move || {
            // Held until the read is over, even if nobody waits for it any more.
            let _room = room;
            readers.read_now(work)
        });
        read.await.map_err(|_| StoreError::Stopped)?
    }

    fn read_now<T>(&self, work: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let conn = match idle {
            Some(conn) => conn,
            None => schema::open_reader(&self.file, self.cache_bytes)?,
        };
        let snapshot = conn.unchecked_transaction()?;
        let answer = work(&snapshot);
        snapshot.finish()?;
        // A connection whose read panicked never gets here: the next read opens another.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(conn);
        answer
    }
}
