//! Damage is an error that names what is damaged, never wrong lines.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt as _;

use rusqlite::params;
use tempfile::TempDir;

use super::{append, fresh, lines, open, options, raw, read_all, web};
use crate::store::{Store, StoreError};

/// Four blocks of ten lines, then `harm` done to the file while it is closed.
async fn harmed(harm: &str) -> (TempDir, Store) {
    let (dir, store) = fresh();
    for first_seq in [1, 11, 21, 31] {
        append(&store, &web(), first_seq, 10).await;
    }
    drop(store);
    assert!(raw(&dir).execute(harm, params![]).unwrap() > 0);
    let store = open(&dir);
    (dir, store)
}

async fn assert_damaged(store: &Store, first: u64, end: u64) {
    match read_all(store, &web()).await {
        Err(StoreError::DamagedLines { identity, first_seq, end_seq, .. }) => {
            assert_eq!((identity, first_seq, end_seq), (web(), first, end));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_flipped_bit_is_told_and_the_lines_around_it_are_readable() {
    let (_dir, store) = harmed(
        "UPDATE block SET payload = CAST(substr(payload, 1, 40) || x'ff' || substr(payload, 42) AS BLOB)
             WHERE first_seq = 11",
    )
    .await;
    assert_damaged(&store, 11, 21).await;
    let before = store.read_lines(&web(), 1, 11, 100).await.unwrap().unwrap();
    let after = store.read_lines(&web(), 21, 99, 100).await.unwrap().unwrap();
    assert_eq!((before.lines, after.lines), (lines(1, 10), lines(21, 20)));
}

#[tokio::test]
async fn the_error_names_container_and_lines() {
    let (_dir, store) = harmed("UPDATE block SET crc = crc + 1 WHERE first_seq = 21").await;
    let error = read_all(&store, &web()).await.unwrap_err().to_string();
    assert!(error.starts_with("lines 21 to 30 of container host/web are damaged"), "{error}");
}

#[tokio::test]
async fn a_block_in_the_place_of_another_is_noticed() {
    let (_dir, store) = harmed(
        "UPDATE block SET (crc, payload) = (SELECT crc, payload FROM block WHERE first_seq = 1) WHERE first_seq = 31",
    )
    .await;
    assert_damaged(&store, 31, 41).await;
}

#[tokio::test]
async fn a_missing_block_is_noticed() {
    let (_dir, store) = harmed("DELETE FROM block WHERE first_seq = 11").await;
    assert_damaged(&store, 11, 21).await;
}

#[tokio::test]
async fn packing_leaves_damaged_blocks_for_their_reader_to_notice() {
    let (_dir, store) = harmed("UPDATE block SET crc = crc + 1 WHERE first_seq = 11").await;
    append(&store, &web(), 41, 4000).await;
    store.retain(0).await.unwrap();
    assert_damaged(&store, 11, 21).await;
}

/// Garbage over pages in the middle of the file.
fn overwrite(dir: &TempDir) {
    let file = OpenOptions::new().write(true).open(dir.path().join("foghorn.db")).unwrap();
    let pages = file.metadata().unwrap().len() / 4096;
    file.write_all_at(&[0xa5; 4 * 4096], pages / 2 * 4096).unwrap();
}

#[tokio::test]
async fn a_damaged_file_is_refused_after_a_crash() {
    let (dir, store) = fresh();
    for at in 0..200 {
        append(&store, &web(), 1 + at * 100, 100).await;
    }
    drop(store);
    raw(&dir).execute("UPDATE meta SET value = 0 WHERE key = 'clean'", []).unwrap();
    overwrite(&dir);
    let error = Store::open(&options(&dir)).unwrap_err();
    assert!(matches!(error, StoreError::Damaged(_)), "{error}");
}

#[tokio::test]
async fn a_file_damaged_after_a_clean_end_never_gives_wrong_lines() {
    let (dir, store) = fresh();
    for at in 0..200 {
        append(&store, &web(), 1 + at * 100, 100).await;
    }
    drop(store);
    overwrite(&dir);
    let store = open(&dir);
    assert!(read_all(&store, &web()).await.is_err());
}
