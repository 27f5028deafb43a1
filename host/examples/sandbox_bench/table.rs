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
pub(crate) struct Table(Vec<String>);

impl Table {
    pub(crate) fn add(&mut self, what: &str, shape: Shape, unit: Unit, times: &Times) {
        let [native, epochs, free] = [0, 1, 2].map(|side| cell(times.median(side), unit));
        let batch = format!("{} · {}", shape.lines, shape.window);
        let (with, without) = (times.ratio(1), times.ratio(2));
        self.0.push(format!("| {what} | {batch} | {native} | {epochs} | {free} | **{with:.2}** | **{without:.2}** |"));
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
        self.0.iter().try_for_each(|row| writeln!(f, "{row}"))
    }
}
