//! The Flux that is asked: text out of a `Select`, and nothing else.
//!
//! Promises: each string stands in the text exactly as it is, whatever a container is called; filters come first and are
//! such as the storage engine works off itself (a comparison of one column with a constant); an answer is one table, a row
//! a point. Left out: asking.
//!
//! A range of numbers (`between`) takes two questions. All fields of a point meet in one row only after `pivot`, and what
//! comes after `pivot` is worked off in the server's memory: asked in one go, the whole time range of a container would be
//! pivoted for a few lines. So the times of the points are asked first, from the one field, and then the points of just
//! these times.

use std::fmt::Write as _;

use jiff::Timestamp;

use crate::influx::dialect::{Between, Select};

/// Where the answer of `numbers` has the number.
pub(super) const NUMBER: &str = "_value";

/// The points of `select`: `_time` and its fields. With `newest` they come newest first, so that what is left when the
/// answer is cut short is the newest.
pub(super) fn points(bucket: &str, select: &Select<'_>) -> String {
    let mut flux = series(bucket, select);
    // What is compared must be in the row, asked for or not.
    let compared = select.between.map(|between| between.field).filter(|field| !select.fields.contains(field));
    let fields = select.fields.iter().copied().chain(compared);
    let fields: Vec<_> = fields.map(|field| format!("r[\"_field\"] == {}", quoted(field))).collect();
    let _ = write!(flux, "\n  |> filter(fn: (r) => {})", fields.join(" or "));
    if select.between.is_none() {
        // The first field is in each point, so these are all fields of the points wanted, and the server pivots no more.
        let first = if select.newest { "tail" } else { "limit" };
        let _ = write!(flux, "\n  |> {first}(n: {})", count(select.limit));
    }
    flux.push_str("\n  |> pivot(rowKey: [\"_time\"], columnKey: [\"_field\"], valueColumn: \"_value\")");
    if let Some(between) = select.between {
        filter_between(&mut flux, between.field, between);
    }
    one_table(&mut flux, select, select.fields);
    flux
}

/// The points of `select` whose number lies in `between`: `_time`, and the number as `_value`.
pub(super) fn numbers(bucket: &str, select: &Select<'_>, between: Between) -> String {
    let mut flux = series(bucket, select);
    // Two filters: in one, the second half would compare values of every type with a number, which Flux refuses.
    let _ = write!(flux, "\n  |> filter(fn: (r) => r[\"_field\"] == {})", quoted(between.field));
    filter_between(&mut flux, NUMBER, between);
    one_table(&mut flux, select, &[NUMBER]);
    flux
}

/// Asks for nothing: shows whether one may ask.
pub(super) fn nothing(bucket: &str) -> String {
    format!("from(bucket: {})\n  |> range(start: {}, stop: {})\n  |> limit(n: 1)", quoted(bucket), time(0), time(1))
}

fn series(bucket: &str, select: &Select<'_>) -> String {
    let mut flux = format!(
        "from(bucket: {})\n  |> range(start: {}, stop: {})\n  |> filter(fn: (r) => r[\"_measurement\"] == {} and r[\"store\"] == {}",
        quoted(bucket),
        time(select.from_ns),
        time(select.until_ns),
        quoted(select.measurement),
        quoted(select.store),
    );
    if let Some(container) = select.container {
        let _ = write!(flux, " and r[\"container\"] == {}", quoted(container));
    }
    flux.push(')');
    flux
}

fn filter_between(flux: &mut String, column: &str, between: Between) {
    let column = quoted(column);
    let _ = write!(
        flux,
        "\n  |> filter(fn: (r) => r[{column}] >= {} and r[{column}] < {})",
        integer(between.from),
        integer(between.until)
    );
}

/// All series in one table, by time, no more than the limit.
fn one_table(flux: &mut String, select: &Select<'_>, columns: &[&str]) {
    let columns: Vec<_> = ["_time"].iter().chain(columns).map(|column| quoted(column)).collect();
    let _ = write!(
        flux,
        "\n  |> group()\n  |> keep(columns: [{}])\n  |> sort(columns: [\"_time\"], desc: {})\n  |> limit(n: {})",
        columns.join(", "),
        select.newest,
        count(select.limit)
    );
}

/// A string literal. A dollar sign is written in digits, as `${` would begin an expression.
fn quoted(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('"');
    for character in text.chars() {
        match character {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            '$' | '\0'..='\x1f' | '\x7f' => {
                let _ = write!(literal, "\\x{:02x}", u32::from(character));
            }
            _ => literal.push(character),
        }
    }
    literal.push('"');
    literal
}

/// A time literal, to the nanosecond. It is 1677 to 2262 that 64 bits of nanoseconds can say, and so can RFC 3339.
fn time(ns: i64) -> String {
    let timestamp = Timestamp::from_nanosecond(i128::from(ns)).expect("64 bits of nanoseconds are within its range");
    format!("{timestamp:.9}")
}

/// An integer literal has no sign, and the smallest number has no positive counterpart to put one before.
fn integer(value: i64) -> String {
    match value {
        i64::MIN => format!("(-{} - 1)", i64::MAX),
        0.. => value.to_string(),
        _ => format!("({value})"),
    }
}

fn count(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
