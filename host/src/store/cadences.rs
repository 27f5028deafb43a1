//! How often each container usually writes.

use rusqlite::{OptionalExtension as _, params};

use super::{Store, StoreError, containers, json};
use crate::alert::cadence::Cadence;
use crate::identity::Identity;

impl Store {
    /// `None` where nothing was stored, or what was can no longer be read: it is learned again.
    pub async fn cadence(&self, identity: &Identity) -> Result<Option<Cadence>, StoreError> {
        let identity = identity.clone();
        self.with_reader(move |conn| {
            let container = containers::id_of(conn, &identity)?;
            let mut statement = conn.prepare_cached("SELECT body FROM cadence WHERE container = ?1")?;
            let text: Option<String> = statement.query_row([container], |row| row.get(0)).optional()?;
            Ok(text.and_then(|text| json::from_text(&text).ok()))
        })
        .await
    }

    pub async fn put_cadence(&self, identity: &Identity, cadence: Cadence) -> Result<(), StoreError> {
        let identity = identity.clone();
        self.with_writer(1_024, move |conn| {
            let container = containers::id_or_new(conn, &identity)?;
            conn.prepare_cached("INSERT OR REPLACE INTO cadence (container, body) VALUES (?1, ?2)")?
                .execute(params![container, json::to_text(&cadence)?])?;
            Ok(())
        })
        .await
    }
}
