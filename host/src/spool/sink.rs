//! What a server must be able to do to take lines out of the spool.

use std::fmt::Debug;

use crate::stream::Batch;

/// How far a sink has come with one container. The store keeps it; it is written after the server has answered, so after a
/// crash it may lie behind what the server has, never ahead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The server has all lines below it, as far as they were there to be sent.
    pub next_seq: u64,
    /// The sink's own bytes, as it gave them with the last lines; empty until it has taken some.
    pub note: Vec<u8>,
}

impl Default for Place {
    fn default() -> Self {
        Self { next_seq: 1, note: Vec::new() }
    }
}

/// Why a server did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServerError {
    /// It does not answer, or not now: to be tried again. The text names the server and what it said.
    #[error("{0}")]
    Away(String),
    /// It will not do this until somebody changes something. The text names cause and cure.
    #[error("{0}")]
    Refused(String),
}

/// Why lines were not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PutError {
    #[error(transparent)]
    Server(#[from] ServerError),
    /// The server has lost lines that it had: sending goes on from this place, as far as the spool reaches back.
    #[error("the server has lost what it had from line {} on", .0.next_seq)]
    Behind(Place),
}

/// A server that takes lines.
///
/// Promises of every sink:
/// - The same batch again, after any error or crash, changes nothing: numbers say which lines these are.
/// - When `put` answers `Ok` for a batch, the server holds its lines (or has set them aside with a reason that is kept).
#[async_trait::async_trait]
pub trait Sink: Send + Sync + Debug {
    /// "Redis" or "InfluxDB": for people, and the key under which places are kept.
    fn name(&self) -> &'static str;

    /// Asks the server whether it can be used as configured. Says in one sentence what answers.
    async fn check(&self) -> Result<String, ServerError>;

    /// Whether the server has nothing any more of what it was sent before: then all is sent again. Asked after each
    /// outage and every minute. Sinks that notice in `put` answer false.
    async fn is_empty(&self) -> Result<bool, ServerError>;

    /// Takes batches of different containers, each with the place it goes on from (`place.next_seq` is the batch's first
    /// line, or less where lines between were dropped from the spool). Answers in the order of the batches.
    async fn put(&self, batches: &[(Batch, Place)]) -> Vec<Result<Place, PutError>>;

    /// About how many lines one `put` should hold, all containers together.
    fn put_lines(&self) -> usize;

    /// How many `put` may be under way at once, of different containers.
    fn lanes(&self) -> usize;

    /// How many lines of a container it keeps at most; older ones that are scored need not be sent.
    fn keeps_lines(&self) -> Option<u64> {
        None
    }

    /// Points that the server refused for what they are since the start, and that were set aside in a file.
    fn set_aside(&self) -> u64 {
        0
    }
}
