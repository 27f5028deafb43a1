//! What a cycle learns from, read out of history.

use super::cycle::{CycleError, Material};
use crate::history::{History, WindowRecord};
use crate::identity::Identity;
use crate::line::Lines;
use crate::window::{Cut, Windows};

/// Most bytes of text that one cycle holds of new windows, and again of earlier ones, where nothing less is said; above it, windows are left out evenly.
pub const TEXT_BYTES_MAX: usize = 64 << 20;

/// Most lines asked of history at once.
const READ_LINES_MAX: usize = 16_384;

/// Most windows looked at to find those that count; more are left to the next cycle.
const LOOK_MAX: usize = 50_000;

/// What to read.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// The first line that no cycle has learned from.
    pub learned_until_seq: u64,
    /// How many windows the cycle takes, the oldest first.
    pub take: u32,
    /// Earlier windows that begin before this are not read.
    pub range_begin_ns: u64,
    pub windows_max: usize,
    /// Most bytes of text of new windows, and again of earlier ones.
    pub text_bytes_max: usize,
    /// Another plugin is to learn: what was learned before will do where nothing new is there.
    pub again: bool,
}

/// Reads the slice and the windows before it. Windows of alerts are left out: incidents do not train. `normal` are windows of alerts that people
/// called normal: they are learned with the slice.
pub async fn read(
    history: &dyn History,
    identity: &Identity,
    plan: Plan,
    normal: &[WindowRecord],
) -> Result<Material, CycleError> {
    let mut slice = history.windows_from(identity, plan.learned_until_seq, LOOK_MAX).await?;
    slice.retain(|window| !window.in_alert);
    slice.truncate(plan.take as usize);
    let (before_seq, before_ns) = match slice.first() {
        Some(first) => (first.first_seq, first.begin_ns),
        None if plan.again || !normal.is_empty() => (plan.learned_until_seq, u64::MAX),
        None => return Ok(Material::default()),
    };
    let until_seq = slice.last().map_or(before_seq, |last| last.end_seq);
    slice.extend(normal.iter().cloned());
    slice.sort_by_key(|window| window.first_seq);
    let room = plan.windows_max.saturating_sub(slice.len());
    let mut earlier = history.windows(identity, plan.range_begin_ns, before_ns, room).await?;
    earlier.retain(|window| !window.in_alert && window.end_seq <= before_seq);
    Ok(Material {
        slice: read_windows(history, identity, &slice, plan.text_bytes_max).await?,
        earlier: read_windows(history, identity, &earlier, plan.text_bytes_max).await?,
        until_seq,
    })
}

/// The newest `count` windows of a container, those of alerts too: what a plugin is tried on.
pub async fn newest(history: &dyn History, identity: &Identity, count: usize) -> Result<Windows, CycleError> {
    let records = history.windows(identity, 0, u64::MAX, count).await?;
    read_windows(history, identity, &records, TEXT_BYTES_MAX).await
}

/// The lines of `records`, about `text_bytes_max` bytes of them. Windows whose lines are no longer kept are left out.
pub async fn read_windows(
    history: &dyn History,
    identity: &Identity,
    records: &[WindowRecord],
    text_bytes_max: usize,
) -> Result<Windows, CycleError> {
    let mut windows = Windows::default();
    let mut text_bytes = 0;
    let mut rest = records;
    while let Some(first) = rest.first() {
        let here = &rest[..run_length(rest)];
        let end_seq = here[here.len() - 1].end_seq;
        let Some(batch) = history.lines(identity, first.first_seq, end_seq, span(first.first_seq, end_seq)).await?
        else {
            rest = &rest[here.len()..];
            continue;
        };
        // A read may end early, at its bound of bytes: the next one goes on from there.
        let covered = here.iter().take_while(|record| record.end_seq <= batch.end_seq()).count();
        for record in here[..covered].iter().filter(|record| record.first_seq >= batch.first_seq) {
            push(&mut windows, &batch.lines, batch.first_seq, record);
        }
        rest = &rest[covered.max(1)..];
        text_bytes += batch.lines.text_bytes();
        if text_bytes > text_bytes_max {
            // Half of what was read so far and half of what follows keeps the whole span in view.
            windows = every_second(&windows);
            text_bytes = windows.lines.text_bytes();
        }
    }
    Ok(windows)
}

/// How many records from the first on lie close enough together to be read at once.
fn run_length(records: &[WindowRecord]) -> usize {
    let first = records[0].first_seq;
    records.iter().take_while(|record| span(first, record.end_seq) <= READ_LINES_MAX).count().max(1)
}

fn span(from_seq: u64, end_seq: u64) -> usize {
    usize::try_from(end_seq.saturating_sub(from_seq)).unwrap_or(usize::MAX)
}

fn push(windows: &mut Windows, lines: &Lines, first_seq: u64, record: &WindowRecord) {
    let places = span(first_seq, record.first_seq)..span(first_seq, record.end_seq);
    windows.push(lines, &Cut { lines: places, begin_ns: record.begin_ns, end_ns: record.end_ns });
}

fn every_second(windows: &Windows) -> Windows {
    windows.select((0..windows.len()).step_by(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(first_seq: u64, end_seq: u64) -> WindowRecord {
        WindowRecord { first_seq, end_seq, begin_ns: 0, end_ns: 1, stderr_lines: 0, verdict: None, in_alert: false }
    }

    #[test]
    fn windows_close_together_are_read_at_once() {
        let records = [record(1, 101), record(101, 201), record(20_000, 20_001)];
        assert_eq!(run_length(&records), 2);
        assert_eq!(run_length(&records[2..]), 1);
    }

    #[test]
    fn a_window_larger_than_a_read_is_still_read() {
        assert_eq!(run_length(&[record(1, 100_000), record(100_000, 100_001)]), 1);
    }
}
