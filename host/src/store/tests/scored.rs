//! Results are stored all or nothing, and once.

use super::alerts::alert;
use super::{append, fresh, web, window};
use crate::history::History as _;
use crate::identity::Identity;
use crate::store::{EventRecord, ScoredCommit, Store, StoreError, ThresholdsState};
use crate::stream::Stream as _;

fn state(byte: u8) -> ThresholdsState {
    ThresholdsState {
        state_format: 1,
        plugin: "thresholds".to_owned(),
        digest: "cd".repeat(32),
        generation: 5,
        state: vec![byte; 50],
    }
}

fn commit(first_seq: u64, end_seq: u64) -> ScoredCommit {
    ScoredCommit {
        identity: web(),
        windows: vec![window(first_seq, end_seq)],
        thresholds_state: Some(state(first_seq as u8)),
        alerts: vec![alert(first_seq, &web())],
        members: Vec::new(),
        normal: Vec::new(),
        evidence: Vec::new(),
        events: vec![EventRecord { time_ns: 1, identity: None, kind: "plugin fault".to_owned(), text: String::new() }],
        acknowledged_seq: end_seq,
    }
}

/// Windows, alerts, events, acknowledged, first byte of the state.
async fn stored(store: &Store) -> (usize, usize, usize, u64, Option<u8>) {
    (
        store.windows_from(&web(), 0, 100).await.unwrap().len(),
        store.open_alerts(&web()).await.unwrap().len(),
        store.events(100, None).await.unwrap().len(),
        store.acknowledged(&web()).await.unwrap(),
        store.thresholds_state(&web()).await.unwrap().map(|thresholds| thresholds.state[0]),
    )
}

#[tokio::test]
async fn a_result_is_stored_with_all_its_parts() {
    let (_dir, store) = fresh();
    append(&store, &web(), 1, 10).await;
    store.commit_scored(commit(1, 6)).await.unwrap();
    assert_eq!(stored(&store).await, (1, 1, 1, 6, Some(1)));
    assert_eq!(store.thresholds_state(&web()).await.unwrap(), Some(state(1)));
    let nothing_new =
        ScoredCommit { windows: vec![], thresholds_state: None, alerts: vec![], events: vec![], ..commit(6, 6) };
    store.commit_scored(nothing_new).await.unwrap();
    assert_eq!(stored(&store).await, (1, 1, 1, 6, Some(1)));
}

#[tokio::test]
async fn a_window_is_not_scored_twice() {
    let (_dir, store) = fresh();
    append(&store, &web(), 1, 10).await;
    store.commit_scored(commit(1, 6)).await.unwrap();
    let error = store.commit_scored(commit(5, 11)).await.unwrap_err();
    assert!(matches!(error, StoreError::ScoredBefore { first_seq: 5, acknowledged: 6, .. }), "{error}");
    assert_eq!(stored(&store).await, (1, 1, 1, 6, Some(1)));
}

#[tokio::test]
async fn of_a_result_that_is_refused_nothing_is_stored() {
    let (_dir, store) = fresh();
    append(&store, &web(), 1, 10).await;
    let error = store.commit_scored(commit(1, 12)).await.unwrap_err();
    assert!(matches!(error, StoreError::AcknowledgedBeyond { seq: 12, next_seq: 11, .. }), "{error}");
    assert_eq!(stored(&store).await, (0, 0, 0, 1, None));
}

#[tokio::test]
async fn the_newest_windows_of_each_container_are_given_in_the_order_asked() {
    let (_dir, store) = fresh();
    let other = Identity::of_name("host", "other");
    let windows = |from: u64| (0..3).map(|place| window(from + 5 * place, from + 5 * place + 5)).collect::<Vec<_>>();
    store.store_windows(&web(), windows(1)).await.unwrap();
    store.store_windows(&other, windows(101)).await.unwrap();
    let asked = vec![other, Identity::of_name("host", "nobody"), web()];
    let found = store.newest_windows(asked, 2).await.unwrap();
    assert_eq!(found, [windows(101)[1..].to_vec(), Vec::new(), windows(1)[1..].to_vec()]);
}
