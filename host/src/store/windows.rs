//! Windows, scored or only cut.

use rusqlite::{Connection, Row, ToSql, params};

use super::numbers::{from_db, limit_to_db, to_db};
use super::{Store, StoreError, containers};
use crate::history::{Severity, Verdict, WindowRecord};
use crate::identity::Identity;

impl Store {
    pub(crate) async fn store_windows(
        &self,
        identity: &Identity,
        windows: Vec<WindowRecord>,
    ) -> Result<(), StoreError> {
        let identity = identity.clone();
        self.with_writer(windows.len() * 100, move |conn| put(conn, containers::id_or_new(conn, &identity)?, &windows))
            .await
    }

    pub(crate) async fn windows_between(
        &self,
        identity: &Identity,
        from_ns: u64,
        until_ns: u64,
        limit: usize,
    ) -> Result<Vec<WindowRecord>, StoreError> {
        let identity = identity.clone();
        self.with_reader(move |conn| between(conn, &identity, from_ns, until_ns, limit)).await
    }

    pub(crate) async fn windows_from_line(
        &self,
        identity: &Identity,
        from_seq: u64,
        limit: usize,
    ) -> Result<Vec<WindowRecord>, StoreError> {
        let identity = identity.clone();
        self.with_reader(move |conn| from(conn, &identity, from_seq, limit)).await
    }

    /// The newest `limit` windows of each container, oldest first, all out of one state of the store.
    pub(crate) async fn newest_windows(
        &self,
        identities: Vec<Identity>,
        limit: usize,
    ) -> Result<Vec<Vec<WindowRecord>>, StoreError> {
        self.with_reader(move |conn| identities.iter().map(|identity| newest(conn, identity, limit)).collect()).await
    }

    /// How many windows of all containers are kept.
    pub async fn windows_kept(&self) -> Result<u64, StoreError> {
        let count = "SELECT count(*) FROM score_window";
        self.with_reader(|conn| Ok(conn.query_row(count, [], |row| row.get(0)).map(from_db)?)).await
    }

    /// How many windows of a container are kept.
    pub async fn windows_total(&self, identity: &Identity) -> Result<u64, StoreError> {
        let identity = identity.clone();
        let count = "SELECT count(*) FROM score_window JOIN container ON container.id = container WHERE identity = ?1";
        self.with_reader(move |conn| {
            Ok(conn.prepare_cached(count)?.query_row([identity.as_str()], |row| row.get(0)).map(from_db)?)
        })
        .await
    }
}

pub(super) fn put(conn: &Connection, container: i64, windows: &[WindowRecord]) -> Result<(), StoreError> {
    let mut statement = conn.prepare_cached(
        "INSERT OR REPLACE INTO score_window
             (container, first_seq, end_seq, begin_ns, end_ns, stderr_lines, in_alert, severity, generation, score, threshold)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    for window in windows {
        let verdict = window.verdict;
        statement.execute(params![
            container,
            to_db(window.first_seq),
            to_db(window.end_seq),
            to_db(window.begin_ns),
            to_db(window.end_ns),
            window.stderr_lines,
            window.in_alert,
            verdict.map(|verdict| verdict.severity as u8),
            verdict.map(|verdict| to_db(verdict.generation)),
            verdict.map(|verdict| verdict.score),
            verdict.map(|verdict| verdict.threshold),
        ])?;
    }
    Ok(())
}

/// The newest `limit` windows that begin in `from_ns .. until_ns`, oldest first.
fn between(
    conn: &Connection,
    identity: &Identity,
    from_ns: u64,
    until_ns: u64,
    limit: usize,
) -> Result<Vec<WindowRecord>, StoreError> {
    let mut windows = select(
        conn,
        identity,
        "AND begin_ns >= ?2 AND begin_ns < ?3 ORDER BY begin_ns DESC, first_seq DESC LIMIT ?4",
        &[&to_db(from_ns), &to_db(until_ns), &limit_to_db(limit)],
    )?;
    windows.reverse();
    Ok(windows)
}

/// The newest `limit` windows, oldest first.
fn newest(conn: &Connection, identity: &Identity, limit: usize) -> Result<Vec<WindowRecord>, StoreError> {
    let mut windows = select(conn, identity, "ORDER BY first_seq DESC LIMIT ?2", &[&limit_to_db(limit)])?;
    windows.reverse();
    Ok(windows)
}

/// The oldest `limit` windows whose first line is `from_seq` or later, oldest first.
pub(super) fn from(
    conn: &Connection,
    identity: &Identity,
    from_seq: u64,
    limit: usize,
) -> Result<Vec<WindowRecord>, StoreError> {
    select(conn, identity, "AND first_seq >= ?2 ORDER BY first_seq LIMIT ?3", &[&to_db(from_seq), &limit_to_db(limit)])
}

pub(super) fn select(
    conn: &Connection,
    identity: &Identity,
    rest: &str,
    values: &[&dyn ToSql],
) -> Result<Vec<WindowRecord>, StoreError> {
    let Some(container) = containers::id_of(conn, identity)? else {
        return Ok(Vec::new());
    };
    let mut all: Vec<&dyn ToSql> = vec![&container];
    all.extend(values);
    let mut statement =
        conn.prepare_cached(&format!("SELECT {COLUMNS} FROM score_window WHERE container = ?1 {rest}"))?;
    Ok(statement.query_map(all.as_slice(), record)?.collect::<Result<_, _>>()?)
}

/// In the order in which `record` and `verdict` take them: names would be looked up for each row.
const COLUMNS: &str =
    "first_seq, end_seq, begin_ns, end_ns, stderr_lines, in_alert, severity, generation, score, threshold";

fn record(row: &Row<'_>) -> rusqlite::Result<WindowRecord> {
    let number = |column: usize| row.get(column).map(from_db);
    Ok(WindowRecord {
        first_seq: number(0)?,
        end_seq: number(1)?,
        begin_ns: number(2)?,
        end_ns: number(3)?,
        stderr_lines: row.get(4)?,
        in_alert: row.get(5)?,
        verdict: verdict(row)?,
    })
}

fn verdict(row: &Row<'_>) -> rusqlite::Result<Option<Verdict>> {
    let Some(severity) = row.get::<_, Option<u8>>(6)? else {
        return Ok(None);
    };
    // SQLite has no NaN and gives null for it. Scores are checked before they get here; a gap in a chart beats an
    // error.
    let real = |column: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<f32>>(column)?.unwrap_or(f32::NAN));
    Ok(Some(Verdict {
        generation: row.get(7).map(from_db)?,
        score: real(8)?,
        threshold: real(9)?,
        severity: severity_of(severity)?,
    }))
}

/// A stored severity; one that does not exist can only come from damage or a foreign hand.
pub(super) fn severity_of(code: u8) -> rusqlite::Result<Severity> {
    Severity::from_code(code).ok_or(rusqlite::Error::IntegralValueOutOfRange(0, i64::from(code)))
}
