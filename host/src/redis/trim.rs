//! Trimming: a stream is kept short by length and by age.
//!
//! Promises: what is not acknowledged stays, until the stream is four times as long as it may be; what goes then is counted.
//! Whole entries go, and only those whose last line may go too.
//!
//! Cost: one entry is read for each look at the stream, about ten looks where lines are too old. Redis is never asked to
//! trim by count (`MAXLEN`): that takes lines the group has not read, and calls its lag 0.

use ::redis::{RedisResult, Value, cmd};

use super::base::Base;
use super::id::EntryId;
use super::link::Connected;
use super::reply::{self, Found};
use super::{RedisStreams, key};
use crate::identity::Identity;
use crate::spool::{Place, ServerError};

/// How many times `redis-stream-lines` a stream may hold when nobody acknowledges.
const UNREAD_TIMES_MAX: u64 = 4;

/// What a trimming took away, in lines. Lines that were missing before are counted too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Trimmed {
    pub lines: u64,
    /// How many of them were not acknowledged: Redis no longer has them for scoring.
    pub unread_lines: u64,
}

/// The numbers that decide, all of the stream.
#[derive(Debug, Clone, Copy)]
struct Extent {
    first: u64,
    next: u64,
    /// The first line that is young enough.
    young: u64,
    acknowledged: u64,
}

impl RedisStreams {
    /// Takes away lines of a container beyond `redis-stream-lines` and `redis-stream-age`. `now_ns` is the time, on the
    /// scale of the lines.
    pub async fn trim(
        &self,
        identity: &Identity,
        place: &Place,
        acknowledged_seq: u64,
        now_ns: u64,
    ) -> Result<Trimmed, ServerError> {
        let Some(base) = Base::of(place) else { return Ok(Trimmed::default()) };
        let mut connected = self.link.connected().await?;
        let trimmed = self.trim_to(&mut connected, identity, base.number(acknowledged_seq), now_ns).await;
        trimmed.map_err(|error| self.explain_at(&connected, &error, identity))
    }

    async fn trim_to(
        &self,
        connected: &mut Connected,
        identity: &Identity,
        acknowledged: u64,
        now_ns: u64,
    ) -> RedisResult<Trimmed> {
        let Some(first) = self.first_entry(connected, identity).await? else { return Ok(Trimmed::default()) };
        let last = self.entry_before(connected, identity, u64::MAX).await?;
        let next = last.map_or(first.id.end(), |last| last.id.end());
        let oldest_ns = now_ns.saturating_sub(self.stream_age_ns);
        let young = self.first_young(connected, identity, &first, next, oldest_ns).await?;
        let extent = Extent { first: first.id.first, next, young, acknowledged };
        let border = border(extent, self.stream_lines);
        // The entry that holds the border stays as a whole.
        let Some(kept) = self.entry_before(connected, identity, border).await? else { return Ok(Trimmed::default()) };
        let from = if kept.id.end() > border { kept.id } else { EntryId { first: kept.id.end(), lines: 0 } };
        if from.first <= extent.first {
            return Ok(Trimmed::default());
        }
        let mut command = cmd("XTRIM");
        command.arg(key(&self.prefix, identity)).arg("MINID").arg("=").arg(from.to_string());
        connected.ask::<()>(&command).await?;
        Ok(Trimmed {
            lines: from.first - extent.first,
            unread_lines: from.first.saturating_sub(acknowledged.max(extent.first)),
        })
    }

    async fn first_entry(&self, connected: &mut Connected, identity: &Identity) -> RedisResult<Option<Found>> {
        let mut command = cmd("XRANGE");
        command.arg(key(&self.prefix, identity)).arg("-").arg("+").arg("COUNT").arg(1);
        let answer: Value = connected.ask(&command).await?;
        Ok(reply::entries(&answer).into_iter().next())
    }

    /// The number of the first line whose entry is young enough, found by halving the numbers: entries are in order of time,
    /// and reading all of them would be reading the stream.
    async fn first_young(
        &self,
        connected: &mut Connected,
        identity: &Identity,
        first: &Found,
        next: u64,
        oldest_ns: u64,
    ) -> RedisResult<u64> {
        if is_young(first, oldest_ns) {
            return Ok(first.id.first);
        }
        let (mut low, mut high) = (first.id.end(), next);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.entry_before(connected, identity, middle).await? {
                Some(found) if is_young(&found, oldest_ns) => high = found.id.first,
                Some(found) => low = found.id.end().max(middle + 1),
                None => low = middle + 1,
            }
        }
        Ok(low.min(next))
    }
}

/// What is not ours counts as old.
fn is_young(found: &Found, oldest_ns: u64) -> bool {
    let newest = found.entry.as_ref().and_then(|entry| entry.lines.times().iter().max());
    newest.is_some_and(|&newest| newest >= oldest_ns)
}

/// The first line that stays.
fn border(extent: Extent, stream_lines: u64) -> u64 {
    let by_length = extent.next.saturating_sub(stream_lines);
    let wanted = by_length.max(extent.young).min(extent.acknowledged);
    let forced = extent.next.saturating_sub(stream_lines.saturating_mul(UNREAD_TIMES_MAX));
    wanted.max(forced).max(extent.first)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXTENT: Extent = Extent { first: 1, next: 2_001, young: 1, acknowledged: 2_001 };

    #[test]
    fn length_and_age_each_take_lines() {
        assert_eq!(border(EXTENT, 1_000), 1_001);
        assert_eq!(border(Extent { young: 1_500, ..EXTENT }, 1_000), 1_500);
        assert_eq!(border(EXTENT, 5_000), 1);
    }

    #[test]
    fn what_is_not_acknowledged_stays_until_the_stream_is_four_times_too_long() {
        assert_eq!(border(Extent { acknowledged: 700, young: 2_001, ..EXTENT }, 1_000), 700);
        assert_eq!(border(Extent { acknowledged: 1, next: 4_001, ..EXTENT }, 1_000), 1);
        assert_eq!(border(Extent { acknowledged: 1, next: 4_002, ..EXTENT }, 1_000), 2);
    }
}
