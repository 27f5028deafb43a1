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

/// The containers with lines that wait, in a fixed order that begins behind the one served last, so that none is passed
/// over for ever.
pub(super) fn order(
    standings: &HashMap<Identity, Standing>,
    served: Option<&Identity>,
    appended: &Marks,
    now: Instant,
) -> Vec<Identity> {
    let waits = |identity: &Identity, end_seq: u64| {
        standings.get(identity).map_or(end_seq > 1, |standing| {
            end_seq > standing.place.next_seq && standing.refused.as_ref().is_none_or(|(until, _)| *until <= now)
        })
    };
    let all = appended.all().into_iter();
    let mut waiting: Vec<_> = all.filter(|(identity, end_seq)| waits(identity, *end_seq)).map(|(one, _)| one).collect();
    waiting.sort_unstable();
    let behind = served.map_or(0, |served| waiting.partition_point(|identity| identity <= served));
    waiting.rotate_left(behind);
    waiting
}

/// Reads the next lines of these containers: `lanes` loads of about `put_lines` lines, each container in one of them.
pub(super) async fn gather(
    store: &Store,
    standings: &HashMap<Identity, Standing>,
    order: Vec<Identity>,
    put_lines: usize,
    lanes: usize,
) -> Result<Vec<Vec<(Batch, Place)>>, StoreError> {
    let mut loads = vec![Vec::new()];
    let mut room = put_lines;
    for identity in order {
        if room == 0 {
            if loads.len() == lanes {
                break;
            }
            loads.push(Vec::new());
            room = put_lines;
        }
        let place = standings.get(&identity).map(|standing| standing.place.clone()).unwrap_or_default();
        let Some(batch) = store.read_lines(&identity, place.next_seq, u64::MAX, room).await? else {
            continue;
        };
        room = room.saturating_sub(batch.lines.len());
        loads.last_mut().expect("there is one from the beginning").push((batch, place));
    }
    loads.retain(|load| !load.is_empty());
    Ok(loads)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn named(name: &str) -> Identity {
        Identity::of_name("host", name)
    }

    #[test]
    fn who_waits_is_served_in_turn() {
        let appended = Marks::default();
        appended.raise(["a", "b", "c", "d"].map(|name| (named(name), 10)));
        let now = Instant::now();
        let refused = Standing { refused: Some((now + Duration::from_secs(1), "no".into())), ..Standing::default() };
        let done = Standing::from(Place { next_seq: 10, note: Vec::new() });
        let standings = HashMap::from([(named("b"), done), (named("d"), refused)]);
        assert_eq!(order(&standings, None, &appended, now), [named("a"), named("c")]);
        assert_eq!(order(&standings, Some(&named("a")), &appended, now), [named("c"), named("a")]);
        assert_eq!(order(&standings, Some(&named("b")), &appended, now), [named("c"), named("a")]);
        let later = now + Duration::from_secs(2);
        assert_eq!(order(&standings, Some(&named("c")), &appended, later), [named("d"), named("a"), named("c")]);
    }
}
