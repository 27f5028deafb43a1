//! Who may open a store, and which.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use tempfile::TempDir;

use super::{append, fresh, open, options, raw, read_all, web};
use crate::store::{Store, StoreError, StoreOptions};

fn refusal(dir: &TempDir) -> StoreError {
    Store::open(&options(dir)).unwrap_err()
}

#[test]
fn a_second_host_is_refused_and_told_who_has_it() {
    let (dir, store) = fresh();
    let error = refusal(&dir).to_string();
    assert!(error.contains(&format!("pid {}", std::process::id())), "{error}");
    assert!(error.contains(&dir.path().display().to_string()), "{error}");
    drop(store);
    open(&dir);
}

#[test]
fn the_data_directory_is_for_its_owner_alone() {
    let dir = TempDir::new().unwrap();
    let data = dir.path().join("deep/data");
    Store::open(&StoreOptions::new(&data)).unwrap();
    assert_eq!(fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700);
}

#[tokio::test]
async fn others_read_while_the_host_writes_and_after() {
    let (dir, store) = fresh();
    append(&store, &web(), 1, 5).await;
    let reader = Store::open(&StoreOptions { read_only: true, ..options(&dir) }).unwrap();
    assert_eq!(read_all(&reader, &web()).await.unwrap().unwrap().lines.len(), 5);
    append(&store, &web(), 6, 5).await;
    assert_eq!(read_all(&reader, &web()).await.unwrap().unwrap().lines.len(), 10);
    assert!(matches!(reader.put_events(Vec::new()).await, Err(StoreError::ReadOnly)));
    drop((store, reader));
    let reader = Store::open(&StoreOptions { read_only: true, ..options(&dir) }).unwrap();
    assert_eq!(read_all(&reader, &web()).await.unwrap().unwrap().lines.len(), 10);
}

#[test]
fn reading_where_no_foghorn_ran_makes_nothing() {
    let dir = TempDir::new().unwrap();
    let error = Store::open(&StoreOptions { read_only: true, ..options(&dir) }).unwrap_err();
    assert!(matches!(error, StoreError::Absent { .. }), "{error}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_store_of_the_first_format_is_brought_up_to_date() {
    let dir = TempDir::new().unwrap();
    let old = raw(&dir);
    old.execute_batch(include_str!("../schema_1.sql")).unwrap();
    old.pragma_update(None, "application_id", 0x464f_4748).unwrap();
    old.pragma_update(None, "user_version", 1).unwrap();
    old.execute_batch(
        "INSERT INTO container (identity) VALUES ('host/web');
         INSERT INTO alert VALUES (7, 1, 0, 'open', 3, 1, 2, NULL, 1, 1.5, '{}');",
    )
    .unwrap();
    drop(old);
    let store = open(&dir);
    assert_ne!(store.store_id().await.unwrap(), 0);
    store.use_sinks(vec![("InfluxDB", true)]).await.unwrap();
    let waiting = store.outbox("InfluxDB", 9).await.unwrap();
    assert_eq!(waiting.alerts.iter().map(|alert| alert.id).collect::<Vec<_>>(), [7], "what was there waits too");
}

#[test]
fn a_newer_format_is_refused_and_left_alone() {
    let (dir, store) = fresh();
    drop(store);
    raw(&dir).pragma_update(None, "user_version", 9).unwrap();
    let before = fs::read(dir.path().join("foghorn.db")).unwrap();
    let error = refusal(&dir).to_string();
    assert!(error.contains("store format 9, this one reads up to 4"), "{error}");
    assert_eq!(fs::read(dir.path().join("foghorn.db")).unwrap(), before);
}

#[test]
fn an_older_format_is_not_read_without_its_host() {
    let (dir, store) = fresh();
    drop(store);
    raw(&dir).pragma_update(None, "user_version", 0).unwrap();
    let error = Store::open(&StoreOptions { read_only: true, ..options(&dir) }).unwrap_err();
    assert!(matches!(error, StoreError::Older { found: 0, .. }), "{error}");
}

#[test]
fn another_programs_database_is_left_alone() {
    let dir = TempDir::new().unwrap();
    raw(&dir).execute_batch("CREATE TABLE theirs (id)").unwrap();
    assert!(matches!(refusal(&dir), StoreError::Foreign { .. }));
}

#[test]
fn what_is_no_database_is_called_damaged() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("foghorn.db"), "not a database, but long enough to look like one".repeat(100)).unwrap();
    let error = refusal(&dir);
    assert!(matches!(error, StoreError::Damaged(_)), "{error}");
}
