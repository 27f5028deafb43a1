//! What was measured, and how it is printed.

use std::fmt::Write as _;
use std::time::Duration;

/// Times of each kind, in the order of the table.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub(crate) batch: Vec<Duration>,
    pub(crate) training: Vec<Duration>,
    pub(crate) generation_gap: Vec<Duration>,
    pub(crate) thresholds_gap: Vec<Duration>,
    pub(crate) back: Vec<Duration>,
    pub(crate) recovery: Vec<Duration>,
    pub(crate) new_file: Vec<Duration>,
    pub(crate) cached_file: Vec<Duration>,
}

impl Figures {
    pub(crate) fn table(&self) -> String {
        let usual = median(&self.batch);
        let mut table = String::from(
            "| what | median | 99 of 100 | most | in usual batches | aim |\n|---|---:|---:|---:|---:|---|\n",
        );
        for (what, times, aim) in [
            ("a usual batch of 64 windows of 8 lines", &self.batch, ""),
            ("the same, while models are trained without end on a thread beside it", &self.training, ""),
            ("gap at a switch of generations", &self.generation_gap, "1 ms; 5 batches"),
            ("gap at a switch of thresholds, with what they knew", &self.thresholds_gap, "1 ms; 5 batches"),
            ("going back while the one before stands by", &self.back, "2 ms"),
            ("fresh instances after a fault, and the batch again", &self.recovery, "2 ms"),
            ("file in place → first windows scored by it", &self.new_file, "500 ms"),
            ("the same, compiled before", &self.cached_file, "5 ms, see below"),
        ] {
            let batches = median(times).as_secs_f64() / usual.as_secs_f64();
            // Writing to a string cannot fail.
            let _ = writeln!(
                table,
                "| {what} | {} | {} | {} | {batches:.2} | {aim} |",
                shown(median(times)),
                shown(at(times, 0.99)),
                shown(at(times, 1.0)),
            );
        }
        table
    }
}

fn median(times: &[Duration]) -> Duration {
    at(times, 0.5)
}

fn at(times: &[Duration], share: f64) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    let place = (share * times.len() as f64) as usize;
    times.get(place.min(times.len().saturating_sub(1))).copied().unwrap_or_default()
}

fn shown(time: Duration) -> String {
    let us = time.as_secs_f64() * 1e6;
    if us < 10_000.0 { format!("{us:.0} µs") } else { format!("{:.0} ms", us / 1e3) }
}
