//! Pieces to lines.
//!
//! The engine cuts a line longer than 16 KiB into pieces. All pieces of a line carry one time stamp and only the last one
//! ends with a newline (not even that one with the `local` driver). So a piece is appended to the open line of its output
//! while the stamp is the same; another stamp closes the line. A line that stays open is given out only by `finish`, when
//! the container has stopped: a pause between two pieces proves nothing. With the `local` driver a piece that is not full is the last.
//!
//! Bounded: of a line only the first [`HELD_BYTES_MAX`] bytes are held; what follows is counted.

use super::LINE_BYTES_MAX;
use super::stamp::PIECE_BYTES;
use crate::line::Output;

/// More than a line may have in the end, so that a secret that begins before the cut is seen whole and masked.
pub(super) const HELD_BYTES_MAX: usize = LINE_BYTES_MAX + 4 * 1024;

/// A whole line, without its newline, as the container wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RawLine<'a> {
    pub output: Output,
    pub time_ns: u64,
    /// At most `HELD_BYTES_MAX` bytes.
    pub text: &'a [u8],
    /// How long the line was.
    pub bytes: u64,
}

#[derive(Debug, Default)]
struct Open {
    time_ns: u64,
    text: Vec<u8>,
    bytes: u64,
    is_open: bool,
}

impl Open {
    fn append(&mut self, text: &[u8]) {
        let room = HELD_BYTES_MAX - self.text.len();
        self.text.extend_from_slice(&text[..text.len().min(room)]);
        self.bytes += text.len() as u64;
    }

    fn close(&mut self, output: Output, each: &mut impl FnMut(RawLine<'_>)) {
        if self.is_open {
            each(RawLine { output, time_ns: self.time_ns, text: &self.text, bytes: self.bytes });
            self.text.clear();
            // A single long line must not keep its memory for the life of the container.
            self.text.shrink_to(4 * 1024);
            self.is_open = false;
        }
    }
}

/// The open line of each output.
#[derive(Debug, Default)]
pub(super) struct Join {
    open: [Open; 2],
    /// Whether a piece that is not full ends its line, newline or not: so it is with the `local` driver.
    short_ends: bool,
}

impl Join {
    pub(super) fn new(short_ends: bool) -> Self {
        Self { short_ends, ..Self::default() }
    }

    /// Takes a piece and calls `each` with the lines that are whole by it, at most two.
    pub(super) fn push(&mut self, output: Output, time_ns: u64, piece: &[u8], mut each: impl FnMut(RawLine<'_>)) {
        let open = &mut self.open[output as usize];
        if open.is_open && open.time_ns != time_ns {
            open.close(output, &mut each);
        }
        let (text, ends) = match piece.split_last() {
            Some((b'\n', text)) => (text, true),
            _ => (piece, self.short_ends && piece.len() < PIECE_BYTES),
        };
        if ends && !open.is_open && text.len() <= HELD_BYTES_MAX {
            return each(RawLine { output, time_ns, text, bytes: text.len() as u64 });
        }
        if !open.is_open {
            (open.time_ns, open.bytes, open.is_open) = (time_ns, 0, true);
        }
        open.append(text);
        if ends {
            open.close(output, &mut each);
        }
    }

    /// Gives out what is open: the container has stopped, nothing can follow.
    pub(super) fn finish(&mut self, mut each: impl FnMut(RawLine<'_>)) {
        for output in [Output::Stdout, Output::Stderr] {
            self.open[output as usize].close(output, &mut each);
        }
    }

    /// Forgets what is open, because it will be read again.
    pub(super) fn forget(&mut self) {
        self.open = Default::default();
    }

    /// Whether a line is not whole yet.
    pub(super) fn is_open(&self) -> bool {
        self.open.iter().any(|open| open.is_open)
    }

    /// The stamp of the open line of `output`.
    pub(super) fn pending_ns(&self, output: Output) -> Option<u64> {
        let open = &self.open[output as usize];
        open.is_open.then_some(open.time_ns)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn run(pieces: &[(Output, u64, &[u8])], finish: bool) -> Vec<(Output, u64, Vec<u8>)> {
        let mut join = Join::default();
        let mut lines = Vec::new();
        for &(output, time_ns, piece) in pieces {
            join.push(output, time_ns, piece, |line| lines.push((line.output, line.time_ns, line.text.to_vec())));
        }
        if finish {
            join.finish(|line| lines.push((line.output, line.time_ns, line.text.to_vec())));
        }
        lines
    }

    const OUT: Output = Output::Stdout;
    const ERR: Output = Output::Stderr;

    #[test]
    fn pieces_of_one_stamp_are_one_line() {
        assert_eq!(run(&[(OUT, 1, b"ab"), (OUT, 1, b"cd"), (OUT, 1, b"e\n")], false), [(OUT, 1, b"abcde".to_vec())]);
    }

    #[test]
    fn pieces_of_two_outputs_are_kept_apart() {
        let lines = run(&[(OUT, 1, b"ab"), (ERR, 2, b"xy"), (OUT, 1, b"c\n"), (ERR, 2, b"z\n")], false);
        assert_eq!(lines, [(OUT, 1, b"abc".to_vec()), (ERR, 2, b"xyz".to_vec())]);
    }

    #[test]
    fn another_stamp_closes_a_line_without_newline() {
        let lines = run(&[(OUT, 1, b"long, last piece"), (OUT, 2, b"next\n")], false);
        assert_eq!(lines, [(OUT, 1, b"long, last piece".to_vec()), (OUT, 2, b"next".to_vec())]);
    }

    #[test]
    fn a_short_piece_ends_a_line_of_the_local_driver() {
        let mut join = Join::new(true);
        let mut lines = Vec::new();
        let full = [b'a'; PIECE_BYTES];
        for piece in [&full[..], b"end"] {
            join.push(OUT, 1, piece, |line| lines.push(line.text.len()));
        }
        assert_eq!(lines, [PIECE_BYTES + 3]);
    }

    #[test]
    fn an_open_line_waits_until_the_container_stops() {
        assert_eq!(run(&[(OUT, 1, b"half")], false), []);
        assert_eq!(run(&[(OUT, 1, b"half")], true), [(OUT, 1, b"half".to_vec())]);
    }

    #[test]
    fn empty_lines_are_lines() {
        assert_eq!(run(&[(OUT, 1, b"\n"), (OUT, 2, b"\n")], false), [(OUT, 1, vec![]), (OUT, 2, vec![])]);
    }

    #[test]
    fn an_endless_line_is_held_in_part_and_counted() {
        let mut join = Join::default();
        for _ in 0..1000 {
            join.push(OUT, 1, &[b'a'; 16 * 1024], |_| panic!("the line is open"));
        }
        assert_eq!(join.pending_ns(OUT), Some(1));
        join.push(OUT, 1, b"\n", |line| {
            assert_eq!((line.text.len(), line.bytes), (HELD_BYTES_MAX, 16_384_000));
        });
        assert_eq!(join.pending_ns(OUT), None);
    }

    proptest! {
        #[test]
        fn however_lines_are_cut_they_are_put_together(
            lines in prop::collection::vec("[a-z]{0,40}", 1..20), size in 1usize..9,
        ) {
            let mut join = Join::default();
            let mut found = Vec::new();
            for (time_ns, line) in (0u64..).zip(&lines) {
                let whole = format!("{line}\n");
                for piece in whole.as_bytes().chunks(size) {
                    join.push(OUT, time_ns, piece, |line| found.push(String::from_utf8(line.text.to_vec()).unwrap()));
                }
            }
            prop_assert_eq!(found, lines);
        }
    }
}
