//! The spooled history: what the spool has lost comes from the server.

use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::sync::watch;

use super::suite::{self, training, window};
use super::{History, HistoryError, Passage, Patience, SpooledHistory, Steps, TrainingRecord, WindowRecord};
use crate::identity::Identity;
use crate::spool::{Health, ServerError};
use crate::store::{Store, StoreOptions};
use crate::stream::suite::{entry, numbered};
use crate::stream::{Batch, Stream as _};

fn patience(limit: Duration) -> Patience {
    Patience::UpTo(limit, watch::Sender::new(Health::Unknown).subscribe())
}

const LONG: Duration = Duration::from_secs(30);

fn store() -> (TempDir, Store) {
    let dir = TempDir::new().unwrap();
    let store = Store::open(&StoreOptions::new(dir.path())).unwrap();
    (dir, store)
}

fn web() -> Identity {
    Identity::of_name("host", "web")
}

/// A server that is away, or that does not answer.
#[derive(Clone, Copy, PartialEq)]
enum Away {
    Gone,
    Silent,
}

impl Away {
    async fn answer<T>(self) -> Result<T, HistoryError> {
        match self {
            Self::Gone => Err(ServerError::Away("no answer".into()).into()),
            Self::Silent => std::future::pending().await,
        }
    }
}

#[async_trait::async_trait]
impl History for Away {
    async fn lines(&self, _: &Identity, _: u64, _: u64, _: usize) -> Result<Option<Batch>, HistoryError> {
        self.answer().await
    }
    async fn put_windows(&self, _: &Identity, _: Vec<WindowRecord>) -> Result<(), HistoryError> {
        self.answer().await
    }
    async fn windows(&self, _: &Identity, _: u64, _: u64, _: usize) -> Result<Vec<WindowRecord>, HistoryError> {
        self.answer().await
    }
    async fn windows_from(&self, _: &Identity, _: u64, _: usize) -> Result<Vec<WindowRecord>, HistoryError> {
        self.answer().await
    }
    async fn put_training(&self, _: &Identity, _: TrainingRecord) -> Result<(), HistoryError> {
        self.answer().await
    }
    async fn trainings(&self, _: &Identity, _: usize) -> Result<Vec<TrainingRecord>, HistoryError> {
        self.answer().await
    }
}

/// Ten windows of ten lines; the first five are only with the server, the sixth and seventh are with both.
async fn split() -> (TempDir, TempDir, SpooledHistory) {
    let ((near_dir, near), (far_dir, far)) = (store(), store());
    far.append(vec![entry(&web(), numbered(1, 70), b"")]).await.unwrap();
    far.put_windows(&web(), (0..7).map(window).collect()).await.unwrap();
    far.put_training(&web(), training(1)).await.unwrap();
    far.put_training(&web(), training(2)).await.unwrap();
    for first in [1, 51] {
        near.append(vec![entry(&web(), numbered(first, 50), b"")]).await.unwrap();
    }
    near.put_windows(&web(), (5..10).map(window).collect()).await.unwrap();
    near.put_training(&web(), training(2)).await.unwrap();
    near.put_training(&web(), training(3)).await.unwrap();
    near.acknowledge(&web(), 101).await.unwrap();
    let conn = rusqlite::Connection::open(near_dir.path().join("foghorn.db")).unwrap();
    conn.execute("DELETE FROM block WHERE first_seq = 1", []).unwrap();
    (near_dir, far_dir, SpooledHistory::new(near, Arc::new(far), patience(LONG)))
}

fn numbers(windows: &[WindowRecord]) -> Vec<u64> {
    windows.iter().map(|window| window.first_seq / 10).collect()
}

#[tokio::test]
async fn a_spooled_history_is_a_history_also_while_the_server_is_away() {
    let (_dir, near) = store();
    suite::run(&SpooledHistory::new(near.clone(), Arc::new(Away::Gone), patience(LONG)), &near).await;
    let ((_dir, near), (_far_dir, far)) = (store(), store());
    suite::run(&SpooledHistory::new(near.clone(), Arc::new(far), patience(LONG)), &near).await;
}

#[tokio::test]
async fn lines_come_from_both_as_one_run() {
    let (_near, _far, history) = split().await;
    for (from_seq, end_seq, lines_max, first_seq, count) in
        [(1, 101, 1_000, 1, 100), (45, 60, 1_000, 45, 15), (45, 60, 3, 45, 3), (45, 60, 8, 45, 8), (60, 70, 99, 60, 10)]
    {
        let batch = history.lines(&web(), from_seq, end_seq, lines_max).await.unwrap().unwrap();
        assert_eq!((batch.first_seq, batch.lines), (first_seq, numbered(first_seq, count)), "{from_seq} .. {end_seq}");
    }
    assert_eq!(history.lines(&web(), 101, 200, 9).await.unwrap(), None);
}

#[tokio::test]
async fn windows_come_from_both_each_once() {
    let (_near, _far, history) = split().await;
    let between =
        async |from_ns, until_ns, limit| numbers(&history.windows(&web(), from_ns, until_ns, limit).await.unwrap());
    assert_eq!(between(0, u64::MAX, 99).await, (0..10).collect::<Vec<_>>());
    assert_eq!(between(200, 700, 99).await, [2, 3, 4, 5, 6]);
    assert_eq!(between(0, u64::MAX, 7).await, [3, 4, 5, 6, 7, 8, 9]);
    assert_eq!(between(0, 300, 2).await, [1, 2]);
    let from = async |from_seq, limit| numbers(&history.windows_from(&web(), from_seq, limit).await.unwrap());
    assert_eq!(from(1, 99).await, (0..10).collect::<Vec<_>>());
    assert_eq!(from(31, 4).await, [3, 4, 5, 6]);
    assert_eq!(from(61, 2).await, [6, 7]);
}

#[tokio::test]
async fn steps_are_summed_where_all_their_windows_are() {
    let (_near, _far, history) = split().await;
    let counted = async |from_ns, count| {
        let steps = history.steps(&web(), Steps { from_ns, step_ns: 100, count }).await.unwrap();
        steps.iter().map(|step| (step.index, step.windows)).collect::<Vec<_>>()
    };
    assert_eq!(counted(300, 4).await, [(0, 1), (1, 1), (2, 1), (3, 1)]);
    assert_eq!(counted(600, 3).await, [(0, 1), (1, 1), (2, 1)]);
    let (_dir, near) = store();
    near.put_windows(&web(), (5..10).map(window).collect()).await.unwrap();
    let strict = SpooledHistory::new(near, Arc::new(Away::Gone), Patience::Strict);
    assert!(strict.steps(&web(), Steps { from_ns: 600, step_ns: 100, count: 3 }).await.is_ok(), "nobody else is asked");
    assert!(strict.steps(&web(), Steps { from_ns: 0, step_ns: 100, count: 9 }).await.is_err());
}

#[tokio::test]
async fn a_passage_has_each_line_once_however_many_reads_it_takes() {
    let (_dir, store) = store();
    let web = web();
    store.append(vec![entry(&web, numbered(1, 12_345), b"")]).await.unwrap();
    let mut passage = Passage::new(&store, &web, 100, 12_000);
    let (mut next, mut reads) = (100, 0);
    while let Some(batch) = passage.next().await.unwrap() {
        assert_eq!(batch.lines, numbered(next, batch.lines.len()));
        (next, reads) = (batch.end_seq(), reads + 1);
    }
    assert!(next == 12_000 && reads > 2, "{reads} reads until {next}");
}

#[tokio::test]
async fn cycles_come_from_both_each_once() {
    let (_near, _far, history) = split().await;
    let last = async |limit| {
        let runs = history.trainings(&web(), limit).await.unwrap();
        runs.iter().map(|run| run.generation).collect::<Vec<_>>()
    };
    assert_eq!(last(9).await, [1, 2, 3]);
    assert_eq!(last(1).await, [3]);
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_waited_for_as_long_as_the_reader_likes() {
    let (_dir, near) = store();
    near.put_windows(&web(), (0..3).map(window).collect()).await.unwrap();
    let history = SpooledHistory::new(near, Arc::new(Away::Silent), patience(Duration::from_millis(20)));
    assert_eq!(numbers(&history.windows(&web(), 0, u64::MAX, 9).await.unwrap()), [0, 1, 2]);
}

#[tokio::test]
async fn a_server_known_to_be_away_is_not_asked_and_a_strict_reader_is_told() {
    let (_dir, near) = store();
    near.put_windows(&web(), (0..3).map(window).collect()).await.unwrap();
    let down = watch::Sender::new(Health::Down { since_ns: 1, why: "no answer".into() });
    let quick = Patience::UpTo(LONG, down.subscribe());
    let history = SpooledHistory::new(near.clone(), Arc::new(Away::Silent), quick);
    assert_eq!(history.windows(&web(), 0, u64::MAX, 9).await.unwrap().len(), 3);
    let strict = SpooledHistory::new(near, Arc::new(Away::Gone), Patience::Strict);
    let error = strict.windows(&web(), 0, u64::MAX, 9).await.unwrap_err();
    assert!(matches!(error, HistoryError::Server(_)), "{error}");
}
