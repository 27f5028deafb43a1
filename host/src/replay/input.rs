//! The file that a replay reads: one JSON object a line, plain or gzip'd.
//!
//! `{"ts": RFC 3339 or epoch ns, "stream": container, "line": text}`, and optionally `"anomaly": 0|1`, `"session"`,
//! `"split": "train"|"test"`, `"grey": 0|1`, `"output": "stdout"|"stderr"`. A bad line is counted and told with its number; the rest is still read.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use crate::line::Output;

/// Longest line of the file; a longer one is a bad line.
const LINE_BYTES_MAX: u64 = 4 << 20;

/// Most bad lines that are told one by one; the rest is counted.
pub const FAULTS_TOLD_MAX: usize = 20;

/// Characters of a bad line or value that a fault shows.
const SHOWN_MAX: usize = 60;

/// Latest time that is taken, in the year 2262; the store keeps times as signed numbers.
const TIME_NS_MAX: u64 = i64::MAX as u64;

/// The part of the data a line belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    Train,
    Test,
}

/// One line of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub time_ns: u64,
    pub stream: String,
    pub line: String,
    pub output: Output,
    /// `None`: the file does not say.
    pub anomalous: Option<bool>,
    pub grey: bool,
    pub session: Option<String>,
    pub split: Option<Split>,
}

/// A line that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Counted from 1.
    pub line: u64,
    pub what: String,
}

/// All that was read.
#[derive(Debug, Default)]
pub struct Input {
    pub entries: Vec<Entry>,
    /// The first bad lines, at most `FAULTS_TOLD_MAX`.
    pub faults: Vec<Fault>,
    pub faults_total: u64,
    /// Bytes of the file, unpacked.
    pub bytes: u64,
}

/// Why the file could not be read at all.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}: {source}", path.display())]
pub struct InputError {
    path: PathBuf,
    source: std::io::Error,
}

/// Reads a whole file; gzip is told by its first bytes, not by its name.
pub fn read_file(path: &Path) -> Result<Input, InputError> {
    let fail = |source| InputError { path: path.into(), source };
    let mut reader = BufReader::with_capacity(1 << 18, File::open(path).map_err(fail)?);
    let packed = reader.fill_buf().map_err(fail)?.starts_with(&[0x1f, 0x8b]);
    if packed {
        read(BufReader::with_capacity(1 << 18, MultiGzDecoder::new(reader))).map_err(fail)
    } else {
        read(reader).map_err(fail)
    }
}

fn read(mut reader: impl BufRead) -> std::io::Result<Input> {
    let mut input = Input::default();
    let mut raw = Vec::new();
    for line in 1.. {
        raw.clear();
        let taken = reader.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut raw)?;
        if taken == 0 {
            break;
        }
        input.bytes += taken as u64;
        if taken as u64 == LINE_BYTES_MAX && !raw.ends_with(b"\n") {
            input.bytes += skip_line(&mut reader)?;
            input.fault(line, format!("the line is longer than {LINE_BYTES_MAX} bytes"));
        } else if !raw.trim_ascii().is_empty() {
            match parse(&raw) {
                Ok(entry) => input.entries.push(entry),
                Err(what) => input.fault(line, what),
            }
        }
    }
    Ok(input)
}

/// Reads on to the end of the line, keeping nothing.
fn skip_line(reader: &mut impl BufRead) -> std::io::Result<u64> {
    let mut skipped = 0;
    loop {
        let buffer = reader.fill_buf()?;
        let end = memchr::memchr(b'\n', buffer);
        let taken = end.map_or(buffer.len(), |at| at + 1);
        reader.consume(taken);
        skipped += taken as u64;
        if end.is_some() || taken == 0 {
            return Ok(skipped);
        }
    }
}

impl Input {
    fn fault(&mut self, line: u64, what: String) {
        self.faults_total += 1;
        if self.faults.len() < FAULTS_TOLD_MAX {
            self.faults.push(Fault { line, what });
        }
    }
}

#[derive(serde::Deserialize)]
struct Raw<'a> {
    ts: Time<'a>,
    #[serde(borrow)]
    stream: Cow<'a, str>,
    #[serde(borrow)]
    line: Cow<'a, str>,
    anomaly: Option<u8>,
    grey: Option<u8>,
    #[serde(borrow)]
    session: Option<Cow<'a, str>>,
    #[serde(borrow)]
    split: Option<Cow<'a, str>>,
    #[serde(borrow)]
    output: Option<Cow<'a, str>>,
}

#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Time<'a> {
    Nanos(u64),
    #[serde(borrow)]
    Text(Cow<'a, str>),
    /// Taken in to be shown in the fault.
    Other(serde_json::Value),
}

fn parse(raw: &[u8]) -> Result<Entry, String> {
    let raw = raw.trim_ascii();
    if !raw.starts_with(b"{") {
        return Err(format!("not a JSON object: found {}", start_of(&String::from_utf8_lossy(raw))));
    }
    let raw: Raw<'_> = serde_json::from_slice(raw).map_err(|error| fault_text(&error))?;
    let split = match raw.split.as_deref() {
        None => None,
        Some("train") => Some(Split::Train),
        Some("test") => Some(Split::Test),
        Some(other) => return Err(format!("split is \"{other}\"; allowed are train and test")),
    };
    let output = match raw.output.as_deref() {
        None | Some("stdout") => Output::Stdout,
        Some("stderr") => Output::Stderr,
        Some(other) => return Err(format!("output is \"{other}\"; allowed are stdout and stderr")),
    };
    Ok(Entry {
        time_ns: time_ns(&raw.ts)?,
        stream: raw.stream.into_owned(),
        line: raw.line.into_owned(),
        output,
        anomalous: raw.anomaly.map(|value| flag("anomaly", value)).transpose()?,
        grey: raw.grey.map(|value| flag("grey", value)).transpose()?.unwrap_or(false),
        session: raw.session.map(Cow::into_owned),
        split,
    })
}

/// The parser's words without its line number, which would be that inside the object: always 1.
fn fault_text(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text.rsplit_once(" at line ").map_or(&*text, |(what, _)| what);
    if error.is_data() { what.into() } else { format!("not a JSON object: {what} at column {}", error.column()) }
}

/// Enough of a text to find it again.
fn start_of(text: &str) -> String {
    match text.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into(),
    }
}

fn flag(key: &str, value: u8) -> Result<bool, String> {
    match value {
        0 => Ok(false),
        1 => Ok(true),
        other => Err(format!("{key} is {other}; allowed are 0 and 1")),
    }
}

fn time_ns(time: &Time<'_>) -> Result<u64, String> {
    let (ns, found) = match time {
        Time::Nanos(ns) => (Some(*ns), ns.to_string()),
        Time::Text(text) => (stamp_ns(text), format!("\"{}\"", start_of(text))),
        Time::Other(value) => (None, start_of(&value.to_string())),
    };
    ns.filter(|ns| *ns <= TIME_NS_MAX)
        .ok_or_else(|| format!("ts is {found}; allowed are RFC 3339 and nanoseconds since 1970"))
}

fn stamp_ns(text: &str) -> Option<u64> {
    u64::try_from(text.parse::<jiff::Timestamp>().ok()?.as_nanosecond()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_line_is_read() {
        let text = br#"{"ts":"1970-01-01T00:00:01.5Z","stream":"api","line":"a\nb","anomaly":1,"session":"s","split":"test","grey":1}"#;
        let input = read(&text[..]).unwrap();
        assert_eq!(
            input.entries,
            [Entry {
                time_ns: 1_500_000_000,
                stream: "api".into(),
                line: "a\nb".into(),
                output: Output::Stdout,
                anomalous: Some(true),
                grey: true,
                session: Some("s".into()),
                split: Some(Split::Test),
            }]
        );
    }

    #[test]
    fn time_may_be_nanoseconds() {
        let input = read(&br#"{"ts":7,"stream":"a","line":"x"}"#[..]).unwrap();
        assert_eq!(input.entries[0].time_ns, 7);
        assert_eq!(input.entries[0].anomalous, None);
    }

    #[test]
    fn a_bad_line_is_told_by_number_and_the_rest_is_read() {
        let text = "{\"ts\":1,\"stream\":\"a\",\"line\":\"x\"}\nnonsense\n\n{\"ts\":2,\"stream\":\"a\",\"line\":\"y\",\"anomaly\":3}\n{\"ts\":\"yesterday\",\"stream\":\"a\",\"line\":\"y\"}\n{\"ts\":3,\"stream\":\"a\",\"line\":\"z\"}\n";
        let input = read(text.as_bytes()).unwrap();
        assert_eq!(input.entries.len(), 2);
        assert_eq!(input.faults_total, 3);
        assert_eq!(input.faults.iter().map(|fault| fault.line).collect::<Vec<_>>(), [2, 4, 5]);
        assert!(input.faults[1].what.contains("anomaly is 3"), "{:?}", input.faults[1]);
        assert!(input.faults[2].what.contains("yesterday"), "{:?}", input.faults[2]);
    }

    #[test]
    fn an_endless_line_is_bounded_and_told() {
        let mut text = vec![b'x'; LINE_BYTES_MAX as usize + 10];
        text.extend_from_slice(b"\n{\"ts\":1,\"stream\":\"a\",\"line\":\"x\"}\n");
        let input = read(&text[..]).unwrap();
        assert_eq!((input.entries.len(), input.faults_total), (1, 1));
    }

    #[test]
    fn a_packed_file_is_read_like_a_plain_one() {
        use std::io::Write;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log.data");
        let mut packer = flate2::write::GzEncoder::new(File::create(&path).unwrap(), flate2::Compression::fast());
        packer.write_all(br#"{"ts":1,"stream":"a","line":"x"}"#).unwrap();
        packer.finish().unwrap();
        assert_eq!(read_file(&path).unwrap().entries.len(), 1);
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = read_file(Path::new("/nowhere/x.jsonl")).unwrap_err();
        assert!(error.to_string().contains("/nowhere/x.jsonl"));
    }

    fn fault_of(text: &str) -> String {
        parse(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn a_time_that_cannot_be_kept_is_refused_with_what_is_allowed() {
        let with = |ts: &str| format!(r#"{{"ts":{ts},"stream":"a","line":"x"}}"#);
        assert!(parse(with("9223372036854775807").as_bytes()).is_ok());
        for ts in
            ["9223372036854775808", "99999999999999999999999", "-1", "1.5", "true", "null", r#""9000-01-01T00:00:00Z""#]
        {
            let fault = fault_of(&with(ts));
            assert!(fault.starts_with("ts is "), "{ts}: {fault}");
            assert!(fault.ends_with("; allowed are RFC 3339 and nanoseconds since 1970"), "{ts}: {fault}");
        }
        assert!(fault_of(&with("1.5")).starts_with("ts is 1.5;"));
    }

    #[test]
    fn what_is_not_an_object_is_told_in_plain_words() {
        assert_eq!(fault_of("nonsense"), "not a JSON object: found nonsense");
        assert_eq!(fault_of(r#"[1,"a","x"]"#), r#"not a JSON object: found [1,"a","x"]"#);
        assert!(fault_of(r#"{"ts":1,"#).starts_with("not a JSON object: EOF"));
        assert_eq!(fault_of(r#"{"ts":1,"stream":"a"}"#), "missing field `line`");
        assert!(fault_of(&"é".repeat(1_000)).chars().count() < 100);
    }
}
