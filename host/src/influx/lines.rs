//! Lines as points, and back.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::dialect::{Row, Value};
use super::protocol::{Body, series};
use super::schema::{LINE, TEXT_BYTES_MAX, integer};
use super::stamp::Stamp;
use super::tag;
use crate::identity::Identity;
use crate::line::{Line, Lines, Output};
use crate::stream::Batch;

/// What is asked for to get lines back, in the order that `from_rows` reads.
pub(super) const FIELDS: &[&str] = &["seq", "output", "text", "bytes", "time_ns"];

/// The series of one container's lines.
#[derive(Debug)]
pub(super) struct LineSeries {
    container: String,
    host: String,
    store: String,
    lap: u16,
    /// Of `lap`, by output.
    series: [String; 2],
}

impl LineSeries {
    pub(super) fn new(identity: &Identity, store: &str) -> Self {
        let (container, host) = (tag::of_identity(identity), tag::of_host(identity));
        let mut all = Self { container, host, store: store.to_owned(), lap: 0, series: Default::default() };
        all.turn_to(0);
        all
    }

    /// Writes the point of line `seq`.
    pub(super) fn write(&mut self, body: &mut Body, seq: u64, line: Line<'_>, stamp: Stamp) {
        if stamp.lap != self.lap {
            self.turn_to(stamp.lap);
        }
        let point = body.point(&self.series[line.output as usize]).integer("seq", integer(seq));
        let (text, exact) = shown(line.text);
        let point = point.text("text", &text);
        let point = if exact { point } else { point.text("bytes", &hex(cut(line.text))) };
        let time_ns = integer(line.time_ns);
        let point = if time_ns == stamp.time_ns { point } else { point.integer("time_ns", time_ns) };
        point.at(stamp.time_ns);
    }

    fn turn_to(&mut self, lap: u16) {
        self.lap = lap;
        let lap = lap.to_string();
        self.series = [Output::Stdout, Output::Stderr].map(|output| {
            let mut tags = vec![("container", &*self.container), ("host", &*self.host)];
            if self.lap != 0 {
                tags.push(("lap", &lap));
            }
            tags.extend([("output", output.as_str()), ("store", &*self.store)]);
            series(LINE, &tags)
        });
    }
}

/// The text that is stored for people, and whether it is exactly the line's.
fn shown(text: &[u8]) -> (std::borrow::Cow<'_, str>, bool) {
    let shown = String::from_utf8_lossy(cut(text));
    if shown.contains('\0') {
        return (shown.replace('\0', "\u{fffd}").into(), false);
    }
    let exact = matches!(shown, std::borrow::Cow::Borrowed(_));
    (shown, exact)
}

/// The collector cuts long before; this bound only holds whatever comes off the server's limit.
fn cut(text: &[u8]) -> &[u8] {
    &text[..text.len().min(TEXT_BYTES_MAX)]
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let byte = |pair: &[u8]| Some((digit(pair[0])? << 4 | digit(pair[1])?) as u8);
    text.len().is_multiple_of(2).then(|| text.as_bytes().chunks_exact(2).map(byte).collect()).flatten()
}

/// Lines by their numbers. A line that is stored twice counts once; rows that are not lines of ours are passed over.
pub(super) type Found = BTreeMap<u64, Kept>;

/// A line as it was read back.
#[derive(Debug)]
pub(super) struct Kept {
    time_ns: u64,
    output: Output,
    text: Vec<u8>,
}

pub(super) fn from_rows(rows: Vec<Row>) -> Found {
    rows.into_iter().filter_map(from_row).collect()
}

fn from_row(row: Row) -> Option<(u64, Kept)> {
    let mut values = row.values.into_iter();
    let seq = values.next()?.unsigned()?;
    let output = match values.next()?.text() {
        text if text == "stderr" => Output::Stderr,
        _ => Output::Stdout,
    };
    let text = values.next()?.text();
    let text = match values.next()? {
        Value::Text(bytes) if !bytes.is_empty() => from_hex(&bytes)?,
        _ => text.into_bytes(),
    };
    let time_ns = values.next()?.unsigned().or(u64::try_from(row.time_ns).ok())?;
    Some((seq, Kept { time_ns, output, text }))
}

/// The lines from the lowest number on, up to the first that is missing.
pub(super) fn to_batch(identity: &Identity, found: &Found) -> Option<Batch> {
    let (&first_seq, _) = found.first_key_value()?;
    let mut lines = Lines::default();
    for ((seq, Kept { time_ns, output, text }), expected) in found.iter().zip(first_seq..) {
        if *seq != expected || !lines.has_room_for(text.len()) {
            break;
        }
        lines.push(Line { time_ns: *time_ns, output: *output, text });
    }
    Some(Batch { identity: identity.clone(), first_seq, lines })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &[u8], time_ns: u64, stamp: Stamp) -> String {
        let mut body = Body::default();
        let mut series = LineSeries::new(&Identity::of_service("web-1", "shop", "api"), "00ff");
        series.write(&mut body, 7, Line { time_ns, output: Output::Stderr, text }, stamp);
        String::from_utf8(body.slice(0..1).to_vec()).unwrap()
    }

    #[test]
    fn a_usual_line_is_one_number_and_one_text() {
        assert_eq!(
            written(b"it works", 5, Stamp { time_ns: 5, lap: 0 }),
            "foghorn_line,container=web-1/shop/api,host=web-1,output=stderr,store=00ff seq=7i,text=\"it works\" 5\n"
        );
    }

    #[test]
    fn what_is_not_text_is_kept_in_digits_beside_it() {
        assert_eq!(
            written(b"a\x00\xff", 5, Stamp { time_ns: 9, lap: 2 }),
            "foghorn_line,container=web-1/shop/api,host=web-1,lap=2,output=stderr,store=00ff \
             seq=7i,text=\"a\u{fffd}\u{fffd}\",bytes=\"6100ff\",time_ns=5i 9\n"
        );
    }

    #[test]
    fn no_field_passes_the_limit_of_the_server() {
        let point = written(&vec![0xff; 1 << 20], 5, Stamp { time_ns: 5, lap: 0 });
        let longest = point.split('"').map(str::len).max();
        assert!(longest.is_some_and(|bytes| bytes <= 1 << 20), "{longest:?}");
    }

    #[test]
    fn a_batch_ends_where_a_line_is_missing() {
        let line = |seq: i64| Row {
            time_ns: seq,
            values: vec![
                Value::Integer(seq),
                Value::Text("stderr".into()),
                Value::Text(format!("line {seq}")),
                Value::Absent,
                Value::Absent,
            ],
        };
        let batch = to_batch(&Identity::of_name("h", "c"), &from_rows([9, 5, 4, 5, 7, 6].map(line).to_vec())).unwrap();
        assert_eq!((batch.first_seq, batch.lines.len()), (4, 4));
        assert_eq!(batch.lines.get(1), Line { time_ns: 5, output: Output::Stderr, text: b"line 5" });
        assert_eq!(to_batch(&Identity::of_name("h", "c"), &Found::new()), None);
    }
}
