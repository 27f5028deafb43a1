//! The words by which lines say how bad things are.
//!
//! Two uses: the level of a line (`ERROR`, `warn`, `level=info`), and words of failure in its text. Both become shares in
//! a row, never verdicts: a service that always says `failed` is normal when it says `failed`. English only, as most
//! software's logs are; a log in another language loses these columns and keeps the rest.

use crate::hash;

/// How bad a line says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
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

fn flags(word_id: u64) -> u8 {
    let mut slot = word_id as usize % SLOTS;
    while TABLE[slot].0 != 0 {
        if TABLE[slot].0 == word_id {
            return TABLE[slot].1;
        }
        slot = (slot + 1) % SLOTS;
    }
    0
}

/// The level a word names, by the word's id.
pub(crate) fn level(word_id: u64) -> Level {
    match flags(word_id) & 3 {
        QUIET => Level::Quiet,
        WARN => Level::Warn,
        ERROR => Level::Error,
        _ => Level::Unknown,
    }
}

/// Whether a word speaks of failure: one of the list, or a name such as `NullPointerException`.
pub(crate) fn is_failure(word_id: u64, word: &[u8]) -> bool {
    flags(word_id) & FAILURE != 0 || is_exception(word)
}

/// Whether a word is the name of an exception: `SocketTimeoutException`, `ValueError`, `TypeError`.
pub(crate) fn is_exception(word: &[u8]) -> bool {
    word.len() > 9 && word.ends_with(b"Exception") || word.len() > 5 && word.ends_with(b"Error")
}

/// The level that the value of a level key means: a word, or a number as pino and bunyan write it (30 info, 40 warn, 50 error).
pub(crate) fn level_of(value: &[u8]) -> Level {
    match value {
        [b'1'..=b'3', b'0'..=b'9'] => Level::Quiet,
        [b'4', b'0'..=b'9'] => Level::Warn,
        [b'5' | b'6', b'0'..=b'9'] => Level::Error,
        _ => level(hash::word(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Level, is_failure, level};
    use crate::hash;

    #[test]
    fn levels_and_failures_are_told_by_words() {
        assert_eq!(level(hash::word(b"WARN")), Level::Warn);
        assert_eq!(level(hash::word(b"Error")), Level::Error);
        assert_eq!(level(hash::word(b"info")), Level::Quiet);
        assert_eq!(level(hash::word(b"served")), Level::Unknown);
        assert!(is_failure(hash::word(b"Refused"), b"Refused"));
        assert!(is_failure(hash::word(b"NullPointerException"), b"NullPointerException"));
        assert!(!is_failure(hash::word(b"block"), b"block"));
    }
}
