//! The layout of an entry. Other programs read it (docs/REDIS.md), so it is a contract.
//!
//! | field | holds |
//! |---|---|
//! | `v` | `1`, the layout |
//! | `store` | the data directory that wrote the entry, 16 hex digits |
//! | `seq` | number of the first line in that data directory |
//! | `times` | nanoseconds since 1970, one a line, separated by spaces |
//! | `outputs` | one letter a line: `o` for stdout, `e` for stderr |
//! | `lengths` | bytes of each line, separated by spaces |
//! | `text` | the lines, each followed by a newline |
//!
//! A line may hold newlines itself; `lengths` tells them apart. Text is any bytes. Redis keeps the names once for many entries.

use std::io::Write;
use std::ops::Range;

use ::redis::RedisWrite;

use super::digits::Digits;
use crate::line::{Lines, Output};

/// Most lines in an entry: from 512 on more lines do not make writing faster.
pub(super) const ENTRY_LINES_MAX: usize = 512;
/// Most bytes of text in an entry of more than one line.
pub(super) const ENTRY_TEXT_BYTES_MAX: usize = 256 << 10;
const LAYOUT: &[u8] = b"1";

/// What an entry holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) store: u64,
    /// Number of the first line in that store.
    pub(super) seq: u64,
    pub(super) lines: Lines,
}

/// Where an entry ends that begins with line `from` of a batch.
pub(super) fn cut(lines: &Lines, from: usize) -> usize {
    let offsets = lines.offsets();
    let text_max = offsets[from] as usize + ENTRY_TEXT_BYTES_MAX;
    let most = lines.len().min(from + ENTRY_LINES_MAX);
    let fitting = offsets[from + 1..=most].partition_point(|&end| end as usize <= text_max);
    from + fitting.max(1)
}

/// No less than `encode` writes of these lines: two numbers of at most 21 and 11 bytes, a letter and a newline for each.
pub(super) fn encoded_bytes_max(lines: &Lines, range: Range<usize>) -> usize {
    let text_bytes = (lines.offsets()[range.end] - lines.offsets()[range.start]) as usize;
    text_bytes + range.len() * (21 + 11 + 2) + 512
}

/// Writes names and values of an entry that holds the lines `range`.
pub(super) fn encode(out: &mut impl RedisWrite, store: u64, seq: u64, lines: &Lines, range: Range<usize>) {
    out.write_arg(b"v");
    out.write_arg(LAYOUT);
    out.write_arg(b"store");
    out.write_arg_fmt(format_args!("{store:016x}"));
    out.write_arg(b"seq");
    out.write_arg_fmt(seq);
    out.write_arg(b"times");
    write_numbers(out, lines.times()[range.clone()].iter().copied());
    out.write_arg(b"outputs");
    write_value(out, lines.outputs()[range.clone()].iter().map(|&code| if code == 0 { b"o" } else { b"e" }));
    out.write_arg(b"lengths");
    let offsets = &lines.offsets()[range.start..=range.end];
    write_numbers(out, offsets.windows(2).map(|pair| u64::from(pair[1] - pair[0])));
    out.write_arg(b"text");
    let mut value = out.writer_for_next_arg();
    for index in range {
        push(&mut value, lines.get(index).text);
        push(&mut value, b"\n");
    }
}

fn write_numbers(out: &mut impl RedisWrite, numbers: impl Iterator<Item = u64>) {
    let mut value = out.writer_for_next_arg();
    let mut digits = Digits::default();
    for (index, number) in numbers.enumerate() {
        let spaced = digits.of_spaced(number);
        push(&mut value, if index == 0 { &spaced[1..] } else { spaced });
    }
}

fn write_value<'a>(out: &mut impl RedisWrite, parts: impl Iterator<Item = &'a [u8; 1]>) {
    let mut value = out.writer_for_next_arg();
    parts.for_each(|part| push(&mut value, part));
}

fn push(value: &mut impl Write, bytes: &[u8]) {
    value.write_all(bytes).expect("an argument is written to memory");
}

/// Reads an entry out of its names and values. `None` when it is not in our layout or its parts do not fit together.
pub(super) fn decode<'a>(fields: impl Iterator<Item = (&'a [u8], &'a [u8])>) -> Option<Entry> {
    let mut values = Values::default();
    for (name, value) in fields {
        values.take(name, value);
    }
    if values.layout != LAYOUT {
        return None;
    }
    let (data, offsets) = unpack_text(values.lengths, values.text)?;
    let times = numbers(values.times).collect::<Option<Vec<_>>>()?;
    let outputs = values.outputs.iter().map(|&letter| output_code(letter)).collect::<Option<Vec<_>>>()?;
    Some(Entry {
        store: u64::from_str_radix(std::str::from_utf8(values.store).ok()?, 16).ok()?,
        seq: number(values.seq)?,
        lines: Lines::from_columns(data, offsets, times, outputs)?,
    })
}

#[derive(Default)]
struct Values<'a> {
    layout: &'a [u8],
    store: &'a [u8],
    seq: &'a [u8],
    times: &'a [u8],
    outputs: &'a [u8],
    lengths: &'a [u8],
    text: &'a [u8],
}

impl<'a> Values<'a> {
    fn take(&mut self, name: &[u8], value: &'a [u8]) {
        match name {
            b"v" => self.layout = value,
            b"store" => self.store = value,
            b"seq" => self.seq = value,
            b"times" => self.times = value,
            b"outputs" => self.outputs = value,
            b"lengths" => self.lengths = value,
            b"text" => self.text = value,
            // A later layout may say more and still be readable.
            _ => {}
        }
    }
}

/// Text without the newlines between lines, and where each line ends.
fn unpack_text(lengths: &[u8], text: &[u8]) -> Option<(Vec<u8>, Vec<u32>)> {
    let mut data = Vec::with_capacity(text.len());
    let mut offsets = vec![0];
    let mut rest = text;
    for length in numbers(lengths) {
        let (line, after) = rest.split_at_checked(usize::try_from(length?).ok()?)?;
        rest = after.strip_prefix(b"\n")?;
        data.extend_from_slice(line);
        offsets.push(u32::try_from(data.len()).ok()?);
    }
    rest.is_empty().then_some((data, offsets))
}

fn numbers(text: &[u8]) -> impl Iterator<Item = Option<u64>> {
    text.split(|&byte| byte == b' ').map(number)
}

fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, &digit| {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

fn output_code(letter: u8) -> Option<u8> {
    match letter {
        b'o' => Some(Output::Stdout as u8),
        b'e' => Some(Output::Stderr as u8),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::line::Line;

    fn packed(all: &[(u64, bool, Vec<u8>)]) -> Lines {
        all.iter()
            .map(|(time_ns, stderr, text)| Line {
                time_ns: *time_ns,
                output: if *stderr { Output::Stderr } else { Output::Stdout },
                text,
            })
            .collect()
    }

    fn encoded(lines: &Lines, range: Range<usize>) -> Vec<Vec<u8>> {
        let mut out = Vec::<Vec<u8>>::new();
        encode(&mut out, 0xfeed, 77, lines, range);
        out
    }

    fn decoded(arguments: &[Vec<u8>]) -> Option<Entry> {
        decode(arguments.chunks_exact(2).map(|pair| (&*pair[0], &*pair[1])))
    }

    proptest! {
        #[test]
        fn any_lines_come_back_as_they_went_in(
            all in prop::collection::vec((any::<u64>(), any::<bool>(), prop::collection::vec(any::<u8>(), 0..40)), 1..60),
            skipped in 0_usize..60,
        ) {
            let lines = packed(&all);
            let from = skipped.min(lines.len() - 1);
            let arguments = encoded(&lines, from..lines.len());
            let bytes: usize = arguments.iter().map(Vec::len).sum();
            prop_assert!(bytes <= encoded_bytes_max(&lines, from..lines.len()));
            let entry = decoded(&arguments).unwrap();
            prop_assert_eq!((entry.store, entry.seq), (0xfeed, 77));
            prop_assert_eq!(entry.lines, packed(&all[from..]));
        }

        #[test]
        fn damaged_values_are_refused_or_harmless(
            which in 0_usize..7, at in any::<prop::sample::Index>(), byte in any::<u8>(),
        ) {
            let mut arguments = encoded(&packed(&[(5, false, b"one".to_vec()), (6, true, b"t\nwo".to_vec())]), 0..2);
            let value = &mut arguments[which * 2 + 1];
            let at = at.index(value.len());
            value[at] = byte;
            if let Some(entry) = decoded(&arguments) {
                prop_assert_eq!(entry.lines.len(), 2);
            }
        }
    }

    #[test]
    fn the_layout_is_what_the_documentation_says() {
        let lines = packed(&[(1_700_000_000_000_000_001, false, b"ready".to_vec()), (20, true, b"a\nb".to_vec())]);
        let expected: [&[u8]; 14] = [
            b"v",
            b"1",
            b"store",
            b"000000000000feed",
            b"seq",
            b"77",
            b"times",
            b"1700000000000000001 20",
            b"outputs",
            b"oe",
            b"lengths",
            b"5 3",
            b"text",
            b"ready\na\nb\n",
        ];
        assert_eq!(encoded(&lines, 0..2), expected);
    }

    #[test]
    fn entries_are_cut_by_lines_and_by_bytes() {
        let short = packed(&vec![(1, false, b"x".to_vec()); 1_000]);
        assert_eq!((cut(&short, 0), cut(&short, 512)), (512, 1_000));
        let long = packed(&vec![(1, false, vec![b'x'; 100 << 10]); 5]);
        assert_eq!((cut(&long, 0), cut(&long, 2), cut(&long, 4)), (2, 4, 5));
        let huge = packed(&vec![(1, false, vec![b'x'; 1 << 20]); 2]);
        assert_eq!(cut(&huge, 0), 1, "a line is never split");
    }

    #[test]
    fn an_entry_of_others_is_not_ours() {
        assert_eq!(decode([(&b"message"[..], &b"hello"[..])].into_iter()), None);
        let mut later = encoded(&packed(&[(5, false, b"one".to_vec())]), 0..1);
        later[1] = b"2".to_vec();
        assert_eq!(decoded(&later), None, "another layout");
    }
}
