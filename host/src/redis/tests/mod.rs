//! Against real servers. Lines are made from their numbers, so every line that comes back can be checked.

mod outage;
mod reach;
mod reading;
mod refused;
mod speed;
mod suite;
mod trimming;
mod writing;

use std::time::Duration;

use foghorn_test_servers::redis::{self as fixture, Options, Redis};

use super::RedisStreams;
use super::id::EntryId;
use crate::identity::Identity;
use crate::line::{Line, Lines, Output};
use crate::settings::servers::RedisSettings;
use crate::settings::units::Span;
use crate::spool::{Place, PutError, ServerError, Sink as _};
use crate::stream::Batch;

const STORE: u64 = 0xfeed;
/// The time of line 0; each line is a second later.
const BEGIN_NS: u64 = 1_700_000_000_000_000_000;
const SECOND_NS: u64 = 1_000_000_000;

/// `None`, with a word about it, where no Redis is installed.
fn server() -> Option<Redis> {
    server_with(Options::default())
}

fn server_with(options: Options) -> Option<Redis> {
    is_installed().then(|| Redis::start_with(options).unwrap())
}

fn is_installed() -> bool {
    let installed = fixture::available();
    if !installed {
        eprintln!("skipped: redis-server and redis-cli are not installed");
    }
    installed
}

fn settings(url: &str) -> RedisSettings {
    RedisSettings {
        url: url.into(),
        password_file: None,
        ca_file: None,
        prefix: "foghorn:".into(),
        stream_lines: 1_000,
        stream_age: Span::from_hours(24),
    }
}

fn open(url: &str) -> RedisStreams {
    RedisStreams::open(&settings(url), STORE).unwrap()
}

fn web() -> Identity {
    Identity::from_text("host/shop/web")
}

const WEB_KEY: &str = "foghorn:lines:{host/shop/web}";

/// Line number `seq` of any container, as its store made it.
fn text_of(seq: u64) -> Vec<u8> {
    match seq % 7 {
        0 => Vec::new(),
        1 => format!("line {seq}\nwith a second row\n").into_bytes(),
        2 => [b"\xff\x00\r\n".as_slice(), seq.to_string().as_bytes()].concat(),
        _ => format!("line {seq}: GET /cart 200 in {} ms", seq * 31 % 80).into_bytes(),
    }
}

fn time_of(seq: u64) -> u64 {
    BEGIN_NS + seq * SECOND_NS
}

fn lines(first_seq: u64, end_seq: u64) -> Lines {
    let mut lines = Lines::default();
    for seq in first_seq..end_seq {
        let output = if seq % 5 == 0 { Output::Stderr } else { Output::Stdout };
        lines.push(Line { time_ns: time_of(seq), output, text: &text_of(seq) });
    }
    lines
}

fn batch(first_seq: u64, end_seq: u64) -> Batch {
    batch_of(&web(), first_seq, end_seq)
}

fn batch_of(identity: &Identity, first_seq: u64, end_seq: u64) -> Batch {
    Batch { identity: identity.clone(), first_seq, lines: lines(first_seq, end_seq) }
}

async fn put(streams: &RedisStreams, batch: Batch, place: &Place) -> Result<Place, PutError> {
    streams.put(&[(batch, place.clone())]).await.remove(0)
}

/// What the forwarder does: sends lines up to `end_seq`, tries again when the server is away, goes back when it lost lines.
async fn send(streams: &RedisStreams, identity: &Identity, place: &mut Place, end_seq: u64, lines_max: u64) {
    while place.next_seq < end_seq {
        let end = end_seq.min(place.next_seq + lines_max);
        match put(streams, batch_of(identity, place.next_seq, end), place).await {
            Ok(next) => *place = next,
            Err(PutError::Behind(back)) => {
                assert!(back.next_seq < place.next_seq, "back is back");
                *place = back;
            }
            Err(PutError::Server(ServerError::Away(_))) => tokio::time::sleep(Duration::from_millis(10)).await,
            Err(error) => panic!("{error}"),
        }
    }
}

/// Checks that the stream holds the lines `first .. end` in order, once each, and is right about them.
async fn assert_holds(streams: &RedisStreams, identity: &Identity, first: u64, end: u64) {
    let mut connected = streams.link.connected().await.unwrap();
    let mut next = first;
    while next < end {
        let found = streams.range(&mut connected, identity, next, EntryId { first: u64::MAX, lines: 0 }).await.unwrap();
        assert!(!found.is_empty(), "the stream ends at {next}, not at {end}");
        for found in found {
            assert_eq!(found.id.first, next, "a hole or a line twice");
            let entry = found.entry.unwrap();
            assert_eq!(entry.lines, lines(entry.seq, entry.seq + found.id.lines));
            next = found.id.end();
        }
    }
    assert_eq!(next, end);
    let before = streams.entry_before(&mut connected, identity, u64::MAX).await.unwrap();
    assert_eq!(before.map_or(1, |found| found.id.end()), end);
    let all = streams.range(&mut connected, identity, 1, EntryId { first, lines: 0 }).await.unwrap();
    assert!(all.is_empty(), "something lies before {first}");
}

/// Reads all lines from `from` to the end, as scoring does, and checks them.
async fn read_all(streams: &RedisStreams, place: &Place, mut from: u64, lines_max: usize) -> u64 {
    while let Some(batch) = streams.read(&web(), place, from, lines_max).await.unwrap() {
        assert_eq!(batch.first_seq, from);
        assert!((1..=lines_max).contains(&batch.lines.len()));
        assert_eq!(batch.lines, lines(from, batch.end_seq()));
        from = batch.end_seq();
    }
    from
}

fn refusal<T>(result: Result<T, PutError>) -> String {
    match result {
        Err(PutError::Server(ServerError::Refused(text))) => text,
        Err(other) => panic!("not refused: {other:?}"),
        Ok(_) => panic!("not refused"),
    }
}
