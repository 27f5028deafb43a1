//! Streams: one ordered, durable log of lines per container, read by one consumer that scores.
//!
//! Promises of every backend, checked by one suite (`stream::suite`):
//! - `append` is durable when it returns, and keeps lines and cursor together: after a crash either both are there or
//!   neither is. Lines get numbers 1, 2, 3, … per container, without holes.
//! - `read` gives lines in order of their numbers, and gives them again until they are acknowledged.
//! - `acknowledge` never goes back, and refuses lines that are not there: they would never be scored.
//! - Where lines had to go before they were read, `read` goes on with the first that is left.
//!
//! Left out: who reads. There is one reader per container, inside this process.

mod embedded;
mod spooled;
#[cfg(test)]
pub(crate) mod suite;
#[cfg(test)]
mod tests;

use crate::identity::Identity;
use crate::line::Lines;
pub use spooled::{Far, Reader, SpooledStream};

/// Consecutive lines of one container with the number of the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    pub identity: Identity,
    /// Number of the first line; the others follow without holes.
    pub first_seq: u64,
    pub lines: Lines,
}

impl Batch {
    /// One more than the number of the last line.
    pub fn end_seq(&self) -> u64 {
        self.first_seq + self.lines.len() as u64
    }
}

/// What the collector hands over: lines and the place in the engine's log up to which they reach.
#[derive(Debug, Clone)]
pub struct Append {
    pub identity: Identity,
    pub lines: Lines,
    /// The collector's own bytes; given back by `cursor`.
    pub cursor: Vec<u8>,
}

/// One durable log of lines per container.
#[async_trait::async_trait]
pub trait Stream: Send + Sync {
    /// Appends, in order, and saves each cursor in the same write. Returns the number of the first line of each entry.
    async fn append(&self, entries: Vec<Append>) -> Result<Vec<u64>, StreamError>;

    /// The cursor that was saved with the last lines of a container.
    async fn cursor(&self, identity: &Identity) -> Result<Option<Vec<u8>>, StreamError>;

    /// At most `lines_max` lines (and at least one, where there are any) from number `from_seq` on. `None` where there are none.
    async fn read(&self, identity: &Identity, from_seq: u64, lines_max: usize) -> Result<Option<Batch>, StreamError>;

    /// All lines below `seq` were scored and their results are stored.
    async fn acknowledge(&self, identity: &Identity, seq: u64) -> Result<(), StreamError>;

    /// The first number that is not acknowledged; 1 for a container never heard of.
    async fn acknowledged(&self, identity: &Identity) -> Result<u64, StreamError>;
}

/// Why a stream could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
}
