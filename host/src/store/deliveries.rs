//! Notices on their way, and the log of those that arrived or were given up.

use rusqlite::{Connection, Row, params};

use super::numbers::{from_db, limit_to_db, to_db};
use super::{Store, StoreError, json};

/// Most notices that wait for one sink; the oldest are given up, and say so.
const WAITING_MAX: usize = 10_000;

/// Where a notice is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    Waiting,
    Delivered,
    Failed,
}

impl DeliveryState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

/// One notice to one sink.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Delivery {
    pub id: u64,
    pub sink: String,
    pub alert: u64,
    pub made_ns: u64,
    pub state: DeliveryState,
    pub attempts: u64,
    pub next_ns: u64,
    pub done_ns: Option<u64>,
    /// What the receiver said last, or why it could not be reached. Hostile.
    pub answer: String,
    pub notice: serde_json::Value,
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    Delivered,
    /// It is tried again then.
    Later {
        next_ns: u64,
    },
    Failed,
}

impl Store {
    /// The oldest notice that waits for a sink, whether its time has come or not.
    pub async fn next_delivery(&self, sink: &str) -> Result<Option<Delivery>, StoreError> {
        let sink = sink.to_owned();
        self.with_reader(move |conn| {
            Ok(select(conn, "WHERE sink = ?1 AND state = 'waiting' ORDER BY id LIMIT 1", params![sink])?.pop())
        })
        .await
    }

    /// Stores what came of an attempt.
    pub async fn put_attempt(&self, id: u64, attempt: Attempt, answer: String, now_ns: u64) -> Result<(), StoreError> {
        let (state, next, done) = match attempt {
            Attempt::Delivered => (DeliveryState::Delivered, None, Some(now_ns)),
            Attempt::Later { next_ns } => (DeliveryState::Waiting, Some(next_ns), None),
            Attempt::Failed => (DeliveryState::Failed, None, Some(now_ns)),
        };
        self.with_writer(answer.len(), move |conn| {
            conn.prepare_cached(
                "UPDATE delivery SET state = ?2, attempts = attempts + 1, next_ns = coalesce(?3, next_ns), done_ns = ?4,
                     answer = ?5 WHERE id = ?1",
            )?
            .execute(params![to_db(id), state.as_str(), next.map(to_db), done.map(to_db), answer])?;
            Ok(())
        })
        .await
    }

    /// The newest notices, newest first: of one alert, or of all.
    pub async fn deliveries(&self, alert: Option<u64>, limit: usize) -> Result<Vec<Delivery>, StoreError> {
        self.with_reader(move |conn| {
            let rest = "WHERE ?1 IS NULL OR alert = ?1 ORDER BY id DESC LIMIT ?2";
            select(conn, rest, params![alert.map(to_db), limit_to_db(limit)])
        })
        .await
    }

    /// How many notices there are, by sink and state.
    pub async fn delivery_counts(&self) -> Result<Vec<(String, String, u64)>, StoreError> {
        self.with_reader(|conn| {
            let mut statement =
                conn.prepare_cached("SELECT sink, state, count(*) FROM delivery GROUP BY sink, state")?;
            let found = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2).map(from_db)?)))?;
            Ok(found.collect::<Result<_, _>>()?)
        })
        .await
    }
}

/// Puts a notice on its way.
pub(super) fn enqueue(
    conn: &Connection,
    sink: &str,
    alert: u64,
    notice: &serde_json::Value,
    now_ns: u64,
) -> Result<(), StoreError> {
    conn.prepare_cached(
        "INSERT INTO delivery (sink, alert, made_ns, state, next_ns, notice) VALUES (?1, ?2, ?3, 'waiting', ?3, ?4)",
    )?
    .execute(params![sink, to_db(alert), to_db(now_ns), json::to_text(notice)?])?;
    conn.prepare_cached(
        "UPDATE delivery SET state = 'failed', done_ns = ?3, answer = 'given up: too many wait for this sink'
         WHERE id IN (SELECT id FROM delivery WHERE sink = ?1 AND state = 'waiting' ORDER BY id DESC LIMIT -1 OFFSET ?2)",
    )?
    .execute(params![sink, limit_to_db(WAITING_MAX), to_db(now_ns)])?;
    Ok(())
}

fn select(conn: &Connection, rest: &str, values: impl rusqlite::Params) -> Result<Vec<Delivery>, StoreError> {
    let mut statement = conn.prepare_cached(&format!("SELECT * FROM delivery {rest}"))?;
    let mut rows = statement.query(values)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(record(row)?);
    }
    Ok(found)
}

fn record(row: &Row<'_>) -> Result<Delivery, StoreError> {
    let number = |column: &str| row.get(column).map(from_db);
    Ok(Delivery {
        id: number("id")?,
        sink: row.get("sink")?,
        alert: number("alert")?,
        made_ns: number("made_ns")?,
        state: match row.get::<_, String>("state")?.as_str() {
            "waiting" => DeliveryState::Waiting,
            "delivered" => DeliveryState::Delivered,
            _ => DeliveryState::Failed,
        },
        attempts: number("attempts")?,
        next_ns: number("next_ns")?,
        done_ns: row.get::<_, Option<i64>>("done_ns")?.map(from_db),
        answer: row.get("answer")?,
        notice: json::from_text(&row.get::<_, String>("notice")?)?,
    })
}
