//! What differs between the APIs of InfluxDB: how a body of points is written, how a range of points is asked for.

use std::fmt::Debug;

use crate::spool::ServerError;

/// A `select` reads no more than this of an answer; what it has by then it gives.
pub(super) const ANSWER_BYTES_MAX: usize = 64 << 20;

/// One API, spoken with one server.
#[async_trait::async_trait]
pub(super) trait Dialect: Send + Sync + Debug {
    /// Asks whether the server answers, lets us in, has the database or bucket, and lets us write and read there. Says in
    /// one sentence what answers.
    async fn check(&self) -> Result<String, ServerError>;

    /// Writes points in line protocol, nanoseconds.
    async fn write(&self, body: &[u8]) -> Result<(), WriteError>;

    /// Rows of one measurement, in order of time. Fields that a point lacks are `Absent`, and so are empty texts, which CSV
    /// does not tell from them. May end early where the answer is long (`ANSWER_BYTES_MAX`).
    async fn select(&self, select: &Select<'_>) -> Result<Vec<Row>, ServerError>;
}

/// Why points were not written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum WriteError {
    #[error(transparent)]
    Server(#[from] ServerError),
    /// The server refused points of this body for what they are; others of it may be stored. Writing the same body again
    /// does not help, writing its parts does.
    #[error("{reason}")]
    Points { reason: String },
    /// The body is too large for the server.
    #[error("{0}")]
    TooLarge(String),
}

/// A range of points of one measurement of one store.
#[derive(Debug, Clone, Copy)]
pub(super) struct Select<'a> {
    pub(super) measurement: &'static str,
    /// Tag `store`: the points of another data directory are not ours.
    pub(super) store: &'a str,
    /// Tag `container` as it is stored (`tag::of_identity`), without line breaks and backslashes; `None` takes all.
    pub(super) container: Option<&'a str>,
    /// Time of the points, nanoseconds, `from_ns .. until_ns`.
    pub(super) from_ns: i64,
    pub(super) until_ns: i64,
    /// Fields to give, in this order; a tag may stand among them. The first is a field that every point of the measurement
    /// has.
    pub(super) fields: &'a [&'static str],
    /// Only points whose integer field lies in `from .. until`.
    pub(super) between: Option<Between>,
    /// The newest `limit` points instead of the oldest; rows come oldest first all the same.
    pub(super) newest: bool,
    pub(super) limit: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Between {
    pub(super) field: &'static str,
    pub(super) from: i64,
    pub(super) until: i64,
}

/// One point: its time and the fields that were asked for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) time_ns: i64,
    pub(super) values: Vec<Value>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Absent,
    Integer(i64),
    Float(f64),
    Boolean(bool),
    Text(String),
}

impl Value {
    /// An integer that is not negative, as all of ours are.
    pub(super) fn unsigned(&self) -> Option<u64> {
        if let Self::Integer(value) = self { u64::try_from(*value).ok() } else { None }
    }

    /// A float that was stored from an `f32`; not a number where there was nothing to store.
    pub(super) fn float(&self) -> f32 {
        if let Self::Float(value) = self { *value as f32 } else { f32::NAN }
    }

    pub(super) fn text(self) -> String {
        if let Self::Text(value) = self { value } else { String::new() }
    }
}
