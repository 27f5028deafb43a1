//! Records that sinks have not taken yet: windows, cycles and alerts. How far a sink has come with lines is in `sinks`.

use rusqlite::{Connection, named_params, params};

use super::alerts::{self, AlertRecord};
use super::numbers::{from_db, limit_to_db, to_db};
use super::{Store, StoreError, containers, json, windows};
use crate::history::{TrainingRecord, WindowRecord};
use crate::identity::Identity;

/// Some records that a sink lacks, and where it stands once it has them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outbox {
    /// Consecutive windows of some containers.
    pub windows: Vec<(Identity, Vec<WindowRecord>)>,
    pub trainings: Vec<(Identity, TrainingRecord)>,
    pub alerts: Vec<AlertRecord>,
    pub training_id: u64,
    pub alert_revision: u64,
}

impl Outbox {
    pub fn is_empty(&self) -> bool {
        self.windows.is_empty() && self.trainings.is_empty() && self.alerts.is_empty()
    }
}

impl Store {
    /// Records that a sink lacks, the oldest first, at most `limit` of each kind.
    pub async fn outbox(&self, sink: &'static str, limit: usize) -> Result<Outbox, StoreError> {
        self.with_reader(move |conn| outbox(conn, sink, limit)).await
    }

    /// The sink has taken what `outbox` gave.
    pub async fn put_outbox(&self, sink: &'static str, taken: &Outbox) -> Result<(), StoreError> {
        let places = [to_db(taken.training_id), to_db(taken.alert_revision)];
        let windows: Vec<_> = taken
            .windows
            .iter()
            .filter_map(|(identity, windows)| windows.last().map(|last| (identity.clone(), last.end_seq)))
            .collect();
        self.with_writer(windows.len() * 64, move |conn| {
            for (identity, end_seq) in &windows {
                put_windows_place(conn, sink, identity, *end_seq)?;
            }
            conn.prepare_cached("UPDATE sink SET training_id = ?2, alert_revision = ?3 WHERE name = ?1")?
                .execute(params![sink, places[0], places[1]])?;
            Ok(())
        })
        .await
    }
}

fn put_windows_place(conn: &Connection, sink: &str, identity: &Identity, windows_seq: u64) -> Result<(), StoreError> {
    let mut statement = conn.prepare_cached(
        "INSERT INTO place (sink, container, next_seq, note, windows_seq)
         VALUES ((SELECT id FROM sink WHERE name = :sink), :container, 1, x'', :windows_seq)
         ON CONFLICT (sink, container) DO UPDATE SET windows_seq = :windows_seq",
    )?;
    statement.execute(named_params! {
        ":sink": sink,
        ":container": containers::id_or_new(conn, identity)?,
        ":windows_seq": to_db(windows_seq),
    })?;
    Ok(())
}

fn outbox(conn: &Connection, sink: &str, limit: usize) -> Result<Outbox, StoreError> {
    let (training_id, alert_revision) = conn
        .prepare_cached("SELECT training_id, alert_revision FROM sink WHERE name = ?1")?
        .query_row([sink], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
    let mut out =
        Outbox { training_id: from_db(training_id), alert_revision: from_db(alert_revision), ..Outbox::default() };
    out.windows = windows_waiting(conn, sink, limit)?;
    let mut statement = conn.prepare_cached(
        "SELECT training.id, identity, record FROM training JOIN container ON container.id = container
         WHERE training.id > ?1 ORDER BY training.id LIMIT ?2",
    )?;
    let mut rows = statement.query(params![training_id, limit_to_db(limit)])?;
    while let Some(row) = rows.next()? {
        out.training_id = from_db(row.get(0)?);
        let identity = Identity::from_text(&row.get::<_, String>(1)?);
        out.trainings.push((identity, json::from_text(&row.get::<_, String>(2)?)?));
    }
    let (changed, revision) = alerts::changed_after(conn, alert_revision, limit)?;
    out.alerts = changed;
    out.alert_revision = out.alert_revision.max(revision);
    Ok(out)
}

fn windows_waiting(
    conn: &Connection,
    sink: &str,
    limit: usize,
) -> Result<Vec<(Identity, Vec<WindowRecord>)>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT identity, coalesce(windows_seq, 1) FROM container
         LEFT JOIN place ON place.container = container.id AND place.sink = (SELECT id FROM sink WHERE name = ?1)
         WHERE EXISTS (SELECT 1 FROM score_window
             WHERE score_window.container = container.id AND first_seq >= coalesce(windows_seq, 1))",
    )?;
    let mut rows = statement.query([sink])?;
    let mut waiting = Vec::new();
    let mut room = limit;
    while room > 0
        && let Some(row) = rows.next()?
    {
        let identity = Identity::from_text(&row.get::<_, String>(0)?);
        let some = windows::from(conn, &identity, from_db(row.get(1)?), room)?;
        room -= some.len();
        waiting.push((identity, some));
    }
    Ok(waiting)
}
