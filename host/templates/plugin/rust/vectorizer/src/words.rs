//! The words of a line. Those with digits vary from line to line, so they are left out.

/// Words that speak of trouble.
const TROUBLE: [&str; 6] = ["error", "fail", "failed", "fatal", "panic", "exception"];
const WORDS_OF_LINE_MAX: usize = 256;

/// Lowercase letters between everything else.
pub(crate) fn words(line: &[u8]) -> impl Iterator<Item = String> {
    let word = |part: &[u8]| {
        let letters = !part.is_empty() && part.iter().all(u8::is_ascii_alphabetic);
        letters.then(|| String::from_utf8_lossy(part).to_ascii_lowercase())
    };
    line.split(|byte| !byte.is_ascii_alphanumeric()).filter_map(word).take(WORDS_OF_LINE_MAX)
}

/// The same for a word in every run and on every host (FNV-1a).
pub(crate) fn id(word: &str) -> u64 {
    word.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

pub(crate) fn is_trouble(line: &[u8]) -> bool {
    words(line).any(|word| TROUBLE.contains(&word.as_str()))
}
