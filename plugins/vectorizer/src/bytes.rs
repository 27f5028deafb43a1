//! What a byte is, by one table look-up.
//!
//! Leaves out Unicode: every byte from 0x80 is part of a word, so text in any language gives stable words without being
//! decoded, and bytes that are no UTF-8 do no harm.

pub(crate) const LETTER: u8 = 1;
pub(crate) const DIGIT: u8 = 2;
/// `a..f` and `A..F`, on top of `LETTER`; digits have it as well.
pub(crate) const HEX: u8 = 4;
/// Letters, digits, `_`, `$` and everything from 0x80.
pub(crate) const WORD: u8 = 8;
/// What ends a value after `=` or a path.
pub(crate) const STOP: u8 = 16;

static TABLE: [u8; 256] = table();

const fn table() -> [u8; 256] {
    let mut t = [0u8; 256];
    let mut i = 0usize;
    while i < 256 {
        let b = i as u8;
        t[i] = match b {
            b'a'..=b'f' | b'A'..=b'F' => LETTER | HEX | WORD,
            b'g'..=b'z' | b'G'..=b'Z' => LETTER | WORD,
            b'0'..=b'9' => DIGIT | HEX | WORD,
            b'_' | b'$' | 0x80.. => WORD,
            0..=b' '
            | b','
            | b';'
            | b'"'
            | b'\''
            | b'('
            | b')'
            | b'['
            | b']'
            | b'{'
            | b'}'
            | b'<'
            | b'>'
            | b'|'
            | b'&'
            | b'?' => STOP,
            _ => 0,
        };
        i += 1;
    }
    t
}

/// Whether `b` has any of the properties in `mask`.
pub(crate) fn is(b: u8, mask: u8) -> bool {
    TABLE[usize::from(b)] & mask != 0
}

/// Where the run of bytes with a property of `mask` that starts at `from` ends.
pub(crate) fn run(text: &[u8], from: usize, mask: u8) -> usize {
    text[from..].iter().position(|&b| !is(b, mask)).map_or(text.len(), |n| from + n)
}

/// Where the run of bytes without any property of `mask` that starts at `from` ends.
pub(crate) fn run_until(text: &[u8], from: usize, mask: u8) -> usize {
    text[from..].iter().position(|&b| is(b, mask)).map_or(text.len(), |n| from + n)
}

/// `text` without the white space around it.
pub(crate) fn trim(text: &[u8]) -> &[u8] {
    text.trim_ascii()
}
