//! One record of a `json-file` log: a piece of a line, as the engine's driver writes it, one a line of the file:
//! `{"log":"text\n","stream":"stdout","time":"2026-11-22T16:20:04.123456789Z"}`, with `attrs` before the time where labels are logged.
//!
//! The usual form is read by hand, because it is read for every line; anything else that is JSON is left to `serde_json`.

use std::borrow::Cow;

use memchr::{memchr, memchr2};

use crate::collect::stamp;
use crate::line::Output;

/// A piece of a line.
#[derive(Debug, PartialEq, Eq)]
pub struct Record<'a> {
    pub output: Output,
    pub time_ns: u64,
    /// With its newline, where the line ends here.
    pub text: &'a [u8],
}

/// Reads a line of the file, without its newline; `room` is where a text is unescaped. `None`: it is no record.
pub fn parse<'a>(line: &[u8], room: &'a mut Vec<u8>) -> Option<Record<'a>> {
    room.clear();
    let (output, time_ns) = match usual(line, room) {
        Some(found) => found,
        None => unusual(line, room)?,
    };
    Some(Record { output, time_ns, text: room })
}

fn usual(line: &[u8], room: &mut Vec<u8>) -> Option<(Output, u64)> {
    let rest = unescape(line.strip_prefix(br#"{"log":""#)?, room)?;
    let rest = rest.strip_prefix(br#","stream":"std"#)?;
    let (output, rest) = match rest.strip_prefix(br#"out","time":""#) {
        Some(rest) => (Output::Stdout, rest),
        None => (Output::Stderr, rest.strip_prefix(br#"err","time":""#)?),
    };
    Some((output, stamp::of(rest.strip_suffix(br#""}"#)?)?))
}

/// Appends the text of a JSON string to `room`, up to its closing quote; returns what follows that. `None` where an escape is unusual.
fn unescape<'a>(mut rest: &'a [u8], room: &mut Vec<u8>) -> Option<&'a [u8]> {
    loop {
        let at = memchr2(b'"', b'\\', rest)?;
        room.extend_from_slice(&rest[..at]);
        if rest[at] == b'"' {
            return Some(&rest[at + 1..]);
        }
        let (byte, taken) = match *rest.get(at + 1)? {
            b'n' => (b'\n', 2),
            b'r' => (b'\r', 2),
            b't' => (b'\t', 2),
            plain @ (b'"' | b'\\' | b'/') => (plain, 2),
            b'u' => (ascii(rest.get(at + 2..at + 6)?)?, 6),
            _ => return None,
        };
        room.push(byte);
        rest = &rest[at + taken..];
    }
}

/// The character of four hexadecimal digits, where it is one byte in UTF-8.
fn ascii(digits: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(digits).ok()?;
    u8::from_str_radix(digits, 16).ok().filter(u8::is_ascii)
}

#[derive(serde::Deserialize)]
struct Loose<'a> {
    #[serde(borrow)]
    log: Cow<'a, str>,
    #[serde(borrow, default)]
    stream: Cow<'a, str>,
    #[serde(borrow)]
    time: Cow<'a, str>,
}

fn unusual(line: &[u8], room: &mut Vec<u8>) -> Option<(Output, u64)> {
    let record: Loose<'_> = serde_json::from_slice(line).ok()?;
    let output = if record.stream == "stderr" { Output::Stderr } else { Output::Stdout };
    let time_ns = stamp::of(record.time.as_bytes())?;
    room.clear();
    room.extend_from_slice(record.log.as_bytes());
    Some((output, time_ns))
}

/// The lines of a chunk, each without its newline.
pub fn lines(mut chunk: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        if chunk.is_empty() {
            return None;
        }
        let end = memchr(b'\n', chunk).unwrap_or(chunk.len());
        let line = &chunk[..end];
        chunk = &chunk[(end + 1).min(chunk.len())..];
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TIME: &str = "2026-11-22T16:20:04.123456789Z";
    const TIME_NS: u64 = 1_795_364_404_123_456_789;

    fn read(line: &str) -> Option<(Output, u64, String)> {
        let mut room = Vec::new();
        let record = parse(line.as_bytes(), &mut room)?;
        Some((record.output, record.time_ns, String::from_utf8(record.text.to_vec()).unwrap()))
    }

    #[test]
    fn the_usual_form_is_read() {
        let line = format!(r#"{{"log":"hello\n","stream":"stderr","time":"{TIME}"}}"#);
        assert_eq!(read(&line), Some((Output::Stderr, TIME_NS, "hello\n".into())));
        let short = r#"{"log":"a\tb","stream":"stdout","time":"2026-11-22T16:20:04.1Z"}"#;
        assert_eq!(read(short), Some((Output::Stdout, 1_795_364_404_100_000_000, "a\tb".into())));
    }

    #[test]
    fn labels_that_are_logged_stand_before_the_time() {
        let line = format!(r#"{{"log":"x\n","stream":"stdout","attrs":{{"a":"\"time\":"}},"time":"{TIME}"}}"#);
        assert_eq!(read(&line), Some((Output::Stdout, TIME_NS, "x\n".into())));
    }

    #[test]
    fn escapes_are_those_of_json() {
        let line = format!(
            r#"{{"log":"\u003cb\u003e \u0000 \"q\" \\ \u2028 \ud83d\ude00 \ufffd\n","stream":"stdout","time":"{TIME}"}}"#
        );
        let text = "<b> \0 \"q\" \\ \u{2028} \u{1f600} \u{fffd}\n";
        assert_eq!(read(&line), Some((Output::Stdout, TIME_NS, text.into())));
    }

    #[test]
    fn what_is_no_record_is_none() {
        let cut = format!(r#"{{"log":"hello\n","stream":"stdout","time":"{}"#, &TIME[..20]);
        for line in
            ["", "\0\0\0\0", "hello", "{}", r#"{"log":"x"}"#, &cut, r#"{"log":"x","stream":"stdout","time":"never"}"#]
        {
            assert_eq!(read(line), None, "{line}");
        }
    }

    #[test]
    fn a_chunk_is_cut_at_newlines() {
        assert_eq!(lines(b"a\n\nbc\n").collect::<Vec<_>>(), [&b"a"[..], b"", b"bc"]);
        assert_eq!(lines(b"a\nb").collect::<Vec<_>>(), [&b"a"[..], b"b"]);
        assert_eq!(lines(b"").count(), 0);
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in any::<String>(), is_stderr in any::<bool>(), nanos in 0_u32..1_000_000_000) {
            let stream = if is_stderr { "stderr" } else { "stdout" };
            let json = serde_json::to_string(&text).unwrap();
            let time = format!("2026-11-22T16:20:04.{nanos:09}Z");
            let line = format!(r#"{{"log":{json},"stream":"{stream}","time":"{time}"}}"#);
            let (output, time_ns, found) = read(&line).unwrap();
            prop_assert_eq!((output == Output::Stderr, found), (is_stderr, text));
            prop_assert_eq!(time_ns % 1_000_000_000, u64::from(nanos));
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = parse(&bytes, &mut Vec::new());
        }

        /// A record that is cut short anywhere is none.
        #[test]
        fn a_part_is_no_record(cut in 0_usize..70) {
            let line = format!(r#"{{"log":"hello\n","stream":"stderr","time":"{TIME}"}}"#);
            prop_assert_eq!(read(&line[..cut]), None);
        }
    }
}
