//! Which windows belong to which alerts, and what follows from a label: windows of an incident are not learned, those of an alert that people called
//! normal are learned by the next cycle.

use std::collections::HashMap;

use rusqlite::{Connection, Row, params};

use super::alerts::{self, AlertRecord};
use super::numbers::{from_db, limit_to_db, to_db};
use super::{Store, StoreError, containers, windows};
use crate::history::WindowRecord;
use crate::identity::Identity;

/// What `score_window.in_alert` says.
const INCIDENT: i64 = 1;
/// Belonged to an alert that was called normal, and is still to be learned.
const TO_LEARN: i64 = 2;

impl Store {
    /// Stores an alert to which a person did something. Where that says whether its windows are normal, they are to be learned, or not any more.
    pub async fn put_attended(&self, alert: AlertRecord, normal: Option<bool>) -> Result<(), StoreError> {
        self.with_writer(4096, move |conn| {
            alerts::put(conn, std::slice::from_ref(&alert))?;
            normal.map_or(Ok(()), |normal| relabel(conn, alert.id, normal))
        })
        .await
    }

    /// The oldest `limit` windows that were called normal and are not learned yet.
    pub async fn windows_to_learn(&self, identity: &Identity, limit: usize) -> Result<Vec<WindowRecord>, StoreError> {
        let identity = identity.clone();
        self.with_reader(move |conn| {
            let (waits, limit) = (TO_LEARN, limit_to_db(limit));
            windows::select(conn, &identity, "AND in_alert = ?2 ORDER BY first_seq LIMIT ?3", &[&waits, &limit])
        })
        .await
    }

    /// These windows, by their first lines, are learned.
    pub async fn put_learned(&self, identity: &Identity, first_seqs: Vec<u64>) -> Result<(), StoreError> {
        let identity = identity.clone();
        self.with_writer(first_seqs.len() * 16, move |conn| {
            let Some(container) = containers::id_of(conn, &identity)? else { return Ok(()) };
            let mut statement = conn.prepare_cached(
                "UPDATE score_window SET in_alert = 0 WHERE container = ?1 AND first_seq = ?2 AND in_alert = ?3",
            )?;
            for first_seq in first_seqs {
                statement.execute(params![container, to_db(first_seq), TO_LEARN])?;
            }
            Ok(())
        })
        .await
    }

    /// The windows of alerts of a container, by their first lines: whether people called them failures (`true`) or normal; `None` where
    /// nobody said, or not of each alert that a window belongs to.
    pub async fn window_labels(&self, identity: &Identity) -> Result<HashMap<u64, Option<bool>>, StoreError> {
        let identity = identity.clone();
        self.with_reader(move |conn| {
            let Some(container) = containers::id_of(conn, &identity)? else { return Ok(HashMap::new()) };
            let mut statement = conn.prepare_cached(
                "SELECT first_seq, total(json_extract(body, '$.label') IS 'real'), total(json_extract(body, '$.label') IS NOT 'normal')
                 FROM alert_window JOIN alert ON alert.id = alert_window.alert WHERE alert_window.container = ?1 GROUP BY first_seq",
            )?;
            let row = |row: &Row<'_>| {
                let (real, other): (f64, f64) = (row.get(1)?, row.get(2)?);
                let label = if real > 0.0 { Some(true) } else { (other == 0.0).then_some(false) };
                Ok((row.get(0).map(from_db)?, label))
            };
            Ok(statement.query_map([container], row)?.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// The windows of an alert, by their first lines.
    pub async fn alert_windows(&self, alert: u64) -> Result<Vec<u64>, StoreError> {
        self.with_reader(move |conn| {
            let mut statement =
                conn.prepare_cached("SELECT first_seq FROM alert_window WHERE alert = ?1 ORDER BY first_seq")?;
            Ok(statement.query_map([to_db(alert)], |row| row.get(0).map(from_db))?.collect::<Result<_, _>>()?)
        })
        .await
    }
}

/// `members` are windows of the container, by their first lines, and the alerts they belong to.
pub(super) fn put(conn: &Connection, container: i64, members: &[(u64, u64)]) -> Result<(), StoreError> {
    let mut statement =
        conn.prepare_cached("INSERT OR IGNORE INTO alert_window (container, first_seq, alert) VALUES (?1, ?2, ?3)")?;
    for &(first_seq, alert) in members {
        statement.execute(params![container, to_db(first_seq), to_db(alert)])?;
    }
    Ok(())
}

/// A window that belongs to another alert too is not learned while that one is no normal one.
fn relabel(conn: &Connection, alert: u64, normal: bool) -> Result<(), StoreError> {
    let mut sql = "UPDATE score_window SET in_alert = ?2
         WHERE container = (SELECT container FROM alert WHERE id = ?1) AND in_alert = ?3 AND EXISTS (
             SELECT 1 FROM alert_window WHERE alert = ?1 AND alert_window.container = score_window.container
                 AND alert_window.first_seq = score_window.first_seq
         )"
    .to_owned();
    if normal {
        sql += " AND NOT EXISTS (
             SELECT 1 FROM alert_window JOIN alert ON alert.id = alert_window.alert
             WHERE alert.id <> ?1 AND alert_window.container = score_window.container
                 AND alert_window.first_seq = score_window.first_seq
                 AND json_extract(alert.body, '$.label') IS NOT 'normal'
         )";
    }
    let (to, from) = if normal { (TO_LEARN, INCIDENT) } else { (INCIDENT, TO_LEARN) };
    conn.prepare_cached(&sql)?.execute(params![to_db(alert), to, from])?;
    Ok(())
}
