//! A small labelled corpus, made here: what three services usually log, and runs of windows in which something goes wrong.
//!
//! A window is 30 s of one service. In what is judged, three windows of each twelve are an incident of one of four kinds
//! (`incident`), in turn. What is learned is usual throughout. All from fixed seeds.

mod incident;
mod service;

pub(super) use self::incident::Kind;
pub(super) use self::service::Service;

use super::chance::Chance;
use crate::line::{Line, Lines, Output};
use crate::window::{Cut, Windows};

/// Length of a window, nanoseconds, and where time begins: 2024-01-01.
const WINDOW_NS: u64 = 30_000_000_000;
const BEGIN_NS: u64 = 1_704_067_200_000_000_000;

/// An incident lasts so many windows out of so many.
const INCIDENT_WINDOWS: usize = 3;
const EVERY_WINDOWS: usize = 12;

/// What one service logs.
pub(super) struct Set {
    /// To learn from.
    pub(super) usual: Windows,
    /// To judge, later than `usual`, and what is wrong in each window.
    pub(super) judged: Windows,
    pub(super) labels: Vec<Option<Kind>>,
}

/// One line as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Written {
    output: Output,
    text: String,
}

impl Written {
    fn usual(text: String) -> Self {
        Self { output: Output::Stdout, text }
    }

    fn wrong(text: impl Into<String>) -> Self {
        Self { output: Output::Stderr, text: text.into() }
    }
}

/// `count` usual windows of one service.
pub(super) fn usual(count: usize) -> Windows {
    let mut chance = Chance::new(1);
    let mut windows = Windows::default();
    (0..count).for_each(|number| push(&mut windows, number, &Service::Api.window(&mut chance)));
    windows
}

/// One window of that service in which something is wrong that was never seen before, and the line that says so.
pub(super) fn strange() -> (Windows, u32) {
    let mut lines = Service::Api.window(&mut Chance::new(2));
    let at = lines.len() / 2;
    lines.insert(at, Written::wrong("PANIC: index shard 7 is corrupted, refusing writes"));
    let mut windows = Windows::default();
    push(&mut windows, 1 << 20, &lines);
    (windows, u32::try_from(at).unwrap_or(0))
}

/// `usual` windows to learn from and `judged` ones.
pub(super) fn set(service: Service, usual: usize, judged: usize) -> Set {
    let mut chance = Chance::new(service as u64 + 100);
    let mut set = Set { usual: Windows::default(), judged: Windows::default(), labels: Vec::with_capacity(judged) };
    (0..usual).for_each(|number| push(&mut set.usual, number, &service.window(&mut chance)));
    for number in 0..judged {
        let mut lines = service.window(&mut chance);
        let label = label(number);
        if let Some(kind) = label {
            kind.strike(&mut lines, number / EVERY_WINDOWS, &mut chance);
        }
        push(&mut set.judged, usual + number, &lines);
        set.labels.push(label);
    }
    set
}

/// What is wrong in a window: nothing at first.
fn label(number: usize) -> Option<Kind> {
    let wrong = number % EVERY_WINDOWS >= EVERY_WINDOWS - INCIDENT_WINDOWS;
    wrong.then(|| Kind::ALL[number / EVERY_WINDOWS % Kind::ALL.len()])
}

/// Appends window `number` with these lines, spread evenly over its time.
fn push(windows: &mut Windows, number: usize, written: &[Written]) {
    let begin_ns = BEGIN_NS + number as u64 * WINDOW_NS;
    let step = WINDOW_NS / (written.len() as u64 + 1);
    let lines: Lines = written
        .iter()
        .zip(1..)
        .map(|(line, place)| Line { time_ns: begin_ns + place * step, output: line.output, text: line.text.as_bytes() })
        .collect();
    windows.push(&lines, &Cut { lines: 0..lines.len(), begin_ns, end_ns: begin_ns + WINDOW_NS });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corpus_is_the_same_every_time_and_labelled() {
        for service in Service::ALL {
            let (a, b) = (set(service, 30, 96), set(service, 30, 96));
            assert_eq!((&a.usual, &a.judged, &a.labels), (&b.usual, &b.judged, &b.labels));
            assert_eq!((a.usual.len(), a.judged.len(), a.labels.len()), (30, 96, 96));
            for kind in Kind::ALL {
                assert_eq!(a.labels.iter().filter(|label| **label == Some(kind)).count(), 6, "{kind:?}");
            }
        }
    }

    #[test]
    fn every_incident_changes_its_window() {
        for service in Service::ALL {
            for kind in Kind::ALL {
                let lines = service.window(&mut Chance::new(9));
                let mut struck = lines.clone();
                kind.strike(&mut struck, 0, &mut Chance::new(9));
                assert_ne!(struck, lines, "{service:?} {kind:?}");
                assert!(!struck.is_empty());
            }
        }
    }

    #[test]
    fn the_strange_line_stands_where_it_is_said_to() {
        let (window, at) = strange();
        assert!(window.lines.get(at as usize).text.starts_with(b"PANIC"));
    }
}
