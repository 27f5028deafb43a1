//! Windows: the unit that is scored.
//!
//! A window is a run of consecutive lines of one container, closed by count (of lines or of bytes) or by age. Age is counted from multiples of
//! the window's length since the Unix epoch, on the engine's time stamps: the same lines give the same windows, before and
//! after a restart, live and in a replay. The cutter is pure: it is given lines and the time.

use std::ops::Range;

use crate::line::Lines;

/// Most bytes of text in one window; the line that passes it is the last. A component takes a few times as much in one call.
const BYTES_MAX: u32 = 4 << 20;

/// When a window is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowRule {
    /// Length in time, nanoseconds; above 0.
    pub age_ns: u64,
    /// Most lines in one window; above 0.
    pub lines_max: u32,
}

/// One closed window, as places in the lines it was cut from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    pub lines: Range<usize>,
    /// When the window begins: the multiple of its length at or before its first line, or the end of a full window before it.
    pub begin_ns: u64,
    /// When it ends: its begin plus its length, or the time of its last line where it was closed by count.
    pub end_ns: u64,
}

/// Many windows of one container, packed as a component takes them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Windows {
    pub lines: Lines,
    /// Window j is the lines `starts[j] .. starts[j + 1]`; one entry more than there are windows.
    pub starts: Vec<u32>,
    pub begins: Vec<u64>,
    pub ends: Vec<u64>,
}

impl Windows {
    pub fn len(&self) -> usize {
        self.begins.len()
    }

    pub fn is_empty(&self) -> bool {
        self.begins.is_empty()
    }

    /// The lines of window `index`, as places in `lines`.
    pub fn range(&self, index: usize) -> Range<usize> {
        self.starts[index] as usize..self.starts[index + 1] as usize
    }

    /// Appends one window with the lines `cut.lines` of `source`.
    pub fn push(&mut self, source: &Lines, cut: &Cut) {
        self.push_span(source, cut.lines.clone(), cut.begin_ns, cut.end_ns);
    }

    /// Appends all windows of `other`.
    pub fn extend(&mut self, other: &Windows) {
        for index in 0..other.len() {
            self.push_span(&other.lines, other.range(index), other.begins[index], other.ends[index]);
        }
    }

    /// The windows at `indices`, in that order.
    pub fn select(&self, indices: impl IntoIterator<Item = usize>) -> Self {
        let mut selected = Self::default();
        for index in indices {
            selected.push_span(&self.lines, self.range(index), self.begins[index], self.ends[index]);
        }
        selected
    }

    fn push_span(&mut self, source: &Lines, lines: Range<usize>, begin_ns: u64, end_ns: u64) {
        if self.starts.is_empty() {
            self.starts.push(0);
        }
        self.lines.extend_from(source, lines);
        self.starts.push(u32::try_from(self.lines.len()).expect("a batch is far below 4 G lines"));
        self.begins.push(begin_ns);
        self.ends.push(end_ns);
    }
}

/// Cuts lines into closed windows and tells how many lines they take. Lines after that belong to a window that is still open.
///
/// `now_ns` closes a window by the clock: without further lines it would stay open for ever. `None` leaves the last one open.
pub fn cut(rule: WindowRule, lines: &Lines, now_ns: Option<u64>) -> (Vec<Cut>, usize) {
    let mut cuts = Vec::new();
    let mut start = 0;
    while start < lines.len() {
        let slot = slot(rule, lines.times()[start]);
        let most = most_lines(rule, lines, start);
        let limit = (start + most).min(lines.len());
        // A line may be stamped a little before its neighbour (stdout and stderr are stamped apart): it stays where it is.
        // The first line is in its window whatever its stamp says.
        let end = (start + 1..limit).find(|&at| lines.times()[at] >= slot.end).unwrap_or(limit);
        let full = end - start == most;
        let over = end < limit || now_ns.is_some_and(|now| now >= slot.end);
        if !full && !over {
            break;
        }
        // Told apart by count alone: what comes after a full window must not change how it is described.
        let end_ns = if full { lines.times()[end - 1].max(slot.start) } else { slot.end };
        cuts.push(Cut { lines: start..end, begin_ns: slot.start, end_ns });
        start = end;
    }
    (cuts, start)
}

/// How many lines from `start` on fill a window by count; more than there are where neither count nor bytes are reached.
fn most_lines(rule: WindowRule, lines: &Lines, start: usize) -> usize {
    let bytes = lines.offsets()[start].saturating_add(BYTES_MAX);
    let by_bytes = lines.offsets()[start + 1..].partition_point(|&end| end < bytes) + 1;
    by_bytes.min(rule.lines_max as usize)
}

/// The piece of time that a line of `time_ns` opens.
fn slot(rule: WindowRule, time_ns: u64) -> Range<u64> {
    let begin = time_ns - time_ns % rule.age_ns;
    begin..begin.saturating_add(rule.age_ns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::{Line, Output};

    fn lines(times: &[u64]) -> Lines {
        times.iter().map(|&time_ns| Line { time_ns, output: Output::Stdout, text: b"x" }).collect()
    }

    const RULE: WindowRule = WindowRule { age_ns: 10, lines_max: 3 };

    #[test]
    fn a_later_line_closes_a_window_by_age() {
        let (cuts, taken) = cut(RULE, &lines(&[11, 19, 20]), None);
        assert_eq!(cuts, [Cut { lines: 0..2, begin_ns: 10, end_ns: 20 }]);
        assert_eq!(taken, 2);
    }

    #[test]
    fn a_window_is_closed_by_count() {
        let (cuts, taken) = cut(RULE, &lines(&[11, 12, 13, 14]), None);
        assert_eq!(cuts, [Cut { lines: 0..3, begin_ns: 10, end_ns: 13 }]);
        assert_eq!(taken, 3);
    }

    #[test]
    fn a_window_is_closed_by_bytes() {
        let rule = WindowRule { age_ns: 10, lines_max: 1_000 };
        let half = vec![b'x'; BYTES_MAX as usize / 2];
        let large: Lines = (0..5).map(|time_ns| Line { time_ns, output: Output::Stdout, text: &half }).collect();
        let (cuts, taken) = cut(rule, &large, None);
        assert_eq!(cuts.iter().map(|cut| cut.lines.clone()).collect::<Vec<_>>(), [0..2, 2..4]);
        assert_eq!(taken, 4, "the fifth is still open");
    }

    #[test]
    fn a_line_from_the_end_of_time_is_cut_like_any_other() {
        let (cuts, taken) = cut(RULE, &lines(&[u64::MAX, u64::MAX]), Some(u64::MAX));
        assert!(cuts.iter().all(|cut| !cut.lines.is_empty()), "{cuts:?}");
        assert_eq!(taken, 2);
    }

    #[test]
    fn the_clock_closes_what_no_line_closes() {
        assert_eq!(cut(RULE, &lines(&[11]), Some(19)).1, 0);
        assert_eq!(cut(RULE, &lines(&[11]), Some(20)).1, 1);
    }

    #[test]
    fn a_line_stamped_before_its_neighbour_stays_in_its_window() {
        let (cuts, _) = cut(RULE, &lines(&[21, 19, 30]), None);
        assert_eq!(cuts, [Cut { lines: 0..2, begin_ns: 20, end_ns: 30 }]);
    }

    #[test]
    fn cutting_in_two_calls_is_cutting_in_one() {
        let all = lines(&[1, 2, 3, 4, 12, 13, 29, 31, 32, 33, 34, 55]);
        let (whole, _) = cut(RULE, &all, Some(100));
        for split in 1..all.len() {
            let mut head = Lines::default();
            head.extend_from(&all, 0..split);
            let (mut pieces, taken) = cut(RULE, &head, None);
            let mut tail = Lines::default();
            tail.extend_from(&all, taken..all.len());
            pieces.extend(
                cut(RULE, &tail, Some(100))
                    .0
                    .into_iter()
                    .map(|piece| Cut { lines: piece.lines.start + taken..piece.lines.end + taken, ..piece }),
            );
            assert_eq!(pieces, whole, "split at {split}");
        }
    }
}
