//! Frames of the engine's log to batches of lines: the pure middle of the collector, one for each container.
//!
//! Stamps off (`stamp`), pieces joined (`join`), repetitions dropped (`cursor::Gate`), text cleaned (`clean`), traces joined
//! (`trace`), secrets masked (`secrets`), the cut last. The place that goes with a batch never passes a line that is not in
//! it or in a batch before: what is open is read again after a restart.

use std::time::Instant;

use super::clean::{clean, cut};
use super::cursor::{Gate, Mark, Place};
use super::join::Join;
use super::secrets::mask;
use super::stamp;
use super::trace::{CleanLine, Event, Traces};
use crate::line::{Line, Lines, Output};

/// A batch is handed over at the latest when it has so many lines …
pub(super) const BATCH_LINES_MAX: usize = 512;
/// … or so many bytes. A single event may reach over it.
pub(super) const BATCH_BYTES_MAX: usize = 256 * 1024;

/// What must be known of a container to read its log.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Shape {
    /// It has a terminal.
    pub(super) tty: bool,
    /// A piece that is not full ends its line.
    pub(super) short_ends: bool,
}

/// Lines that are ready, and the place behind the last of them.
#[derive(Debug)]
pub(super) struct Batch {
    pub lines: Lines,
    pub place: Place,
}

#[derive(Debug)]
pub(super) struct Assembler {
    tty: bool,
    join: Join,
    gate: Gate,
    traces: Traces,
    place: Place,
    ready: Lines,
    /// The last stamp of each output, for a piece that has none.
    last_ns: [u64; 2],
    /// The last line of each output that ever came, also when it is to be read again.
    newest: [Option<Mark>; 2],
}

impl Assembler {
    pub(super) fn new(place: Place, shape: Shape) -> Self {
        Self {
            tty: shape.tty,
            join: Join::new(shape.short_ends),
            gate: Gate::behind(&place),
            traces: Traces::default(),
            place,
            ready: Lines::default(),
            last_ns: [0; 2],
            newest: [None; 2],
        }
    }

    /// Takes a frame of the engine's log. Returns whether a line in it never came before.
    pub(super) fn frame(&mut self, now: Instant, output: Output, frame: &[u8]) -> bool {
        let Self { join, gate, traces, last_ns, newest, .. } = self;
        let mut is_new = false;
        stamp::pieces(frame, self.tty, |time_ns, piece| {
            let time_ns = time_ns.unwrap_or(last_ns[output as usize]);
            last_ns[output as usize] = time_ns;
            join.push(output, time_ns, piece, |line| {
                if let Some(mark) = gate.pass(line.output, line.time_ns) {
                    let text = clean(line.text);
                    traces.push(now, CleanLine { output: line.output, mark, text: &text, bytes: line.bytes });
                    let newest = &mut newest[output as usize];
                    is_new |= newest.is_none_or(|newest| mark > newest);
                    *newest = (*newest).max(Some(mark));
                }
            });
        });
        self.collect();
        is_new
    }

    /// Closes events that nothing followed.
    pub(super) fn idle(&mut self, now: Instant) {
        self.traces.idle(now);
        self.collect();
    }

    /// When `idle` is due.
    pub(super) fn due(&self) -> Option<Instant> {
        self.traces.due()
    }

    /// The container has stopped and its log was read to the end: what is open will not go on.
    pub(super) fn finish(&mut self, now: Instant) {
        let Self { join, gate, traces, .. } = self;
        join.finish(|line| {
            if let Some(mark) = gate.pass(line.output, line.time_ns) {
                let text = clean(line.text);
                traces.push(now, CleanLine { output: line.output, mark, text: &text, bytes: line.bytes });
            }
        });
        self.traces.finish();
        self.collect();
    }

    /// The log will be read again from `since_ns` on.
    pub(super) fn rewind(&mut self) {
        self.settle();
        self.join.forget();
        self.traces.forget();
        self.gate = Gate::behind(&self.place);
        self.last_ns = [0; 2];
    }

    /// From which stamp on the log must be read so that nothing is missed.
    pub(super) fn since_ns(&self) -> u64 {
        self.place.since_ns
    }

    pub(super) fn has_lines(&self) -> bool {
        !self.ready.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.ready.len() >= BATCH_LINES_MAX || self.ready.text_bytes() >= BATCH_BYTES_MAX
    }

    /// The lines that are ready.
    pub(super) fn take(&mut self) -> Option<Batch> {
        if self.ready.is_empty() {
            return None;
        }
        self.settle();
        Some(Batch { lines: std::mem::take(&mut self.ready), place: self.place.clone() })
    }

    fn settle(&mut self) {
        let pending = [Output::Stdout, Output::Stderr].map(|output| {
            let open = [self.join.pending_ns(output), self.traces.pending_ns(output)];
            open.into_iter().flatten().min()
        });
        self.place.settle(pending);
    }

    fn collect(&mut self) {
        while let Some(event) = self.traces.pop() {
            self.store(event);
        }
    }

    fn store(&mut self, mut event: Event) {
        if let std::borrow::Cow::Owned(masked) = mask(&event.text) {
            event.text = masked;
        }
        cut(&mut event.text, event.bytes);
        self.ready.push(Line { time_ns: event.time_ns, output: event.output, text: &event.text });
        self.place.store(event.output, event.end);
        self.traces.recycle(event.text);
    }
}

#[cfg(test)]
mod tests;
