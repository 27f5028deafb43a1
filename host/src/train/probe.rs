//! Made-up trouble: windows of a container in which something was changed that nobody would call usual. Pure, and the same for the same
//! windows, so that two generations are asked the same.
//!
//! Three kinds, of which each is what a real failure looks like to a detector: an error with a stack trace that no container ever wrote, half
//! of the lines gone, one line twenty times more. Nothing learns from a probe.

use std::ops::Range;

use crate::line::{Line, Lines, Output};
use crate::window::{Cut, Windows};

/// Most windows of one kind that are changed.
pub(super) const PROBED_MAX: usize = 16;

/// Most text of the windows that are changed, bytes; what does not fit is left out.
const TEXT_BYTES_MAX: usize = 2 << 20;

/// How often a line is said again.
const REPEATED: usize = 20;

/// An error in words that do not go together, with its trace, joined as the collector joins it.
const TROUBLE: &str = "ERROR quagmire overflow: gantry 7f refused the heliotrope ledger, giving up\n\
    java.lang.IllegalStateException: heliotrope ledger is torn\n\
    \tat org.wyvern.gantry.Quagmire.overflow(Quagmire.java:417)\n\
    \tat org.wyvern.gantry.Ledger.tear(Ledger.java:93)\n\
    \tat org.wyvern.gantry.Main.run(Main.java:12)";

/// The newest places of `places` whose windows are changed, in order.
pub(super) fn pick(windows: &Windows, places: Range<usize>) -> Vec<usize> {
    let mut bytes = 0;
    let fits = |&place: &usize| {
        let range = windows.range(place);
        let more = (windows.lines.offsets()[range.end] - windows.lines.offsets()[range.start]) as usize;
        let fits = bytes + more <= TEXT_BYTES_MAX;
        bytes += if fits { more } else { 0 };
        fits
    };
    let mut picked: Vec<usize> = places.rev().filter(fits).take(PROBED_MAX).collect();
    picked.reverse();
    picked
}

/// Each of the windows in each kind of trouble that it can have.
pub(super) fn troubled(windows: &Windows) -> Windows {
    changed(windows, &[with_error, with_repetition, with_half])
}

/// The windows, each with the error in its middle.
pub(crate) fn with_trouble(windows: &Windows) -> Windows {
    changed(windows, &[with_error])
}

/// Each of the windows with each of the changes, as far as something is left of it.
fn changed(windows: &Windows, changes: &[fn(&Lines, Range<usize>) -> Lines]) -> Windows {
    let mut changed = Windows::default();
    for index in 0..windows.len() {
        for change in changes {
            let lines = change(&windows.lines, windows.range(index));
            if !lines.is_empty() {
                let (begin_ns, end_ns) = (windows.begins[index], windows.ends[index]);
                changed.push(&lines, &Cut { lines: 0..lines.len(), begin_ns, end_ns });
            }
        }
    }
    changed
}

/// In its middle.
fn with_error(source: &Lines, place: Range<usize>) -> Lines {
    let middle = place.start + place.len() / 2;
    let mut lines = Lines::default();
    lines.extend_from(source, place.start..middle);
    let time_ns = source.times()[middle.min(place.end - 1)];
    lines.push(Line { time_ns, output: Output::Stderr, text: TROUBLE.as_bytes() });
    lines.extend_from(source, middle..place.end);
    lines
}

fn with_repetition(source: &Lines, place: Range<usize>) -> Lines {
    let middle = place.start + place.len() / 2;
    let mut lines = Lines::default();
    lines.extend_from(source, place.start..middle);
    (0..REPEATED).for_each(|_| lines.extend_from(source, middle..middle + 1));
    lines.extend_from(source, middle..place.end);
    lines
}

/// Its first half is all there is; nothing of a window of one line.
fn with_half(source: &Lines, place: Range<usize>) -> Lines {
    let mut lines = Lines::default();
    lines.extend_from(source, place.start..place.start + place.len() / 2);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn windows(texts: &[&[&str]]) -> Windows {
        let mut windows = Windows::default();
        for texts in texts {
            let mut lines = Lines::default();
            for text in *texts {
                lines.push(Line { time_ns: 5, output: Output::Stdout, text: text.as_bytes() });
            }
            windows.push(&lines, &Cut { lines: 0..lines.len(), begin_ns: 0, end_ns: 9 });
        }
        windows
    }

    fn texts(windows: &Windows, index: usize) -> Vec<String> {
        windows.range(index).map(|at| String::from_utf8_lossy(windows.lines.get(at).text).into_owned()).collect()
    }

    #[test]
    fn a_window_gets_each_kind_of_trouble_and_keeps_its_times() {
        let troubled = troubled(&windows(&[&["a", "b", "c", "d"]]));
        assert_eq!(troubled.len(), 3);
        assert_eq!(texts(&troubled, 0), ["a", "b", TROUBLE, "c", "d"]);
        let repeated = texts(&troubled, 1);
        assert_eq!((repeated.len(), repeated.iter().filter(|text| *text == "c").count()), (24, 21));
        assert_eq!(texts(&troubled, 2), ["a", "b"]);
        assert_eq!((troubled.begins[2], troubled.ends[2]), (0, 9));
    }

    #[test]
    fn of_a_window_of_one_line_no_half_is_left() {
        let troubled = troubled(&windows(&[&["a"]]));
        assert_eq!(troubled.len(), 2);
        assert_eq!(texts(&troubled, 0), [TROUBLE, "a"]);
    }

    #[test]
    fn the_newest_windows_are_picked_as_far_as_text_allows() {
        let many = windows(&[&["x"] as &[&str]; 40]);
        assert_eq!(pick(&many, 0..40), (24..40).collect::<Vec<_>>());
        assert_eq!(pick(&many, 3..5), [3, 4]);
        let long = "y".repeat(TEXT_BYTES_MAX);
        let mixed = windows(&[&["x"], &[&long], &["z"]]);
        assert_eq!(pick(&mixed, 0..3), [0, 2], "one that is too long is left out");
    }
}
