//! Cycles as points, and back.

use super::dialect::{Row, Value};
use super::key;
use super::protocol::Body;
use super::schema::integer;
use crate::history::TrainingRecord;

/// In the order that `from_row` reads.
pub(super) const FIELDS: &[&str] =
    &["generation", "begun_ns", "duration_ms", "windows", "lines", "ok", "failure", "stats"];

/// A cycle that failed and the one after it may make the same generation; they are two points, in this order.
pub(super) fn write(body: &mut Body, series: &str, run: &TrainingRecord) {
    let point = body
        .point(series)
        .integer("generation", integer(run.generation))
        .integer("begun_ns", integer(run.begun_ns))
        .integer("duration_ms", integer(run.duration_ms))
        .integer("windows", integer(run.windows))
        .integer("lines", integer(run.lines))
        .boolean("ok", run.failure.is_none())
        .text("stats", &serde_json::to_string(&run.stats).expect("names and numbers are JSON"));
    let point = match &run.failure {
        None => point,
        Some(failure) => point.text("failure", super::text::bounded(failure)),
    };
    let number = run.generation.wrapping_mul(2) + u64::from(run.failure.is_none());
    point.at(key::point_ns(run.begun_ns, number));
}

/// `None` where the row is not a cycle of ours.
pub(super) fn from_row(row: Row) -> Option<TrainingRecord> {
    let [generation, begun_ns, duration_ms, windows, lines, ok, failure, stats] = row.values.try_into().ok()?;
    Some(TrainingRecord {
        generation: generation.unsigned()?,
        begun_ns: begun_ns.unsigned()?,
        duration_ms: duration_ms.unsigned()?,
        windows: windows.unsigned()?,
        lines: lines.unsigned()?,
        failure: (ok != Value::Boolean(true)).then(|| failure.text()),
        stats: serde_json::from_str(&stats.text()).ok()?,
    })
}
