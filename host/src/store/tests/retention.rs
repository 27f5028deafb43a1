//! What is too old or too much goes from the oldest end, and never silently.

use std::time::Duration;

use super::alerts::alert;
use super::{SECOND_NS, append, fresh, open, options, read_all, web, window};
use crate::history::History as _;
use crate::identity::Identity;
use crate::line::{Line, Lines, Output};
use crate::spool::Place;
use crate::store::{AlertStatus, EventRecord, Store, StoreOptions};
use crate::stream::Stream as _;
use crate::stream::suite::entry;

const DAY_NS: u64 = 24 * 3600 * SECOND_NS;

/// The numbers of the lines that are kept, first and end.
async fn kept(store: &Store, identity: &Identity) -> Option<(u64, u64)> {
    read_all(store, identity).await.unwrap().map(|batch| (batch.first_seq, batch.end_seq()))
}

#[tokio::test]
async fn lines_windows_and_records_go_by_age() {
    let (_dir, store) = fresh();
    for first_seq in [1, 101, 201] {
        append(&store, &web(), first_seq, 100).await;
        store.put_windows(&web(), vec![window(first_seq, first_seq + 100)]).await.unwrap();
    }
    store.acknowledge(&web(), 301).await.unwrap();
    let event = |time_ns| EventRecord { time_ns, identity: None, kind: "k".to_owned(), text: String::new() };
    store.put_events(vec![event(1), event(1200 * SECOND_NS)]).await.unwrap();
    let mut over = alert(1, &web());
    over.status = AlertStatus::Resolved;
    store.put_alerts(vec![over, alert(2, &web())]).await.unwrap();
    // Lines are one a second; what is older than 1000 s goes. Block 2 is not wholly older.
    let removed = store.retain(1150 * SECOND_NS).await.unwrap();
    assert_eq!((removed.blocks, removed.lines, removed.lines_dropped), (1, 100, 0));
    assert_eq!(kept(&store, &web()).await, Some((101, 301)));
    assert_eq!(store.windows_from(&web(), 0, 9).await.unwrap(), [window(101, 201), window(201, 301)]);
    assert_eq!(store.events(9, None).await.unwrap(), [event(1200 * SECOND_NS)]);
    assert_eq!(store.open_alerts(&web()).await.unwrap().len(), 1, "open alerts stay");
    assert_eq!(store.alert(1).await.unwrap(), None);
    assert_eq!(store.sizes().await.unwrap().lines, 200);
    assert_eq!(store.sizes().await.unwrap().oldest_ns, Some(101 * SECOND_NS));
}

#[tokio::test]
async fn lines_that_were_not_scored_stay_whatever_their_age() {
    let (_dir, store) = fresh();
    append(&store, &web(), 1, 10).await;
    append(&store, &web(), 11, 10).await;
    store.acknowledge(&web(), 16).await.unwrap();
    store.retain(DAY_NS).await.unwrap();
    assert_eq!(kept(&store, &web()).await, Some((11, 21)));
}

#[tokio::test]
async fn numbers_and_cursor_go_on_when_all_lines_are_gone() {
    let (dir, store) = fresh();
    append(&store, &web(), 1, 10).await;
    store.acknowledge(&web(), 11).await.unwrap();
    store.retain(DAY_NS).await.unwrap();
    assert_eq!(kept(&store, &web()).await, None);
    drop(store);
    let store = open(&dir);
    assert_eq!(store.cursor(&web()).await.unwrap().unwrap(), 11u64.to_le_bytes());
    assert_eq!(store.acknowledged(&web()).await.unwrap(), 11);
    append(&store, &web(), 11, 5).await;
    assert_eq!(kept(&store, &web()).await, Some((11, 16)));
}

/// Lines that cannot be packed, about 4 KiB each.
fn noise(first_seq: u64, count: usize) -> Lines {
    let mut packed = Lines::default();
    for seq in (first_seq..).take(count) {
        let mut state = seq.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut text = Vec::with_capacity(4096);
        while text.len() < 4096 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            text.extend_from_slice(&state.to_le_bytes());
        }
        packed.push(Line { time_ns: seq * SECOND_NS, output: Output::Stdout, text: &text });
    }
    packed
}

/// 20 MiB of two containers in turn, in a store that may keep 8 MiB.
async fn too_much(acknowledge: bool) -> (tempfile::TempDir, Store) {
    let dir = tempfile::TempDir::new().unwrap();
    let store = Store::open(&StoreOptions {
        retention_bytes: 8 << 20,
        retention_age: Duration::from_secs(1 << 30),
        ..options(&dir)
    })
    .unwrap();
    for first_seq in (1..2500).step_by(50) {
        for name in ["web", "db"] {
            let identity = Identity::of_name("host", name);
            store.append(vec![entry(&identity, noise(first_seq, 50), b"")]).await.unwrap();
            if acknowledge {
                store.acknowledge(&identity, first_seq + 50).await.unwrap();
            }
        }
    }
    (dir, store)
}

#[tokio::test]
async fn the_oldest_lines_of_all_go_until_the_file_is_small_enough() {
    let (_dir, store) = too_much(true).await;
    let removed = store.retain(DAY_NS).await.unwrap();
    assert_eq!(removed.lines_dropped, 0);
    let (web_first, web_end) = kept(&store, &web()).await.unwrap();
    let (db_first, db_end) = kept(&store, &Identity::of_name("host", "db")).await.unwrap();
    assert_eq!((web_end, db_end), (2501, 2501));
    assert!(web_first.abs_diff(db_first) <= 100, "{web_first} {db_first}");
    let sizes = store.sizes().await.unwrap();
    assert!(sizes.used_bytes <= 8 << 20 && sizes.used_bytes > 7 << 20, "{sizes:?}");
    assert_eq!(sizes.lines, web_end - web_first + db_end - db_first);
    drop(store);
}

#[tokio::test]
async fn space_goes_back_to_the_filesystem() {
    let (dir, store) = too_much(true).await;
    store.retain(DAY_NS).await.unwrap();
    drop(store);
    let length = std::fs::metadata(dir.path().join("foghorn.db")).unwrap().len();
    assert!(length <= (8 << 20) + (5 << 20), "{length}");
}

#[tokio::test]
async fn lines_that_had_to_go_unscored_are_counted_and_told() {
    let (_dir, store) = too_much(false).await;
    let removed = store.retain(7).await.unwrap();
    assert!(removed.lines_dropped > 0);
    assert_eq!(removed.lines_dropped, removed.lines);
    let containers = store.containers().await.unwrap();
    assert_eq!(containers.iter().map(|container| container.lines_dropped).sum::<u64>(), removed.lines_dropped);
    assert_eq!(store.sizes().await.unwrap().lines_dropped, removed.lines_dropped);
    let events = store.events(100, Some(&web())).await.unwrap();
    assert!(events.iter().all(|event| event.kind == "lines dropped" && event.time_ns == 7) && !events.is_empty());
    let (first_seq, _) = kept(&store, &web()).await.unwrap();
    let from = store.acknowledged(&web()).await.unwrap();
    let batch = store.read(&web(), from, 1).await.unwrap().unwrap();
    assert_eq!((from, batch.first_seq), (1, first_seq), "the reader goes on with the first line that is left");
}

#[tokio::test]
async fn scored_lines_go_before_any_that_are_not() {
    let (_dir, store) = too_much(false).await;
    store.acknowledge(&web(), 2501).await.unwrap();
    append(&store, &Identity::of_name("host", "third"), 1, 1).await;
    let removed = store.retain(DAY_NS).await.unwrap();
    assert!(removed.lines >= 2500, "{removed:?}");
    assert_eq!(kept(&store, &web()).await, None, "all of the scored container");
    let dropped = store.container(&web()).await.unwrap().unwrap().lines_dropped;
    assert_eq!(dropped, 0);
}

#[tokio::test]
async fn a_container_nobody_has_seen_for_long_is_forgotten() {
    let (_dir, store) = fresh();
    append(&store, &web(), 1, 10).await;
    store.acknowledge(&web(), 11).await.unwrap();
    assert_eq!(store.retain(89 * DAY_NS).await.unwrap().containers_forgotten, 0);
    assert_eq!(store.containers().await.unwrap().len(), 1);
    assert_eq!(store.retain(91 * DAY_NS).await.unwrap().containers_forgotten, 1);
    assert_eq!(store.containers().await.unwrap(), []);
}

#[tokio::test]
async fn a_container_that_was_forgotten_goes_on_with_its_numbers() {
    let (_dir, store) = fresh();
    store.use_sinks(vec![("Redis", false)]).await.unwrap();
    append(&store, &web(), 1, 10).await;
    store.acknowledge(&web(), 11).await.unwrap();
    store.put_places("Redis", vec![(web(), Place { next_seq: 11, note: b"note".to_vec() }, 0)]).await.unwrap();
    // Its lines go first, then it.
    store.retain(91 * DAY_NS).await.unwrap();
    store.retain(91 * DAY_NS).await.unwrap();
    assert_eq!(store.containers().await.unwrap(), []);
    append(&store, &web(), 11, 10).await;
    assert_eq!(store.acknowledged(&web()).await.unwrap(), 11);
    let backlog = store.backlog("Redis").await.unwrap();
    assert_eq!((backlog.lines, backlog.lines_missed), (10, 0), "servers hold lines of these numbers already");
}
