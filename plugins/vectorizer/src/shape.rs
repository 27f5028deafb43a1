//! Which words are made up of variable parts, and what is left of them.
//!
//! Promises: a word that differs from another only in its digits, or that is an id, is masked to the same text. Leaves out
//! letters-only ids below 32 letters: they look like words.

use crate::bytes::{self, DIGIT, HEX, LETTER};

/// Longer words are ids, keys or base64; they say nothing twice.
const WORD_BYTES_MAX: usize = 48;
const ID_BYTES_MIN: usize = 20;
const HEX_BYTES_MIN: usize = 6;
/// `a1b2c`: so many changes between letters and digits are not made by people.
const CHANGES_MIN: u32 = 4;

/// A word after masking.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Shape<'a> {
    /// A word without digits, as it is.
    Plain(&'a [u8]),
    /// Nothing but a variable part.
    Masked,
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

/// Masks one run of word bytes.
pub(crate) fn shape(word: &[u8]) -> Shape<'_> {
    if word.len() > WORD_BYTES_MAX {
        return Shape::Masked;
    }
    let (mut all, mut any, mut digits, mut changes, mut before) = (HEX, 0u8, 0usize, 0u32, false);
    for &b in word {
        let digit = bytes::is(b, DIGIT);
        digits += usize::from(digit);
        changes += u32::from(digit != before);
        before = digit;
        all &= if bytes::is(b, HEX) { HEX } else { 0 };
        any |= if bytes::is(b, LETTER) { LETTER } else { 0 };
    }
    if digits == 0 {
        return if is_calendar(word) { Shape::Masked } else { Shape::Plain(word) };
    }
    let hex = all == HEX && word.len() >= HEX_BYTES_MIN;
    let prefixed = word.len() > 2 && word[0] == b'0' && (word[1] | 0x20) == b'x';
    let id = word.len() >= ID_BYTES_MIN && !word.contains(&b'_');
    if any == 0 && digits == word.len() || hex || prefixed || id || changes > CHANGES_MIN && !word.contains(&b'_') {
        return Shape::Masked;
    }
    if word.iter().all(|&b| bytes::is(b, DIGIT) || b == b'_') || is_quantity(word, digits) {
        return Shape::Masked;
    }
    Shape::Partly(without_digits(word))
}

/// `12ms`, `4kb`, `30s`, `7th`: digits first, then at most three letters.
fn is_quantity(word: &[u8], digits: usize) -> bool {
    word.len() - digits <= 3 && word[..digits].iter().all(|&b| bytes::is(b, DIGIT))
}

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
pub(crate) fn is_calendar(word: &[u8]) -> bool {
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

/// The length of the UUID at the start of `text`, or 0.
pub(crate) fn uuid(text: &[u8]) -> usize {
    const DASHES: [usize; 4] = [8, 13, 18, 23];
    let Some(head) = text.first_chunk::<36>() else { return 0 };
    let fits = head.iter().enumerate().all(|(i, &b)| if DASHES.contains(&i) { b == b'-' } else { bytes::is(b, HEX) });
    if fits { 36 } else { 0 }
}

/// The length of the run of hex digits and colons at the start of `text`, if it is an IPv6 or a hardware address, or 0.
pub(crate) fn address(text: &[u8]) -> usize {
    let len = text.iter().take(45).position(|&b| b != b':' && !bytes::is(b, HEX)).unwrap_or(text.len().min(45));
    let run = &text[..len];
    let colons = run.iter().filter(|&&b| b == b':').count();
    let short = run.split(|&b| b == b':').all(|group| group.len() <= 4);
    let double = run.windows(2).any(|w| w == b"::");
    if short && (colons >= 4 || double && colons >= 2 && run.len() > 3) { len } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::{Shape, address, shape, uuid};

    fn text(word: &str) -> String {
        match shape(word.as_bytes()) {
            Shape::Plain(w) => String::from_utf8_lossy(w).into_owned(),
            Shape::Masked => "*".into(),
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
