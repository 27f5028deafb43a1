//! What the host has stored of a service: its lines and its scored windows, as `foghorn history` prints them.

use anyhow::{Context, Result};
use serde_json::Value;

use super::score::Period;

/// A stored line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    seq: u64,
    pub(super) time_ns: u64,
    pub(super) output: String,
    pub(super) text: String,
}

/// A window and its score, where 1.0 is the threshold; `None` before the service was watched.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Window {
    first_seq: u64,
    score: Option<f64>,
}

/// Reads `foghorn history export`.
pub(super) fn lines(text: &str) -> Result<Vec<Line>> {
    rows(text, |row| {
        Some(Line {
            seq: row["seq"].as_u64()?,
            time_ns: row["time_ns"].as_u64()?,
            output: row["output"].as_str()?.to_owned(),
            text: row["line"].as_str()?.to_owned(),
        })
    })
}

/// Reads `foghorn history windows`.
pub(super) fn windows(text: &str) -> Result<Vec<Window>> {
    rows(text, |row| Some(Window { first_seq: row["first_seq"].as_u64()?, score: row["score"].as_f64() }))
}

fn rows<T>(text: &str, row: fn(&Value) -> Option<T>) -> Result<Vec<T>> {
    let parse = |line: &str| {
        let value = serde_json::from_str(line).ok()?;
        row(&value)
    };
    text.lines().map(|line| parse(line).with_context(|| format!("foghorn history printed {line:.200}"))).collect()
}

/// The highest score of the windows that begin within the period; `None` where no window was scored there.
pub(super) fn score_max(period: Period, lines: &[Line], windows: &[Window]) -> Option<f64> {
    let begins_within = |window: &Window| {
        let at = lines.partition_point(|line| line.seq < window.first_seq);
        lines.get(at).is_some_and(|line| period.holds(line.time_ns / 1_000_000))
    };
    windows.iter().filter(|window| begins_within(window)).filter_map(|window| window.score).reduce(f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = "{\"seq\":1,\"time_ns\":1000000000,\"output\":\"stdout\",\"line\":\"a\"}\n\
        {\"seq\":2,\"time_ns\":6000000000,\"output\":\"stderr\",\"line\":\"b\"}\n";
    const WINDOWS: &str = "{\"first_seq\":1,\"lines\":1,\"score\":3.5}\n{\"first_seq\":2,\"lines\":1,\"score\":0.5}\n";

    #[test]
    fn a_windows_time_is_that_of_its_first_line() {
        let (lines, windows) = (lines(LINES).unwrap(), windows(WINDOWS).unwrap());
        let score = |begin_ms, end_ms| score_max(Period { begin_ms, end_ms }, &lines, &windows);
        assert_eq!(score(5_000, 7_000), Some(0.5));
        assert_eq!(score(0, 7_000), Some(3.5));
        assert_eq!(score(2_000, 5_000), None);
    }

    #[test]
    fn another_print_is_an_error_that_shows_it() {
        assert!(format!("{:#}", lines("{\"seq\":1}").unwrap_err()).contains("{\"seq\":1}"));
    }
}
