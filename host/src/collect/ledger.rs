//! The one writer of an identity's stream.
//!
//! Every batch is appended together with the book of places, and the book in memory moves on only when the append has
//! succeeded. An append that fails is tried again, for ever, with growing pauses: the reader behind it waits, so the engine's
//! log is the buffer. Whether a failed append was stored after all is asked of the stream before the next try.

use std::sync::Arc;

use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use super::assemble::Batch;
use super::backoff::Backoff;
use super::cursor::{Book, CursorError, Place};
use crate::identity::Identity;
use crate::stream::{Append, Stream, StreamError};

/// Why an identity cannot be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum LedgerError {
    #[error(transparent)]
    Stream(#[from] StreamError),
    #[error(transparent)]
    Cursor(#[from] CursorError),
}

/// How an append ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stored {
    /// One more than the number of the last line.
    Until(u64),
    /// Stored by an append that reported an error; the numbers are not known.
    Somewhere,
    /// Given up at shutdown; the lines are read again by the next start.
    Cancelled,
}

/// All containers of one identity write through this.
pub(super) struct Ledger {
    identity: Identity,
    stream: Arc<dyn Stream>,
    book: Mutex<Book>,
}

impl Ledger {
    pub(super) async fn open(identity: Identity, stream: Arc<dyn Stream>) -> Result<Self, LedgerError> {
        let book = match stream.cursor(&identity).await? {
            Some(bytes) => Book::decode(&bytes)?,
            None => Book::default(),
        };
        Ok(Self { identity, stream, book: Mutex::new(book) })
    }

    pub(super) fn identity(&self) -> &Identity {
        &self.identity
    }

    pub(super) async fn place(&self, container: &str) -> Option<Place> {
        self.book.lock().await.place(container).cloned()
    }

    /// The newest stamp up to which the identity was read; `None` when it never was.
    pub(super) async fn newest_ns(&self) -> Option<u64> {
        self.book.lock().await.newest_ns()
    }

    pub(super) async fn append(&self, batch: Batch, shutdown: &CancellationToken) -> Stored {
        // Held over the append: two containers of one identity must not save books that know nothing of each other.
        let mut book = self.book.lock().await;
        let mut next = book.clone();
        next.put(batch.place);
        let append = Append { identity: self.identity.clone(), lines: batch.lines, cursor: next.encode() };
        let stored = self.try_append(&append, shutdown).await;
        if stored != Stored::Cancelled {
            *book = next;
        }
        stored
    }

    async fn try_append(&self, append: &Append, shutdown: &CancellationToken) -> Stored {
        let mut backoff = Backoff::default();
        loop {
            match self.stream.append(vec![append.clone()]).await {
                Ok(first) => return until(&first, append),
                Err(error) => {
                    tracing::warn!(identity = %self.identity, %error, "lines could not be appended; trying again");
                }
            }
            if backoff.wait(shutdown).await.is_err() {
                return Stored::Cancelled;
            }
            if self.stream.cursor(&self.identity).await.is_ok_and(|saved| saved.as_ref() == Some(&append.cursor)) {
                return Stored::Somewhere;
            }
        }
    }
}

fn until(first: &[u64], append: &Append) -> Stored {
    first.first().map_or(Stored::Somewhere, |first| Stored::Until(first + append.lines.len() as u64))
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger").field("identity", &self.identity).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
