//! Frames of the engine's log, or records of its files, to batches of lines: the pure middle of the collector, one for each container.
//!
//! Stamps off (`stamp`, `files::record`), pieces joined (`join`), repetitions dropped (`cursor::Gate`), text cleaned (`clean`), traces joined
//! (`trace`), secrets masked (`secrets`), the cut last. The place that goes with a batch never passes a line that is not in
//! it or in a batch before: what is open is read again after a restart.

use std::collections::VecDeque;
use std::time::Instant;

use super::clean::{clean, cut};
use super::cursor::{Gate, Mark, Place, Reached};
use super::files::{Spot, record};
use super::join::{Join, RawLine};
use super::secrets::mask;
use super::stamp;
use super::trace::{CleanLine, Event, Traces};
use crate::line::{Line, Lines, Output};

/// A batch is handed over at the latest when it has so many lines …
pub(super) const BATCH_LINES_MAX: usize = 512;
/// … or so many bytes. A single event may reach over it.
pub(super) const BATCH_BYTES_MAX: usize = 256 * 1024;

/// Places in files that wait until all lines before them are stored; of more, the later ones are passed over.
const WAYPOINTS_MAX: usize = 64;

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
    waypoints: VecDeque<Waypoint>,
    /// Where a record's text is unescaped.
    room: Vec<u8>,
}

/// A place in files, and the last lines that had passed there.
#[derive(Debug)]
struct Waypoint {
    reached: Reached,
    passed: [Option<Mark>; 2],
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
            waypoints: VecDeque::new(),
            room: Vec::new(),
        }
    }

    /// Takes a frame of the engine's log. Returns whether a line in it never came before.
    pub(super) fn frame(&mut self, now: Instant, output: Output, frame: &[u8]) -> bool {
        let mut is_new = false;
        stamp::pieces(frame, self.tty, |time_ns, piece| {
            let time_ns = time_ns.unwrap_or(self.last_ns[output as usize]);
            self.last_ns[output as usize] = time_ns;
            is_new |= self.piece(now, output, time_ns, piece);
        });
        self.collect();
        is_new
    }

    /// Takes a record of a log file, without its newline; `false` where it is none.
    pub(super) fn record(&mut self, now: Instant, line: &[u8]) -> bool {
        let mut room = std::mem::take(&mut self.room);
        let record = record::parse(line, &mut room);
        let is_record = record.is_some();
        if let Some(record) = record {
            self.piece(now, record.output, record.time_ns, record.text);
            self.collect();
        }
        self.room = room;
        is_record
    }

    /// All records before this place in the files were taken. Not in the middle of a line: there nobody could begin.
    pub(super) fn reach(&mut self, spot: Spot) {
        if !self.join.is_open() && self.waypoints.len() < WAYPOINTS_MAX {
            let reached = Reached { spot, seen: self.gate.seen() };
            self.waypoints.push_back(Waypoint { reached, passed: self.gate.passed() });
        }
    }

    /// Returns whether a line that is whole by this piece never came before.
    fn piece(&mut self, now: Instant, output: Output, time_ns: u64, piece: &[u8]) -> bool {
        let Self { join, gate, traces, newest, .. } = self;
        let mut is_new = false;
        join.push(output, time_ns, piece, |line| {
            if let Some(mark) = gate.pass(line.output, line.time_ns) {
                push(traces, now, &line, mark);
                let newest = &mut newest[output as usize];
                is_new |= newest.is_none_or(|newest| mark > newest);
                *newest = (*newest).max(Some(mark));
            }
        });
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
                push(traces, now, &line, mark);
            }
        });
        self.traces.finish();
        self.collect();
    }

    /// The engine will give the log again from `since_ns` on.
    pub(super) fn rewind(&mut self) {
        self.forget();
        self.gate = Gate::behind(&self.place);
    }

    /// The log will be read again out of its files: from `spot` on, or from the oldest record.
    pub(super) fn rewind_in_files(&mut self, is_at_spot: bool) {
        self.forget();
        self.gate = Gate::in_files(&self.place, is_at_spot);
    }

    fn forget(&mut self) {
        self.settle();
        self.join.forget();
        self.traces.forget();
        self.waypoints.clear();
        self.last_ns = [0; 2];
    }

    /// From which place in its files on the log must be read so that nothing is missed.
    pub(super) fn spot(&self) -> Option<Spot> {
        self.place.reached.map(|reached| reached.spot)
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
        let marks = self.place.marks;
        let is_stored =
            |waypoint: &mut Waypoint| waypoint.passed.iter().zip(marks).all(|(passed, mark)| *passed <= mark);
        while let Some(waypoint) = self.waypoints.pop_front_if(is_stored) {
            self.place.reached = Some(waypoint.reached);
        }
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

fn push(traces: &mut Traces, now: Instant, line: &RawLine<'_>, mark: Mark) {
    let (output, time_ns, bytes) = (line.output, line.time_ns, line.bytes);
    traces.push(now, CleanLine { output, mark, time_ns, text: &clean(line.text), bytes });
}

#[cfg(test)]
mod tests;
