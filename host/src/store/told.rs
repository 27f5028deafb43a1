//! What was said of alerts and what was not: the place from which alerts are looked at, and for each what is known of it.

use rusqlite::types::Value;
use rusqlite::{Connection, params};

use super::alerts::{self, AlertRecord};
use super::numbers::{from_db, limit_to_db, to_db};
use super::{Store, StoreError, deliveries, json};

/// An alert that is to be looked at, and what was said of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ToTell {
    pub alert: AlertRecord,
    /// As it was stored; `None` before anything.
    pub told: Option<serde_json::Value>,
}

/// What came of looking at one alert.
#[derive(Debug, Clone, PartialEq)]
pub struct ToldRecord {
    pub alert: u64,
    pub told: serde_json::Value,
    /// When it is to be looked at though nothing changed.
    pub due_ns: Option<u64>,
    /// Why something was not said.
    pub suppressed: Option<String>,
    /// Notices on their way, by sink.
    pub notices: Vec<(String, serde_json::Value)>,
}

/// Something that was not said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    pub reason: String,
    pub first_ns: u64,
    pub last_ns: u64,
    pub times: u64,
}

impl Store {
    /// At most `limit` alerts that changed and were not looked at since, in the order of their changes, and the place behind them; then those that
    /// are due at `now_ns`.
    pub async fn alerts_to_tell(&self, now_ns: u64, limit: usize) -> Result<(Vec<ToTell>, u64), StoreError> {
        self.with_reader(move |conn| to_tell(conn, now_ns, limit)).await
    }

    /// Stores what came of looking at alerts, all or nothing; the next look begins at `revision`.
    pub async fn put_told(&self, records: Vec<ToldRecord>, revision: u64, now_ns: u64) -> Result<(), StoreError> {
        self.with_writer(records.len() * 2048, move |conn| put(conn, &records, revision, now_ns)).await
    }

    /// When the next alert is due; `None` while none is.
    pub async fn next_due_ns(&self) -> Result<Option<u64>, StoreError> {
        self.with_reader(|conn| {
            let due: Option<i64> = conn.query_row("SELECT min(due_ns) FROM told", [], |row| row.get(0))?;
            Ok(due.map(from_db))
        })
        .await
    }

    /// What was not said of an alert.
    pub async fn suppressions(&self, alert: u64) -> Result<Vec<Suppression>, StoreError> {
        self.with_reader(move |conn| {
            let mut statement = conn.prepare_cached(
                "SELECT reason, first_ns, last_ns, times FROM suppression WHERE alert = ?1 ORDER BY first_ns",
            )?;
            let found = statement.query_map([to_db(alert)], |row| {
                Ok(Suppression {
                    reason: row.get(0)?,
                    first_ns: row.get(1).map(from_db)?,
                    last_ns: row.get(2).map(from_db)?,
                    times: row.get(3).map(from_db)?,
                })
            })?;
            Ok(found.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// How often nothing was said, by reason, of all alerts that are kept.
    pub async fn suppressed_by_reason(&self) -> Result<Vec<(String, u64)>, StoreError> {
        self.with_reader(|conn| {
            let mut statement = conn.prepare_cached("SELECT reason, sum(times) FROM suppression GROUP BY reason")?;
            let found = statement.query_map([], |row| Ok((row.get(0)?, row.get(1).map(from_db)?)))?;
            Ok(found.collect::<Result<_, _>>()?)
        })
        .await
    }
}

/// Counts something that was not said.
pub(super) fn suppress(conn: &Connection, alert: u64, reason: &str, now_ns: u64) -> Result<(), StoreError> {
    conn.prepare_cached(
        "INSERT INTO suppression (alert, reason, first_ns, last_ns, times) VALUES (?1, ?2, ?3, ?3, 1)
         ON CONFLICT (alert, reason) DO UPDATE SET last_ns = max(last_ns, ?3), times = times + 1",
    )?
    .execute(params![to_db(alert), reason, to_db(now_ns)])?;
    Ok(())
}

fn to_tell(conn: &Connection, now_ns: u64, limit: usize) -> Result<(Vec<ToTell>, u64), StoreError> {
    let place: i64 = conn.query_row("SELECT value FROM meta WHERE key = 'told_revision'", [], |row| row.get(0))?;
    // The place is the revision of the next change, `changed_after` asks for those behind one.
    let (mut found, last) = alerts::changed_after(conn, place - 1, limit)?;
    let revision = if found.is_empty() { from_db(place) } else { last + 1 };
    let room = limit.saturating_sub(found.len());
    let values = vec![Value::from(to_db(now_ns)), Value::from(limit_to_db(room))];
    let due = alerts::select(
        conn,
        "JOIN told ON told.alert = alert.id WHERE told.due_ns <= ? ORDER BY told.due_ns LIMIT ?",
        values,
    )?;
    found.extend(due.into_iter().filter(|due| !found.iter().any(|known| known.id == due.id)).collect::<Vec<_>>());
    let to_tell = found.into_iter().map(|alert| Ok(ToTell { told: told(conn, alert.id)?, alert }));
    Ok((to_tell.collect::<Result<_, StoreError>>()?, revision))
}

fn told(conn: &Connection, alert: u64) -> Result<Option<serde_json::Value>, StoreError> {
    let mut statement = conn.prepare_cached("SELECT body FROM told WHERE alert = ?1")?;
    let mut rows = statement.query([to_db(alert)])?;
    match rows.next()? {
        Some(row) => Ok(Some(json::from_text(&row.get::<_, String>(0)?)?)),
        None => Ok(None),
    }
}

fn put(conn: &Connection, records: &[ToldRecord], revision: u64, now_ns: u64) -> Result<(), StoreError> {
    let mut statement = conn.prepare_cached("INSERT OR REPLACE INTO told (alert, due_ns, body) VALUES (?1, ?2, ?3)")?;
    for record in records {
        statement.execute(params![to_db(record.alert), record.due_ns.map(to_db), json::to_text(&record.told)?])?;
        if let Some(reason) = &record.suppressed {
            suppress(conn, record.alert, reason, now_ns)?;
        }
        for (sink, notice) in &record.notices {
            deliveries::enqueue(conn, sink, record.alert, notice, now_ns)?;
        }
    }
    conn.prepare_cached("UPDATE meta SET value = ?1 WHERE key = 'told_revision'")?.execute([to_db(revision)])?;
    Ok(())
}
