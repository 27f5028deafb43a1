//! Labelled log files as windows: a session is a window, else 30 s of a stream.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};

use foghorn_vectorizer::Windows;

const WINDOW_NS: u64 = 30_000_000_000;

#[derive(serde::Deserialize)]
struct Record {
    ts: String,
    stream: String,
    line: String,
    anomaly: u8,
    session: Option<String>,
    split: String,
    grey: Option<u8>,
}

/// One window with its label.
#[derive(Clone, Default)]
pub(crate) struct Window {
    pub(crate) lines: Vec<(u64, String)>,
    pub(crate) begin: u64,
    pub(crate) end: u64,
    pub(crate) anomaly: bool,
    pub(crate) grey: bool,
}

/// The windows of one container, in time order.
#[derive(Clone, Default)]
pub(crate) struct Stream {
    pub(crate) train: Vec<Window>,
    pub(crate) test: Vec<Window>,
}

pub(crate) type Set = BTreeMap<String, Stream>;

pub(crate) fn load(path: &str) -> Set {
    let file = std::fs::File::open(path).unwrap_or_else(|e| panic!("{path}: {e}"));
    let mut windows: BTreeMap<(String, bool, String), Window> = BTreeMap::new();
    for line in BufReader::new(flate2::read::GzDecoder::new(file)).lines() {
        let record: Record = serde_json::from_str(&line.expect("a line")).expect("a record");
        let ts: jiff::Timestamp = record.ts.parse().expect("a time");
        let ns = ts.as_nanosecond() as u64;
        let begin = ns / WINDOW_NS * WINDOW_NS;
        let key = record.session.clone().unwrap_or_else(|| format!("{begin:020}"));
        let window = windows.entry((record.stream, record.split == "test", key)).or_default();
        let first = window.lines.is_empty();
        if record.session.is_none() {
            (window.begin, window.end) = (begin, begin + WINDOW_NS);
        } else {
            window.begin = if first { ns } else { window.begin.min(ns) };
            window.end = window.end.max(ns);
        }
        window.anomaly |= record.anomaly == 1;
        window.grey |= record.grey == Some(1);
        window.lines.push((ns, record.line));
    }
    let mut set = Set::new();
    for ((stream, test, _), window) in windows {
        let stream = set.entry(stream).or_default();
        if test { stream.test.push(window) } else { stream.train.push(window) }
    }
    for stream in set.values_mut() {
        stream.train.sort_by_key(|w| w.lines[0].0);
        stream.test.sort_by_key(|w| w.lines[0].0);
    }
    set
}

/// Windows packed as the contract wants them.
#[derive(Default)]
pub(crate) struct Pack {
    data: Vec<u8>,
    offsets: Vec<u32>,
    times: Vec<u64>,
    outputs: Vec<u8>,
    starts: Vec<u32>,
    begins: Vec<u64>,
    ends: Vec<u64>,
}

impl Pack {
    pub(crate) fn of(windows: &[Window]) -> Pack {
        let mut pack = Pack { offsets: vec![0], starts: vec![0], ..Pack::default() };
        for window in windows {
            for (ns, line) in &window.lines {
                pack.data.extend_from_slice(line.as_bytes());
                pack.offsets.push(pack.data.len() as u32);
                pack.times.push(*ns);
                pack.outputs.push(0);
            }
            pack.starts.push(pack.times.len() as u32);
            pack.begins.push(window.begin);
            pack.ends.push(window.end);
        }
        pack
    }

    pub(crate) fn view(&self) -> Windows<'_> {
        Windows {
            data: &self.data,
            offsets: &self.offsets,
            times: &self.times,
            outputs: &self.outputs,
            starts: &self.starts,
            begins: &self.begins,
            ends: &self.ends,
        }
    }
}
