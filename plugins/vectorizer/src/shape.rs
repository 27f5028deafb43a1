//! Which words are made up of variable parts, and what is left of them.
//!
//! Promises: a word that differs from another only in its digits, or that is an id, is masked to the same text. Leaves out
//! letters-only ids below 32 letters: they look like words.

use crate::bytes::{self, DIGIT};
use crate::classes::{Bits, first};

/// Longer words are ids, keys or base64; they say nothing twice.
const WORD_BYTES_MAX: usize = 48;
const ID_BYTES_MIN: usize = 20;
const HEX_BYTES_MIN: usize = 6;
/// `a1b2c`: so many changes between letters and digits are not made by people.
const CHANGES_MIN: u32 = 4;
/// Addresses are shorter; of a longer run this much is taken.
const ADDRESS_BYTES_MAX: usize = 45;

/// A word after masking.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Shape<'a> {
    /// A word without digits, as it is.
    Plain(&'a [u8]),
    /// Nothing but a variable part.
    Masked,
    /// A word whose digits stand at its end, without them.
    Numbered(&'a [u8]),
    /// A word with digits; each run of digits has become `#`.
    Partly(Short),
}

/// A masked word, held in place: no allocation per word.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Short {
    bytes: [u8; WORD_BYTES_MAX],
    len: usize,
}

impl Short {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// Masks one run of word bytes. `bits` says what the bytes are, the word's first byte first.
#[inline(always)]
pub(crate) fn shape(word: &[u8], bits: Bits) -> Shape<'_> {
    let len = word.len();
    if len > WORD_BYTES_MAX {
        return Shape::Masked;
    }
    let all = first(len);
    let digits = bits.digit & all;
    if digits == 0 {
        return if is_calendar(word) { Shape::Masked } else { Shape::Plain(word) };
    }
    let changes = (digits ^ (digits << 1)) & all;
    let hex = bits.hex & all == all && len >= HEX_BYTES_MIN;
    let prefixed = len > 2 && word[0] == b'0' && (word[1] | 0x20) == b'x';
    let mixed = len >= ID_BYTES_MIN || changes.count_ones() > CHANGES_MIN;
    if digits == all || hex || prefixed || mixed && !word.contains(&b'_') {
        return Shape::Masked;
    }
    let letterless = bits.letter & all == 0;
    if letterless && word.iter().all(|&b| bytes::is(b, DIGIT) || b == b'_') || is_quantity(len, digits) {
        return Shape::Masked;
    }
    let stem = 64 - (all & !digits).leading_zeros() as usize;
    if digits == all & !first(stem) { Shape::Numbered(&word[..stem]) } else { Shape::Partly(without_digits(word)) }
}

/// `12ms`, `4kb`, `30s`, `7th`: digits first, then at most three letters.
fn is_quantity(len: usize, digits: u64) -> bool {
    let count = digits.count_ones() as usize;
    len - count <= 3 && digits == first(count)
}

#[inline(never)]
fn without_digits(word: &[u8]) -> Short {
    let mut short = Short { bytes: [0; WORD_BYTES_MAX], len: 0 };
    for (i, &b) in word.iter().enumerate() {
        let digit = bytes::is(b, DIGIT);
        if digit && i > 0 && bytes::is(word[i - 1], DIGIT) {
            continue;
        }
        short.bytes[short.len] = if digit { b'#' } else { b };
        short.len += 1;
    }
    short
}

/// Whether a word belongs to a date or a time: names of days and months, time zones. In their usual spelling only.
fn is_calendar(word: &[u8]) -> bool {
    // Most words begin with a small letter and need no comparison.
    word.first().is_some_and(u8::is_ascii_uppercase) && is_calendar_name(word)
}

#[inline(never)]
fn is_calendar_name(word: &[u8]) -> bool {
    matches!(
        word,
        b"Mon"
            | b"Tue"
            | b"Wed"
            | b"Thu"
            | b"Fri"
            | b"Sat"
            | b"Sun"
            | b"Jan"
            | b"Feb"
            | b"Mar"
            | b"Apr"
            | b"May"
            | b"Jun"
            | b"Jul"
            | b"Aug"
            | b"Sep"
            | b"Sept"
            | b"Oct"
            | b"Nov"
            | b"Dec"
            | b"Monday"
            | b"Tuesday"
            | b"Wednesday"
            | b"Thursday"
            | b"Friday"
            | b"Saturday"
            | b"Sunday"
            | b"January"
            | b"February"
            | b"March"
            | b"April"
            | b"June"
            | b"July"
            | b"August"
            | b"September"
            | b"October"
            | b"November"
            | b"December"
            | b"AM"
            | b"PM"
            | b"UTC"
            | b"GMT"
            | b"CET"
            | b"CEST"
            | b"EST"
            | b"EDT"
            | b"PST"
            | b"PDT"
            | b"CST"
            | b"CDT"
            | b"JST"
            | b"MST"
            | b"MDT"
            | b"BST"
            | b"IST"
    )
}

/// The length of the UUID at the start of `text`, or 0. `hex` says which bytes are hex digits.
pub(crate) fn uuid(text: &[u8], hex: u64) -> usize {
    const DASHES: u64 = 1 << 8 | 1 << 13 | 1 << 18 | 1 << 23;
    let digits = first(36) & !DASHES;
    let dashed = [8, 13, 18, 23].iter().all(|&at| text.get(at) == Some(&b'-'));
    if dashed && hex & digits == digits { 36 } else { 0 }
}

/// The length of the run of hex digits and colons at the start of `text`, if it is an IPv6 or a hardware address, or 0. `hex`
/// says which bytes are hex digits.
pub(crate) fn address(text: &[u8], hex: u64) -> usize {
    let (mut len, mut colons, mut double) = (0, 0, false);
    loop {
        let group = ((hex >> len).trailing_ones() as usize).min(ADDRESS_BYTES_MAX - len);
        if group > 4 {
            return 0;
        }
        let empty = group == 0 && len > 0;
        len += group;
        if len == ADDRESS_BYTES_MAX || text.get(len) != Some(&b':') {
            break;
        }
        double |= empty;
        (len, colons) = (len + 1, colons + 1);
    }
    if colons >= 4 || double && colons >= 2 && len > 3 { len } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::{Shape, shape};
    use crate::classes::{Bits, Classes};

    fn bits(text: &[u8]) -> Bits {
        Classes::new().at(text, 0)
    }

    fn uuid(text: &[u8]) -> usize {
        super::uuid(text, bits(text).hex)
    }

    fn address(text: &[u8]) -> usize {
        super::address(text, bits(text).hex)
    }

    fn text(word: &str) -> String {
        match shape(word.as_bytes(), bits(word.as_bytes())) {
            Shape::Plain(w) => String::from_utf8_lossy(w).into_owned(),
            Shape::Masked => "*".into(),
            Shape::Numbered(w) => format!("{}#", String::from_utf8_lossy(w)),
            Shape::Partly(s) => String::from_utf8_lossy(s.as_bytes()).into_owned(),
        }
    }

    #[test]
    fn variable_words_lose_their_variable_parts() {
        for (word, masked) in [
            ("connection", "connection"),
            ("deadbeef", "deadbeef"),
            ("1234", "*"),
            ("4394112519745907149", "*"),
            ("cf96d7c6a09dd1da3632ff9c4162ed41", "*"),
            ("a1b2c3d", "*"),
            ("0x7ffe12", "*"),
            ("12ms", "*"),
            ("blk_", "blk_"),
            ("part_00081", "part_#"),
            ("task_200811092030_0001_m_000081_0", "task_#_#_m_#_#"),
            ("eth0", "eth#"),
            ("utf8", "utf#"),
            ("Http11NioProtocol", "Http#NioProtocol"),
            ("x7Kq92mZp0aL", "*"),
            ("1_000_000", "*"),
            ("D1345", "D#"),
        ] {
            assert_eq!(text(word), masked, "{word}");
        }
        assert_eq!(text(&"a".repeat(49)), "*");
    }

    #[test]
    fn addresses_are_found_and_times_are_not() {
        assert_eq!(uuid(b"f3d4d4ef-693b-4456-8eed-59c0d717dd08 x"), 36);
        assert_eq!(uuid(b"f3d4d4ef-693b-4456-8eed-59c0d717dd0"), 0);
        assert_eq!(address(b"fe80::1cd2:aff 80"), 14);
        assert_eq!(address(b"::1 "), 0);
        assert_eq!(address(b"02:42:ac:11:00:02"), 17);
        assert_eq!(address(b"20:35:30"), 0);
        assert_eq!(address(b"dfs::cache"), 0);
    }
}
