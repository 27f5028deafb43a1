//! Line protocol, read as strictly as its reference says.
//!
//! Stricter than a real server where that forgives: one space between the parts, no unescaped `=` in a tag's value, no
//! field twice. As a real server, and against its reference, it takes a line break inside a string field: the reference
//! says that line protocol has none, the maintainers say that the servers take it (influxdata/docs-v2#3715).

use std::collections::{BTreeMap, BTreeSet};
use std::iter::Peekable;
use std::str::Chars;

use super::value::Value;

/// Measurement and tags together.
const KEY_BYTES_MAX: usize = 65_535;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Point {
    pub(super) measurement: String,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) fields: BTreeMap<String, Value>,
    /// `None` when the server is to give it.
    pub(super) time: Option<i64>,
}

/// All points of a body, or what is wrong with the first bad line.
pub(super) fn parse(body: &str) -> Result<Vec<Point>, String> {
    let mut points = Vec::new();
    let mut rest = body.chars().peekable();
    let mut number = 0;
    while rest.peek().is_some() {
        number += 1;
        if rest.next_if_eq(&'\n').is_some() {
            continue;
        }
        if rest.peek() == Some(&'#') {
            rest.by_ref().find(|&char| char == '\n');
            continue;
        }
        let begin = rest.clone();
        let point = point(&mut rest).map_err(|why| {
            let line: String = begin.take_while(|&char| char != '\n').collect();
            format!("unable to parse '{line}' (line {number}): {why}")
        })?;
        points.push(point);
    }
    Ok(points)
}

type Rest<'a> = Peekable<Chars<'a>>;

fn point(rest: &mut Rest<'_>) -> Result<Point, String> {
    let measurement = name(rest, "measurement", &[',', ' '], &[])?;
    if measurement.starts_with('_') {
        return Err(format!("measurement {measurement:?} begins with an underscore, which is reserved"));
    }
    let tags = tags(rest)?;
    let key_bytes = measurement.len() + tags.iter().map(|(key, value)| key.len() + value.len() + 2).sum::<usize>();
    if key_bytes > KEY_BYTES_MAX {
        return Err(format!("max key length exceeded: {key_bytes} > {KEY_BYTES_MAX}"));
    }
    expect(rest, ' ')?;
    let fields = fields(rest)?;
    let time = if rest.next_if_eq(&' ').is_some() { Some(time(rest)?) } else { None };
    match rest.next() {
        None | Some('\n') => Ok(Point { measurement, tags, fields, time }),
        Some(other) => Err(format!("{other:?} where the line should end")),
    }
}

fn tags(rest: &mut Rest<'_>) -> Result<BTreeMap<String, String>, String> {
    let mut tags = BTreeMap::new();
    while rest.next_if_eq(&',').is_some() {
        let key = name(rest, "tag key", &['='], &[',', ' '])?;
        expect(rest, '=')?;
        let value = name(rest, "tag value", &[',', ' '], &['='])?;
        if ["_measurement", "_field", "time"].contains(&key.as_str()) {
            return Err(format!("tag key {key:?} is reserved"));
        }
        if tags.insert(key.clone(), value).is_some() {
            return Err(format!("duplicate tag {key:?}"));
        }
    }
    Ok(tags)
}

fn fields(rest: &mut Rest<'_>) -> Result<BTreeMap<String, Value>, String> {
    let mut fields = BTreeMap::new();
    let mut seen = BTreeSet::new();
    loop {
        let key = name(rest, "field key", &['='], &[',', ' '])?;
        expect(rest, '=')?;
        if key == "time" || !seen.insert(key.clone()) {
            return Err(format!("field key {key:?} is reserved or there twice"));
        }
        let value = if rest.next_if_eq(&'"').is_some() { string(rest)? } else { bare(rest)? };
        fields.insert(key, value);
        if rest.next_if_eq(&',').is_none() {
            return Ok(fields);
        }
    }
}

/// Up to one of `stops`. A backslash takes the meaning from a stop or from one of `illegal`, and is itself elsewhere.
fn name(rest: &mut Rest<'_>, what: &str, stops: &[char], illegal: &[char]) -> Result<String, String> {
    let special = |char: char| stops.contains(&char) || illegal.contains(&char);
    let escapable = |char: char| special(char) || (what != "measurement" && matches!(char, ',' | ' ' | '='));
    let mut name = String::new();
    loop {
        match rest.peek().copied() {
            None | Some('\n') => return Err(format!("{what} {name:?} has no end")),
            Some('\\') => {
                rest.next();
                match rest.next_if(|&next| escapable(next)) {
                    Some(escaped) => name.push(escaped),
                    None => name.push('\\'),
                }
            }
            Some(char) if stops.contains(&char) => break,
            Some(char) if special(char) => return Err(format!("unescaped {char:?} in {what} {name:?}")),
            Some(char) => {
                rest.next();
                name.push(char);
            }
        }
    }
    if name.is_empty() { Err(format!("missing {what}")) } else { Ok(name) }
}

/// After the opening quote.
fn string(rest: &mut Rest<'_>) -> Result<Value, String> {
    let mut text = String::new();
    loop {
        match rest.next() {
            None => return Err("unbalanced quotes".into()),
            Some('"') => return Ok(Value::text(&text)),
            Some('\\') => match rest.next_if(|&next| matches!(next, '"' | '\\')) {
                Some(escaped) => text.push(escaped),
                None => text.push('\\'),
            },
            Some(char) => text.push(char),
        }
    }
}

fn bare(rest: &mut Rest<'_>) -> Result<Value, String> {
    let word = word(rest);
    let value = match word.as_str() {
        "t" | "T" | "true" | "True" | "TRUE" => Some(Value::Boolean(true)),
        "f" | "F" | "false" | "False" | "FALSE" => Some(Value::Boolean(false)),
        number => self::number(number),
    };
    value.ok_or_else(|| format!("invalid field value {word:?}"))
}

fn number(word: &str) -> Option<Value> {
    if let Some(integer) = word.strip_suffix('i') {
        return integer.parse().ok().filter(|_| !integer.starts_with('+')).map(Value::Integer);
    }
    if let Some(unsigned) = word.strip_suffix('u') {
        return unsigned.parse().ok().filter(|_| !unsigned.starts_with('+')).map(Value::Unsigned);
    }
    // The standard library also reads `inf` and `nan`, which line protocol has not.
    let digits = word.chars().all(|char| char.is_ascii_digit() || matches!(char, '.' | '-' | '+' | 'e' | 'E'));
    word.parse().ok().filter(|float: &f64| digits && float.is_finite()).map(Value::Float)
}

fn time(rest: &mut Rest<'_>) -> Result<i64, String> {
    let word = word(rest);
    // The ends of the range are the server's own (`MinNanoTime`, `MaxNanoTime`).
    let time = word.parse().ok().filter(|time| (i64::MIN + 2..i64::MAX).contains(time));
    time.ok_or_else(|| format!("bad timestamp {word:?}"))
}

fn word(rest: &mut Rest<'_>) -> String {
    std::iter::from_fn(|| rest.next_if(|&char| !matches!(char, ',' | ' ' | '\n'))).collect()
}

fn expect(rest: &mut Rest<'_>, due: char) -> Result<(), String> {
    match rest.next() {
        Some(found) if found == due => Ok(()),
        found => Err(format!("{found:?} where {due:?} is due")),
    }
}
