//! The text that both sides work on, and the rows that ours make of it.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use foghorn::plugins::Rows;
use foghorn::window::{Cut, Windows};

use crate::{Outcome, lines};

/// Lines of a window, and of what is given to a plugin at once.
const WINDOW_LINES: usize = 64;
const BATCH_LINES: usize = 4_096;
/// Lines that are learned, and lines that are judged.
pub(crate) const HISTORY_LINES: usize = 1_000 * WINDOW_LINES;
pub(crate) const FRESH_LINES: usize = 1_024 * WINDOW_LINES;

pub(crate) fn history() -> Vec<Windows> {
    batches(0, HISTORY_LINES)
}

pub(crate) fn fresh() -> Vec<Windows> {
    batches(HISTORY_LINES, FRESH_LINES)
}

fn batches(first: usize, count: usize) -> Vec<Windows> {
    let starts = (first..first + count).step_by(BATCH_LINES);
    starts.map(|start| batch(start, BATCH_LINES.min(first + count - start))).collect()
}

fn batch(first: usize, count: usize) -> Windows {
    let lines = lines::lines(first, count);
    let mut windows = Windows::default();
    for from in (0..lines.len()).step_by(WINDOW_LINES) {
        let range = from..(from + WINDOW_LINES).min(lines.len());
        let (begin_ns, end_ns) = (lines::time_ns(first + range.start), lines::time_ns(first + range.end));
        windows.push(&lines, &Cut { lines: range, begin_ns, end_ns });
    }
    windows
}

/// One line of text a line.
pub(crate) fn write_lines(path: &Path, batches: &[Windows]) -> Outcome<()> {
    let mut file = std::io::BufWriter::new(fs::File::create(path)?);
    for line in batches.iter().flat_map(|batch| batch.lines.iter()) {
        file.write_all(line.text)?;
        file.write_all(b"\n")?;
    }
    Ok(file.flush()?)
}

/// Compressed sparse rows, a file for each part, little-endian.
pub(crate) fn write_rows(directory: &Path, name: &str, rows: &Rows) -> Outcome<()> {
    let whole = |values: &[u32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let parts = [
        ("columns", whole(&[rows.columns])),
        ("starts", whole(&rows.row_ptr)),
        ("indices", whole(&rows.idx)),
        ("values", rows.val.iter().flat_map(|value| value.to_le_bytes()).collect()),
    ];
    parts.iter().try_for_each(|(part, bytes)| Ok(fs::write(directory.join(format!("{name}.{part}")), bytes)?))
}
