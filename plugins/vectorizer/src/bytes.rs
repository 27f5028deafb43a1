//! What a byte is, by one table look-up; where the next of a kind stands, by sixteen at a time.
//!
//! Leaves out Unicode: every byte from 0x80 is part of a word, so text in any language gives stable words without being
//! decoded, and bytes that are no UTF-8 do no harm.

use crate::lanes::{self, Lanes};

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

/// Where the first `byte` from `from` on stands, or the end of `text`.
#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
pub(crate) fn find(text: &[u8], from: usize, byte: u8) -> usize {
    position(text, from, |lanes| lanes::eq(lanes, byte), |b| b == byte)
}

/// Where the first of two bytes from `from` on stands, or the end of `text`.
#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
pub(crate) fn find_either(text: &[u8], from: usize, bytes: [u8; 2]) -> usize {
    let either = |lanes| lanes::or(lanes::eq(lanes, bytes[0]), lanes::eq(lanes, bytes[1]));
    position(text, from, either, |b| bytes.contains(&b))
}

/// Where the first byte from `from` on that is a `STOP` stands, or the end of `text`.
#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
pub(crate) fn find_stop(text: &[u8], from: usize) -> usize {
    let stops = |lanes: Lanes| {
        let brackets = lanes::or(lanes::eq_but(lanes, 0x20, b'['), lanes::eq_but(lanes, 0x20, b']'));
        let angles = lanes::or(lanes::eq_but(lanes, 0x02, b'<'), lanes::eq_but(lanes, 0x01, b'('));
        let quotes = lanes::or(lanes::eq_but(lanes, 0x01, b'&'), lanes::eq(lanes, b'"'));
        let commas = lanes::or(lanes::eq(lanes, b','), lanes::eq(lanes, b';'));
        let others = lanes::or(lanes::eq(lanes, b'|'), lanes::eq(lanes, b'?'));
        let space = lanes::within(lanes, 0, b' ');
        lanes::or(lanes::or(lanes::or(brackets, angles), lanes::or(quotes, commas)), lanes::or(others, space))
    };
    position(text, from, stops, |b| is(b, STOP))
}

/// Where the first byte from `from` on stands that both `lanes_of` and `one` find; else the end of `text`.
#[inline]
#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
fn position(text: &[u8], from: usize, lanes_of: impl Fn(Lanes) -> Lanes, one: impl Fn(u8) -> bool) -> usize {
    let mut at = from;
    while let Some(bytes) = text.get(at..).and_then(<[u8]>::first_chunk) {
        let found = lanes::mask(lanes_of(lanes::load(bytes)));
        if found != 0 {
            return at + found.trailing_zeros() as usize;
        }
        at += 16;
    }
    match text.last_chunk() {
        Some(bytes) if at < text.len() => {
            let found = lanes::mask(lanes_of(lanes::load(bytes))) >> (at + 16 - text.len());
            if found == 0 { text.len() } else { at + found.trailing_zeros() as usize }
        }
        Some(_) => text.len(),
        None => (at..text.len()).find(|&at| one(text[at])).unwrap_or(text.len()),
    }
}

/// `text` without the white space around it.
pub(crate) fn trim(text: &[u8]) -> &[u8] {
    text.trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::{STOP, find, find_either, find_stop, is};

    #[test]
    fn the_next_byte_of_a_kind_is_found_wherever_it_stands() {
        for len in [0, 1, 15, 16, 17, 40, 300] {
            // Every byte comes once in 256; `x` is no stop.
            let all: Vec<u8> = (0..len as u32).map(|i| (i * 7) as u8).collect();
            for from in 0..=len {
                let slow = |is: &dyn Fn(u8) -> bool| (from..len).find(|&at| is(all[at])).unwrap_or(len);
                assert_eq!(find(&all, from, b'#'), slow(&|b| b == b'#'), "{from} of {len}");
                assert_eq!(find_either(&all, from, *b"#!"), slow(&|b| b"#!".contains(&b)), "{from} of {len}");
                assert_eq!(find_stop(&all, from), slow(&|b| is(b, STOP)), "{from} of {len}");
            }
        }
    }

    #[test]
    fn every_stop_and_nothing_else_is_found_as_one() {
        for byte in 0..=255 {
            let text = [&[b'x'; 20][..], &[byte], &[b'x'; 20]].concat();
            assert_eq!(find_stop(&text, 0) == 20, is(byte, STOP), "{byte}");
        }
    }
}
