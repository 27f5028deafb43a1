//! What secrets look like: for each sign, which bytes near it are secret.

use std::ops::Range;

use super::MASK;

/// Given the text and where the sign stands in it; the bytes to mask.
pub(super) type Matcher = fn(&[u8], Range<usize>) -> Option<Range<usize>>;

/// Signs are found whatever their case. Of several at one place the longest counts.
pub(super) const SIGNS: &[(&str, Matcher)] = &[
    ("password", value),
    ("passwd", value),
    ("passphrase", value),
    ("pwd", path_or_value),
    ("pass", short_name_value),
    ("secret", value),
    ("token", value),
    ("apikey", value),
    ("api_key", value),
    ("api-key", value),
    ("accesskey", value),
    ("access_key", value),
    ("access-key", value),
    ("privatekey", value),
    ("private_key", value),
    ("private-key", value),
    ("accountkey", value),
    ("encryption_key", value),
    ("credential", value),
    ("bearer ", after_scheme),
    ("basic ", after_scheme),
    ("://", url_password),
    ("akia", aws_key_id),
    ("asia", aws_key_id),
    ("eyj", json_web_token),
    ("-----begin ", private_key),
    ("ghp_", prefixed),
    ("gho_", prefixed),
    ("ghu_", prefixed),
    ("ghs_", prefixed),
    ("ghr_", prefixed),
    ("github_pat_", prefixed),
    ("glpat-", prefixed),
    ("xoxa-", prefixed),
    ("xoxb-", prefixed),
    ("xoxe-", prefixed),
    ("xoxp-", prefixed),
    ("xoxr-", prefixed),
    ("xoxs-", prefixed),
];

/// Shortest credential behind `Bearer` or `Basic`: such words stand in prose too.
const CREDENTIAL_BYTES_MIN: usize = 8;
/// Longest first part of a JSON web token, which names its algorithm and key.
const TOKEN_HEAD_BYTES_MAX: usize = 2048;
/// So much of a value is looked at to tell a secret from prose.
const UNSURE_BYTES: usize = 256;
/// Shortest body of a token with a prefix of its own.
const PREFIXED_BYTES_MIN: usize = 10;

/// How a name is bound to its value.
struct Bound {
    /// Where the value begins, its quote included.
    start: usize,
    by_equals: bool,
    name_is_quoted: bool,
}

/// The value of `name=value`, `name: value`, `"name":"value"`, `\"name\":\"value\"`. The name must end with the sign:
/// `token_count=5` and `passwords=3` are no secrets.
fn value(text: &[u8], sign: Range<usize>) -> Option<Range<usize>> {
    let bound = bound(text, sign.end)?;
    let is_sure = bound.by_equals || bound.name_is_quoted || quote(text, bound.start) > 0;
    if !is_sure {
        let begin = &text[..text.len().min(bound.start + UNSURE_BYTES)];
        let looks_secret = |value: &Range<usize>| is_setting(text, &sign, value) || looks_random(&text[value.clone()]);
        extent(begin, bound.start).filter(looks_secret)?;
    }
    extent(text, bound.start).filter(|value| !value.is_empty() && !says_nothing(&text[value.clone()]))
}

/// `PWD` is the working directory more often than a password.
fn path_or_value(text: &[u8], sign: Range<usize>) -> Option<Range<usize>> {
    value(text, sign).filter(|value| !matches!(text[value.start], b'/' | b'~' | b'.'))
}

/// `pass` ends other words and counts tests: it must be a whole word or the end of a name, its value no number.
fn short_name_value(text: &[u8], sign: Range<usize>) -> Option<Range<usize>> {
    if !starts_word(text, sign.start) {
        return None;
    }
    value(text, sign).filter(|value| !text[value.clone()].iter().all(u8::is_ascii_digit))
}

fn bound(text: &[u8], sign_end: usize) -> Option<Bound> {
    let mut at = sign_end;
    let quote = quote(text, at);
    at += quote;
    at += blanks(text, at);
    let by_equals = *text.get(at)? == b'=';
    if !by_equals && text[at] != b':' {
        return None;
    }
    at += 1;
    // `=>` and `:=` bind too; `==` and `::` do not.
    match (by_equals, text.get(at)) {
        (true, Some(b'=')) | (false, Some(b':')) => return None,
        (true, Some(b'>')) | (false, Some(b'=')) => at += 1,
        _ => {}
    }
    at += blanks(text, at);
    Some(Bound { start: at, by_equals, name_is_quoted: quote > 0 })
}

/// Length of the quote at `at`, with the backslashes before it.
fn quote(text: &[u8], at: usize) -> usize {
    let slashes = text[at.min(text.len())..].iter().take_while(|&&byte| byte == b'\\').count();
    match text.get(at + slashes) {
        Some(b'"' | b'\'') => slashes + 1,
        _ => 0,
    }
}

fn blanks(text: &[u8], at: usize) -> usize {
    text[at.min(text.len())..].iter().take_while(|&&byte| byte == b' ' || byte == b'\t').count()
}

/// Where the value that begins at `start` ends, without quotes.
fn extent(text: &[u8], start: usize) -> Option<Range<usize>> {
    let quote = quote(text, start);
    if quote == 0 {
        // Brackets open a structure, or stand for "nothing": `{`, `[masked]`, `<nil>`, `(none)`.
        if matches!(text.get(start)?, b'{' | b'[' | b'(' | b'<') {
            return None;
        }
        let ends = |byte: &u8| byte.is_ascii_whitespace() || b"\"',;&|<>}]".contains(byte);
        let length = text[start..].iter().position(ends).unwrap_or(text.len() - start);
        return Some(start..start + length);
    }
    let begin = start + quote;
    Some(begin..quoted_end(text, begin, &text[start..begin]))
}

/// The closing quote is the opening one, with as many backslashes. Without one, the value goes on to the end.
fn quoted_end(text: &[u8], begin: usize, open: &[u8]) -> usize {
    let mark = open[open.len() - 1];
    let mut at = begin;
    while let Some(found) = memchr::memchr(mark, &text[at..]).map(|found| at + found) {
        let slashes = text[begin..found].iter().rev().take_while(|&&byte| byte == b'\\').count();
        if slashes < open.len() {
            return found - slashes;
        }
        at = found + 1;
    }
    text.len()
}

fn says_nothing(value: &[u8]) -> bool {
    const NOTHING: [&[u8]; 9] = [b"true", b"false", b"null", b"nil", b"none", b"undefined", b"yes", b"no", b"empty"];
    NOTHING.iter().any(|word| value.eq_ignore_ascii_case(word)) || value.iter().all(|&byte| byte == b'*')
}

/// `password: x` as a line of its own, as in YAML: the name begins the line, the value ends it.
fn is_setting(text: &[u8], sign: &Range<usize>, value: &Range<usize>) -> bool {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.".contains(byte);
    let is_blank = |byte: &u8| *byte == b' ' || *byte == b'\t';
    let ends = |byte: Option<&u8>| byte.is_none_or(|&byte| byte == b'\n');
    let mut before =
        text[..sign.start].iter().rev().skip_while(|byte| is_name(byte)).skip_while(|byte| is_blank(byte)).peekable();
    before.next_if(|&&byte| byte == b'-');
    let mut after = text[value.end..].iter().skip_while(|byte| is_blank(byte) || **byte == b'\r');
    ends(before.find(|byte| !is_blank(byte))) && ends(after.next())
}

/// Letters and digits mixed, as no word of a sentence has them.
fn looks_random(value: &[u8]) -> bool {
    let has_digit = value.iter().any(u8::is_ascii_digit);
    let has_letter = value.iter().any(u8::is_ascii_alphabetic);
    value.len() >= 6 && has_digit && has_letter && !value.ends_with(b":")
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte)
}

fn run(text: &[u8], start: usize, is_part: impl Fn(u8) -> bool) -> usize {
    start + text[start..].iter().take_while(|&&byte| is_part(byte)).count()
}

/// What follows `Bearer` or `Basic`, when it is one long word that no sentence holds.
fn after_scheme(text: &[u8], sign: Range<usize>) -> Option<Range<usize>> {
    if !starts_word(text, sign.start) {
        return None;
    }
    let start = sign.end + blanks(text, sign.end);
    let end = run(text, start, is_token_byte);
    let credential = &text[start..end];
    let is_header = text[..sign.start].trim_ascii_end().ends_with(b":");
    let is_word = credential.iter().all(|byte| byte.is_ascii_lowercase() || b".-/".contains(byte));
    let is_secret = credential.len() >= CREDENTIAL_BYTES_MIN && (is_header || !is_word);
    is_secret.then_some(start..end)
}

/// A mask counts as a part of the word, as what it stands for did.
fn starts_word(text: &[u8], start: usize) -> bool {
    text[..start].last().is_none_or(|byte| !byte.is_ascii_alphanumeric()) && !text[..start].ends_with(MASK)
}

/// The password in `scheme://user:password@host`; it may hold `:` and `@`, not `/` or white space.
fn url_password(text: &[u8], sign: Range<usize>) -> Option<Range<usize>> {
    let in_authority = |byte: u8| !byte.is_ascii_whitespace() && !b"/\"'<>?#`".contains(&byte);
    let authority = &text[sign.end..run(text, sign.end, in_authority)];
    let at = memchr::memrchr(b'@', authority)?;
    let colon = memchr::memchr(b':', &authority[..at])?;
    (colon + 1 < at).then_some(sign.end + colon + 1..sign.end + at)
}

/// `AKIA` or `ASIA` and 16 capitals or digits.
fn aws_key_id(text: &[u8], sign: Range<usize>) -> Option<Range<usize>> {
    let is_part = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let end = run(&text[..text.len().min(sign.start + 21)], sign.start, is_part);
    (end - sign.start == 20 && starts_word(text, sign.start)).then_some(sign.start..end)
}

/// `eyJ….eyJ….…`, the first part at least ten long; the last may be missing when the line was cut.
fn json_web_token(text: &[u8], sign: Range<usize>) -> Option<Range<usize>> {
    if !text[sign.start..].starts_with(b"eyJ") || !starts_word(text, sign.start) {
        return None;
    }
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_=".contains(&byte);
    let head = run(&text[..text.len().min(sign.start + TOKEN_HEAD_BYTES_MAX)], sign.start, is_part);
    let is_token = head - sign.start >= 10 && text[head..].starts_with(b".eyJ");
    is_token.then(|| sign.start..run(text, head, |byte| is_part(byte) || byte == b'.'))
}

/// Everything between the first and the last line of a private key, or to the end.
fn private_key(text: &[u8], sign: Range<usize>) -> Option<Range<usize>> {
    let rest = &text[sign.end..];
    let label = memchr::memmem::find(&rest[..rest.len().min(60)], b"-----")?;
    if !rest[..label].ends_with(b"PRIVATE KEY") {
        return None;
    }
    let start = sign.end + label + 5;
    let end = memchr::memmem::find(&text[start..], b"-----END ").map_or(text.len(), |at| start + at);
    let body = text[start..end].trim_ascii();
    let start = start + text[start..end].len() - text[start..end].trim_ascii_start().len();
    (!body.is_empty()).then_some(start..start + body.len())
}

/// Tokens that carry their maker's prefix.
fn prefixed(text: &[u8], sign: Range<usize>) -> Option<Range<usize>> {
    if !starts_word(text, sign.start) {
        return None;
    }
    let end = run(text, sign.end, |byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    (end - sign.end >= PREFIXED_BYTES_MIN).then_some(sign.start..end)
}
