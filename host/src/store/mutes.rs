//! Silence that people asked for.

use rusqlite::params;

use super::numbers::{from_db, to_db};
use super::{Store, StoreError};
use crate::notify::quiet::Mute;

impl Store {
    /// Silence that lasts at `now_ns`.
    pub async fn mutes(&self, now_ns: u64) -> Result<Vec<Mute>, StoreError> {
        self.with_reader(move |conn| {
            let mut statement = conn.prepare_cached(
                "SELECT id, container, until_ns, reason FROM mute WHERE from_ns <= ?1 AND until_ns > ?1 ORDER BY id",
            )?;
            let found = statement.query_map([to_db(now_ns)], |row| {
                Ok(Mute {
                    id: row.get(0).map(from_db)?,
                    container: row.get(1)?,
                    until_ns: row.get(2).map(from_db)?,
                    reason: row.get(3)?,
                })
            })?;
            Ok(found.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Stores silence from now on; its id is given. What is over is forgotten.
    pub async fn put_mute(&self, mute: Mute, now_ns: u64) -> Result<(), StoreError> {
        self.with_writer(256, move |conn| {
            conn.prepare_cached("DELETE FROM mute WHERE until_ns <= ?1")?.execute([to_db(now_ns)])?;
            let insert = "INSERT INTO mute (container, from_ns, until_ns, reason) VALUES (?1, ?2, ?3, ?4)";
            let Mute { container, until_ns, reason, .. } = &mute;
            conn.prepare_cached(insert)?.execute(params![container, to_db(now_ns), to_db(*until_ns), reason])?;
            Ok(())
        })
        .await
    }

    /// Ends silence; false where there is none such. Whatever is held back by it is looked at again.
    pub async fn end_mute(&self, id: u64, now_ns: u64) -> Result<bool, StoreError> {
        self.with_writer(0, move |conn| {
            let ended = conn.prepare_cached("DELETE FROM mute WHERE id = ?1")?.execute([to_db(id)])? > 0;
            if ended {
                let due = "UPDATE told SET due_ns = ?1 WHERE due_ns > ?1";
                conn.prepare_cached(due)?.execute([to_db(now_ns)])?;
            }
            Ok(ended)
        })
        .await
    }
}
