//! Against the real InfluxDB 1.x, and against a stub that answers what real servers rarely do.

mod access;
mod detection;
mod docs;
mod faults;
mod points;
mod stub;
mod suite;

use std::path::Path;

use foghorn_test_servers::influx as real;
use tempfile::TempDir;

use super::Influx;
use crate::identity::Identity;
use crate::line::{Line, Lines, Output};
use crate::settings::servers::{InfluxApi, InfluxSettings};
use crate::settings::units::Span;
use crate::spool::{Place, Sink as _};
use crate::stream::Batch;

const STORE_ID: u64 = 0x00ff_1234;
const SECOND_NS: u64 = 1_000_000_000;
const BEGIN_NS: u64 = 1_700_000_000 * SECOND_NS;

fn settings(url: String) -> InfluxSettings {
    InfluxSettings {
        url,
        api: InfluxApi::Auto,
        bucket: "foghorn".into(),
        org: None,
        token_file: None,
        user: None,
        password_file: None,
        ca_file: None,
        gzip: false,
        batch_lines: 5_000,
        flush_interval: Span::from_secs(1),
    }
}

/// A real server and ours on it, with a data directory; nothing where no server is installed.
fn begin(options: real::Options) -> Option<(real::Influx, Influx, TempDir)> {
    if !real::available() {
        return None;
    }
    let server = real::Influx::start_with(options).unwrap();
    let dir = TempDir::new().unwrap();
    let influx = open(&settings(server.url()), dir.path());
    Some((server, influx, dir))
}

fn open(settings: &InfluxSettings, dir: &Path) -> Influx {
    Influx::open(settings, STORE_ID, dir).unwrap()
}

fn web() -> Identity {
    Identity::of_service("host", "shop", "web")
}

/// A batch from line 1 on, stamped as given.
fn batch(identity: &Identity, lines: &[(u64, &[u8])]) -> Batch {
    let line = |&(time_ns, text): &(u64, _)| Line { time_ns, output: Output::Stdout, text };
    Batch { identity: identity.clone(), first_seq: 1, lines: lines.iter().map(line).collect() }
}

/// Line `seq` of a batch that any test may make: a millisecond after the one before it.
fn numbered(identity: &Identity, first_seq: u64, count: usize) -> Batch {
    let mut lines = Lines::default();
    for seq in (first_seq..).take(count) {
        let output = if seq % 5 == 0 { Output::Stderr } else { Output::Stdout };
        let text = format!("GET /item/{seq} 200 in {} ms", seq * 7919 % 1000);
        lines.push(Line { time_ns: BEGIN_NS + seq * 1_000_000, output, text: text.as_bytes() });
    }
    Batch { identity: identity.clone(), first_seq, lines }
}

/// Puts one batch, from the beginning.
async fn put(influx: &Influx, batch: &Batch) -> Place {
    put_from(influx, batch, Place::default()).await
}

async fn put_from(influx: &Influx, batch: &Batch, place: Place) -> Place {
    influx.put(&[(batch.clone(), place)]).await.pop().unwrap().unwrap()
}

/// All lines of a container, read as anybody must: on from where the last read ended.
async fn all_lines(influx: &Influx, identity: &Identity) -> Vec<Batch> {
    use crate::history::History as _;
    let mut all = Vec::new();
    let mut from_seq = 1;
    while let Some(batch) = influx.lines(identity, from_seq, u64::MAX, 100_000).await.unwrap() {
        from_seq = batch.end_seq();
        all.push(batch);
    }
    all
}

/// The whole of a container, which must be without holes.
async fn whole(influx: &Influx, identity: &Identity) -> Lines {
    let mut lines = Lines::default();
    for batch in all_lines(influx, identity).await {
        assert_eq!(batch.first_seq, lines.len() as u64 + 1, "a hole before the batch");
        lines.extend_from(&batch.lines, 0..batch.lines.len());
    }
    lines
}

/// How many points of a measurement the server has, asked past our own code.
fn count(server: &real::Influx, measurement: &str, field: &str) -> u64 {
    let csv = server.query(&format!("SELECT count(\"{field}\") FROM \"{measurement}\"")).unwrap();
    csv.lines().nth(1).and_then(|row| row.rsplit(',').next()?.parse().ok()).unwrap_or(0)
}

/// What was set aside, as JSON.
fn set_aside(dir: &TempDir) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(dir.path().join("influxdb-rejected.jsonl")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
