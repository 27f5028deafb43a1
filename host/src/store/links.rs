//! Links of notices that were used.

use rusqlite::params;

use super::numbers::to_db;
use super::{Store, StoreError};

impl Store {
    /// Uses a link up; false where that was done before. What has expired is forgotten.
    pub async fn use_link(&self, nonce: String, expires_ns: u64, now_ns: u64) -> Result<bool, StoreError> {
        self.with_writer(64, move |conn| {
            conn.prepare_cached("DELETE FROM used_link WHERE expires_ns < ?1")?.execute([to_db(now_ns)])?;
            let insert = "INSERT OR IGNORE INTO used_link (nonce, used_ns, expires_ns) VALUES (?1, ?2, ?3)";
            let used = conn.prepare_cached(insert)?.execute(params![nonce, to_db(now_ns), to_db(expires_ns)])?;
            Ok(used > 0)
        })
        .await
    }

    /// The link was used in vain: it can be used again.
    pub async fn free_link(&self, nonce: String) -> Result<(), StoreError> {
        self.with_writer(64, move |conn| {
            conn.prepare_cached("DELETE FROM used_link WHERE nonce = ?1")?.execute([nonce])?;
            Ok(())
        })
        .await
    }

    /// Whether a link was used.
    pub async fn is_link_used(&self, nonce: String) -> Result<bool, StoreError> {
        self.with_reader(move |conn| {
            let exists = "SELECT EXISTS (SELECT 1 FROM used_link WHERE nonce = ?1)";
            Ok(conn.prepare_cached(exists)?.query_row([nonce], |row| row.get(0))?)
        })
        .await
    }
}
