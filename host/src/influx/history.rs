//! InfluxDB as history.
//!
//! Windows, cycles and alerts are small and asked for by their container and time. Lines are many, and InfluxDB finds points
//! by time, not by number: the windows around the numbers say in which times to look. Where lines are missing there, because
//! the clock was set, or they are gone, the numbers alone are looked through, all of the container's.

use std::ops::Range;

use super::dialect::{Between, Row, Select};
use super::lines::Found;
use super::protocol::{Body, series};
use super::schema::{ALERT, LINE, TIME_NS_MAX, TRAINING, WINDOW, integer};
use super::write::BODY_BYTES_MAX;
use super::{Influx, alerts, key, lines, tag, trainings, windows};
use crate::history::{History, HistoryError, TrainingRecord, WindowRecord};
use crate::identity::Identity;
use crate::spool::{Records as _, ServerError};
use crate::store::AlertRecord;
use crate::stream::Batch;

/// Most lines of one read.
const LINES_MAX: usize = 20_000;
/// Rows of one question. Servers may be set to give no more than 10000 rows.
const PAGE_ROWS: usize = 10_000;
/// Lines of a window may be stamped a little outside of it.
const MARGIN_NS: i64 = 10_000_000_000;

const ALWAYS: Range<i64> = 0..TIME_NS_MAX;

impl Influx {
    /// Writes the state of alerts, over what was written of them before.
    pub async fn put_alerts(&self, all: &[AlertRecord]) -> Result<(), ServerError> {
        let write = |body: &mut Body, alert: &AlertRecord| {
            alerts::write(body, &self.series(ALERT, &alert.identity), alert);
        };
        self.write_all(all, write).await
    }

    pub(super) fn series(&self, measurement: &str, identity: &Identity) -> String {
        let (container, host) = (tag::of_identity(identity), tag::of_host(identity));
        series(measurement, &[("container", &container), ("host", &host), ("store", &self.store)])
    }

    pub(super) async fn write_all<T>(&self, all: &[T], write: impl Fn(&mut Body, &T)) -> Result<(), ServerError> {
        let mut body = Body::default();
        for one in all {
            write(&mut body, one);
            if body.points() >= self.batch_lines || body.bytes() >= BODY_BYTES_MAX / 2 {
                self.write(&body).await?;
                body.clear();
            }
        }
        self.write(&body).await
    }

    /// All points of a container, or the newest `limit` of them, or the oldest: page by page.
    async fn pages(&self, query: Query<'_>, limit: usize) -> Result<Vec<Row>, ServerError> {
        let dialect = self.dialect().await?;
        let container = tag::of_identity(query.identity);
        let mut times = query.times.clone();
        let mut rows: Vec<Row> = Vec::new();
        loop {
            let select = Select {
                measurement: query.measurement,
                store: &self.store,
                container: Some(&container),
                from_ns: times.start,
                until_ns: times.end,
                fields: query.fields,
                between: query.between,
                newest: query.newest,
                limit: PAGE_ROWS.min(limit - rows.len()),
            };
            let page = dialect.select(&select).await?;
            let (Some(first), Some(last)) = (page.first(), page.last()) else { return Ok(rows) };
            let full = page.len() == select.limit;
            // No two points of a container's series share a time, save of lines in different laps.
            if query.newest {
                times.end = first.time_ns;
                rows.splice(0..0, page);
            } else {
                times.start = last.time_ns + 1;
                rows.extend(page);
            }
            if !full || rows.len() >= limit {
                return Ok(rows);
            }
        }
    }

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

    async fn lines_of(&self, identity: &Identity, asked: Range<u64>, most: u64) -> Result<Found, ServerError> {
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

/// What `pages` asks for.
#[derive(Debug, Clone)]
struct Query<'a> {
    identity: &'a Identity,
    measurement: &'static str,
    fields: &'a [&'static str],
    times: Range<i64>,
    between: Option<Between>,
    newest: bool,
}

impl<'a> Query<'a> {
    fn of(identity: &'a Identity, measurement: &'static str, fields: &'a [&'static str]) -> Self {
        Self { identity, measurement, fields, times: ALWAYS, between: None, newest: false }
    }
}

fn among(field: &'static str, range: &Range<u64>) -> Between {
    Between { field, from: integer(range.start), until: integer(range.end) }
}

#[async_trait::async_trait]
impl History for Influx {
    async fn lines(
        &self,
        identity: &Identity,
        from_seq: u64,
        end_seq: u64,
        lines_max: usize,
    ) -> Result<Option<Batch>, HistoryError> {
        let most = lines_max.min(LINES_MAX) as u64;
        if from_seq >= end_seq || most == 0 {
            return Ok(None);
        }
        let found = self.lines_of(identity, from_seq..end_seq, most).await?;
        Ok(lines::to_batch(identity, &found))
    }

    async fn put_windows(&self, identity: &Identity, all: Vec<WindowRecord>) -> Result<(), HistoryError> {
        Ok(self.take_windows(identity, &all).await?)
    }

    async fn windows(
        &self,
        identity: &Identity,
        from_ns: u64,
        until_ns: u64,
        limit: usize,
    ) -> Result<Vec<WindowRecord>, HistoryError> {
        if from_ns >= until_ns || limit == 0 {
            return Ok(Vec::new());
        }
        let (begin, end) = key::range_ns(from_ns, until_ns);
        let query = Query {
            times: begin..end,
            between: Some(among("begin_ns", &(from_ns..until_ns))),
            newest: true,
            ..Query::of(identity, WINDOW, windows::FIELDS)
        };
        Ok(self.windows_by(query, limit).await?)
    }

    async fn windows_from(
        &self,
        identity: &Identity,
        from_seq: u64,
        limit: usize,
    ) -> Result<Vec<WindowRecord>, HistoryError> {
        let between = Some(among("first_seq", &(from_seq..u64::MAX)));
        let query = Query { between, ..Query::of(identity, WINDOW, windows::FIELDS) };
        Ok(self.windows_by(query, limit).await?)
    }

    async fn put_training(&self, identity: &Identity, run: TrainingRecord) -> Result<(), HistoryError> {
        Ok(self.take_training(identity, &run).await?)
    }

    async fn trainings(&self, identity: &Identity, limit: usize) -> Result<Vec<TrainingRecord>, HistoryError> {
        let query = Query { newest: true, ..Query::of(identity, TRAINING, trainings::FIELDS) };
        Ok(self.pages(query, limit).await?.into_iter().filter_map(trainings::from_row).collect())
    }
}

impl Influx {
    async fn windows_by(&self, query: Query<'_>, limit: usize) -> Result<Vec<WindowRecord>, ServerError> {
        Ok(self.pages(query, limit).await?.into_iter().filter_map(windows::from_row).collect())
    }
}
