//! Numbers between our records and SQLite, whose integers are signed: times and line numbers stay far below its
//! largest.

/// What is larger than SQLite's largest integer (the year 2262) becomes that.
pub(super) fn to_db(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// What is negative, which we never write, becomes 0.
pub(super) fn from_db(value: i64) -> u64 {
    u64::try_from(value).unwrap_or_default()
}

pub(super) fn limit_to_db(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
