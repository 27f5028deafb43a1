//! Reading for scoring, through the consumer group.
//!
//! The group remembers what was delivered and not acknowledged; the caller says which line it wants. New entries come
//! from the group, entries that were delivered before from the stream itself, by their ids. What is acknowledged is what
//! the caller says is scored, and what nobody here will ever score.
//!
//! Lines that are not there (not yet sent, trimmed, lost) are not waited for: the caller has them elsewhere.

use std::collections::{BTreeSet, VecDeque};

use ::redis::{Cmd, RedisResult, Value, cmd};

use super::base::Base;
use super::id::EntryId;
use super::link::Connected;
use super::reply::{self, Found};
use super::{GROUP, RedisStreams, key};
use crate::identity::Identity;
use crate::line::Lines;
use crate::spool::{Place, ServerError};
use crate::stream::Batch;

/// Entries asked for at once: up to 2 MiB of text.
const ENTRIES_AT_ONCE: usize = 8;
/// Ids in one command.
const IDS_AT_ONCE: usize = 1_000;

/// What is known of the group of one stream.
#[derive(Debug, Default)]
pub(super) struct Reader {
    /// The epoch in which it was found out.
    opened: Option<u64>,
    /// The last entry that the group has delivered.
    delivered: EntryId,
    /// Delivered and not acknowledged.
    pending: BTreeSet<EntryId>,
    /// Fetched, and not yet given as a whole.
    held: VecDeque<Found>,
}

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
        let mut reader = slot.reader.lock().await;
        let want = base.number(from_seq);
        let result = self.fill(&mut connected, &mut reader, identity, want).await;
        match result {
            Ok(true) => Ok(take(&mut reader.held, identity, base, want, lines_max)),
            Ok(false) => Ok(None),
            Err(error) => {
                *reader = Reader::default();
                Err(self.explain_at(&connected, &error, identity))
            }
        }
    }

    /// All lines below `seq` are scored: entries that end there or earlier are acknowledged.
    pub async fn acknowledge(&self, identity: &Identity, place: &Place, seq: u64) -> Result<(), ServerError> {
        let Some(base) = Base::of(place) else { return Ok(()) };
        let mut connected = self.link.connected().await?;
        let slot = self.slot(identity);
        let mut reader = slot.reader.lock().await;
        let result = self.acknowledge_below(&mut connected, &mut reader, identity, base.number(seq)).await;
        result.map_err(|error| {
            *reader = Reader::default();
            self.explain_at(&connected, &error, identity)
        })
    }

    async fn acknowledge_below(
        &self,
        connected: &mut Connected,
        reader: &mut Reader,
        identity: &Identity,
        number: u64,
    ) -> RedisResult<()> {
        if !self.open_reader(connected, reader, identity).await? {
            return Ok(());
        }
        let below = EntryId { first: number, lines: 0 };
        let done: Vec<_> = reader.pending.range(..below).copied().filter(|id| id.end() <= number).collect();
        self.acknowledge_ids(connected, reader, identity, &done).await
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
                // The stream went away with its group; whoever writes notices too.
                Err(error) if error.code() == Some("NOGROUP") => Vec::new(),
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

    /// Finds out what the group has delivered, and takes over what it delivered to a consumer that is no more. False
    /// where there is no stream.
    async fn open_reader(
        &self,
        connected: &mut Connected,
        reader: &mut Reader,
        identity: &Identity,
    ) -> RedisResult<bool> {
        if reader.opened == Some(connected.epoch) {
            return Ok(true);
        }
        let key = key(&self.prefix, identity);
        let groups = match connected.ask::<Value>(cmd("XINFO").arg("GROUPS").arg(&key)).await {
            Err(error) if error.detail().is_some_and(|detail| detail.contains("no such key")) => return Ok(false),
            answer => answer?,
        };
        let delivered = match reply::group_info(&groups, GROUP) {
            Some(group) => group.delivered,
            None => {
                connected.ask::<()>(cmd("XGROUP").arg("CREATE").arg(&key).arg(GROUP).arg("0")).await?;
                EntryId::default()
            }
        };
        let pending = self.claim(connected, &key).await?;
        *reader = Reader { opened: Some(connected.epoch), delivered, pending, held: VecDeque::new() };
        Ok(true)
    }

    /// All that is pending becomes ours. The idle time asked for is 0: a consumer of another name belongs to an earlier data
    /// directory, and if it should live all the same, its acknowledgements count as before.
    async fn claim(&self, connected: &mut Connected, key: &str) -> RedisResult<BTreeSet<EntryId>> {
        let mut pending = BTreeSet::new();
        let mut from = Some(EntryId::default());
        while let Some(begin) = from {
            let mut command = cmd("XAUTOCLAIM");
            command.arg(key).arg(GROUP).arg(self.consumer()).arg(0).arg(begin.to_string());
            let answer = connected.ask::<Value>(command.arg("COUNT").arg(IDS_AT_ONCE).arg("JUSTID")).await?;
            let (next, claimed) = reply::claimed(&answer);
            pending.extend(claimed);
            // Only forward, whatever the server says.
            from = next.filter(|&next| next > begin);
        }
        Ok(pending)
    }

    async fn acknowledge_ids(
        &self,
        connected: &mut Connected,
        reader: &mut Reader,
        identity: &Identity,
        ids: &[EntryId],
    ) -> RedisResult<()> {
        for some in ids.chunks(IDS_AT_ONCE) {
            let mut command = cmd("XACK");
            command.arg(key(&self.prefix, identity)).arg(GROUP);
            some.iter().for_each(|id| {
                command.arg(id.to_string());
            });
            connected.ask::<()>(&command).await?;
            some.iter().for_each(|id| {
                reader.pending.remove(id);
            });
        }
        Ok(())
    }

    fn read_new(&self, identity: &Identity) -> Cmd {
        let mut command = cmd("XREADGROUP");
        command.arg("GROUP").arg(GROUP).arg(self.consumer()).arg("COUNT").arg(ENTRIES_AT_ONCE);
        command.arg("STREAMS").arg(key(&self.prefix, identity)).arg(">");
        command
    }

    fn consumer(&self) -> String {
        format!("{:016x}", self.store_id)
    }

    /// Some entries of the stream up to the id `last`, beginning with the one that holds line `from` or the first after it.
    pub(super) async fn range(
        &self,
        connected: &mut Connected,
        identity: &Identity,
        from: u64,
        last: EntryId,
    ) -> Result<Vec<Found>, ServerError> {
        let found = self.range_asked(connected, identity, from, last).await;
        found.map_err(|error| self.explain_at(connected, &error, identity))
    }

    async fn range_asked(
        &self,
        connected: &mut Connected,
        identity: &Identity,
        from: u64,
        last: EntryId,
    ) -> RedisResult<Vec<Found>> {
        let begin = self.entry_before(connected, identity, from).await?.filter(|found| found.id.end() > from);
        let begin = begin.map_or(EntryId { first: from, lines: 0 }, |found| found.id);
        let mut command = cmd("XRANGE");
        command.arg(key(&self.prefix, identity)).arg(begin.to_string()).arg(last.to_string());
        let answer: Value = connected.ask(command.arg("COUNT").arg(ENTRIES_AT_ONCE)).await?;
        Ok(reply::entries(&answer))
    }

    /// The last entry that begins with line `number` or before.
    pub(super) async fn entry_before(
        &self,
        connected: &mut Connected,
        identity: &Identity,
        number: u64,
    ) -> RedisResult<Option<Found>> {
        let mut command = cmd("XREVRANGE");
        command.arg(key(&self.prefix, identity)).arg(EntryId { first: number, lines: u64::MAX }.to_string()).arg("-");
        let answer: Value = connected.ask(command.arg("COUNT").arg(1)).await?;
        Ok(reply::entries(&answer).into_iter().next())
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
