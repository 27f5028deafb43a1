//! Text that is safe to show, to store and to learn from.
//!
//! What a container writes is hostile or at least coloured. `clean` gives valid UTF-8 in one line without control characters:
//! - escape sequences (colours, cursor movements, titles, links) are taken out; one that never ends loses only its first
//!   character, so that nothing can hide behind it;
//! - a carriage return overwrites, as on a terminal: of `10 %\r20 %\r30 %` the last part that is not empty stays;
//! - other control characters become their pictures (`␀`, `␛`), tabs stay;
//! - bytes that are not UTF-8, C1 controls and the marks that turn the direction of text become U+FFFD.
//!
//! Left out: the length. The cut comes last, when secrets are masked (`cut`).

use std::borrow::Cow;

use super::LINE_BYTES_MAX;

/// Room for the mark of a cut line.
const MARK_BYTES_MAX: usize = 40;

/// Without a copy when there is nothing to do, which is the usual case.
pub fn clean(line: &[u8]) -> Cow<'_, [u8]> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if is_all(line, is_plain) || (is_all(line, |byte| is_plain(byte) | (byte >= 0x80)) && is_safe_utf8(line)) {
        return Cow::Borrowed(line);
    }
    Cow::Owned(rewrite(line))
}

/// Changes what is not safe.
fn rewrite(line: &[u8]) -> Vec<u8> {
    let line = last_overwrite(line);
    let mut text = Vec::with_capacity(line.len() + 16);
    let mut rest = line;
    while let Some(at) = rest.iter().position(|&byte| !is_plain(byte)) {
        text.extend_from_slice(&rest[..at]);
        rest = odd(&rest[at..], &mut text);
    }
    text.extend_from_slice(rest);
    text
}

/// Looks at many bytes at once: without an end in between, the compiler makes it a few instructions for each chunk.
fn is_all(line: &[u8], is: impl Fn(u8) -> bool) -> bool {
    let (chunks, rest) = line.as_chunks::<32>();
    let is_chunk = |chunk: &[u8; 32]| chunk.iter().fold(true, |all, &byte| all & is(byte));
    chunks.iter().all(is_chunk) && rest.iter().all(|&byte| is(byte))
}

/// Whether it is UTF-8 without what misleads; all that does begins with one of two bytes.
fn is_safe_utf8(line: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(line) else { return false };
    let misleads = |at: usize| text[at..].chars().next().is_some_and(is_misleading);
    !memchr::memchr2_iter(0xc2, 0xe2, line).any(misleads)
}

fn is_plain(byte: u8) -> bool {
    (byte.wrapping_sub(0x20) < 0x5f) | (byte == b'\t')
}

/// What a terminal would show in the end. Parts that hold nothing but escape sequences do not overwrite.
fn last_overwrite(line: &[u8]) -> &[u8] {
    let mut parts = line.rsplit(|&byte| byte == b'\r');
    parts.find(|part| !is_blank(part)).unwrap_or(b"")
}

fn is_blank(mut part: &[u8]) -> bool {
    while let Some(&first) = part.first() {
        match first {
            b' ' | b'\t' => part = &part[1..],
            0x1b => match escape_end(part) {
                Some(end) => part = &part[end..],
                None => return false,
            },
            _ => return false,
        }
    }
    true
}

/// Takes what is not plain off the front of `rest` and appends what stands for it.
fn odd<'a>(rest: &'a [u8], text: &mut Vec<u8>) -> &'a [u8] {
    match rest[0] {
        0x1b => match escape_end(rest) {
            Some(end) => &rest[end..],
            None => picture(rest, text),
        },
        control if control < 0x80 => picture(rest, text),
        _ => wide(rest, text),
    }
}

/// U+2400 and what follows are pictures of the control characters, U+2421 that of DEL.
fn picture<'a>(rest: &'a [u8], text: &mut Vec<u8>) -> &'a [u8] {
    let last = if rest[0] == 0x7f { 0xa1 } else { 0x80 + rest[0] };
    text.extend_from_slice(&[0xe2, 0x90, last]);
    &rest[1..]
}

/// A character of several bytes, or bytes that are none.
fn wide<'a>(rest: &'a [u8], text: &mut Vec<u8>) -> &'a [u8] {
    let end = rest.iter().position(|&byte| byte < 0x80).unwrap_or(rest.len());
    for chunk in rest[..end].utf8_chunks() {
        for char in chunk.valid().chars() {
            let safe = if is_misleading(char) { char::REPLACEMENT_CHARACTER } else { char };
            text.extend_from_slice(safe.encode_utf8(&mut [0; 4]).as_bytes());
        }
        if !chunk.invalid().is_empty() {
            text.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
    &rest[end..]
}

/// C1 controls, which some terminals obey, line separators, and marks that turn the direction of text.
fn is_misleading(char: char) -> bool {
    matches!(char, '\u{80}'..='\u{9f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

/// Where the escape sequence at the front ends (ECMA-48). `None` when it does not.
fn escape_end(rest: &[u8]) -> Option<usize> {
    match *rest.get(1)? {
        b'[' => {
            let body = rest[2..].iter().position(|byte| !(0x20..0x40).contains(byte))?;
            (0x40..0x7f).contains(&rest[2 + body]).then_some(3 + body)
        }
        b']' | b'P' | b'X' | b'^' | b'_' => string_end(rest),
        0x20..=0x2f => {
            let body = rest[2..].iter().position(|byte| !(0x20..0x30).contains(byte))?;
            (0x30..0x7f).contains(&rest[2 + body]).then_some(3 + body)
        }
        0x30..=0x7e => Some(2),
        _ => None,
    }
}

/// Strings such as titles and links end with BEL or with `ESC \`.
fn string_end(rest: &[u8]) -> Option<usize> {
    let at = memchr::memchr2(0x07, 0x1b, &rest[2..])? + 2;
    match (rest[at], rest.get(at + 1)) {
        (0x07, _) => Some(at + 1),
        (_, Some(b'\\')) => Some(at + 2),
        _ => None,
    }
}

/// Cuts clean text to the cap, between characters, and says in the text how long the line was.
pub(super) fn cut(text: &mut Vec<u8>, bytes: u64) {
    if text.len() <= LINE_BYTES_MAX && bytes <= super::join::HELD_BYTES_MAX as u64 {
        return;
    }
    let mut end = text.len().min(LINE_BYTES_MAX - MARK_BYTES_MAX);
    while end > 0 && end < text.len() && (text[end] & 0xc0) == 0x80 {
        end -= 1;
    }
    text.truncate(end);
    text.extend_from_slice(format!("…[cut, {bytes} bytes]").as_bytes());
}

#[cfg(test)]
mod tests;
