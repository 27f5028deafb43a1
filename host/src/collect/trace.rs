//! Lines to events: a stack trace is one event, with the line that it explains first.
//!
//! Each output has at most one open event; the next line of that output is appended to it or closes it. So that the end of
//! a log is not held back, [`Traces::idle`] closes what has waited for [`IDLE`]. A line whose stamp is more than that after
//! the line before never belongs to it, so a log read again later makes the same events (nearly: see `IDLE`).
//!
//! Events leave in the order of their first lines, over both outputs.
//!
//! Bounded: an event has at most [`LINES_MAX`] lines and [`LINE_BYTES_MAX`] bytes; what follows goes on in another event.
//! At most [`WAITING_MAX`] events wait behind an open one; then it is closed.

mod rules;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::LINE_BYTES_MAX;
use super::cursor::Mark;
use crate::line::Output;
use rules::{Before, Kind};

/// How long an event waits for its next line. Runtimes write a trace at once; the engine stamps its lines within
/// milliseconds. On a machine that stalls for longer a trace becomes two events; no line is lost by it.
pub(super) const IDLE: Duration = Duration::from_millis(300);
const IDLE_NS: u64 = 300_000_000;
/// Lines of one write are stamped within this time.
const PROMPT_NS: u64 = 5_000_000;
const LINES_MAX: u32 = 256;
const WAITING_MAX: usize = 4096;

/// A clean line with its place in the engine's log.
#[derive(Debug, Clone, Copy)]
pub(super) struct CleanLine<'a> {
    pub output: Output,
    pub mark: Mark,
    /// As it was stamped.
    pub time_ns: u64,
    pub text: &'a [u8],
    /// How long it was before it was cut or cleaned.
    pub bytes: u64,
}

/// One or more lines that say one thing.
#[derive(Debug)]
pub(super) struct Event {
    pub output: Output,
    /// Stamp of the first line.
    pub time_ns: u64,
    /// The last line.
    pub end: Mark,
    pub text: Vec<u8>,
    pub bytes: u64,
    /// How many lines it was made of.
    pub lines: u32,
    indent: usize,
    kind: Kind,
    touched: Instant,
    is_open: bool,
}

impl Event {
    fn new(line: CleanLine<'_>, kind: Kind, indent: usize, now: Instant, mut text: Vec<u8>) -> Self {
        text.extend_from_slice(line.text);
        Self {
            output: line.output,
            time_ns: line.time_ns,
            end: line.mark,
            text,
            bytes: line.bytes,
            lines: 1,
            indent,
            kind,
            touched: now,
            is_open: true,
        }
    }

    /// What the event would be with `line` in it.
    fn follow(&self, line: CleanLine<'_>) -> Option<Kind> {
        let gap_ns = line.mark.time_ns.saturating_sub(self.end.time_ns);
        if gap_ns > IDLE_NS {
            return None;
        }
        let before = Before {
            kind: self.kind,
            indent: self.indent,
            text: &self.text,
            is_single: self.lines == 1,
            is_prompt: gap_ns <= PROMPT_NS,
        };
        rules::follow(before, line.text)
    }

    fn has_room_for(&self, line: CleanLine<'_>) -> bool {
        self.lines < LINES_MAX && self.text.len() + 1 + line.text.len() <= LINE_BYTES_MAX
    }

    fn append(&mut self, line: CleanLine<'_>, kind: Kind, now: Instant) {
        self.text.push(b'\n');
        self.text.extend_from_slice(line.text);
        self.bytes += line.bytes + 1;
        self.lines += 1;
        (self.end, self.kind, self.touched) = (line.mark, kind, now);
    }
}

/// Events that are not given out yet.
#[derive(Debug, Default)]
pub(super) struct Traces {
    queue: VecDeque<Event>,
    /// Memory of events that are done.
    spare: Vec<u8>,
}

impl Traces {
    pub(super) fn push(&mut self, now: Instant, line: CleanLine<'_>) {
        let (kind, indent) =
            match self.queue.iter_mut().rev().find(|event| event.is_open && event.output == line.output) {
                Some(open) => match open.follow(line) {
                    Some(kind) if open.has_room_for(line) => return open.append(line, kind, now),
                    Some(kind) => {
                        open.is_open = false;
                        (kind, open.indent)
                    }
                    None => {
                        open.is_open = false;
                        (rules::head(line.text), rules::indentation(line.text))
                    }
                },
                None => (rules::head(line.text), rules::indentation(line.text)),
            };
        let text = std::mem::take(&mut self.spare);
        self.queue.push_back(Event::new(line, kind, indent, now, text));
        if self.queue.len() > WAITING_MAX {
            self.queue[0].is_open = false;
        }
    }

    /// Closes events that have waited long enough at `now`.
    pub(super) fn idle(&mut self, now: Instant) {
        for event in self.queue.iter_mut().filter(|event| event.is_open) {
            event.is_open = now.saturating_duration_since(event.touched) < IDLE;
        }
    }

    /// Closes all events: nothing can follow.
    pub(super) fn finish(&mut self) {
        self.queue.iter_mut().for_each(|event| event.is_open = false);
    }

    /// Forgets what is not given out, because it will be read again.
    pub(super) fn forget(&mut self) {
        self.queue.clear();
    }

    /// The next event in the order of first lines, once it is closed.
    pub(super) fn pop(&mut self) -> Option<Event> {
        self.queue.pop_front_if(|event| !event.is_open)
    }

    /// Takes the memory of an event back.
    pub(super) fn recycle(&mut self, mut text: Vec<u8>) {
        text.clear();
        text.shrink_to(4 * 1024);
        self.spare = text;
    }

    /// When `idle` is due next.
    pub(super) fn due(&self) -> Option<Instant> {
        self.queue.iter().filter(|event| event.is_open).map(|event| event.touched + IDLE).min()
    }

    /// The stamp of the first line of `output` that is not given out.
    pub(super) fn pending_ns(&self, output: Output) -> Option<u64> {
        self.queue.iter().filter(|event| event.output == output).map(|event| event.time_ns).min()
    }
}

#[cfg(test)]
mod tests;
