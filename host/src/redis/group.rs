//! The consumer group of a stream: what it has delivered, what is pending, what is done.
//!
//! The consumer is named after the data directory, so after a restart it is the same one. Pending entries of any other
//! consumer are taken over when a stream is first read in an epoch.

use std::collections::{BTreeSet, VecDeque};

use ::redis::{RedisError, RedisResult, Value, cmd};

use super::id::EntryId;
use super::link::Connected;
use super::reply::{self, Found};
use super::{GROUP, RedisStreams, key};
use crate::identity::Identity;
use crate::spool::ServerError;

/// Ids in one command.
const IDS_AT_ONCE: usize = 1_000;

/// What is known of the group of one stream.
#[derive(Debug, Default)]
pub(super) struct Reader {
    /// The epoch in which it was found out.
    pub(super) opened: Option<u64>,
    /// The last entry that the group has delivered.
    pub(super) delivered: EntryId,
    /// Delivered and not acknowledged.
    pub(super) pending: BTreeSet<EntryId>,
    /// Fetched, and not yet given as a whole.
    pub(super) held: VecDeque<Found>,
}

/// How far the group of a container is behind, in entries of up to 512 lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lag {
    /// Delivered and not acknowledged.
    pub pending_entries: u64,
    /// Not delivered; unknown before Redis 7.
    pub unread_entries: Option<u64>,
}

impl RedisStreams {
    /// Redis' own figures of a container's stream. `None` where there is none.
    pub async fn lag(&self, identity: &Identity) -> Result<Option<Lag>, ServerError> {
        let mut connected = self.link.connected().await?;
        match connected.ask::<Value>(cmd("XINFO").arg("GROUPS").arg(key(&self.prefix, identity))).await {
            Ok(answer) => Ok(reply::group_info(&answer, GROUP)
                .map(|group| Lag { pending_entries: group.pending_entries, unread_entries: group.unread_entries })),
            Err(error) if is_no_key(&error) => Ok(None),
            Err(error) => Err(self.explain_at(&connected, &error, identity)),
        }
    }

    pub(super) async fn acknowledge_below(
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

    /// Finds out what the group has delivered, and takes over what it delivered to a consumer that is no more. False
    /// where there is no stream.
    pub(super) async fn open_reader(
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
            Err(error) if is_no_key(&error) => return Ok(false),
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

    pub(super) async fn acknowledge_ids(
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

    pub(super) fn consumer(&self) -> String {
        format!("{:016x}", self.store_id)
    }
}

fn is_no_key(error: &RedisError) -> bool {
    error.detail().is_some_and(|detail| detail.contains("no such key"))
}
