//! A stream that lives in a server, with the spool before it.
//!
//! Lines are appended to the embedded store, with the cursor; a forwarder takes them to the server; scoring reads them
//! there. While the server is away, or where it lacks lines, the same lines are read from the spool: the numbers are the
//! same, so nothing is scored twice. Scoring waits for a server for seconds at most (`WAIT_MAX`, once for lines on their way
//! and once for an answer), and after it has waited in vain not again for a while (`LATE_FOR`).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use super::{Append, Batch, Stream, StreamError};
use crate::identity::Identity;
use crate::spool::{Health, Marks, Place, ServerError};
use crate::store::Store;

/// How long a read waits for lines that are on their way to the server, before it takes them from the spool.
const WAIT_MAX: Duration = Duration::from_secs(2);

/// How long lines of a container are not waited for after they did not come: its forwarder is behind, or refused.
const LATE_FOR: Duration = Duration::from_secs(10);

/// Streams in a server.
#[async_trait::async_trait]
pub trait Reader: Send + Sync {
    /// At most `lines_max` lines from number `from_seq` on. `None`, or a batch that begins later, where the server lacks
    /// lines.
    async fn read(
        &self,
        identity: &Identity,
        place: &Place,
        from_seq: u64,
        lines_max: usize,
    ) -> Result<Option<Batch>, ServerError>;
}

/// The server's side of a spooled stream.
pub struct Far {
    pub reader: Arc<dyn Reader>,
    /// The name under which the store keeps its places.
    pub sink: &'static str,
    /// Up to where the server has lines.
    pub taken: Arc<Marks>,
    pub health: watch::Receiver<Health>,
}

impl std::fmt::Debug for Far {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Far").field("sink", &self.sink).field("health", &*self.health.borrow()).finish_non_exhaustive()
    }
}

/// A stream of lines that sinks take.
pub struct SpooledStream {
    store: Store,
    /// Up to where the store holds lines; rings for the forwarders.
    appended: Arc<Marks>,
    /// `None` where only history is in a server: then the stream is the embedded one.
    far: Option<Far>,
    /// When lines of a container did not come in time.
    late: Mutex<HashMap<Identity, Instant>>,
}

impl SpooledStream {
    pub fn new(store: Store, appended: Arc<Marks>, far: Option<Far>) -> Self {
        Self { store, appended, far, late: Mutex::default() }
    }

    /// Lines as the server has them; `None` where it is away, or lacks the first of them.
    async fn read_far(&self, far: &Far, identity: &Identity, from_seq: u64, lines_max: usize) -> Option<Batch> {
        if !matches!(*far.health.borrow(), Health::Up { .. }) || !self.comes(far, identity, from_seq).await {
            return None;
        }
        let place = match self.store.sink_place(far.sink, identity).await {
            Ok(place) => place,
            Err(error) => {
                tracing::warn!(container = %identity, %error, "the place of a sink could not be read");
                return None;
            }
        };
        match timeout(WAIT_MAX, far.reader.read(identity, &place, from_seq, lines_max)).await {
            Ok(Ok(batch)) => batch.filter(|batch| batch.first_seq == from_seq),
            Ok(Err(error)) => {
                tracing::warn!(container = %identity, %error, "lines are read from the spool instead");
                None
            }
            Err(_) => {
                self.set_late(identity);
                None
            }
        }
    }

    /// Waits for a line to arrive at the server, where there is hope.
    async fn comes(&self, far: &Far, identity: &Identity, seq: u64) -> bool {
        let is_late = self.late().get(identity).is_some_and(|since| since.elapsed() < LATE_FOR);
        let wait = if is_late { Duration::ZERO } else { WAIT_MAX };
        let came = far.taken.passes(identity, seq, wait).await;
        if !came && !is_late {
            self.set_late(identity);
        }
        came
    }

    fn set_late(&self, identity: &Identity) {
        self.late().insert(identity.clone(), Instant::now());
    }

    fn late(&self) -> MutexGuard<'_, HashMap<Identity, Instant>> {
        self.late.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait::async_trait]
impl Stream for SpooledStream {
    async fn append(&self, entries: Vec<Append>) -> Result<Vec<u64>, StreamError> {
        let ends: Vec<_> = entries.iter().map(|entry| (entry.identity.clone(), entry.lines.len() as u64)).collect();
        let firsts = self.store.append(entries).await?;
        self.appended.raise(ends.into_iter().zip(&firsts).map(|((identity, lines), first)| (identity, first + lines)));
        Ok(firsts)
    }

    async fn cursor(&self, identity: &Identity) -> Result<Option<Vec<u8>>, StreamError> {
        self.store.cursor(identity).await
    }

    async fn read(&self, identity: &Identity, from_seq: u64, lines_max: usize) -> Result<Option<Batch>, StreamError> {
        if from_seq >= self.appended.get(identity) {
            // Nothing was appended since the start, or nothing is left to read.
            return self.store.read(identity, from_seq, lines_max).await;
        }
        if let Some(far) = &self.far
            && let Some(batch) = self.read_far(far, identity, from_seq, lines_max).await
        {
            return Ok(Some(batch));
        }
        self.store.read(identity, from_seq, lines_max).await
    }

    async fn acknowledge(&self, identity: &Identity, seq: u64) -> Result<(), StreamError> {
        self.store.acknowledge(identity, seq).await
    }

    async fn acknowledged(&self, identity: &Identity) -> Result<u64, StreamError> {
        self.store.acknowledged(identity).await
    }
}

impl std::fmt::Debug for SpooledStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SpooledStream").field("far", &self.far).finish_non_exhaustive()
    }
}
