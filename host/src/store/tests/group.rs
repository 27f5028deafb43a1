//! Writes that wait go into one transaction, and each succeeds or fails for itself.

use std::sync::mpsc;

use futures_util::future::join_all;

use super::{append, fresh, lines, open, raw, read_all, web};
use crate::identity::Identity;
use crate::store::{EventRecord, StoreError, containers};
use crate::stream::Stream as _;
use crate::stream::suite::{entry, numbered};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_is_committed_together() {
    let (dir, store) = fresh();
    let (go, wait) = mpsc::channel::<()>();
    let first = store.with_writer(0, move |_| Ok(wait.recv().is_ok()));
    let second = store.with_writer(0, |conn| containers::id_or_new(conn, &web()));
    let path = dir.path().join("foghorn.db");
    let third = store.with_writer(0, move |conn| {
        let here = containers::id_of(conn, &web())?;
        let elsewhere = containers::id_of(&rusqlite::Connection::open(path)?, &web())?;
        Ok((here.is_some(), elsewhere.is_some()))
    });
    let let_go = async {
        tokio::task::yield_now().await;
        go.send(()).unwrap();
    };
    let (_, _, third, ()) = tokio::join!(first, second, third, let_go);
    assert_eq!(third.unwrap(), (true, false), "the second write is in the transaction of the third, not committed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_fails_takes_no_other_with_it() {
    let (dir, store) = fresh();
    let event = |text: &str| EventRecord { time_ns: 1, identity: None, kind: "k".to_owned(), text: text.to_owned() };
    let bad = store.with_writer(0, |conn| {
        conn.execute("INSERT INTO event (time_ns, kind, text) VALUES (1, 'k', 'half done')", [])?;
        conn.execute("INSERT INTO event (time_ns, kind, text) VALUES (NULL, 'k', 'fails')", [])?;
        Ok(())
    });
    let (before, bad, after) =
        tokio::join!(store.put_events(vec![event("before")]), bad, store.put_events(vec![event("after")]));
    before.unwrap();
    assert!(matches!(bad, Err(StoreError::Sqlite(_))), "{bad:?}");
    after.unwrap();
    drop(store);
    let texts = open(&dir).events(10, None).await.unwrap().into_iter().map(|event| event.text).collect::<Vec<_>>();
    assert_eq!(texts, ["after", "before"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appends_at_the_same_time_keep_their_order_and_lose_nothing() {
    let (_dir, store) = fresh();
    let task = |number: u64| {
        let store = store.clone();
        tokio::spawn(async move {
            let identity = Identity::of_name("host", &format!("c{number}"));
            for round in 0..20u64 {
                let firsts = store.append(vec![entry(&identity, numbered(1 + round * 3, 3), b"")]).await.unwrap();
                assert_eq!(firsts, [1 + round * 3]);
            }
            assert_eq!(read_all(&store, &identity).await.unwrap().unwrap().lines, numbered(1, 60));
        })
    };
    for outcome in join_all((0..64).map(task)).await {
        outcome.unwrap();
    }
}

#[tokio::test]
async fn a_write_nobody_waits_for_is_stored_before_the_store_closes() {
    let (dir, store) = fresh();
    for first_seq in [1, 11, 21] {
        let appended = store.append(vec![entry(&web(), lines(first_seq, 10), b"")]);
        // Long enough to get into the queue; then its caller gives up.
        let _ = tokio::time::timeout(std::time::Duration::from_millis(50), appended).await;
    }
    drop(store);
    let clean: bool = raw(&dir).query_row("SELECT value FROM meta WHERE key = 'clean'", [], |row| row.get(0)).unwrap();
    assert!(clean);
    assert_eq!(read_all(&open(&dir), &web()).await.unwrap().unwrap().lines, lines(1, 30));
}

#[tokio::test]
async fn a_full_disk_is_told_and_what_was_stored_stays() {
    let (dir, store) = fresh();
    append(&store, &web(), 1, 10).await;
    let limit_pages = |pages: i64| {
        store.with_writer(0, move |conn| {
            Ok(conn.pragma_update_and_check(None, "max_page_count", pages, |row| row.get::<_, i64>(0))?)
        })
    };
    let pages = limit_pages(1).await.unwrap();
    let big = "x".repeat(1 << 20);
    let event = EventRecord { time_ns: 1, identity: None, kind: "k".to_owned(), text: big };
    let error = store.put_events(vec![event.clone()]).await.unwrap_err();
    assert!(matches!(error, StoreError::Full(_)) && error.is_transient(), "{error}");
    assert_eq!(read_all(&store, &web()).await.unwrap().unwrap().lines, lines(1, 10));
    limit_pages(pages + 10_000).await.unwrap();
    store.put_events(vec![event.clone()]).await.unwrap();
    append(&store, &web(), 11, 10).await;
    drop(store);
    let store = open(&dir);
    assert_eq!(store.events(10, None).await.unwrap(), [event]);
    assert_eq!(read_all(&store, &web()).await.unwrap().unwrap().lines, lines(1, 20));
}
