//! What servers have not taken is waited for, within the bound on size, and never forgotten silently.

use super::alerts::alert;
use super::{SECOND_NS, append, fresh, open, options, raw, web, window};
use crate::history::{History as _, TrainingRecord};
use crate::identity::Identity;
use crate::spool::Place;
use crate::store::{AlertRecord, AlertStatus, Backlog, Outbox, Store, StoreOptions};
use crate::stream::Stream as _;

const NOW_NS: u64 = 10_000 * SECOND_NS;

fn place(next_seq: u64) -> Place {
    Place { next_seq, note: b"note".to_vec() }
}

async fn place_of(store: &Store, sink: &'static str) -> (u64, u64, u64) {
    let places = store.sink_places(sink).await.unwrap();
    assert_eq!(places.len(), 1);
    (places[0].place.next_seq, places[0].windows_seq, places[0].end_seq)
}

async fn kept_from(store: &Store) -> u64 {
    super::read_all(store, &web()).await.unwrap().unwrap().first_seq
}

fn training(generation: u64) -> TrainingRecord {
    TrainingRecord {
        generation,
        begun_ns: generation,
        duration_ms: 1,
        windows: 2,
        lines: 3,
        failure: None,
        stats: Vec::new(),
    }
}

#[tokio::test]
async fn each_store_has_a_number_of_its_own_that_stays() {
    let (dir, store) = fresh();
    let id = store.store_id().await.unwrap();
    assert_ne!(id, fresh().1.store_id().await.unwrap());
    drop(store);
    assert_eq!(open(&dir).store_id().await.unwrap(), id);
}

#[tokio::test]
async fn a_sink_begins_with_the_first_line_kept_and_goes_on_from_its_place() {
    let (dir, store) = fresh();
    append(&store, &web(), 1, 10).await;
    append(&store, &web(), 11, 10).await;
    store.acknowledge(&web(), 21).await.unwrap();
    store.retain(1_015 * SECOND_NS).await.unwrap();
    store.use_sinks(vec![("Redis", false)]).await.unwrap();
    assert_eq!(place_of(&store, "Redis").await, (11, 1, 21), "what went before was not for it");
    store.put_places("Redis", vec![(web(), place(15), 0)]).await.unwrap();
    drop(store);
    let store = open(&dir);
    store.use_sinks(vec![("Redis", false)]).await.unwrap();
    assert_eq!(store.sink_place("Redis", &web()).await.unwrap(), place(15));
    assert_eq!(store.sink_place("Redis", &Identity::of_name("host", "new")).await.unwrap(), Place::default());
    store.reset_places("Redis").await.unwrap();
    assert_eq!(place_of(&store, "Redis").await, (11, 1, 21));
    assert_eq!(store.sink_place("Redis", &web()).await.unwrap().note, b"");
}

#[tokio::test]
async fn old_lines_stay_until_every_sink_has_them_and_their_windows() {
    let (_dir, store) = fresh();
    append(&store, &web(), 1, 10).await;
    append(&store, &web(), 11, 10).await;
    store.put_windows(&web(), vec![window(1, 11), window(11, 21)]).await.unwrap();
    store.acknowledge(&web(), 21).await.unwrap();
    store.use_sinks(vec![("Redis", false), ("InfluxDB", true)]).await.unwrap();
    store.put_places("Redis", vec![(web(), place(21), 0)]).await.unwrap();
    store.retain(NOW_NS).await.unwrap();
    assert_eq!(kept_from(&store).await, 1);
    store.put_places("InfluxDB", vec![(web(), place(21), 0)]).await.unwrap();
    store.retain(NOW_NS).await.unwrap();
    assert_eq!(kept_from(&store).await, 1, "its windows are not there yet");
    assert_eq!(store.windows_from(&web(), 0, 9).await.unwrap().len(), 2);
    let first = store.outbox("InfluxDB", 1).await.unwrap();
    assert_eq!(first.windows, [(web(), vec![window(1, 11)])]);
    store.put_outbox("InfluxDB", &first).await.unwrap();
    store.retain(NOW_NS).await.unwrap();
    assert_eq!(kept_from(&store).await, 11);
    store.use_sinks(vec![("Redis", false)]).await.unwrap();
    store.retain(NOW_NS).await.unwrap();
    assert_eq!(super::read_all(&store, &web()).await.unwrap(), None, "nobody waits for a sink that is not configured");
}

#[tokio::test]
async fn a_full_spool_drops_the_oldest_counts_it_and_says_so() {
    let (dir, store) = fresh();
    drop(store);
    let store = Store::open(&StoreOptions { retention_bytes: 280 << 10, ..options(&dir) }).unwrap();
    store.use_sinks(vec![("Redis", false)]).await.unwrap();
    for first_seq in (1..40_000).step_by(1_000) {
        append(&store, &web(), first_seq, 1_000).await;
    }
    store.acknowledge(&web(), 40_001).await.unwrap();
    store.put_places("Redis", vec![(web(), place(1_001), 0)]).await.unwrap();
    store.retain(0).await.unwrap();
    let kept_from = kept_from(&store).await;
    assert!(kept_from > 1_001, "the bound on size holds whoever is away");
    let backlog = store.backlog("Redis").await.unwrap();
    assert_eq!((backlog.lines, backlog.lines_missed), (40_001 - kept_from, kept_from - 1_001));
    assert_eq!(backlog.oldest_ns, Some(kept_from * SECOND_NS));
    let events = store.events(99, Some(&web())).await.unwrap();
    assert!(events.iter().all(|event| event.text.contains("before Redis could take them")), "{events:?}");
    assert!(!events.is_empty());
    // The forwarder went on behind the gap.
    store.put_places("Redis", vec![(web(), place(40_001), kept_from - 1_001)]).await.unwrap();
    let done = Backlog { lines: 0, oldest_ns: None, lines_missed: kept_from - 1_001 };
    assert_eq!(store.backlog("Redis").await.unwrap(), done);
}

#[tokio::test]
async fn cycles_and_changed_alerts_wait_until_they_are_taken() {
    let (_dir, store) = fresh();
    store.use_sinks(vec![("InfluxDB", true)]).await.unwrap();
    store.put_training(&web(), training(1)).await.unwrap();
    store.put_alerts(vec![alert(1, &web()), alert(2, &web())]).await.unwrap();
    let first = store.outbox("InfluxDB", 1).await.unwrap();
    assert_eq!((first.trainings.len(), first.alerts.len()), (1, 1));
    store.put_outbox("InfluxDB", &first).await.unwrap();
    store.put_alerts(vec![alert(1, &web())]).await.unwrap();
    let second = store.outbox("InfluxDB", 9).await.unwrap();
    let ids: Vec<_> = second.alerts.iter().map(|alert| alert.id).collect();
    assert_eq!((second.trainings.len(), ids), (0, vec![2, 1]), "one that changed is taken again");
    store.put_outbox("InfluxDB", &second).await.unwrap();
    assert!(store.outbox("InfluxDB", 9).await.unwrap().is_empty());
}

#[tokio::test]
async fn records_stay_whatever_their_age_until_they_are_taken() {
    let (_dir, store) = fresh();
    store.use_sinks(vec![("InfluxDB", true)]).await.unwrap();
    store.put_training(&web(), training(1)).await.unwrap();
    let over = AlertRecord { status: AlertStatus::Resolved, ..alert(1, &web()) };
    store.put_alerts(vec![over]).await.unwrap();
    store.retain(NOW_NS).await.unwrap();
    let waiting = store.outbox("InfluxDB", 9).await.unwrap();
    assert_eq!((waiting.trainings.len(), waiting.alerts.len()), (1, 1));
    store.put_outbox("InfluxDB", &waiting).await.unwrap();
    store.retain(NOW_NS).await.unwrap();
    assert_eq!(store.alert(1).await.unwrap(), None);
    assert_eq!(store.trainings(&web(), 9).await.unwrap(), []);
}

#[tokio::test]
async fn a_cycle_after_all_others_went_is_taken_too() {
    let (dir, store) = fresh();
    store.use_sinks(vec![("InfluxDB", true)]).await.unwrap();
    store.put_training(&web(), training(1)).await.unwrap();
    let taken = store.outbox("InfluxDB", 9).await.unwrap();
    store.put_outbox("InfluxDB", &taken).await.unwrap();
    raw(&dir).execute("DELETE FROM training", []).unwrap();
    store.put_training(&web(), training(2)).await.unwrap();
    let Outbox { trainings, .. } = store.outbox("InfluxDB", 9).await.unwrap();
    assert_eq!(trainings, [(web(), training(2))]);
}
