//! Names of what is stored. They are a contract with those who ask the server themselves: docs/INFLUXDB.md lists them.
//!
//! Tags of all: `container`, `host`, `store`. A field's name has one kind in all measurements, because the v1 API answers in
//! CSV, which does not tell kinds apart.

/// Lines; tags `output` and, after the engine's clock was set back, `lap`.
pub(super) const LINE: &str = "foghorn_line";
/// Windows with what was said of them.
pub(super) const WINDOW: &str = "foghorn_window";
/// The newest state of each alert.
pub(super) const ALERT: &str = "foghorn_alert";
/// Cycles.
pub(super) const TRAINING: &str = "foghorn_training";
/// One point now and then, by which is noticed that a server has lost everything. Without `container` and `host`.
pub(super) const STORE: &str = "foghorn_store";

/// The schema as this page has it; stands in each point of `foghorn_store`.
pub(super) const SCHEMA_FORMAT: i64 = 1;

/// Longest text of a line that is stored; the collector cuts long before. Servers take 1 MiB in one field, and bytes that are
/// not UTF-8 need up to three times the room.
pub(super) const TEXT_BYTES_MAX: usize = 256 << 10;

/// The times that InfluxDB can store end here.
pub(super) const TIME_NS_MAX: i64 = i64::MAX - 1;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Integer,
    Float,
    Boolean,
    Text,
}

/// The kind of a field; tags are text.
pub(super) fn kind(field: &str) -> Kind {
    match field {
        "peak" | "scaled" | "score" | "threshold" => Kind::Float,
        "in_alert" | "ok" | "scored" => Kind::Boolean,
        "bytes" | "failure" | "fingerprint" | "output" | "reason" | "severity_text" | "stats" | "status" | "text"
        | "version" => Kind::Text,
        _ => Kind::Integer,
    }
}

/// InfluxDB's integers are signed: what is larger than its largest (as a time: the year 2262) becomes that.
pub(super) fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
