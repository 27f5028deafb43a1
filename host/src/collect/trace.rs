//! Lines to events: a stack trace is one event, with the line that it explains first.
//!
//! Each output has at most one open event; the next line of that output is appended to it or closes it. So that the end of
//! a log is not held back, [`Traces::idle`] closes what has waited for [`IDLE`], and a usual line that is alone much sooner, as long as that parts
//! no trace: a container that is slow to go on with its traces is given more time. A line whose stamp is more than `IDLE` after
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
/// How long a usual line waits that is alone, at first.
const PATIENCE: Duration = Duration::from_millis(40);
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

    /// A usual line: what may come is a trace, and need not.
    fn is_alone(&self) -> bool {
        self.lines == 1 && self.kind == Kind::Plain
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

/// The usual line that was closed last because nothing came.
#[derive(Debug, Clone, Copy)]
struct Closed {
    output: Output,
    indent: usize,
    time_ns: u64,
}

impl Closed {
    /// Whether `line` was the rest of it.
    fn is_parted_from(self, line: CleanLine<'_>) -> bool {
        let is_soon = line.mark.time_ns.saturating_sub(self.time_ns) <= IDLE_NS;
        let indent = rules::indentation(line.text);
        line.output == self.output && is_soon && indent > self.indent && indent < line.text.len()
    }
}

/// Events that are not given out yet.
#[derive(Debug)]
pub(super) struct Traces {
    queue: VecDeque<Event>,
    /// How long a usual line waits that is alone.
    patience: Duration,
    closed: Option<Closed>,
    /// Memory of events that are done.
    spare: Vec<u8>,
}

impl Default for Traces {
    fn default() -> Self {
        Self { queue: VecDeque::new(), patience: PATIENCE, closed: None, spare: Vec::new() }
    }
}

impl Traces {
    pub(super) fn push(&mut self, now: Instant, line: CleanLine<'_>) {
        if self.closed.take().is_some_and(|closed| closed.is_parted_from(line)) {
            self.patience = (2 * self.patience).min(IDLE);
        }
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
        let patience = self.patience;
        for event in self.queue.iter_mut().filter(|event| event.is_open) {
            event.is_open = now < due(event, patience);
            if !event.is_open && event.is_alone() {
                let Event { output, indent, end, .. } = *event;
                self.closed = Some(Closed { output, indent, time_ns: end.time_ns });
            }
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
        self.queue.iter().filter(|event| event.is_open).map(|event| due(event, self.patience)).min()
    }

    /// The stamp of the first line of `output` that is not given out.
    pub(super) fn pending_ns(&self, output: Output) -> Option<u64> {
        self.queue.iter().filter(|event| event.output == output).map(|event| event.time_ns).min()
    }
}

fn due(event: &Event, patience: Duration) -> Instant {
    event.touched + if event.is_alone() { patience } else { IDLE }
}

#[cfg(test)]
mod tests;
