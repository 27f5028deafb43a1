//! Lines that are JSON objects: keys are structure, the message is text, other values are facts.
//!
//! A tolerant walk over the bytes, not a parser: it never fails, nesting needs no stack, and a cut line gives what it
//! held. Promises: linear time, no allocation. Leaves out unescaping: `\n` and `\"` end a word, which is all that matters.

use crate::bytes;
use crate::classes::Classes;
use crate::hash;
use crate::scan::{self, Sink};

/// Members that are looked at; a longer object is a document, not a log line.
const MEMBERS_MAX: usize = 96;

/// The object in a line, if the line is one: optional white space, `{`, a key.
pub(crate) fn object(line: &[u8]) -> Option<&[u8]> {
    let text = bytes::trim(line);
    let inner = text.strip_prefix(b"{")?;
    let quoted = bytes::trim(inner).starts_with(b"\"");
    (quoted && text.contains(&b':')).then_some(text)
}

/// Reads a JSON line into `sink`. With a message, the template is the message's; without one, it is the keys.
pub(crate) fn scan<S: Sink + ?Sized>(text: &[u8], classes: &mut Classes, sink: &mut S) {
    classes.clear();
    let message = Walk { text, at: 0, depth: 0 }.take(MEMBERS_MAX).position(|m| m.depth == 1 && is_message(text, &m));
    for (i, member) in (Walk { text, at: 0, depth: 0 }).take(MEMBERS_MAX).enumerate() {
        if sink.is_full() {
            return;
        }
        if Some(i) == message {
            scan::scan_part(text, member.value, false, classes, sink);
            continue;
        }
        let (start, end) = member.key;
        let id = hash::word_at(text, start, end - start);
        if !classes.any_digit(text, start, end - start) {
            sink.word(&text[start..end], id, message.is_some());
        }
        if !scan::pair(id, text, member.value, true, classes, sink) && member.quoted {
            scan::scan_part(text, member.value, true, classes, sink);
        }
    }
}

fn is_message(text: &[u8], member: &Member) -> bool {
    let (start, end) = member.key;
    member.quoted && scan::is_message_key(hash::word_at(text, start, end - start))
}

/// A key and its value, as ranges of the text, without quotes.
struct Member {
    key: (usize, usize),
    value: (usize, usize),
    quoted: bool,
    depth: u32,
}

/// Goes from member to member, at any depth; arrays and objects are walked into.
struct Walk<'a> {
    text: &'a [u8],
    at: usize,
    depth: u32,
}

impl Walk<'_> {
    /// Passes over the string that starts at `at`; the range between its quotes.
    fn string(&mut self) -> (usize, usize) {
        let start = self.at + 1;
        let mut end = bytes::find_either(self.text, start, *b"\"\\");
        while self.text.get(end) == Some(&b'\\') {
            end = bytes::find_either(self.text, (end + 2).min(self.text.len()), *b"\"\\");
        }
        self.at = (end + 1).min(self.text.len());
        (start.min(end), end)
    }

    fn skip_space(&mut self) {
        while self.at < self.text.len() && self.text[self.at].is_ascii_whitespace() {
            self.at += 1;
        }
    }

    /// The value behind a colon. Objects and arrays have an empty one here: their members follow.
    fn value(&mut self) -> ((usize, usize), bool) {
        self.skip_space();
        match self.text.get(self.at) {
            Some(b'"') => (self.string(), true),
            Some(b'{' | b'[') | None => ((self.at, self.at), false),
            Some(_) => {
                let start = self.at;
                let len = self.text[start..]
                    .iter()
                    .position(|b| matches!(b, b',' | b'}' | b']' | b' '))
                    .unwrap_or(self.text.len() - start);
                self.at = start + len;
                ((start, self.at), false)
            }
        }
    }
}

impl Iterator for Walk<'_> {
    type Item = Member;

    fn next(&mut self) -> Option<Member> {
        while self.at < self.text.len() {
            match self.text[self.at] {
                b'"' => {
                    let key = self.string();
                    self.skip_space();
                    if self.text.get(self.at) == Some(&b':') {
                        self.at += 1;
                        let depth = self.depth;
                        let (value, quoted) = self.value();
                        return Some(Member { key, value, quoted, depth });
                    }
                }
                b'{' | b'[' => self.step(1),
                b'}' | b']' => self.step(-1),
                _ => self.at += 1,
            }
        }
        None
    }
}

impl Walk<'_> {
    fn step(&mut self, by: i32) {
        self.depth = self.depth.saturating_add_signed(by);
        self.at += 1;
    }
}
