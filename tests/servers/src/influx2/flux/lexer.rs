//! Flux into tokens, after its specification.

use std::iter::Peekable;
use std::str::Chars;

use jiff::Timestamp;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Name(String),
    Text(String),
    Integer(i64),
    Float(f64),
    Time(i64),
    Symbol(&'static str),
}

/// Longest first.
const SYMBOLS: [&str; 18] =
    ["|>", "=>", "==", "!=", "<=", ">=", "(", ")", "[", "]", ":", ",", ".", "<", ">", "-", "+", "="];

pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut rest = text;
    let mut tokens = Vec::new();
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\r', '\n']);
        let Some(first) = rest.chars().next() else {
            return Ok(tokens);
        };
        let (token, after) = match first {
            '"' => string(&rest[1..])?,
            '0'..='9' => number(rest)?,
            'a'..='z' | 'A'..='Z' | '_' => name(rest),
            _ => symbol(rest)?,
        };
        tokens.push(token);
        rest = after;
    }
}

fn symbol(rest: &str) -> Result<(Token, &str), String> {
    let symbol = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol));
    let symbol = symbol.ok_or_else(|| format!("illegal character {:?}", rest.chars().next()))?;
    Ok((Token::Symbol(symbol), &rest[symbol.len()..]))
}

fn name(rest: &str) -> (Token, &str) {
    let end = rest.find(|char: char| !char.is_ascii_alphanumeric() && char != '_').unwrap_or(rest.len());
    (Token::Name(rest[..end].to_owned()), &rest[end..])
}

/// An integer, a float or a time; a number has no leading zero and no unit behind it.
fn number(rest: &str) -> Result<(Token, &str), String> {
    let in_time = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | ':' | '.');
    let end = rest.find(|char| !in_time(char)).unwrap_or(rest.len());
    if rest.as_bytes().get(4) == Some(&b'-') {
        let word = &rest[..end];
        let time: Timestamp = word.parse().map_err(|error| format!("bad time literal {word:?}: {error}"))?;
        let ns = i64::try_from(time.as_nanosecond()).map_err(|_| format!("time {word:?} out of range"))?;
        return Ok((Token::Time(ns), &rest[end..]));
    }
    let end = rest.find(|char: char| !char.is_ascii_alphanumeric() && char != '.').unwrap_or(rest.len());
    let word = &rest[..end];
    let token = match word.contains('.') {
        true => word.parse().ok().map(Token::Float),
        false if word.len() > 1 && word.starts_with('0') => None,
        false => word.parse().ok().map(Token::Integer),
    };
    Ok((token.ok_or_else(|| format!("bad number literal {word:?}"))?, &rest[end..]))
}

/// After the opening quote.
fn string(rest: &str) -> Result<(Token, &str), String> {
    let mut bytes = Vec::new();
    let mut chars = rest.chars().peekable();
    loop {
        match chars.next().ok_or("a string has no end")? {
            '"' => break,
            '\\' => escape(&mut chars, &mut bytes)?,
            '$' if chars.peek() == Some(&'{') => return Err("an expression in a string is not known here".into()),
            char => bytes.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    let text = String::from_utf8(bytes).map_err(|_| "a string is no UTF-8")?;
    let left: String = chars.collect();
    Ok((Token::Text(text), &rest[rest.len() - left.len()..]))
}

fn escape(chars: &mut Peekable<Chars<'_>>, bytes: &mut Vec<u8>) -> Result<(), String> {
    let escaped = chars.next().ok_or("a string has no end")?;
    match escaped {
        'n' => bytes.push(b'\n'),
        'r' => bytes.push(b'\r'),
        't' => bytes.push(b'\t'),
        '\\' | '"' => bytes.push(escaped as u8),
        '$' if chars.next_if_eq(&'{').is_some() => bytes.extend_from_slice(b"${"),
        'x' => {
            let digits: String = chars.by_ref().take(2).collect();
            let byte = u8::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 2);
            bytes.push(byte.ok_or_else(|| format!("bad byte \\x{digits}"))?);
        }
        other => return Err(format!("unknown escape \\{other}")),
    }
    Ok(())
}
