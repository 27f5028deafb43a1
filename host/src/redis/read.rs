//! Reading for scoring, through the consumer group.
//!
//! The group remembers what was delivered and not acknowledged; the caller says which line it wants. New entries come
//! from the group, entries that were delivered before from the stream itself, by their ids. What is acknowledged is what
//! the caller says is scored, and what nobody here will ever score.
//!
//! Lines that are not there (not yet sent, trimmed, lost) are not waited for: the caller has them elsewhere.

use std::collections::VecDeque;

use ::redis::{Cmd, RedisResult, Value, cmd};

use super::base::Base;
use super::group::Reader;
use super::link::Connected;
use super::range::ENTRIES_AT_ONCE;
use super::reply::{self, Found};
use super::{GROUP, RedisStreams, key};
use crate::identity::Identity;
use crate::line::Lines;
use crate::spool::{Place, ServerError};
use crate::stream::Batch;

impl RedisStreams {
    /// Lines from number `from_seq` on, at most `lines_max` and at least one. `None` where Redis has none of them; a batch
    /// that begins later where it lacks the first.
    pub async fn read(
        &self,
        identity: &Identity,
        place: &Place,
        from_seq: u64,
        lines_max: usize,
    ) -> Result<Option<Batch>, ServerError> {
        let Some(base) = Base::of(place) else { return Ok(None) };
        let mut connected = self.link.connected().await?;
        let slot = self.slot(identity);
        let mut known = slot.reader.lock().await;
        // Put back only when all went well: after an error, or when nobody waits any more, all is found out anew.
        let mut reader = std::mem::take(&mut *known);
        let want = base.number(from_seq);
        let filled = self.fill(&mut connected, &mut reader, identity, want).await;
        let filled = filled.map_err(|error| self.explain_at(&connected, &error, identity))?;
        let batch = if filled { take(&mut reader.held, identity, base, want, lines_max) } else { None };
        *known = reader;
        Ok(batch)
    }

    /// All lines below `seq` are scored: entries that end there or earlier are acknowledged.
    pub async fn acknowledge(&self, identity: &Identity, place: &Place, seq: u64) -> Result<(), ServerError> {
        let Some(base) = Base::of(place) else { return Ok(()) };
        let mut connected = self.link.connected().await?;
        let slot = self.slot(identity);
        let mut known = slot.reader.lock().await;
        let mut reader = std::mem::take(&mut *known);
        let done = self.acknowledge_below(&mut connected, &mut reader, identity, base.number(seq)).await;
        done.map_err(|error| self.explain_at(&connected, &error, identity))?;
        *known = reader;
        Ok(())
    }

    /// Makes `held` begin with the line `want`, or the first after it. False where there is none.
    async fn fill(
        &self,
        connected: &mut Connected,
        reader: &mut Reader,
        identity: &Identity,
        want: u64,
    ) -> RedisResult<bool> {
        if !self.open_reader(connected, reader, identity).await? {
            return Ok(false);
        }
        skip_to(&mut reader.held, want);
        if reader.held.is_empty() && want < reader.delivered.end() {
            let found = self.range_asked(connected, identity, want, reader.delivered).await?;
            reader.held = found.into_iter().filter(|found| self.is_wanted(found, want)).collect();
        }
        while reader.held.is_empty() {
            let fresh = match connected.ask::<Value>(&self.read_new(identity)).await {
                Ok(answer) => reply::read_entries(&answer),
                // Stream or group went away: to be looked at anew.
                Err(error) if error.code() == Some("NOGROUP") => {
                    reader.opened = None;
                    return Ok(false);
                }
                Err(error) => return Err(error),
            };
            let Some(last) = fresh.last() else { return Ok(false) };
            reader.delivered = last.id;
            reader.pending.extend(fresh.iter().map(|found| found.id));
            let (held, passed): (Vec<_>, Vec<_>) = fresh.into_iter().partition(|found| self.is_wanted(found, want));
            reader.held = held.into();
            // Entries of ours that end too early were read elsewhere; they are acknowledged with their results.
            let nobodys: Vec<_> = passed.iter().filter(|found| !self.is_ours(found)).map(|found| found.id).collect();
            self.acknowledge_ids(connected, reader, identity, &nobodys).await?;
        }
        Ok(true)
    }

    fn is_wanted(&self, found: &Found, want: u64) -> bool {
        found.id.end() > want && self.is_ours(found)
    }

    /// Entries of another data directory, and those that were deleted, are none of ours to score.
    fn is_ours(&self, found: &Found) -> bool {
        found.entry.as_ref().is_some_and(|entry| entry.store == self.store_id)
    }

    fn read_new(&self, identity: &Identity) -> Cmd {
        let mut command = cmd("XREADGROUP");
        command.arg("GROUP").arg(GROUP).arg(self.consumer()).arg("COUNT").arg(ENTRIES_AT_ONCE);
        command.arg("STREAMS").arg(key(&self.prefix, identity)).arg(">");
        command
    }
}

/// Leaves what holds line `want` and what follows it; nothing where the line lies elsewhere.
fn skip_to(held: &mut VecDeque<Found>, want: u64) {
    while held.front().is_some_and(|found| found.id.end() <= want) {
        held.pop_front();
    }
    if held.front().is_some_and(|found| found.id.first > want) {
        held.clear();
    }
}

/// Lines from `want` on, or from the first held, without holes. What was given as a whole is held no more.
fn take(held: &mut VecDeque<Found>, identity: &Identity, base: Base, want: u64, lines_max: usize) -> Option<Batch> {
    let first = want.max(held.front()?.id.first);
    let mut lines = Lines::default();
    while lines.len() < lines_max.max(1) {
        let next = first + lines.len() as u64;
        let Some(found) = held.front().filter(|found| found.id.first <= next) else { break };
        if let Some(entry) = &found.entry {
            // An entry may come twice in part (`put`): what was taken is passed over.
            let from = usize::try_from(next - found.id.first).unwrap_or(usize::MAX).min(entry.lines.len());
            let end = entry.lines.len().min(from + lines_max.max(1) - lines.len());
            lines.extend_from(&entry.lines, from..end);
            if end < entry.lines.len() {
                break;
            }
        }
        held.pop_front();
    }
    Some(Batch { identity: identity.clone(), first_seq: base.seq(first), lines })
}

#[async_trait::async_trait]
impl crate::stream::Reader for RedisStreams {
    async fn read(
        &self,
        identity: &Identity,
        place: &Place,
        from_seq: u64,
        lines_max: usize,
    ) -> Result<Option<Batch>, ServerError> {
        Self::read(self, identity, place, from_seq, lines_max).await
    }
}
