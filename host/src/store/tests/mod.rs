//! The store over a real file. What every stream and every history must do is in their suites.

mod alerts;
mod crash;
mod damage;
mod generations;
mod group;
mod model;
mod open;
mod packing;
mod retention;
mod scored;
mod sinks;
mod traits;

use std::time::Duration;

use rusqlite::Connection;
use tempfile::TempDir;

use super::{Store, StoreError, StoreOptions};
use crate::history::WindowRecord;
use crate::identity::Identity;
use crate::line::{Line, Lines, Output};
use crate::stream::{Batch, Stream as _};

const SECOND_NS: u64 = 1_000_000_000;

/// A store in a directory of its own.
fn fresh() -> (TempDir, Store) {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    (dir, store)
}

fn open(dir: &TempDir) -> Store {
    Store::open(&options(dir)).unwrap()
}

/// What is older than 1000 s goes.
fn options(dir: &TempDir) -> StoreOptions {
    StoreOptions { retention_age: Duration::from_secs(1000), ..StoreOptions::new(dir.path()) }
}

/// The file, past the store.
fn raw(dir: &TempDir) -> Connection {
    Connection::open(dir.path().join("foghorn.db")).unwrap()
}

fn web() -> Identity {
    Identity::of_name("host", "web")
}

/// Line `seq` of the test container: written in second `seq`.
fn text(seq: u64) -> String {
    format!("GET /item/{seq} 200 in {} ms", seq * 7919 % 1000)
}

/// `count` lines from `first_seq` on.
fn lines(first_seq: u64, count: usize) -> Lines {
    let texts: Vec<_> = (first_seq..).take(count).map(text).collect();
    let line =
        |(text, seq): (&String, u64)| (seq * SECOND_NS, if seq % 5 == 0 { 1 } else { 0 }, text.as_bytes().to_vec());
    let mut packed = Lines::default();
    for (time_ns, code, text) in texts.iter().zip(first_seq..).map(line) {
        packed.push(Line { time_ns, output: Output::from_code(code).unwrap(), text: &text });
    }
    packed
}

async fn append(store: &Store, identity: &Identity, first_seq: u64, count: usize) {
    let cursor = (first_seq + count as u64).to_le_bytes();
    let entry = crate::stream::suite::entry(identity, lines(first_seq, count), &cursor);
    assert_eq!(store.append(vec![entry]).await.unwrap(), [first_seq]);
}

async fn read_all(store: &Store, identity: &Identity) -> Result<Option<Batch>, StoreError> {
    store.read_lines(identity, 1, u64::MAX, usize::MAX).await
}

fn window(first_seq: u64, end_seq: u64) -> WindowRecord {
    WindowRecord {
        first_seq,
        end_seq,
        begin_ns: first_seq * SECOND_NS,
        end_ns: end_seq * SECOND_NS,
        stderr_lines: 0,
        verdict: None,
        in_alert: false,
    }
}
