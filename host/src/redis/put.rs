//! Writing: one entry after the other, each with an id that says which lines it holds.
//!
//! Promises: after any error, restart or crash the stream goes on with the line it lacks. Where the connection is new, or
//! the last answer was an error, the stream's end is asked for before anything is sent (`tail`); an id that is not above the
//! last is refused by the server, so an entry that was sent twice is there once.
//!
//! An entry that nobody answered for may still lie in a buffer on its way and arrive late. When its lines are sent again, it
//! is with at least as many in the entry, so that the late one comes too late for its id.

use ::redis::{Cmd, RedisResult};
use futures_util::future;

use super::base::Base;
use super::entry::{cut, encode, encoded_bytes_max};
use super::id::EntryId;
use super::link::Connected;
use super::{RedisStreams, key};
use crate::spool::{Place, PutError, ServerError};
use crate::stream::Batch;

/// How often a put starts anew because the stream was not as expected. Each time it has been looked at.
const ROUNDS_MAX: usize = 4;
/// Of one `XADD`.
const ARGUMENTS: usize = 18;

/// What is known of the end of a stream.
#[derive(Debug, Default)]
pub(super) struct Tail {
    /// The epoch in which the rest was found out, and no error came since.
    pub(super) sure: Option<u64>,
    pub(super) base: Option<Base>,
    /// Number of the line that comes next.
    pub(super) next: u64,
    /// The place that was told because lines are gone from the server. Whoever goes on from there has heard of it.
    pub(super) told: Option<u64>,
    /// Sent, and not answered.
    pub(super) unanswered: Option<EntryId>,
}

/// An entry that can be sent.
struct Ready {
    id: EntryId,
    /// The line of the batch that follows.
    end: usize,
    command: Cmd,
}

impl RedisStreams {
    pub(super) async fn put_batch(
        &self,
        mut connected: Connected,
        batch: &Batch,
        place: &Place,
    ) -> Result<Place, PutError> {
        let slot = self.slot(&batch.identity);
        let mut tail = slot.tail.lock().await;
        self.put_rounds(&mut connected, &mut tail, batch, place).await
    }

    async fn put_rounds(
        &self,
        connected: &mut Connected,
        tail: &mut Tail,
        batch: &Batch,
        place: &Place,
    ) -> Result<Place, PutError> {
        for _ in 0..ROUNDS_MAX {
            let base = match known(tail, connected.epoch, place) {
                Some(base) => base,
                None => self.find_tail(connected, tail, batch, place).await?,
            };
            // Only when all went well: an error leaves it open what the server did, and so does a caller that goes away.
            tail.sure = None;
            if self.send_rest(connected, tail, base, batch).await? {
                tail.sure = Some(connected.epoch);
                return Ok(base.place(batch.end_seq()));
            }
        }
        let key = key(&self.prefix, &batch.identity);
        Err(ServerError::Away(format!(
            "redis key {key} changes while it is written to; is it deleted again and again?"
        ))
        .into())
    }

    /// Sends what the stream lacks of a batch. False when the stream was not as expected.
    async fn send_rest(
        &self,
        connected: &mut Connected,
        tail: &mut Tail,
        base: Base,
        batch: &Batch,
    ) -> Result<bool, ServerError> {
        let first = base.number(batch.first_seq);
        // A gap that the spool had to leave is a gap here too.
        tail.next = tail.next.max(first);
        let from = usize::try_from(tail.next - first).unwrap_or(usize::MAX);
        let mut ready = self.prepare(batch, from, tail.next, unanswered_lines(tail));
        while let Some(Ready { id, end, command }) = ready {
            tail.unanswered = Some(id);
            // The next entry is made while the server has this one.
            let next = async { self.prepare(batch, end, id.end(), 0) };
            let (answer, next) = future::join(connected.ask(&command), next).await;
            match stored(answer) {
                Ok(true) => *tail = Tail { next: id.end(), told: None, unanswered: None, ..*tail },
                Ok(false) => {
                    tail.unanswered = None;
                    return Ok(false);
                }
                Err(error) => return Err(self.explain_with_type(connected, &error, &batch.identity).await),
            }
            ready = next;
        }
        Ok(true)
    }

    /// The entry that begins with line `from` of a batch and holds at least `lines_min` lines, where there are so many.
    fn prepare(&self, batch: &Batch, from: usize, first: u64, lines_min: usize) -> Option<Ready> {
        if from >= batch.lines.len() {
            return None;
        }
        let end = cut(&batch.lines, from).max(from.saturating_add(lines_min)).min(batch.lines.len());
        let id = EntryId { first, lines: (end - from) as u64 };
        let mut command = Cmd::with_capacity(ARGUMENTS, encoded_bytes_max(&batch.lines, from..end));
        command.arg("XADD").arg(key(&self.prefix, &batch.identity)).arg("NOMKSTREAM").arg(id.to_string());
        encode(&mut command, self.store_id, batch.first_seq + from as u64, &batch.lines, from..end);
        Some(Ready { id, end, command })
    }
}

/// False when the stream is gone, or its end is not where it was believed to be.
fn stored(answer: RedisResult<Option<String>>) -> RedisResult<bool> {
    match answer {
        Ok(id) => Ok(id.is_some()),
        Err(error) if error.detail().is_some_and(|detail| detail.contains("equal or smaller")) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The base, where the end of the stream is known and is where the place says.
fn known(tail: &Tail, epoch: u64, place: &Place) -> Option<Base> {
    let base = tail.base?;
    let as_told = Base::of(place).is_none_or(|told| told == base);
    (tail.sure == Some(epoch) && as_told && tail.next == base.number(place.next_seq)).then_some(base)
}

/// How many lines the entry must hold so that one which was not answered comes too late.
fn unanswered_lines(tail: &Tail) -> usize {
    let same = tail.unanswered.filter(|id| id.first == tail.next);
    same.map_or(0, |id| usize::try_from(id.lines).unwrap_or(usize::MAX))
}
