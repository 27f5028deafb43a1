//! The one table that is printed.

use std::fmt;

use crate::Shape;
use crate::clock::Times;

/// What a time is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Unit {
    /// Of so many bytes on average.
    Line {
        bytes: f64,
    },
    Window,
}

/// Rows of the table, as Markdown.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<String>,
    /// Those that also stand in the table beside others: speed of the components as a share of the native one.
    pub(crate) beside_others: Vec<String>,
}

/// Speed with epochs, and without, that is wanted at least.
const AIMS: (f64, f64) = (0.63, 0.75);

impl Table {
    /// One that stands beside others: what it is called there.
    pub(crate) fn compare(&mut self, what: &str, shape: Shape, bytes: f64, times: &Times) {
        for (side, aim, how) in [(1, AIMS.0, "with epochs"), (2, AIMS.1, "without epochs")] {
            let speed = 1.0 / times.ratio(side);
            let missed = if speed < aim { " **missed**" } else { "" };
            let rate = |side: usize| cell(times.median(side), Unit::Line { bytes });
            self.beside_others.push(format!(
                "| {what} of windows of {} lines, in wasm {how}, one core | the same Rust code, native | {} | {} | **{speed:.2}** | {aim} ×{missed} |",
                shape.window,
                rate(side),
                rate(0),
            ));
        }
    }

    pub(crate) fn add(&mut self, what: &str, shape: Shape, unit: Unit, times: &Times) {
        let [native, epochs, free] = [0, 1, 2].map(|side| cell(times.median(side), unit));
        let batch = format!("{} · {}", shape.lines, shape.window);
        let (with, without) = (times.ratio(1), times.ratio(2));
        self.rows
            .push(format!("| {what} | {batch} | {native} | {epochs} | {free} | **{with:.2}** | **{without:.2}** |"));
    }
}

fn cell(ns: f64, unit: Unit) -> String {
    match unit {
        Unit::Line { bytes } => format!("{:.2} M lines/s, {:.0} MB/s", 1e3 / ns, bytes * 1e3 / ns),
        Unit::Window => format!("{:.2} us a window", ns / 1e3),
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| | lines a batch · a window | native | epochs | no epochs | ratio, epochs | ratio, no epochs |")?;
        writeln!(f, "|---|---|---|---|---|---|---|")?;
        self.rows.iter().try_for_each(|row| writeln!(f, "{row}"))
    }
}
