//! The words by which lines say how bad things are.
//!
//! Two uses: the level of a line (`ERROR`, `warn`, `level=info`), and words of failure in its text. Both become shares in
//! a row, never verdicts: a service that always says `failed` is normal when it says `failed`. English only, as most
//! software's logs are; a log in another language loses these columns and keeps the rest.

use crate::hash;

/// How bad a line says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Unknown,
    Quiet,
    Warn,
    Error,
}

const QUIET: u8 = 1;
const WARN: u8 = 2;
const ERROR: u8 = 3;
const FAILURE: u8 = 16;
const SLOTS: usize = 256;

const WORDS: [(&[u8], u8); 58] = [
    (b"trace", QUIET),
    (b"debug", QUIET),
    (b"info", QUIET),
    (b"information", QUIET),
    (b"notice", QUIET),
    (b"dbg", QUIET),
    (b"inf", QUIET),
    (b"warn", WARN),
    (b"warning", WARN),
    (b"wrn", WARN),
    (b"error", ERROR | FAILURE),
    (b"err", ERROR),
    (b"fatal", ERROR | FAILURE),
    (b"panic", ERROR | FAILURE),
    (b"critical", ERROR | FAILURE),
    (b"crit", ERROR),
    (b"severe", ERROR),
    (b"emerg", ERROR),
    (b"emergency", ERROR),
    (b"alert", ERROR),
    (b"exception", FAILURE),
    (b"errors", FAILURE),
    (b"fail", FAILURE),
    (b"failed", FAILURE),
    (b"failing", FAILURE),
    (b"fails", FAILURE),
    (b"failure", FAILURE),
    (b"failures", FAILURE),
    (b"refused", FAILURE),
    (b"timeout", FAILURE),
    (b"timedout", FAILURE),
    (b"denied", FAILURE),
    (b"unable", FAILURE),
    (b"cannot", FAILURE),
    (b"couldn", FAILURE),
    (b"traceback", FAILURE),
    (b"abort", FAILURE),
    (b"aborted", FAILURE),
    (b"aborting", FAILURE),
    (b"killed", FAILURE),
    (b"segfault", FAILURE),
    (b"crashed", FAILURE),
    (b"corrupt", FAILURE),
    (b"corrupted", FAILURE),
    (b"invalid", FAILURE),
    (b"unreachable", FAILURE),
    (b"unavailable", FAILURE),
    (b"unexpected", FAILURE),
    (b"exhausted", FAILURE),
    (b"overflow", FAILURE),
    (b"deadlock", FAILURE),
    (b"lost", FAILURE),
    (b"rejected", FAILURE),
    (b"forbidden", FAILURE),
    (b"unauthorized", FAILURE),
    (b"missing", FAILURE),
    (b"wrong", FAILURE),
    (b"oom", FAILURE),
];

static TABLE: [(u64, u8); SLOTS] = table();

const fn table() -> [(u64, u8); SLOTS] {
    let mut t = [(0u64, 0u8); SLOTS];
    let mut i = 0;
    while i < WORDS.len() {
        let id = hash::word(WORDS[i].0);
        let mut slot = id as usize % SLOTS;
        while t[slot].0 != 0 {
            slot = (slot + 1) % SLOTS;
        }
        t[slot] = (id, WORDS[i].1);
        i += 1;
    }
    t
}

/// What a word of the list says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said(u8);

/// What the list says of a word, by its id.
pub(crate) fn said(word_id: u64) -> Said {
    let mut slot = word_id as usize % SLOTS;
    // Three slots of four are empty, so for most words this is all.
    if TABLE[slot].0 == 0 {
        return Said(0);
    }
    while TABLE[slot].0 != 0 {
        if TABLE[slot].0 == word_id {
            return Said(TABLE[slot].1);
        }
        slot = (slot + 1) % SLOTS;
    }
    Said(0)
}

impl Said {
    pub(crate) fn level(self) -> Level {
        match self.0 & 3 {
            QUIET => Level::Quiet,
            WARN => Level::Warn,
            ERROR => Level::Error,
            _ => Level::Unknown,
        }
    }

    pub(crate) fn failure(self) -> bool {
        self.0 & FAILURE != 0
    }
}

/// Whether a word is the name of an exception: `SocketTimeoutException`, `ValueError`, `TypeError`.
pub(crate) fn is_exception(word: &[u8]) -> bool {
    match word.last() {
        Some(b'n') => word.len() > 9 && word.ends_with(b"Exception"),
        Some(b'r') => word.len() > 5 && word.ends_with(b"Error"),
        _ => false,
    }
}

/// The level that the value of a level key means: a word, or a number as pino and bunyan write it (30 info, 40 warn, 50 error).
pub(crate) fn level_of(value: &[u8]) -> Level {
    match value {
        [b'1'..=b'3', b'0'..=b'9'] => Level::Quiet,
        [b'4', b'0'..=b'9'] => Level::Warn,
        [b'5' | b'6', b'0'..=b'9'] => Level::Error,
        _ => said(hash::word_at(value, 0, value.len())).level(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Level, is_exception, said};
    use crate::hash;

    #[test]
    fn levels_and_failures_are_told_by_words() {
        let said = |word: &[u8]| said(hash::word(word));
        assert_eq!(said(b"WARN").level(), Level::Warn);
        assert_eq!(said(b"Error").level(), Level::Error);
        assert_eq!(said(b"info").level(), Level::Quiet);
        assert_eq!(said(b"served").level(), Level::Unknown);
        assert!(said(b"Refused").failure() && is_exception(b"NullPointerException") && is_exception(b"ValueError"));
        assert!(!said(b"block").failure() && !is_exception(b"block") && !is_exception(b"Error"));
    }
}
