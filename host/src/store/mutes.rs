//! Silence that people asked for.

use super::numbers::{from_db, to_db};
use super::{Store, StoreError};
use crate::notify::quiet::Mute;

impl Store {
    /// Silence that lasts at `now_ns`.
    pub async fn mutes(&self, now_ns: u64) -> Result<Vec<Mute>, StoreError> {
        self.with_reader(move |conn| {
            let mut statement = conn.prepare_cached(
                "SELECT container, until_ns, reason FROM mute WHERE from_ns <= ?1 AND until_ns > ?1 ORDER BY id",
            )?;
            let found = statement.query_map([to_db(now_ns)], |row| {
                Ok(Mute { container: row.get(0)?, until_ns: row.get(1).map(from_db)?, reason: row.get(2)? })
            })?;
            Ok(found.collect::<Result<_, _>>()?)
        })
        .await
    }
}
