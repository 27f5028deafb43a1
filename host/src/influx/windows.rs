//! Windows as points, and back.
//!
//! All fields that a window always has are written each time: fields of two writes of one point add up, so what is left out
//! would keep its old value.

use super::dialect::{Row, Value};
use super::key;
use super::protocol::Body;
use super::schema::integer;
use crate::history::{Severity, Verdict, WindowRecord};

/// In the order that `from_row` reads.
pub(super) const FIELDS: &[&str] = &[
    "first_seq",
    "end_seq",
    "begin_ns",
    "end_ns",
    "stderr_lines",
    "in_alert",
    "scored",
    "score",
    "threshold",
    "severity",
    "generation",
];

pub(super) fn write(body: &mut Body, series: &str, window: &WindowRecord) {
    let point = body
        .point(series)
        .integer("first_seq", integer(window.first_seq))
        .integer("end_seq", integer(window.end_seq))
        .integer("begin_ns", integer(window.begin_ns))
        .integer("end_ns", integer(window.end_ns))
        .integer("stderr_lines", window.stderr_lines.into())
        .boolean("in_alert", window.in_alert)
        .boolean("scored", window.verdict.is_some());
    let point = match &window.verdict {
        None => point,
        Some(verdict) => point
            .float("score", verdict.score.into())
            .float("threshold", verdict.threshold.into())
            .float("scaled", verdict.scaled().into())
            .integer("severity", i64::from(verdict.severity as u8))
            .integer("generation", integer(verdict.generation)),
    };
    point.at(key::point_ns(window.begin_ns, window.first_seq));
}

/// `None` where the row is not a window of ours.
pub(super) fn from_row(row: Row) -> Option<WindowRecord> {
    let [first_seq, end_seq, begin_ns, end_ns, stderr_lines, in_alert, scored, score, threshold, severity, generation] =
        row.values.try_into().ok()?;
    let verdict = (scored == Value::Boolean(true)).then(|| {
        Some(Verdict {
            score: score.float(),
            threshold: threshold.float(),
            severity: Severity::from_code(severity.unsigned()?.try_into().ok()?)?,
            generation: generation.unsigned()?,
        })
    });
    Some(WindowRecord {
        first_seq: first_seq.unsigned()?,
        end_seq: end_seq.unsigned()?,
        begin_ns: begin_ns.unsigned()?,
        end_ns: end_ns.unsigned()?,
        stderr_lines: stderr_lines.unsigned()?.try_into().ok()?,
        verdict: match verdict {
            None => None,
            Some(verdict) => Some(verdict?),
        },
        in_alert: in_alert == Value::Boolean(true),
    })
}
