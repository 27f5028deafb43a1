//! Finding out where a stream ends, and what that means for the place of its container.

use ::redis::{RedisError, Value, cmd};

use super::base::Base;
use super::id::EntryId;
use super::link::Connected;
use super::put::Tail;
use super::reply::{self, Found, StreamInfo};
use super::{GROUP, RedisStreams, key};
use crate::identity::Identity;
use crate::line::Lines;
use crate::spool::{Place, PutError, ServerError};
use crate::stream::Batch;

/// What was found out about an end.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// Lines up to `next` are there.
    At { base: Base, next: u64 },
    /// The server has lost lines.
    Behind { base: Base, next_seq: u64 },
    /// Others write there.
    Foreign(String),
}

impl RedisStreams {
    /// Looks at the stream, which is made where there is none, and compares what both have of the batch.
    pub(super) async fn find_tail(
        &self,
        connected: &mut Connected,
        tail: &mut Tail,
        batch: &Batch,
        place: &Place,
    ) -> Result<Base, PutError> {
        let info = self.stream_info(connected, &batch.identity).await?;
        match end(&info, self.store_id, place, tail.told, self.stream_lines) {
            End::At { base, next } => {
                self.compare(connected, base, batch, next).await?;
                *tail = Tail { sure: Some(connected.epoch), base: Some(base), next, ..*tail };
                Ok(base)
            }
            End::Behind { base, next_seq } => {
                tail.told = Some(base.number(next_seq));
                Err(PutError::Behind(base.place(next_seq)))
            }
            End::Foreign(cause) => Err(self.foreign(&batch.identity, &cause).into()),
        }
    }

    async fn stream_info(&self, connected: &mut Connected, identity: &Identity) -> Result<StreamInfo, ServerError> {
        let key = key(&self.prefix, identity);
        let made: Result<Value, _> =
            connected.ask(cmd("XGROUP").arg("CREATE").arg(&key).arg(GROUP).arg("0").arg("MKSTREAM")).await;
        let answer = match made {
            Err(error) if error.code() != Some("BUSYGROUP") => Err(error),
            _ => connected.ask::<Value>(cmd("XINFO").arg("STREAM").arg(&key)).await,
        };
        match answer {
            Ok(answer) => reply::stream_info(&answer).ok_or_else(|| {
                self.foreign(identity, "XINFO STREAM gives no last-generated-id of the form NUMBER-NUMBER")
            }),
            Err(error) => Err(self.explain_with_type(connected, &error, identity).await),
        }
    }

    /// Lines that the stream already has must be those of the batch: after a crash they are, after an old copy of the data
    /// directory was put back they are not.
    async fn compare(
        &self,
        connected: &mut Connected,
        base: Base,
        batch: &Batch,
        next: u64,
    ) -> Result<(), ServerError> {
        let mut from = base.number(batch.first_seq);
        let end = next.min(base.number(batch.end_seq()));
        while from < end {
            let found =
                self.range(connected, &batch.identity, from, EntryId { first: end - 1, lines: u64::MAX }).await?;
            let Some(last) = found.last() else { return Ok(()) };
            from = last.id.end().max(from + 1);
            if !found.iter().all(|found| agrees(found, base, batch, self.store_id)) {
                let cause = "it already holds other lines under the numbers that come next; was an old copy of the data directory put back?";
                return Err(self.foreign(&batch.identity, cause));
            }
        }
        Ok(())
    }

    fn foreign(&self, identity: &Identity, cause: &str) -> ServerError {
        let key = key(&self.prefix, identity);
        ServerError::Refused(format!(
            "redis key {key} cannot be written to: {cause}; delete the key, or choose another redis-prefix for this data directory"
        ))
    }

    pub(super) fn explain_at(&self, connected: &Connected, error: &RedisError, identity: &Identity) -> ServerError {
        if is_wrong_type(error) { self.wrong_type(identity, "something else") } else { connected.explain(error) }
    }

    /// Also says what lies at the key, where that is the matter.
    pub(super) async fn explain_with_type(
        &self,
        connected: &mut Connected,
        error: &RedisError,
        identity: &Identity,
    ) -> ServerError {
        if !is_wrong_type(error) {
            return connected.explain(error);
        }
        let found: Result<String, _> = connected.ask(cmd("TYPE").arg(key(&self.prefix, identity))).await;
        self.wrong_type(identity, &found.map_or("something else".into(), |found| format!("a {found}")))
    }

    fn wrong_type(&self, identity: &Identity, found: &str) -> ServerError {
        let key = key(&self.prefix, identity);
        ServerError::Refused(format!(
            "redis key {key} holds {found}, not a stream; delete or rename it, or choose another redis-prefix"
        ))
    }
}

fn is_wrong_type(error: &RedisError) -> bool {
    error.code() == Some("WRONGTYPE")
}

fn end(info: &StreamInfo, store_id: u64, place: &Place, told: Option<u64>, stream_lines: u64) -> End {
    let never_written = info.last == EntryId::default();
    if !never_written && info.last.lines == 0 {
        return End::Foreign(format!("its last entry {} has an id that Foghorn does not make", info.last));
    }
    let last = info.last_entry.as_ref().map(|found| found.entry.as_ref());
    if last == Some(None) {
        return End::Foreign(format!("its last entry {} is not in the layout of Foghorn", info.last));
    }
    let last = last.flatten();
    let next = info.last.end().max(1);
    let base = match (Base::of(place), last) {
        (Some(base), _) => base,
        // A crash came before the first place was stored.
        (None, Some(entry)) if entry.store == store_id => Base(info.last.first.saturating_sub(entry.seq)),
        // An earlier data directory wrote there: numbers go on.
        (None, _) => Base(next - 1),
    };
    match last {
        Some(entry) if entry.store != store_id && next > base.number(1) => End::Foreign(format!(
            "another data directory (store {:016x}, this is {store_id:016x}) writes to it",
            entry.store
        )),
        _ => against_place(base, next, place, told, stream_lines),
    }
}

fn against_place(base: Base, next: u64, place: &Place, told: Option<u64>, stream_lines: u64) -> End {
    let expected = base.number(place.next_seq);
    if next >= expected || told == Some(expected) {
        return End::At { base, next: next.max(expected) };
    }
    // More than a stream may hold is not worth sending again.
    let next_seq = base.seq(next).max(place.next_seq.saturating_sub(stream_lines));
    if next_seq < place.next_seq { End::Behind { base, next_seq } } else { End::At { base, next: expected } }
}

/// Whether what was found is ours and says the same as the batch, as far as both hold the same lines.
fn agrees(found: &Found, base: Base, batch: &Batch, store_id: u64) -> bool {
    let first = base.number(batch.first_seq);
    let from = found.id.first.max(first);
    let end = found.id.end().min(first + batch.lines.len() as u64);
    if from >= end {
        return true;
    }
    let Some(entry) = found.entry.as_ref().filter(|entry| entry.store == store_id) else { return false };
    (from..end).all(|number| {
        let here = line_at(&entry.lines, number - found.id.first);
        here.is_some() && here == line_at(&batch.lines, number - first)
    })
}

fn line_at(lines: &Lines, index: u64) -> Option<crate::line::Line<'_>> {
    let index = usize::try_from(index).ok().filter(|&index| index < lines.len())?;
    Some(lines.get(index))
}
