//! What the bytes of a text are, 64 at a time: a bit for each byte.
//!
//! With these, where a word ends and what it is made of takes a few operations instead of a loop over its bytes. Blocks are
//! made when they are first asked for, so of a long line only what is read costs anything.

use crate::lanes::{self, Lanes};

const BLOCK: usize = 64;
/// Blocks that are kept at once.
const BLOCKS: usize = 16;
const NONE: u32 = u32::MAX;

/// Properties of 64 bytes, as in `bytes`; bit i speaks of byte i. Bytes behind the end of the text have none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bits {
    pub(crate) word: u64,
    pub(crate) letter: u64,
    pub(crate) digit: u64,
    pub(crate) hex: u64,
}

/// The first `len` of 64 bits.
pub(crate) fn first(len: usize) -> u64 {
    if len < 64 { (1 << len) - 1 } else { u64::MAX }
}

impl Bits {
    fn map(self, f: impl Fn(u64) -> u64) -> Bits {
        Bits { word: f(self.word), letter: f(self.letter), digit: f(self.digit), hex: f(self.hex) }
    }

    fn or(self, other: Bits) -> Bits {
        Bits {
            word: self.word | other.word,
            letter: self.letter | other.letter,
            digit: self.digit | other.digit,
            hex: self.hex | other.hex,
        }
    }
}

/// The classes of one text, as far as it was read. Reused from text to text.
#[derive(Debug)]
pub(crate) struct Classes {
    blocks: [Bits; BLOCKS],
    /// Which block is kept in each place.
    numbers: [u32; BLOCKS],
}

impl Classes {
    pub(crate) fn new() -> Classes {
        Classes { blocks: [Bits::default(); BLOCKS], numbers: [NONE; BLOCKS] }
    }

    /// Another text is read from now on.
    pub(crate) fn clear(&mut self) {
        self.numbers = [NONE; BLOCKS];
    }

    /// What the 64 bytes from `at` on are.
    #[inline(never)]
    pub(crate) fn at(&mut self, text: &[u8], at: usize) -> Bits {
        let (number, shift) = (at / BLOCK, at % BLOCK);
        let bits = self.block(text, number);
        if shift == 0 {
            return bits;
        }
        bits.map(|b| b >> shift).or(self.block(text, number + 1).map(|b| b << (BLOCK - shift)))
    }

    /// How many of the bytes from `at` on are part of a word, at most 64, and what they are.
    // Inlined, because an answer of five numbers would go through memory, word after word.
    #[inline(always)]
    pub(crate) fn word(&mut self, text: &[u8], at: usize) -> (usize, Bits) {
        let (number, shift) = (at / BLOCK, at % BLOCK);
        let bits = self.block(text, number).map(|b| b >> shift);
        let len = bits.word.trailing_ones() as usize;
        if len < BLOCK - shift {
            return (len, bits);
        }
        let bits = self.at(text, at);
        (bits.word.trailing_ones() as usize, bits)
    }

    /// Whether one of the `len` bytes from `at` on is a digit.
    pub(crate) fn any_digit(&mut self, text: &[u8], at: usize, len: usize) -> bool {
        (0..len).step_by(BLOCK).any(|from| self.at(text, at + from).digit & first(len - from) != 0)
    }

    #[inline(always)]
    fn block(&mut self, text: &[u8], number: usize) -> Bits {
        if self.numbers[number % BLOCKS] != number as u32 {
            self.fill(text, number);
        }
        self.blocks[number % BLOCKS]
    }

    #[cold]
    fn fill(&mut self, text: &[u8], number: usize) {
        self.numbers[number % BLOCKS] = number as u32;
        self.blocks[number % BLOCKS] = classify(text, number * BLOCK);
    }
}

/// The block from `start` on. One that the text does not fill is read as part of the last 64 bytes.
fn classify(text: &[u8], start: usize) -> Bits {
    let Some(rest) = text.get(start..).filter(|rest| !rest.is_empty()) else { return Bits::default() };
    if let Some(bytes) = rest.first_chunk() {
        return block(bytes);
    }
    if let Some(bytes) = text.last_chunk() {
        return block(bytes).map(|b| b >> (BLOCK - rest.len()));
    }
    let mut bytes = [0; BLOCK];
    bytes[..rest.len()].copy_from_slice(rest);
    block(&bytes)
}

#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
fn block(bytes: &[u8; BLOCK]) -> Bits {
    let (parts, _) = bytes.as_chunks();
    let mut bits = Bits::default();
    for (part, shift) in parts.iter().zip([0, 16, 32, 48]) {
        let bytes = lanes::load(part);
        let folded = lanes::or_byte(bytes, 0x20);
        let letter = lanes::within(folded, b'a', b'z');
        let digit = lanes::within(bytes, b'0', b'9');
        let hex = lanes::or(lanes::within(folded, b'a', b'f'), digit);
        let sign = lanes::or(lanes::eq(bytes, b'_'), lanes::eq(bytes, b'$'));
        // The highest bit alone counts, and it is set in every byte from 0x80.
        let word = lanes::or(lanes::or(letter, digit), lanes::or(sign, bytes));
        let wide = |lanes: Lanes| u64::from(lanes::mask(lanes)) << shift;
        bits.word |= wide(word);
        bits.letter |= wide(letter);
        bits.digit |= wide(digit);
        bits.hex |= wide(hex);
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::{Bits, Classes, first};
    use crate::bytes::{self, DIGIT, HEX, LETTER, WORD};

    fn slow(text: &[u8], at: usize) -> Bits {
        let rest = &text[at..text.len().min(at + 64)];
        let of = |mask| (0..).zip(rest).fold(0, |bits, (i, &b)| bits | u64::from(bytes::is(b, mask)) << i);
        Bits { word: of(WORD), letter: of(LETTER), digit: of(DIGIT), hex: of(HEX) }
    }

    #[test]
    fn bits_say_what_the_table_says() {
        let text: Vec<u8> = (0..3_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).chain(0..=255).collect();
        for len in [0, 1, 5, 63, 64, 65, 127, 130, 700, 3_256] {
            let text = &text[text.len() - len..];
            let mut classes = Classes::new();
            // Forwards and backwards: more blocks than are kept.
            for at in (0..len).chain((0..len).rev()) {
                let bits = slow(text, at);
                assert_eq!(classes.at(text, at), bits, "{at} of {len}");
                let (run, word) = classes.word(text, at);
                assert_eq!(run, bits.word.trailing_ones() as usize, "{at} of {len}");
                assert_eq!((word.digit ^ bits.digit) & first(run), 0, "{at} of {len}");
            }
        }
    }
}
