//! Generations: kept few, counted, pinned.

use serde_json::json;

use super::{fresh, web};
use crate::identity::Identity;
use crate::store::{Generation, GenerationMeta, PluginRef, Store, StoreError};

fn generation(number: u64) -> Generation {
    let plugin = PluginRef {
        slot: "detector".to_owned(),
        name: "iforest".to_owned(),
        plugin_version: "0.1.0".to_owned(),
        digest: "ab".repeat(32),
        state_format: 1,
    };
    let meta = GenerationMeta {
        number,
        made_ns: 1000 * number,
        until_seq: 100 * number,
        windows: 10 * number,
        plugins: vec![plugin],
        settings: json!({"trees": "100"}),
        stats: json!([["trees", 100.0]]),
    };
    Generation { meta, vectorizer_state: vec![number as u8; 100], model: vec![number as u8; 200_000] }
}

async fn put(store: &Store, numbers: impl IntoIterator<Item = u64>, keep: usize) {
    for number in numbers {
        store.put_generation(&web(), generation(number), keep, true).await.unwrap();
    }
}

async fn kept(store: &Store) -> Vec<u64> {
    store.generations(&web()).await.unwrap().iter().map(|meta| meta.number).collect()
}

async fn active(store: &Store) -> Option<u64> {
    store.active_generation(&web()).await.unwrap().map(|generation| generation.meta.number)
}

#[tokio::test]
async fn a_generation_comes_back_as_it_was_made() {
    let (_dir, store) = fresh();
    put(&store, 1..=2, 5).await;
    assert_eq!(store.generation(&web(), 1).await.unwrap(), Some(generation(1)));
    assert_eq!(store.generations(&web()).await.unwrap(), [generation(2).meta, generation(1).meta]);
    assert_eq!(store.generation(&web(), 3).await.unwrap(), None);
    assert_eq!(store.active_generation(&Identity::of_name("host", "nobody")).await.unwrap(), None);
}

#[tokio::test]
async fn only_the_newest_are_kept_and_all_are_counted() {
    let (_dir, store) = fresh();
    put(&store, 1..=7, 3).await;
    assert_eq!(kept(&store).await, [7, 6, 5]);
    assert_eq!(active(&store).await, Some(7));
    assert_eq!(store.successful_cycles(&web()).await.unwrap(), 7);
    assert_eq!(store.learned_until_seq(&web()).await.unwrap(), 700);
}

#[tokio::test]
async fn the_same_generation_again_counts_once() {
    let (_dir, store) = fresh();
    put(&store, [1, 2, 2, 2], 3).await;
    assert_eq!(kept(&store).await, [2, 1]);
    assert_eq!(store.successful_cycles(&web()).await.unwrap(), 2);
}

#[tokio::test]
async fn a_pinned_generation_stays_and_scores() {
    let (_dir, store) = fresh();
    put(&store, 1..=2, 2).await;
    store.pin_generation(&web(), Some(1)).await.unwrap();
    put(&store, 3..=5, 2).await;
    assert_eq!(kept(&store).await, [5, 4, 1]);
    assert_eq!(active(&store).await, Some(1));
    store.pin_generation(&web(), None).await.unwrap();
    assert_eq!(active(&store).await, Some(5));
    put(&store, [6], 2).await;
    assert_eq!(kept(&store).await, [6, 5]);
}

#[tokio::test]
async fn what_is_not_kept_cannot_be_pinned() {
    let (_dir, store) = fresh();
    put(&store, 1..=3, 2).await;
    let error = store.pin_generation(&web(), Some(1)).await.unwrap_err();
    assert!(matches!(error, StoreError::NoGeneration { number: 1, .. }), "{error}");
}
