//! Masked lines as people read them: `Received block blk_# of size * from *`.
//!
//! Made only when a template is learned for the first time and when a window is explained, never on the way of every
//! line. Promises: at most 256 bytes, valid UTF-8, no control characters.

use crate::classes::Classes;
use crate::json;
use crate::line;
use crate::scan::{self, Sink};
use crate::severity::Level;

pub(crate) const TEXT_BYTES_MAX: usize = 256;

#[derive(Debug, Default)]
struct Text {
    bytes: Vec<u8>,
    /// Where the last mark ended.
    mark_end: Option<usize>,
    /// Something quiet came since the last word: what follows stands apart.
    skipped: bool,
}

/// The masked text of a line.
pub(crate) fn masked(line: &[u8]) -> String {
    let mut text = Text::default();
    scan_any(line, &mut text);
    clean(&text.bytes, TEXT_BYTES_MAX)
}

/// Reads a line into a sink that is in no hurry: behind a `dyn`, so that the scanner is compiled once for all of them.
fn scan_any(line: &[u8], sink: &mut dyn Sink) {
    let mut classes = Classes::new();
    match json::object(line) {
        Some(object) => json::scan(object, &mut classes, sink),
        None => scan::scan(line, &mut classes, sink),
    }
}

/// The text of the token with this id in a line that holds it.
pub(crate) fn token(text: &[u8], id: u64) -> String {
    let mut search = Search { id, found: None };
    scan_any(text, &mut search);
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

    fn level(&mut self, _level: Level) {}

    fn gap(&mut self, _byte: u8, _quiet: bool) {}

    fn is_full(&self) -> bool {
        self.found.is_some()
    }
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
        self.skipped |= quiet;
        if quiet {
            return;
        }
        if std::mem::take(&mut self.skipped) && !matches!(self.bytes.last(), None | Some(b' ')) {
            self.push(b" ");
        }
        self.push(word);
    }

    fn mark(&mut self, quiet: bool) {
        if quiet {
            return;
        }
        // A date is one mark, not six.
        let joins = |end: &usize| self.bytes[*end..].iter().all(|b| b" -:.,/+".contains(b));
        match self.mark_end.filter(joins) {
            Some(end) => self.bytes.truncate(end),
            None => self.push(b"*"),
        }
        self.mark_end = Some(self.bytes.len());
    }

    fn fact(&mut self, _id: u64, _value: &[u8]) {}

    fn status(&mut self, class: u8, quiet: bool) {
        if !quiet {
            self.push(&[b'(', b'0' + class, b'x', b'x', b')']);
        }
    }

    fn level(&mut self, _level: Level) {}

    fn gap(&mut self, byte: u8, quiet: bool) {
        let doubled = byte == b' ' && matches!(self.bytes.last(), None | Some(b' '));
        self.skipped |= quiet;
        if !quiet && !doubled {
            self.push(&[byte]);
        }
    }

    fn is_full(&self) -> bool {
        self.bytes.len() >= TEXT_BYTES_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn what_varies_is_masked() {
        for (line, text) in [
            (
                "081109 203530 147 INFO dfs.DataNode: Receiving block blk_-43941125 src: /10.250.18.114:43996",
                "* INFO dfs.DataNode: Receiving block blk_* src: *",
            ),
            ("2023-01-30 17:38:46,123 user 42 logged in from fe80::1cd2:aff", "* user * logged in from *"),
            ("id f3d4d4ef-693b-4456-8eed-59c0d717dd08 hash cf96d7c6a09dd1da done in 12.5ms", "id * hash * done in *"),
            (r#"10.0.0.1 - - [12/Dec/2024:10:00:00 +0000] "GET /index.html HTTP/1.1" 503 612"#, "* - - [*] *(5xx) *"),
            (
                "level=error msg=\"could not open file\" path=/var/lib/x9 code=500",
                "level=* msg=\"could not open file\" path=* code=(5xx)*",
            ),
            ("it's the user's 3rd try, don't panic", "it's the user's * try, don't panic"),
            (r#"{"level":"info","msg":"stored order 17","ts":1}"#, "stored order *"),
            ("GET failed\nOperationalError: gone", "GET failed OperationalError"),
            ("could not save\n  at a.b(C.java:3)\nKeyError: 'x'", "could not save KeyError"),
        ] {
            assert_eq!(masked(line.as_bytes()), text, "{line}");
        }
    }

    #[test]
    fn texts_are_short_and_clean() {
        let text = masked(format!("a\u{7}b \u{fffd} {}", "ü ".repeat(400)).as_bytes());
        assert!(text.len() <= 256 && text.starts_with("a b"), "{text}");
    }
}
