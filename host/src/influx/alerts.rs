//! Alerts as points: one for each, overwritten as it changes. They are for people and for Grafana; Foghorn reads its alerts
//! from its own store.

use super::key;
use super::protocol::Body;
use super::schema::integer;
use super::text;
use crate::store::AlertRecord;

pub(super) fn write(body: &mut Body, series: &str, alert: &AlertRecord) {
    let reason = alert.body.pointer("/reason/sentence").and_then(serde_json::Value::as_str).unwrap_or_default();
    let point = body
        .point(series)
        .integer("id", integer(alert.id))
        .text("fingerprint", &format!("{:016x}", alert.fingerprint))
        .text("status", alert.status.as_str())
        .integer("severity", i64::from(alert.severity as u8))
        .text("severity_text", alert.severity.as_str())
        .integer("opened_ns", integer(alert.opened_ns))
        .integer("last_ns", integer(alert.last_ns))
        .integer("windows", integer(alert.windows))
        .float("peak", alert.peak_scaled.into())
        .text("reason", text::bounded(reason));
    let point = match alert.resolved_ns {
        None => point,
        Some(resolved_ns) => point.integer("resolved_ns", integer(resolved_ns)),
    };
    point.at(key::point_ns(alert.opened_ns, alert.id));
}
