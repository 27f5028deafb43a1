//! Looking at the entries of a stream by the numbers of their lines.

use ::redis::{RedisResult, Value, cmd};

use super::id::EntryId;
use super::link::Connected;
use super::reply::{self, Found};
use super::{RedisStreams, key};
use crate::identity::Identity;
use crate::spool::ServerError;

/// Entries asked for at once: up to 2 MiB of text.
pub(super) const ENTRIES_AT_ONCE: usize = 8;

impl RedisStreams {
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

    pub(super) async fn range_asked(
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
