//! One pass over a line: finds words, masks what varies, tells a sink.
//!
//! What counts as a variable part, and so is only a mark in the template: numbers, dates and times, addresses, UUIDs, hex,
//! ids, quoted text, values after `=`, paths. Words inside quotes, values and paths still become tokens: they are no part of
//! the sentence, but a new one is news. Promises: linear time, no allocation, any bytes. Leaves out grouping by
//! similarity: a template depends on its line alone, so its id is the same on every host and after every restart.

use crate::bytes::{self, DIGIT, LETTER, STOP, WORD};
use crate::classes::{Classes, first};
use crate::hash;
use crate::severity::{self, Level};
use crate::shape::{self, Shape};

/// Longest quoted text that is taken as one; beyond it the quote is taken for a stray.
const QUOTE_BYTES_MAX: usize = 2_048;
const LIST_BYTES_MAX: usize = 1_024;
/// Longer values are text or ids, not one of a few words.
const FACT_BYTES_MAX: usize = 48;
/// Frames of a stack trace that are read; the rest is mostly the framework's.
const FRAMES_MAX: u32 = 8;

/// Takes what the scanner finds, in order.
pub(crate) trait Sink {
    /// A word, masked. `quiet` words stand in a value, a quote or a path: tokens, but not part of the template.
    fn word(&mut self, word: &[u8], id: u64, quiet: bool);
    /// A variable part.
    fn mark(&mut self, quiet: bool);
    /// A value worth a token of its own: the id of a key with its word, and the word.
    fn fact(&mut self, id: u64, value: &[u8]);
    /// The class of a status, 5 for 503: the one number that is a word.
    fn status(&mut self, class: u8, quiet: bool);
    /// The line says how bad it is by a key of its own, `level=warn`.
    fn level(&mut self, level: Level);
    /// What stands between, byte by byte.
    fn gap(&mut self, byte: u8, quiet: bool);
    /// Enough was seen: the scanner may stop.
    fn is_full(&self) -> bool;
}

/// Reads `text` into `sink`. `classes` may hold those of another text before, and hold this one's afterwards.
pub(crate) fn scan<S: Sink + ?Sized>(text: &[u8], classes: &mut Classes, sink: &mut S) {
    classes.clear();
    scan_part(text, (0, text.len()), false, classes, sink);
}

/// Reads a part of `text`, as if it stood alone. With `quiet`, nothing of it is part of the template. `classes` are those of
/// `text`; the part ends where `text` does or where a word cannot go on.
pub(crate) fn scan_part<S: Sink + ?Sized>(
    text: &[u8],
    (start, end): (usize, usize),
    quiet: bool,
    classes: &mut Classes,
    sink: &mut S,
) {
    let (all, text) = (text, &text[..end]);
    let quiet_until = if quiet { end } else { 0 };
    let (last, after_value, frames, folded) = (0, false, 0, false);
    let mut scanner =
        Scanner { all, text, start, at: start, quiet_until, last, after_value, frames, folded, classes, sink };
    while scanner.at < end && !scanner.sink.is_full() {
        scanner.step();
    }
}

struct Scanner<'a, S: ?Sized> {
    /// What `classes` speak of.
    all: &'a [u8],
    /// Up to the end of the part.
    text: &'a [u8],
    start: usize,
    at: usize,
    /// Up to here everything is quiet.
    quiet_until: usize,
    /// The last word's id.
    last: u64,
    /// The last thing was a quote or a path: a three-digit number after it is a status.
    after_value: bool,
    frames: u32,
    /// Behind the first newline: only names of exceptions still count for the template.
    folded: bool,
    classes: &'a mut Classes,
    sink: &'a mut S,
}

impl<S: Sink + ?Sized> Scanner<'_, S> {
    fn quiet(&self) -> bool {
        self.folded || self.at < self.quiet_until
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(b' ')
    }

    fn before(&self) -> u8 {
        if self.at == self.start { b' ' } else { self.text[self.at - 1] }
    }

    fn step(&mut self) {
        let byte = self.text[self.at];
        if bytes::is(byte, WORD) {
            self.word();
            return;
        }
        match byte {
            b'"' => self.quote(byte, QUOTE_BYTES_MAX),
            b'\'' if !bytes::is(self.before(), WORD) => self.quote(byte, QUOTE_BYTES_MAX / 16),
            b'/' if self.opens_path() => self.value(bytes::find_stop(self.text, self.at)),
            b'-' | b'+' if bytes::is(self.peek(1), DIGIT) && !bytes::is(self.before(), LETTER | DIGIT) => self.at += 1,
            b'\n' => self.newline(),
            _ => self.gap(),
        }
    }

    fn gap(&mut self) {
        let quiet = self.quiet();
        self.sink.gap(self.text[self.at], quiet);
        self.at += 1;
    }

    fn word(&mut self) {
        let start = self.at;
        let (len, bits) = self.classes.word(self.all, start);
        if bits.hex & 1 != 0 && self.skip_address(len, bits.hex & first(len)) {
            return;
        }
        let end = if len < 64 { start + len } else { bytes::run(self.text, start + len, WORD) };
        let word = &self.text[start..end];
        match shape::shape(word, bits) {
            Shape::Plain(plain) => self.emit(plain, hash::word_at(self.text, start, plain.len())),
            Shape::Numbered(stem) => {
                self.emit(stem, hash::word_at(self.text, start, stem.len()));
                let quiet = self.quiet();
                self.sink.mark(quiet);
            }
            Shape::Partly(short) => self.partly(short.as_bytes()),
            Shape::Masked => self.number(word),
        }
        self.after_value = false;
        self.at = end;
        match self.peek(0) {
            b'=' if self.peek(1) != b'=' => {
                self.gap();
                self.key_value();
            }
            // What most words are followed by; saves a turn of the loop.
            b' ' if end < self.text.len() => self.gap(),
            _ => {}
        }
    }

    /// Whether a UUID, an IPv6 or a hardware address started here and was passed over. The word here has `len` bytes; `hex`
    /// says which of them are hex digits.
    fn skip_address(&mut self, len: usize, hex: u64) -> bool {
        let follower = self.peek(len);
        let opens = len == 8 && follower == b'-' || len <= 4 && follower == b':';
        if !opens || hex != first(len) {
            return false;
        }
        let (rest, hex) = (&self.text[self.at..], self.classes.at(self.all, self.at).hex);
        let len = if len == 8 { shape::uuid(rest, hex) } else { shape::address(rest, hex) };
        if len > 0 {
            let quiet = self.quiet();
            self.sink.mark(quiet);
            self.at += len;
        }
        len > 0
    }

    fn emit(&mut self, word: &[u8], id: u64) {
        let exception = self.folded && severity::is_exception(word);
        let quiet = self.quiet() && !exception;
        self.sink.word(word, id, quiet);
        self.last = id;
    }

    /// A word with digits. Those at its end are a mark of their own: `blk_17` and `blk_-17` are one.
    #[inline(never)]
    fn partly(&mut self, masked: &[u8]) {
        let stem = masked.strip_suffix(b"#").unwrap_or(masked);
        self.emit(stem, hash::word(stem));
        if stem.len() < masked.len() {
            let quiet = self.quiet();
            self.sink.mark(quiet);
        }
    }

    /// A masked word; of a status the class is kept.
    fn number(&mut self, word: &[u8]) {
        let quiet = self.quiet();
        self.sink.mark(quiet);
        let alone = !matches!(self.before(), b'.' | b'-')
            && !matches!(self.text.get(self.at + word.len()), Some(b'.' | b'-' | b':'));
        if alone && is_status(word) && (self.after_value || is_status_key(self.last)) {
            self.sink.status(word[0] - b'0', quiet);
        }
    }

    /// Everything up to `end` is a value: one mark in the template, tokens inside.
    fn value(&mut self, end: usize) {
        let quiet = self.quiet();
        self.sink.mark(quiet);
        self.quiet_until = self.quiet_until.max(end);
        self.after_value = true;
        self.at += usize::from(!bytes::is(self.text[self.at], WORD));
    }

    fn quote(&mut self, mark: u8, bytes_max: usize) {
        let inner = self.at + 1;
        let reach = &self.text[..self.text.len().min(inner + bytes_max)];
        if !self.quiet() {
            let end = bytes::find_either(reach, inner, [mark, b'\n']);
            if reach.get(end) == Some(&mark) {
                return self.value(end + 1);
            }
        }
        // The end of a quote, or a quote inside a value.
        self.after_value = true;
        self.gap();
    }

    fn opens_path(&self) -> bool {
        !self.quiet()
            && bytes::is(self.peek(1), WORD)
            && (bytes::is(self.before(), STOP) || self.before() == b':' || self.before() == b'=')
    }

    /// Behind `key=`.
    #[inline(never)]
    fn key_value(&mut self) {
        let key = self.last;
        match self.peek(0) {
            b'"' if is_message_key(key) => self.gap(),
            b'[' => self.list(),
            first if bytes::is(first, STOP) => {}
            _ => {
                let end = bytes::find_stop(self.text, self.at);
                let quiet = self.quiet();
                pair(key, self.all, (self.at, end), quiet, self.classes, self.sink);
                self.value(end);
            }
        }
    }

    /// `[a, b, c]` behind `=`: a list of values if there is no structure in it.
    #[inline(never)]
    fn list(&mut self) {
        let rest = &self.text[self.at + 1..];
        let rest = &rest[..rest.len().min(LIST_BYTES_MAX)];
        let end = rest.iter().position(|b| matches!(b, b']' | b'=' | b'(' | b'{' | b'\n'));
        match end {
            Some(len) if rest[len] == b']' && !self.quiet() => self.value(self.at + 1 + len),
            _ => self.gap(),
        }
    }

    /// A line of its own inside the line: part of a stack trace.
    #[inline(never)]
    fn newline(&mut self) {
        self.folded = true;
        self.gap();
        let end = bytes::find(self.text, self.at, b'\n');
        let trimmed = self.text[self.at..end].trim_ascii();
        if trimmed.starts_with(b"at ") || trimmed.starts_with(b"File ") || trimmed.starts_with(b"...") {
            self.frames += 1;
            if self.frames > FRAMES_MAX {
                self.at = end;
            }
        }
    }
}

/// Tells `sink` of a key with its value in `text`, where the value is a word or a status. Whether it was.
pub(crate) fn pair<S: Sink + ?Sized>(
    key: u64,
    text: &[u8],
    (start, end): (usize, usize),
    quiet: bool,
    classes: &mut Classes,
    sink: &mut S,
) -> bool {
    let value = &text[start..end];
    if is_level_key(key) {
        sink.level(severity::level_of(value));
    }
    if is_status(value) && is_status_key(key) {
        sink.status(value[0] - b'0', quiet);
        return true;
    }
    let plain = !value.is_empty() && value.len() <= FACT_BYTES_MAX && !classes.any_digit(text, start, value.len());
    if plain {
        sink.fact(hash::mix(key, hash::word_at(text, start, value.len())), value);
    }
    plain
}

/// Three digits, the first from 1 to 5.
fn is_status(word: &[u8]) -> bool {
    word.len() == 3 && matches!(word[0], b'1'..=b'5') && word.iter().all(|&b| bytes::is(b, DIGIT))
}

fn is_status_key(id: u64) -> bool {
    const KEYS: [u64; 6] = [
        hash::word(b"status"),
        hash::word(b"code"),
        hash::word(b"statuscode"),
        hash::word(b"status_code"),
        hash::word(b"returned"),
        hash::word(b"response"),
    ];
    KEYS.contains(&id)
}

/// Whether a key, by its id, holds the sentence that a person wrote.
pub(crate) fn is_message_key(id: u64) -> bool {
    const KEYS: [u64; 8] = [
        hash::word(b"msg"),
        hash::word(b"message"),
        hash::word(b"@message"),
        hash::word(b"log"),
        hash::word(b"text"),
        hash::word(b"event"),
        hash::word(b"short_message"),
        hash::word(b"body"),
    ];
    KEYS.contains(&id)
}

/// Whether a key, by its id, holds the level.
fn is_level_key(id: u64) -> bool {
    const KEYS: [u64; 5] = [
        hash::word(b"level"),
        hash::word(b"severity"),
        hash::word(b"lvl"),
        hash::word(b"loglevel"),
        hash::word(b"levelname"),
    ];
    KEYS.contains(&id)
}
