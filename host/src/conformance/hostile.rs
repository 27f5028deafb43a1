//! Windows that nobody should log, and everybody can.

use super::chance::Chance;
use crate::line::{Line, Lines, Output};
use crate::window::{Cut, Windows};

/// Bytes of the longest line that the collector lets through.
const LINE_BYTES: usize = 64 << 10;

/// Windows by the name of what is hostile about them.
pub(super) fn windows() -> Vec<(&'static str, Windows)> {
    let mut all = vec![("no window", Windows::default()), ("times at both ends of time", edges_of_time())];
    all.extend(texts().into_iter().map(|(what, lines)| (what, one(&lines))));
    all
}

/// Windows of one line each that was never seen before.
pub(super) fn novel(from: usize, count: usize) -> Windows {
    let mut chance = Chance::new(from as u64);
    let mut windows = Windows::default();
    let lines: Lines = (0..count)
        .map(|_| format!("{} moved from {} to {}", word(&mut chance), word(&mut chance), chance.below(1 << 40)))
        .collect::<Vec<_>>()
        .iter()
        .zip(from as u64..)
        .map(|(text, time)| line(time * 1_000, text.as_bytes()))
        .collect();
    for index in 0..count {
        let begin_ns = (from + index) as u64 * 1_000;
        windows.push(&lines, &Cut { lines: index..index + 1, begin_ns, end_ns: begin_ns + 1_000 });
    }
    windows
}

/// A word of eleven letters: numbers would be masked.
fn word(chance: &mut Chance) -> String {
    (0..11).map(|_| char::from(b'a' + chance.below(26) as u8)).collect()
}

/// The lines of one window each.
fn texts() -> Vec<(&'static str, Vec<Vec<u8>>)> {
    let mut chance = Chance::new(3);
    let mut noise = |count: usize, low: u64, span: u64| -> Vec<u8> {
        (0..count).map(|_| (low + chance.below(span)) as u8).collect()
    };
    vec![
        ("one line of 64 KiB", vec![b"x".repeat(LINE_BYTES)]),
        ("one line of 64 KiB in words", vec![words(LINE_BYTES)]),
        ("64 KiB of opening brackets", vec![b"[{(\"".repeat(LINE_BYTES / 4)]),
        ("64 KiB of JSON in JSON", vec![b"{\"a\":".repeat(LINE_BYTES / 5)]),
        ("64 KiB of digits", vec![b"9".repeat(LINE_BYTES)]),
        ("NUL bytes", vec![vec![0; 300], b"a\0b\0".to_vec(), b"\0".to_vec()]),
        ("invalid UTF-8", vec![b"\xff\xfe\xc3".to_vec(), b"caf\xc3".to_vec(), b"\xed\xa0\x80 \xf8\x88".to_vec()]),
        ("noise", vec![noise(4_096, 0, 256), noise(4_096, 128, 128)]),
        ("empty lines", vec![Vec::new(); 100]),
        ("white space", vec![b" \t\r\n".repeat(50), b"\n".repeat(2_000)]),
        (
            "control characters and turned text",
            vec![b"\x1b[31m\x07\x08\x7f".to_vec(), "\u{202e}abc\u{2066}\u{200f}".into()],
        ),
        ("letters beyond ASCII", vec!["\u{1f600}\u{fe0f}\u{0301}\u{130}\u{df}".repeat(200).into_bytes()]),
        ("10,000 equal lines", vec![b"connection lost".to_vec(); 10_000]),
        (
            "5,000 different lines",
            (0..5_000).map(|number| format!("{:x} {number}", number * 7_919).into_bytes()).collect(),
        ),
        ("one line of one byte", vec![b"x".to_vec()]),
    ]
}

/// Words that all differ.
fn words(bytes: usize) -> Vec<u8> {
    let mut text: Vec<u8> = (0..bytes / 4).flat_map(|number| format!("w{number:x} ").into_bytes()).collect();
    text.truncate(bytes);
    text
}

fn line(time_ns: u64, text: &[u8]) -> Line<'_> {
    Line { time_ns, output: Output::Stdout, text }
}

fn one(texts: &[Vec<u8>]) -> Windows {
    let lines: Lines = texts.iter().zip(1..).map(|(text, time)| line(time, text)).collect();
    let mut windows = Windows::default();
    windows.push(&lines, &Cut { lines: 0..lines.len(), begin_ns: 0, end_ns: 1_000_000 });
    windows
}

/// Stamps that fall, that are 0, and that are as late as can be written.
fn edges_of_time() -> Windows {
    let times = [u64::MAX, 5, 0, u64::MAX - 1, 9];
    let lines: Lines = times.iter().map(|&time_ns| line(time_ns, b"tick 1")).collect();
    let mut windows = Windows::default();
    windows.push(&lines, &Cut { lines: 0..2, begin_ns: 0, end_ns: 0 });
    windows.push(&lines, &Cut { lines: 2..3, begin_ns: 0, end_ns: u64::MAX });
    windows.push(&lines, &Cut { lines: 3..5, begin_ns: u64::MAX, end_ns: u64::MAX });
    windows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_windows_hold_lines_as_long_as_the_collector_lets_through() {
        let all = windows();
        assert!(all.iter().all(|(_, windows)| (0..windows.len()).all(|index| !windows.range(index).is_empty())));
        let longest = |windows: &Windows| windows.lines.iter().map(|line| line.text.len()).max();
        assert_eq!(all.iter().filter_map(|(_, windows)| longest(windows)).max(), Some(LINE_BYTES));
        assert_eq!(novel(1_000, 250).len(), 250);
        assert_ne!(novel(0, 1).lines.get(0).text, novel(1, 1).lines.get(0).text);
    }
}
