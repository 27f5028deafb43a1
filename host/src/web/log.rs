//! The log of a container, a page at a time: from any place, with a search that reads a bounded number of lines.

use std::ops::Range;

use foghorn_dashboard::view::{Log, LogPlace, NumberedLine};
use regex::bytes::{Regex, RegexBuilder};

use super::{Failure, HostSource, show};
use crate::identity::Identity;
use crate::stream::Batch;

/// Lines that a search reads before it gives what it has found so far.
const SEARCHED_MAX: u64 = 200_000;
/// The same in bytes of text.
const SEARCHED_BYTES_MAX: usize = 256 << 20;
/// Bytes of text in one answer: lines may be long, and what stands behind one is asked for next.
const ANSWER_BYTES_MAX: usize = 4 << 20;
/// Lines that a search reads at once.
const CHUNK: u64 = 5_000;
/// The same without a search, where each line is for the answer: sixteen MiB, should all be as long as can be.
const PLAIN_CHUNK: u64 = 256;

/// Windows of one slot among which that of a moment is looked for.
const TOGETHER_MAX: usize = 10_000;

/// Lines that are looked through, from `next` on towards one end.
struct Walk {
    /// What is left to look at.
    left: Range<u64>,
    forward: bool,
}

impl Walk {
    /// The next `lines` of them.
    fn step(&mut self, lines: u64) -> Option<Range<u64>> {
        let Range { start, end } = self.left;
        if start >= end {
            return None;
        }
        if self.forward {
            self.left.start = start.saturating_add(lines).min(end);
            Some(start..self.left.start)
        } else {
            self.left.end = end.saturating_sub(lines).max(start);
            Some(self.left.end..end)
        }
    }
}

impl HostSource {
    /// At most `limit` lines of a container; of those that hold `search`, whatever their case. `None`: nobody knows it.
    pub(super) async fn log_of(
        &self,
        identity: &Identity,
        place: LogPlace,
        search: &str,
        limit: usize,
    ) -> Result<Option<Log>, Failure> {
        let Some(record) = self.store.container(identity).await? else { return Ok(None) };
        let end = record.lines + 1;
        let whole = 1..end;
        let mut walk = match place {
            LogPlace::Newest => Walk { left: whole, forward: false },
            LogPlace::Before(number) => Walk { left: 1..number.clamp(1, end), forward: false },
            LogPlace::After(number) => Walk { left: number.saturating_add(1).min(end)..end, forward: true },
            LogPlace::At(time) => Walk { left: self.line_at(identity, time.0, end).await?..end, forward: true },
        };
        let wanted = (!search.is_empty()).then(|| pattern(search)).transpose()?;
        let chunk = if wanted.is_some() { CHUNK } else { PLAIN_CHUNK.min(limit as u64) };
        let reading = Reading { source: self, identity, wanted, limit, chunk };
        let begun_at = if walk.forward { walk.left.start } else { walk.left.end };
        let found = if walk.forward { reading.forth(&mut walk).await? } else { reading.back(&mut walk).await? };
        let (read_from, read_until) = if walk.forward { (begun_at, found.reached) } else { (found.reached, begun_at) };
        let older = read_from > 1 && !found.at_oldest;
        Ok(Some(Log { lines: found.lines, read_from, read_until, older, newer: read_until < end }))
    }

    /// The first line of the window in which a time lies, or of the one after it.
    async fn line_at(&self, identity: &Identity, time_ns: u64, end: u64) -> Result<u64, Failure> {
        let before = self.history.windows(identity, 0, time_ns.saturating_add(1), 1).await?.pop();
        let Some(before) = before else { return Ok(1.min(end)) };
        // Windows that were closed by their count begin together with the one after them.
        let begin_ns = before.begin_ns;
        let together = self.history.windows(identity, begin_ns, begin_ns.saturating_add(1), TOGETHER_MAX).await?;
        let holds = together.iter().find(|window| window.end_ns >= time_ns);
        Ok(holds.map_or(before.end_seq, |window| window.first_seq).min(end))
    }
}

/// How lines are looked through.
struct Reading<'a> {
    source: &'a HostSource,
    identity: &'a Identity,
    wanted: Option<Regex>,
    limit: usize,
    /// Lines that are read at once.
    chunk: u64,
}

/// What came of it.
struct Found {
    lines: Vec<NumberedLine>,
    /// How far was read.
    reached: u64,
    /// Nothing older is kept.
    at_oldest: bool,
}

/// What one search may cost.
#[derive(Default)]
struct Spent {
    lines: u64,
    bytes: usize,
}

impl Spent {
    fn take(&mut self, batch: &Batch) {
        self.lines += batch.lines.len() as u64;
        self.bytes += batch.lines.text_bytes();
    }

    fn is_too_much(&self) -> bool {
        self.lines >= SEARCHED_MAX || self.bytes >= SEARCHED_BYTES_MAX
    }
}

impl Reading<'_> {
    async fn read(&self, range: Range<u64>, lines_max: u64) -> Result<Option<Batch>, Failure> {
        Ok(self.source.history.lines(self.identity, range.start, range.end, lines_max as usize).await?)
    }

    async fn forth(&self, walk: &mut Walk) -> Result<Found, Failure> {
        let mut found = Found { lines: Vec::new(), reached: walk.left.start, at_oldest: false };
        let (mut spent, mut room) = (Spent::default(), Room::new(self.limit));
        while !room.is_full() && !spent.is_too_much() {
            let Some(range) = walk.step(self.chunk) else { break };
            let Some(batch) = self.read(range.clone(), self.chunk).await? else {
                // Nothing is kept there: what is kept next may be far away.
                let next = self.read(range.end..walk.left.end.max(range.end), 1).await?;
                found.reached = next.as_ref().map_or(walk.left.end, |next| next.first_seq);
                walk.left.start = found.reached;
                continue;
            };
            spent.take(&batch);
            let mut some = matching(&batch, self.wanted.as_ref());
            let fits = room.take(some.iter());
            let is_cut = some.len() > fits;
            some.truncate(fits);
            let end = batch.end_seq();
            found.reached = if is_cut { some.last().map_or(end, |line| line.number + 1) } else { end };
            walk.left.start = found.reached;
            found.lines.extend(some);
        }
        Ok(found)
    }

    async fn back(&self, walk: &mut Walk) -> Result<Found, Failure> {
        let mut found = Found { lines: Vec::new(), reached: walk.left.end, at_oldest: false };
        let (mut spent, mut room) = (Spent::default(), Room::new(self.limit));
        while !room.is_full() && !spent.is_too_much() && !found.at_oldest {
            let Some(range) = walk.step(self.chunk) else { break };
            let Some(batch) = self.read(range.clone(), self.chunk).await? else {
                found.at_oldest = true;
                break;
            };
            let (first_seq, mut next) = (batch.first_seq, batch.end_seq());
            let mut some = matching(&batch, self.wanted.as_ref());
            spent.take(&batch);
            let mut is_cut = keep_newest(&mut some, room);
            // A read may end early where the text is long: what is newer is read too.
            while next < range.end {
                let Some(more) = self.read(next..range.end, self.chunk).await? else { break };
                next = more.end_seq();
                spent.take(&more);
                some.extend(matching(&more, self.wanted.as_ref()));
                is_cut |= keep_newest(&mut some, room);
            }
            room.take(some.iter().rev());
            found.reached = if is_cut { some.first().map_or(range.start, |line| line.number) } else { first_seq };
            found.at_oldest = !is_cut && first_seq > range.start;
            some.append(&mut found.lines);
            found.lines = some;
        }
        Ok(found)
    }
}

/// What an answer can still take.
#[derive(Debug, Clone, Copy)]
struct Room {
    lines: usize,
    bytes: usize,
}

impl Room {
    fn new(lines: usize) -> Self {
        Self { lines, bytes: ANSWER_BYTES_MAX }
    }

    fn is_full(&self) -> bool {
        self.lines == 0
    }

    /// Takes lines in their order while they fit, and says how many. After one that does not nothing fits any more.
    fn take<'a>(&mut self, lines: impl Iterator<Item = &'a NumberedLine>) -> usize {
        let mut taken = 0;
        for line in lines {
            let left = self.bytes.checked_sub(line.line.text.len());
            let (Some(left), false) = (left, self.is_full()) else {
                self.lines = 0;
                break;
            };
            *self = Self { lines: self.lines - 1, bytes: left };
            taken += 1;
        }
        taken
    }
}

/// Leaves the newest lines, as many as there is room for; whether some had to go.
fn keep_newest(lines: &mut Vec<NumberedLine>, mut room: Room) -> bool {
    let excess = lines.len() - room.take(lines.iter().rev());
    lines.drain(..excess);
    excess > 0
}

fn pattern(search: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(&regex::escape(search)).case_insensitive(true).build()
}

fn matching(batch: &Batch, wanted: Option<&Regex>) -> Vec<NumberedLine> {
    (batch.first_seq..)
        .zip(batch.lines.iter())
        .filter(|(_, line)| wanted.is_none_or(|wanted| wanted.is_match(line.text)))
        .map(|(number, line)| NumberedLine { number, line: show::line(&line) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_comes_to_each_line_once_from_either_end() {
        let mut walk = Walk { left: 1..8, forward: false };
        let steps: Vec<_> = std::iter::from_fn(|| walk.step(3)).collect();
        assert_eq!(steps, [5..8, 2..5, 1..2]);
        let mut walk = Walk { left: 1..8, forward: true };
        let steps: Vec<_> = std::iter::from_fn(|| walk.step(3)).collect();
        assert_eq!(steps, [1..4, 4..7, 7..8]);
    }

    fn line(number: u64, bytes: usize) -> NumberedLine {
        let line = crate::line::Line { time_ns: 1, output: crate::line::Output::Stdout, text: &vec![b'x'; bytes] };
        NumberedLine { number, line: show::line(&line) }
    }

    #[test]
    fn an_answer_takes_so_many_lines_and_so_much_text() {
        let mut room = Room::new(3);
        assert_eq!(room.take([1, 2, 3, 4].map(|number| line(number, 1)).iter()), 3);
        assert!(room.is_full());
        let mut room = Room::new(100);
        let long = [line(1, ANSWER_BYTES_MAX / 2), line(2, ANSWER_BYTES_MAX / 2), line(3, 1), line(4, 0)];
        assert_eq!(room.take(long.iter()), 2);
        assert!(room.is_full(), "what comes behind one that did not fit is for the next answer");
        let mut newest = long.to_vec();
        assert!(keep_newest(&mut newest, Room::new(100)));
        assert_eq!(newest.iter().map(|line| line.number).collect::<Vec<_>>(), [2, 3, 4]);
    }

    #[test]
    fn a_search_takes_its_text_as_it_is_and_minds_no_case() {
        let pattern = pattern("a.b[").unwrap();
        assert!(pattern.is_match(b"x A.B[ y") && !pattern.is_match(b"axb["));
    }
}
