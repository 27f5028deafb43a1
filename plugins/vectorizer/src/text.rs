//! Masked lines as people read them: `Received block blk_# of size * from *`.
//!
//! Made only when a template is learned for the first time and when a window is explained, never on the way of every
//! line. Promises: at most 256 bytes, valid UTF-8, no control characters.

use crate::json::{self, Members};
use crate::line;
use crate::scan::{self, Sink};
use crate::severity::Level;

pub(crate) const TEXT_BYTES_MAX: usize = 256;

#[derive(Debug, Default)]
struct Text {
    bytes: Vec<u8>,
}

/// The masked text of a line.
pub(crate) fn masked(line: &[u8]) -> String {
    let mut text = Text::default();
    match json::object(line) {
        Some(object) => json::scan(object, &mut text),
        None => scan::scan(line, false, &mut text),
    }
    clean(&text.bytes, TEXT_BYTES_MAX)
}

/// The text of the token with this id in a line that holds it.
pub(crate) fn token(text: &[u8], id: u64) -> String {
    let mut search = Search { id, found: None };
    match json::object(text) {
        Some(object) => json::scan(object, &mut search),
        None => scan::scan(text, false, &mut search),
    }
    search.found.unwrap_or_default()
}

#[derive(Debug)]
struct Search {
    id: u64,
    found: Option<String>,
}

impl Search {
    fn check(&mut self, id: u64, text: impl FnOnce() -> String) {
        if self.found.is_none() && line::token(id) == self.id {
            self.found = Some(text());
        }
    }
}

impl Sink for Search {
    fn word(&mut self, word: &[u8], id: u64, _quiet: bool) {
        self.check(id, || clean(word, TEXT_BYTES_MAX));
    }

    fn mark(&mut self, _quiet: bool) {}

    fn fact(&mut self, id: u64, value: &[u8]) {
        self.check(id, || clean(value, TEXT_BYTES_MAX));
    }

    fn status(&mut self, class: u8, _quiet: bool) {
        self.check(line::status(class), || format!("status {class}xx"));
    }

    fn gap(&mut self, _byte: u8, _quiet: bool) {}

    fn is_full(&self) -> bool {
        self.found.is_some()
    }
}

impl Members for Search {
    fn level(&mut self, _level: Level) {}
}

/// `bytes` as text of at most `bytes_max` bytes: what is no UTF-8 is replaced, control characters become spaces.
pub(crate) fn clean(bytes: &[u8], bytes_max: usize) -> String {
    let head = &bytes[..bytes.len().min(bytes_max)];
    let mut text: String =
        String::from_utf8_lossy(head).chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    while text.len() > bytes_max {
        text.pop();
    }
    text.truncate(text.trim_end().len());
    text
}

impl Text {
    fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }
}

impl Sink for Text {
    fn word(&mut self, word: &[u8], _id: u64, quiet: bool) {
        if !quiet {
            self.push(word);
        }
    }

    fn mark(&mut self, quiet: bool) {
        // A date is one mark, not six.
        let joined = self.bytes.trim_ascii_end().last() == Some(&b'*')
            || self.bytes.ends_with(b"*:")
            || self.bytes.ends_with(b"*-");
        if !quiet && !joined {
            self.push(b"*");
        }
    }

    fn fact(&mut self, _id: u64, _value: &[u8]) {}

    fn status(&mut self, class: u8, quiet: bool) {
        if !quiet {
            self.push(&[b'(', b'0' + class, b'x', b'x', b')']);
        }
    }

    fn gap(&mut self, byte: u8, quiet: bool) {
        if !quiet {
            self.push(&[byte]);
        }
    }

    fn is_full(&self) -> bool {
        self.bytes.len() >= TEXT_BYTES_MAX
    }
}

impl Members for Text {
    fn level(&mut self, _level: Level) {}
}
