//! Reading points of one container, page by page: an answer is bounded, and servers may be set to give no more than so many
//! rows.

use std::ops::Range;

use super::dialect::{Between, Row, Select};
use super::schema::{TIME_NS_MAX, integer};
use super::{Influx, tag};
use crate::identity::Identity;
use crate::spool::ServerError;

/// Rows of one question: `max-row-limit` of 1.x was 10000 by default for a while.
pub(super) const PAGE_ROWS: usize = 10_000;

pub(super) const ALWAYS: Range<i64> = 0..TIME_NS_MAX;

/// What `pages` asks for.
#[derive(Debug, Clone)]
pub(super) struct Query<'a> {
    pub(super) identity: &'a Identity,
    pub(super) measurement: &'static str,
    pub(super) fields: &'a [&'static str],
    /// Of the points.
    pub(super) times: Range<i64>,
    pub(super) between: Option<Between>,
    pub(super) newest: bool,
}

impl<'a> Query<'a> {
    pub(super) fn of(identity: &'a Identity, measurement: &'static str, fields: &'a [&'static str]) -> Self {
        Self { identity, measurement, fields, times: ALWAYS, between: None, newest: false }
    }
}

pub(super) fn among(field: &'static str, range: &Range<u64>) -> Between {
    Between { field, from: integer(range.start), until: integer(range.end) }
}

impl Influx {
    /// All points of a container, or the newest `limit` of them, or the oldest: page by page.
    pub(super) async fn pages(&self, query: Query<'_>, limit: usize) -> Result<Vec<Row>, ServerError> {
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
}
