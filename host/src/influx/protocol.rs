//! Line protocol: how points are written, on every API.
//!
//! A `Body` is many points in one buffer, with the end of each: a text may hold line breaks, so a body cannot be taken apart
//! at them. Nothing of a container's text can end its field: `"` and `\` are escaped, and that is all there is to escape.

use std::fmt::Write as _;
use std::ops::Range;

use memchr::memchr2;

/// Points, written one after the other.
#[derive(Debug, Default)]
pub(super) struct Body {
    bytes: Vec<u8>,
    /// Where each point ends, its line break included.
    ends: Vec<usize>,
}

impl Body {
    /// Begins a point; it counts when its time is written.
    pub(super) fn point(&mut self, series: &str) -> Point<'_> {
        self.bytes.extend_from_slice(series.as_bytes());
        Point { body: self, before: b' ' }
    }

    pub(super) fn points(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// The points at `range`.
    pub(super) fn slice(&self, range: Range<usize>) -> &[u8] {
        let end = |count: usize| if count == 0 { 0 } else { self.ends[count - 1] };
        &self.bytes[end(range.start)..end(range.end)]
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }
}

/// A point that is being written: fields in any order, then `at`.
#[derive(Debug)]
#[must_use]
pub(super) struct Point<'a> {
    body: &'a mut Body,
    /// What stands before the next field.
    before: u8,
}

impl Point<'_> {
    pub(super) fn integer(self, name: &str, value: i64) -> Self {
        self.display(name, format_args!("{value}i"))
    }

    /// Exact: the shortest digits that give the same number again. What is not finite cannot be stored and is left out.
    pub(super) fn float(self, name: &str, value: f64) -> Self {
        if value.is_finite() { self.display(name, format_args!("{value:?}")) } else { self }
    }

    pub(super) fn boolean(self, name: &str, value: bool) -> Self {
        self.display(name, format_args!("{value}"))
    }

    pub(super) fn text(mut self, name: &str, value: &str) -> Self {
        self.name(name);
        let bytes = &mut self.body.bytes;
        bytes.push(b'"');
        let mut rest = value.as_bytes();
        while let Some(at) = memchr2(b'"', b'\\', rest) {
            bytes.extend_from_slice(&rest[..at]);
            bytes.extend_from_slice(&[b'\\', rest[at]]);
            rest = &rest[at + 1..];
        }
        bytes.extend_from_slice(rest);
        bytes.push(b'"');
        self
    }

    /// Ends the point.
    pub(super) fn at(self, time_ns: i64) {
        let body = self.body;
        append(&mut body.bytes, format_args!(" {time_ns}\n"));
        body.ends.push(body.bytes.len());
    }

    fn display(mut self, name: &str, value: std::fmt::Arguments<'_>) -> Self {
        self.name(name);
        append(&mut self.body.bytes, value);
        self
    }

    fn name(&mut self, name: &str) {
        self.body.bytes.push(self.before);
        self.before = b',';
        self.body.bytes.extend_from_slice(name.as_bytes());
        self.body.bytes.push(b'=');
    }
}

fn append(bytes: &mut Vec<u8>, value: std::fmt::Arguments<'_>) {
    use std::io::Write as _;
    bytes.write_fmt(value).expect("a vector takes everything");
}

/// Measurement and tags, in the order of their names; values come from `tag`.
pub(super) fn series(measurement: &str, tags: &[(&str, &str)]) -> String {
    let mut series = measurement.to_owned();
    for (name, value) in tags {
        let _ = write!(series, ",{name}=");
        for character in value.chars() {
            if matches!(character, ',' | '=' | ' ') {
                series.push('\\');
            }
            series.push(character);
        }
    }
    series
}

#[cfg(test)]
mod tests;
