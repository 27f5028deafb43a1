//! Finding lines by their numbers.
//!
//! InfluxDB finds points by time: the windows around the numbers say in which times to look. Where lines are missing there,
//! because they are gone or the clock was set, the numbers alone are looked through, all of the container's.

use std::ops::Range;

use super::Influx;
use super::dialect::Row;
use super::lines::{self, Found};
use super::pages::{ALWAYS, PAGE_ROWS, Query, among};
use super::schema::{LINE, WINDOW, integer};
use crate::identity::Identity;
use crate::spool::ServerError;

/// Most lines of one read.
pub(super) const LINES_MAX: usize = PAGE_ROWS;

/// Lines of a window may be stamped a little outside of it.
const MARGIN_NS: i64 = 10_000_000_000;

impl Influx {
    /// The lines `seqs` whose points lie in `times`.
    async fn found(&self, identity: &Identity, seqs: &Range<u64>, times: Range<i64>) -> Result<Found, ServerError> {
        let query = Query { times, between: Some(among("seq", seqs)), ..Query::of(identity, LINE, lines::FIELDS) };
        Ok(lines::from_rows(self.pages(query, LINES_MAX * 2).await?))
    }

    /// In which times the lines `seqs` should be, by the windows around them.
    async fn times_of(&self, identity: &Identity, seqs: &Range<u64>) -> Result<Range<i64>, ServerError> {
        let of = |fields| Query::of(identity, WINDOW, fields);
        let before = Query {
            between: Some(among("first_seq", &(0..seqs.start + 1))),
            newest: true,
            ..of(&["first_seq", "begin_ns"])
        };
        let after = Query { between: Some(among("end_seq", &(seqs.end..u64::MAX))), ..of(&["end_seq", "end_ns"]) };
        let (before, after) = (self.pages(before, 1).await?, self.pages(after, 1).await?);
        let time = |rows: &[Row]| rows.first().and_then(|row| row.values[1].unsigned()).map(integer);
        let begin = time(&before).map_or(ALWAYS.start, |begin_ns| begin_ns.saturating_sub(MARGIN_NS).max(0));
        let end = time(&after).map_or(ALWAYS.end, |end_ns| end_ns.saturating_add(MARGIN_NS).min(ALWAYS.end));
        Ok(begin..end.max(begin))
    }

    /// Numbers of the lines `seqs` that are there, as far as one question tells, and the times of their points.
    async fn numbers(&self, identity: &Identity, seqs: &Range<u64>) -> Result<Vec<(u64, i64)>, ServerError> {
        let query = Query { between: Some(among("seq", seqs)), ..Query::of(identity, LINE, &["seq"]) };
        let rows = self.pages(query, LINES_MAX).await?;
        Ok(rows.iter().filter_map(|row| Some((row.values.first()?.unsigned()?, row.time_ns))).collect())
    }

    /// The lowest of the lines `seqs` that is there. Points come by time, which after a clock was set back is not the order of
    /// numbers: so it is asked until there is none below.
    async fn lowest(&self, identity: &Identity, seqs: &Range<u64>) -> Result<Option<u64>, ServerError> {
        let mut below = seqs.clone();
        let mut lowest = None;
        while !below.is_empty() {
            let Some(seq) = self.numbers(identity, &below).await?.into_iter().map(|(seq, _)| seq).min() else { break };
            lowest = Some(seq);
            below.end = seq;
        }
        Ok(lowest)
    }

    /// At most `most` of the lines `asked`, from the first that is there.
    pub(super) async fn lines_of(
        &self,
        identity: &Identity,
        asked: Range<u64>,
        most: u64,
    ) -> Result<Found, ServerError> {
        let upto = |first: u64| first..asked.end.min(first.saturating_add(most));
        let wanted = upto(asked.start);
        let times = self.times_of(identity, &wanted).await?;
        let found = self.found(identity, &wanted, times).await?;
        if found.len() as u64 == wanted.end - wanted.start {
            return Ok(found);
        }
        let Some(first) = self.lowest(identity, &asked).await? else { return Ok(found) };
        let wanted = upto(first);
        let there = self.numbers(identity, &wanted).await?;
        let times = there.iter().map(|(_, time_ns)| *time_ns);
        let (Some(begin), Some(end)) = (times.clone().min(), times.max()) else { return Ok(found) };
        self.found(identity, &wanted, begin..end + 1).await
    }
}
