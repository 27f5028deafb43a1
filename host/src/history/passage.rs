//! Lines read in order, some at a time: what is too long for one read comes in the next.

use super::{History, HistoryError};
use crate::identity::Identity;
use crate::stream::Batch;

/// Lines that are read at once.
const CHUNK: usize = 5_000;

/// What is left to read of a container's lines.
pub struct Passage<'a> {
    history: &'a dyn History,
    identity: &'a Identity,
    next_seq: u64,
    end_seq: u64,
}

impl<'a> Passage<'a> {
    pub fn new(history: &'a dyn History, identity: &'a Identity, from_seq: u64, end_seq: u64) -> Self {
        Self { history, identity, next_seq: from_seq, end_seq }
    }

    /// The next lines that are kept; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Batch>, HistoryError> {
        if self.next_seq >= self.end_seq {
            return Ok(None);
        }
        let batch = self.history.lines(self.identity, self.next_seq, self.end_seq, CHUNK).await?;
        self.next_seq = batch.as_ref().map_or(self.end_seq, Batch::end_seq);
        Ok(batch.filter(|batch| !batch.lines.is_empty()))
    }
}

impl std::fmt::Debug for Passage<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Passage({}, {}..{})", self.identity, self.next_seq, self.end_seq)
    }
}
