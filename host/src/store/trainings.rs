//! How cycles went.

use rusqlite::{Connection, params};

use super::numbers::{limit_to_db, to_db};
use super::{Store, StoreError, containers, json};
use crate::history::TrainingRecord;
use crate::identity::Identity;

/// Most that are kept of one container.
const TRAININGS_MAX: i64 = 1000;

impl Store {
    pub(crate) async fn store_training(&self, identity: &Identity, mut run: TrainingRecord) -> Result<(), StoreError> {
        // JSON has no NaN and no infinity; a plugin may well have.
        run.stats.retain(|(_, value)| value.is_finite());
        let identity = identity.clone();
        self.with_writer(512, move |conn| put(conn, &identity, &run)).await
    }

    pub(crate) async fn newest_trainings(
        &self,
        identity: &Identity,
        limit: usize,
    ) -> Result<Vec<TrainingRecord>, StoreError> {
        let identity = identity.clone();
        self.with_reader(move |conn| newest(conn, &identity, limit)).await
    }
}

fn put(conn: &Connection, identity: &Identity, run: &TrainingRecord) -> Result<(), StoreError> {
    let container = containers::id_or_new(conn, identity)?;
    let record = json::to_text(run)?;
    // Above what sinks have taken, even where that was removed since.
    conn.prepare_cached(
        "INSERT INTO training (id, container, begun_ns, record) VALUES (
             1 + max(coalesce((SELECT max(id) FROM training), 0), coalesce((SELECT max(training_id) FROM sink), 0)),
             ?1, ?2, ?3)",
    )?
    .execute(params![container, to_db(run.begun_ns), record])?;
    conn.prepare_cached(
        "DELETE FROM training WHERE container = ?1 AND id <=
             (SELECT id FROM training WHERE container = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
    )?
    .execute(params![container, TRAININGS_MAX])?;
    Ok(())
}

/// The newest `limit`, oldest first.
fn newest(conn: &Connection, identity: &Identity, limit: usize) -> Result<Vec<TrainingRecord>, StoreError> {
    let Some(container) = containers::id_of(conn, identity)? else {
        return Ok(Vec::new());
    };
    let mut statement =
        conn.prepare_cached("SELECT record FROM training WHERE container = ?1 ORDER BY id DESC LIMIT ?2")?;
    let texts = statement.query_map(params![container, limit_to_db(limit)], |row| row.get::<_, String>(0))?;
    let mut runs = texts.map(|text| json::from_text(&text?)).collect::<Result<Vec<_>, _>>()?;
    runs.reverse();
    Ok(runs)
}
