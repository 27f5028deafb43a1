//! One round of a forwarder: who is served, and with what.

use std::collections::HashMap;

use tokio::time::Instant;

use super::{Marks, Place};
use crate::identity::Identity;
use crate::store::{Store, StoreError};
use crate::stream::Batch;

/// Where a sink stands with one container.
#[derive(Debug, Clone, Default)]
pub(super) struct Standing {
    pub(super) place: Place,
    /// Refused by the server: why, and until when it is left alone.
    pub(super) refused: Option<(Instant, String)>,
}

impl From<Place> for Standing {
    fn from(place: Place) -> Self {
        Self { place, refused: None }
    }
}

/// What one round gave to the sink.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// Each with the number of lines that could not be given.
    pub(super) places: Vec<(Identity, Place, u64)>,
    pub(super) lines: usize,
    /// Containers of which the server takes nothing, and why.
    pub(super) refused: Vec<(Identity, String)>,
}

/// About how much text a load holds, whatever the number of its lines. One container may bring more than that: a read gives
/// up to 64 MiB.
pub(super) const LOAD_BYTES: usize = 16 << 20;

/// Lines that were read for a sink: each container's with the place they are meant for, and so many loads as the sink
/// takes at once.
pub(super) type Loads = Vec<Vec<(Batch, u64)>>;

/// Who is served: how far everyone has come, and what is already on its way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn<'a> {
    pub(super) standings: &'a HashMap<Identity, Standing>,
    /// Lines below these are on their way: reading goes on there.
    pub(super) sent: &'a HashMap<Identity, u64>,
    /// Lines below these need not be sent.
    pub(super) skips: &'a HashMap<Identity, u64>,
    /// The container that was served last.
    pub(super) served: Option<&'a Identity>,
    pub(super) now: Instant,
}

impl Turn<'_> {
    fn next_seq(&self, identity: &Identity) -> u64 {
        let place = self.standings.get(identity).map_or(1, |standing| standing.place.next_seq);
        self.sent.get(identity).copied().unwrap_or(place)
    }

    fn is_refused(&self, identity: &Identity) -> bool {
        let refused = self.standings.get(identity).and_then(|standing| standing.refused.as_ref());
        refused.is_some_and(|(until, _)| *until > self.now)
    }

    /// The containers with lines that wait, in a fixed order that begins behind the one served last, so that none is
    /// passed over for ever.
    fn order(&self, appended: &Marks) -> Vec<Identity> {
        let mut waiting: Vec<_> = appended
            .all()
            .into_iter()
            .filter(|(identity, end_seq)| *end_seq > self.next_seq(identity) && !self.is_refused(identity))
            .map(|(identity, _)| identity)
            .collect();
        waiting.sort_unstable();
        let behind = self.served.map_or(0, |served| waiting.partition_point(|identity| identity <= served));
        waiting.rotate_left(behind);
        waiting
    }

    /// Reads what comes next: `lanes` loads of about `put_lines` lines, each container in one of them.
    pub(super) async fn gather(
        &self,
        store: &Store,
        appended: &Marks,
        put_lines: usize,
        lanes: usize,
    ) -> Result<Loads, StoreError> {
        let mut loads = vec![Vec::new()];
        let (mut room, mut bytes) = (put_lines, LOAD_BYTES);
        for identity in self.order(appended) {
            if room == 0 || bytes == 0 {
                if loads.len() == lanes {
                    break;
                }
                loads.push(Vec::new());
                (room, bytes) = (put_lines, LOAD_BYTES);
            }
            let next_seq = self.next_seq(&identity);
            let from_seq = next_seq.max(self.skips.get(&identity).copied().unwrap_or(0));
            let Some(batch) = store.read_lines(&identity, from_seq, u64::MAX, room).await? else {
                continue;
            };
            room = room.saturating_sub(batch.lines.len());
            bytes = bytes.saturating_sub(batch.lines.text_bytes());
            loads.last_mut().expect("there is one from the beginning").push((batch, next_seq));
        }
        loads.retain(|load| !load.is_empty());
        Ok(loads)
    }
}

/// Each batch with the place it goes on from. What was read ahead for a place that came otherwise is read again.
pub(super) fn placed(loads: Loads, standings: &HashMap<Identity, Standing>) -> Vec<Vec<(Batch, Place)>> {
    let place = |(batch, next_seq): (Batch, u64)| {
        let place = standings.get(&batch.identity).map(|standing| standing.place.clone()).unwrap_or_default();
        (place.next_seq == next_seq).then_some((batch, place))
    };
    let placed = loads.into_iter().map(|load| load.into_iter().filter_map(place).collect::<Vec<_>>());
    placed.filter(|load| !load.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::stream::suite::numbered;

    fn named(name: &str) -> Identity {
        Identity::of_name("host", name)
    }

    fn at(next_seq: u64) -> Standing {
        Standing::from(Place { next_seq, note: Vec::new() })
    }

    #[test]
    fn who_waits_is_served_in_turn() {
        let appended = Marks::default();
        appended.raise(["a", "b", "c", "d"].map(|name| (named(name), 10)));
        let now = Instant::now();
        let refused = Standing { refused: Some((now + Duration::from_secs(1), "no".into())), ..Standing::default() };
        let standings = HashMap::from([(named("b"), at(10)), (named("d"), refused)]);
        let sent = HashMap::from([(named("c"), 10)]);
        let skips = HashMap::new();
        let order = |sent, served: Option<&str>, now| {
            let served = served.map(named);
            Turn { standings: &standings, sent, skips: &skips, served: served.as_ref(), now }.order(&appended)
        };
        let none = HashMap::new();
        assert_eq!(order(&none, None, now), [named("a"), named("c")]);
        assert_eq!(order(&none, Some("a"), now), [named("c"), named("a")]);
        assert_eq!(order(&none, Some("b"), now), [named("c"), named("a")]);
        assert_eq!(order(&sent, None, now), [named("a")], "all of c is on its way");
        let later = now + Duration::from_secs(2);
        assert_eq!(order(&none, Some("c"), later), [named("d"), named("a"), named("c")]);
    }

    #[test]
    fn what_was_read_ahead_counts_only_where_the_place_came_as_expected() {
        let batch = |name| Batch { identity: named(name), first_seq: 5, lines: numbered(5, 3) };
        let standings = HashMap::from([(named("a"), at(5)), (named("b"), at(2))]);
        let placed = placed(vec![vec![(batch("a"), 5), (batch("b"), 5)]], &standings);
        assert_eq!(placed, [vec![(batch("a"), Place { next_seq: 5, note: Vec::new() })]]);
    }
}
