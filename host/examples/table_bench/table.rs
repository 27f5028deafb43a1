//! Rows of the one table.

use std::fmt;

use crate::race::Times;

/// Rows, as Markdown.
#[derive(Debug, Default)]
pub(crate) struct Table(Vec<String>);

impl Table {
    /// `units` are done in each round, such as lines; `aim` is how many times as fast we want to be.
    pub(crate) fn add(&mut self, what: &str, against: &str, (units, unit): (usize, &str), aim: f64, times: &Times) {
        let rate = |seconds: f64| format!("{} {unit}/s", count(units as f64 / seconds));
        let [least, ratio, most] = times.ratios();
        let missed = if ratio < aim { " **missed**" } else { "" };
        let aim = if aim < 1.0 { format!("{aim:.2}") } else { format!("{aim:.0}") };
        self.0.push(format!(
            "| {what} | {against} | {} | {} | **{}** ({}–{}) | {aim} ×{missed} |",
            rate(times.ours()),
            rate(times.theirs()),
            short(ratio),
            short(least),
            short(most),
        ));
        eprintln!("{}", self.0[self.0.len() - 1]);
    }
}

fn short(ratio: f64) -> String {
    if ratio < 10.0 { format!("{ratio:.2}") } else { format!("{ratio:.0}") }
}

fn count(value: f64) -> String {
    match value {
        value if value >= 1e6 => format!("{:.2} M", value / 1e6),
        value if value >= 1e4 => format!("{:.0} k", value / 1e3),
        value if value >= 1e3 => format!("{:.1} k", value / 1e3),
        value if value >= 10.0 => format!("{value:.0}"),
        value => format!("{value:.2}"),
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|row| writeln!(f, "{row}"))
    }
}
