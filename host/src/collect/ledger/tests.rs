use std::collections::VecDeque;
use std::sync::Mutex as StdMutex;

use super::*;
use crate::collect::cursor::Mark;
use crate::line::{Line, Lines, Output};
use crate::stream::Batch as StreamBatch;

/// How an append goes.
#[derive(Clone, Copy)]
enum Fate {
    /// Refused, nothing stored.
    Refused,
    /// Stored, and an error reported.
    Unsure,
}

/// A stream in memory whose first appends go as they are told to.
#[derive(Default)]
struct Memory {
    fates: StdMutex<VecDeque<Fate>>,
    saved: StdMutex<(Lines, Option<Vec<u8>>)>,
}

impl Memory {
    fn with(fates: &[Fate]) -> Arc<Self> {
        Arc::new(Self { fates: StdMutex::new(fates.iter().copied().collect()), ..Self::default() })
    }

    fn lines(&self) -> usize {
        self.saved.lock().unwrap().0.len()
    }
}

#[async_trait::async_trait]
impl Stream for Memory {
    async fn append(&self, entries: Vec<Append>) -> Result<Vec<u64>, StreamError> {
        let fate = self.fates.lock().unwrap().pop_front();
        let error = || StreamError::Store(crate::store::StoreError::Stopped);
        if matches!(fate, Some(Fate::Refused)) {
            return Err(error());
        }
        let mut saved = self.saved.lock().unwrap();
        let mut first = Vec::new();
        for entry in entries {
            first.push(saved.0.len() as u64 + 1);
            saved.0.extend_from(&entry.lines, 0..entry.lines.len());
            saved.1 = Some(entry.cursor);
        }
        if fate.is_some() { Err(error()) } else { Ok(first) }
    }

    async fn cursor(&self, _: &Identity) -> Result<Option<Vec<u8>>, StreamError> {
        Ok(self.saved.lock().unwrap().1.clone())
    }

    async fn read(&self, _: &Identity, _: u64, _: usize) -> Result<Option<StreamBatch>, StreamError> {
        unreachable!("the collector does not read")
    }

    async fn acknowledge(&self, _: &Identity, _: u64) -> Result<(), StreamError> {
        unreachable!("the collector does not acknowledge")
    }

    async fn acknowledged(&self, _: &Identity) -> Result<u64, StreamError> {
        unreachable!("the collector does not acknowledge")
    }
}

fn batch(container: &str, time_ns: u64) -> Batch {
    let lines = [Line { time_ns, output: Output::Stdout, text: b"x" }].into_iter().collect();
    let mut place = Place::start(container, 0);
    place.store(Output::Stdout, Mark { time_ns, count: 1 });
    Batch { lines, place }
}

async fn ledger(stream: &Arc<Memory>) -> Ledger {
    Ledger::open(Identity::of_name("h", "c"), stream.clone()).await.unwrap()
}

#[tokio::test]
async fn a_refused_append_is_tried_until_it_succeeds() {
    let stream = Memory::with(&[Fate::Refused, Fate::Refused]);
    let ledger = ledger(&stream).await;
    assert_eq!(ledger.append(batch("a", 1), &CancellationToken::new()).await, Stored::Until(2));
    assert_eq!(stream.lines(), 1);
}

#[tokio::test]
async fn an_append_that_was_stored_after_all_is_not_repeated() {
    let stream = Memory::with(&[Fate::Unsure]);
    let ledger = ledger(&stream).await;
    assert_eq!(ledger.append(batch("a", 1), &CancellationToken::new()).await, Stored::Somewhere);
    assert_eq!(stream.lines(), 1);
    assert_eq!(ledger.newest_ns().await, Some(1));
}

#[tokio::test]
async fn a_cancelled_append_does_not_move_the_place() {
    let stream = Memory::with(&[Fate::Refused; 4]);
    let ledger = ledger(&stream).await;
    let shutdown = CancellationToken::new();
    shutdown.cancel();
    assert_eq!(ledger.append(batch("a", 1), &shutdown).await, Stored::Cancelled);
    assert_eq!(ledger.place("a").await, None);
}

#[tokio::test]
async fn containers_of_one_identity_keep_both_places() {
    let stream = Memory::with(&[]);
    let first = ledger(&stream).await;
    let shutdown = CancellationToken::new();
    first.append(batch("old", 5), &shutdown).await;
    first.append(batch("new", 9), &shutdown).await;
    let again = ledger(&stream).await;
    assert_eq!(again.place("old").await, Some(batch("old", 5).place));
    assert_eq!(again.place("new").await, Some(batch("new", 9).place));
    assert_eq!(again.newest_ns().await, Some(9));
}

#[tokio::test]
async fn a_cursor_of_a_newer_host_is_refused() {
    let stream = Memory::with(&[]);
    stream.saved.lock().unwrap().1 = Some(vec![200]);
    let error = Ledger::open(Identity::of_name("h", "c"), stream.clone()).await.unwrap_err();
    assert!(error.to_string().contains("update the host"), "{error}");
}
