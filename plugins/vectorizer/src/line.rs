//! What one line says: its template, its tokens, its level.
//!
//! A template is the line with its variable parts masked, named by the hash of its words in order; punctuation does not
//! count, and a word counts once a line, so that a list of three and a list of four items are the same template. Bounds:
//! 32 words make the template, 64 tokens are kept; what follows in a long line is not read.

use crate::classes::Classes;
use crate::hash;
use crate::json;
use crate::scan::{self, Sink};
use crate::severity::{self, Level};

const TEMPLATE: u64 = hash::word(b"template");
const STATUS: u64 = hash::word(b"status");

const TEMPLATE_WORDS_MAX: u32 = 32;
pub(crate) const TOKENS_MAX: usize = 64;
/// A level is looked for among the first words only: `no error found` at the end is not one.
const LEVEL_WORDS_MAX: u32 = 8;
const MARK: u64 = 0x6d61_726b;
const LIST: u64 = 0x6c69_7374;

/// The id of a token, from the id of its word: never 0.
pub(crate) fn token(word: u64) -> u64 {
    hash::finish(word).max(1)
}

/// The id under which the class of a status is a word.
pub(crate) fn status(class: u8) -> u64 {
    hash::mix(STATUS, u64::from(class))
}

/// The reading of one line. Reused from line to line: nothing in it is allocated.
#[derive(Debug)]
pub(crate) struct Line {
    state: u64,
    /// A bloom filter of the line's words; a false hit drops a word from the template, always the same one.
    heard: [u64; 4],
    words: u32,
    /// The last thing was a mark; a comma came after it; it is known to be one of a list.
    marked: bool,
    comma: bool,
    listed: bool,
    tokens: [u64; TOKENS_MAX],
    tokens_len: usize,
    level: Level,
    failure: bool,
}

impl Line {
    pub(crate) fn new() -> Line {
        Line {
            state: TEMPLATE,
            heard: [0; 4],
            words: 0,
            marked: false,
            comma: false,
            listed: false,
            tokens: [0; TOKENS_MAX],
            tokens_len: 0,
            level: Level::Unknown,
            failure: false,
        }
    }

    /// Reads `text`; what was read before is forgotten.
    pub(crate) fn read(&mut self, text: &[u8], classes: &mut Classes) {
        (self.state, self.heard, self.words, self.tokens_len) = (TEMPLATE, [0; 4], 0, 0);
        (self.marked, self.comma, self.listed) = (false, false, false);
        (self.level, self.failure) = (Level::Unknown, false);
        match json::object(text) {
            Some(object) => json::scan(object, classes, self),
            None => scan::scan(text, classes, self),
        }
    }

    /// The template's id: never 0.
    pub(crate) fn template(&self) -> u64 {
        hash::finish(self.state).max(1)
    }

    /// The tokens' ids, in order, with repetitions: never 0.
    pub(crate) fn tokens(&self) -> &[u64] {
        &self.tokens[..self.tokens_len]
    }

    pub(crate) fn level(&self) -> Level {
        self.level
    }

    /// Whether the line holds a word of failure, the name of an exception or a status of the class 5xx.
    pub(crate) fn failure(&self) -> bool {
        self.failure
    }

    /// Whether the word is new in this line.
    fn hear(&mut self, id: u64) -> bool {
        let bit = hash::finish(id);
        let (cell, mask) = ((bit >> 6) as usize & 3, 1u64 << (bit & 63));
        let new = self.heard[cell] & mask == 0;
        self.heard[cell] |= mask;
        new
    }

    fn add_token(&mut self, id: u64) {
        if self.tokens_len < TOKENS_MAX {
            self.tokens[self.tokens_len] = token(id);
            self.tokens_len += 1;
        }
    }

    fn extend_template(&mut self, id: u64) {
        if self.words < TEMPLATE_WORDS_MAX && self.hear(id) {
            self.state = hash::mix(self.state, id);
            self.words += 1;
            (self.marked, self.comma, self.listed) = (false, false, false);
        }
    }
}

impl Sink for Line {
    #[inline]
    fn word(&mut self, word: &[u8], id: u64, quiet: bool) {
        let said = severity::said(id);
        if !quiet && self.level == Level::Unknown && self.words < LEVEL_WORDS_MAX {
            self.level = said.level();
        }
        self.failure |= said.failure() || severity::is_exception(word);
        if word.len() > 1 {
            self.add_token(id);
        }
        if !quiet {
            self.extend_template(id);
        }
    }

    fn mark(&mut self, quiet: bool) {
        if !quiet && !self.marked && self.words < TEMPLATE_WORDS_MAX {
            self.state = hash::mix(self.state, MARK);
            self.marked = true;
        } else if !quiet && self.comma && !self.listed {
            self.state = hash::mix(self.state, LIST);
            self.listed = true;
        }
        self.comma = false;
    }

    fn fact(&mut self, id: u64, _value: &[u8]) {
        self.add_token(id);
    }

    fn status(&mut self, class: u8, quiet: bool) {
        let id = status(class);
        // What the server could not do is a failure, whoever asked for it.
        self.failure |= class == 5;
        self.add_token(id);
        if !quiet {
            self.extend_template(id);
        }
    }

    fn level(&mut self, level: Level) {
        self.level = level;
    }

    fn gap(&mut self, byte: u8, _quiet: bool) {
        self.comma |= byte == b',';
    }

    fn is_full(&self) -> bool {
        self.tokens_len >= TOKENS_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::Line;
    use crate::classes::Classes;
    use crate::severity::Level;

    fn read(text: &str) -> Line {
        let mut line = Line::new();
        line.read(b"FATAL /another line=\"was read before\", \nand not to be heard of again: 500", &mut Classes::new());
        line.read(text.as_bytes(), &mut Classes::new());
        line
    }

    fn template(line: &str) -> u64 {
        read(line).template()
    }

    #[test]
    fn lines_that_differ_in_values_share_a_template() {
        for (a, b) in [
            ("took 3 ms at 10:00:01", "took 4177 ms at 23:59:59"),
            ("block blk_17 of -5 bytes", "block blk_-9911 of 0 bytes"),
            ("Mon Jan 30 17:38:46 CST 2023 start", "Tue Feb 01 03:00:00 UTC 2024 start"),
            ("user=alice role=admin ok", "user=bob role=guest ok"),
            ("items [1, 2, 3] sold", "items [4, 5] sold"),
            ("said \"yes, please\" twice", "said \"no\" twice"),
            ("open /etc/passwd now", "open /var/log/syslog.1 now"),
            (
                "Ticket(id=1, seat=a), Ticket(id=2, seat=b)",
                "Ticket(id=1, seat=a), Ticket(id=2, seat=b), Ticket(id=7, seat=c)",
            ),
        ] {
            assert_eq!(template(a), template(b), "{a} | {b}");
        }
    }

    #[test]
    fn lines_that_say_something_else_do_not() {
        for (a, b) in [
            ("connection opened", "connection closed"),
            ("route id 1", "route id 1, 2"),
            ("\"GET / HTTP/1.1\" 200 5", "\"GET / HTTP/1.1\" 500 5"),
            ("failed\njava.lang.FooException: x", "failed\njava.lang.BarException: x"),
        ] {
            assert_ne!(template(a), template(b), "{a} | {b}");
        }
    }

    #[test]
    fn levels_are_read_wherever_logs_put_them() {
        for (line, level) in [
            ("2024-01-01 WARN disk is slow", Level::Warn),
            ("[error] 12#12: upstream timed out", Level::Error),
            ("level=info msg=ok", Level::Quiet),
            (r#"{"level":50,"msg":"x"}"#, Level::Error),
            (r#"{"severity":"WARNING","message":"x"}"#, Level::Warn),
            ("GET /error 200", Level::Unknown),
        ] {
            assert_eq!(read(line).level(), level, "{line}");
        }
    }

    #[test]
    fn failures_are_words_exceptions_and_what_a_server_could_not_do() {
        for (line, failure) in [
            ("could not connect: refused", true),
            ("java.lang.IllegalStateException: x", true),
            ("\"GET / HTTP/1.1\" 502 157", true),
            ("\"GET / HTTP/1.1\" 404 157", false),
            ("level=info status=503", true),
            ("sent 502 bytes", false),
        ] {
            assert_eq!(read(line).failure(), failure, "{line}");
        }
    }

    #[test]
    fn ids_never_change() {
        // In saved states and in alerts: a change here is a new state format.
        assert_eq!(template("Receiving block blk_17 src: /10.0.0.1:80"), 13765849850063262618);
    }
}
