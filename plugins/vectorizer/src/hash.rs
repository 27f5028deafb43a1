//! Fixed hashing: the ids of templates and tokens are made here.
//!
//! Promises: the same bytes give the same id on every host, in every build and for ever (the ids are in saved states and
//! in alerts). Letters are folded to one case. Not meant to resist an attacker who looks for collisions: a collision
//! merges two terms and costs a little quality, nothing else.

const K0: u64 = 0x9e37_79b9_7f4a_7c15;
const K1: u64 = 0xff51_afd7_ed55_8ccd;
/// Bit 5 of every byte: turns `A..Z` into `a..z` and leaves digits as they are.
const FOLD: u64 = 0x2020_2020_2020_2020;

/// Mixes `value` into `state`; the order of calls matters.
pub(crate) const fn mix(state: u64, value: u64) -> u64 {
    let x = (state.rotate_left(23) ^ value).wrapping_mul(K1);
    x ^ (x >> 32)
}

/// The id of a word, with upper and lower case taken as one.
pub(crate) const fn word(bytes: &[u8]) -> u64 {
    let (chunks, tail) = bytes.as_chunks::<8>();
    let mut state = K0.wrapping_mul(bytes.len() as u64 + 1);
    let mut i = 0;
    while i < chunks.len() {
        state = mix(state, u64::from_le_bytes(chunks[i]) | FOLD);
        i += 1;
    }
    let (mut rest, mut j) = (0u64, 0);
    while j < tail.len() {
        rest |= (tail[j] as u64) << (8 * j);
        j += 1;
    }
    mix(state, rest | FOLD)
}

/// `word(&text[at..at + len])`, also its end eight bytes at a time.
#[inline]
pub(crate) fn word_at(text: &[u8], at: usize, len: usize) -> u64 {
    let mut state = K0.wrapping_mul(len as u64 + 1);
    let (mut at, mut left) = (at, len);
    while left >= 8 {
        state = mix(state, eight(text, at) | FOLD);
        (at, left) = (at + 8, left - 8);
    }
    mix(state, eight(text, at) & ((1 << (8 * left)) - 1) | FOLD)
}

/// Eight bytes from `at` on; 0 behind the end of `text`.
#[inline]
fn eight(text: &[u8], at: usize) -> u64 {
    let rest = text.get(at..).unwrap_or_default();
    if let Some(bytes) = rest.first_chunk() {
        return u64::from_le_bytes(*bytes);
    }
    match text.last_chunk() {
        Some(bytes) => u64::from_le_bytes(*bytes).checked_shr(8 * (8 - rest.len() as u32)).unwrap_or(0),
        None => short(rest),
    }
}

#[cold]
fn short(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

/// The last step of an id: spreads all bits, so that its low bits may choose a slot.
pub(crate) const fn finish(state: u64) -> u64 {
    let x = (state ^ (state >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    x ^ (x >> 29)
}

#[cfg(test)]
mod tests {
    use super::{finish, mix, word, word_at};

    #[test]
    fn case_is_folded_and_length_counts() {
        assert_eq!(word(b"ERROR"), word(b"error"));
        assert_ne!(word(b"error"), word(b"errors"));
        assert_ne!(word(b""), word(b" "));
        assert_ne!(word(b"abcdefgh"), word(b"abcdefghi"));
    }

    #[test]
    fn a_word_has_one_id_wherever_it_stands() {
        let text = b"The quick brown fox jumps over it";
        for at in 0..=text.len() {
            for end in at..=text.len() {
                assert_eq!(word_at(text, at, end - at), word(&text[at..end]), "{at} to {end}");
                assert_eq!(word_at(&text[at..end], 0, end - at), word(&text[at..end]), "{at} to {end}, alone");
            }
        }
    }

    #[test]
    fn ids_never_change() {
        assert_eq!(finish(mix(1, word(b"connection refused"))), 17_256_263_610_130_243_646);
    }
}
