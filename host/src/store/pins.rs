//! What was decided about plugins while the host ran: pins and candidates of containers, and the quarantine.

use rusqlite::{Connection, Row, params};

use super::numbers::{from_db, to_db};
use super::{Store, StoreError, containers, json};
use crate::identity::Identity;
use crate::settings::PluginSettings;

/// A plugin that was chosen for one slot of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinRecord {
    /// `vectorizer`, `detector` or `thresholds`.
    pub slot: String,
    /// As it was written: `NAME@VERSION`, `sha256:DIGEST`, …
    pub plugin: String,
    pub settings: PluginSettings,
    pub made_ns: u64,
}

/// A candidate that is tried on a container.
#[derive(Debug, Clone, PartialEq)]
pub struct ShadowRecord {
    pub plugin: String,
    pub settings: PluginSettings,
    pub since_ns: u64,
    /// What was found so far.
    pub comparison: serde_json::Value,
}

/// A plugin that may not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantineRecord {
    /// In hex.
    pub digest: String,
    pub since_ns: u64,
    pub faults: u64,
    pub reason: String,
}

impl Store {
    /// The pins of a container, by slot.
    pub async fn pins(&self, identity: &Identity) -> Result<Vec<PinRecord>, StoreError> {
        let identity = identity.clone();
        self.with_reader(move |conn| pins(conn, &identity)).await
    }

    /// Pins slots of a container; what was pinned there before is replaced. All or nothing.
    pub async fn put_pins(&self, identity: &Identity, pins: Vec<PinRecord>) -> Result<(), StoreError> {
        let identity = identity.clone();
        self.with_writer(512 * pins.len(), move |conn| pins.iter().try_for_each(|pin| put_pin(conn, &identity, pin)))
            .await
    }

    /// Takes a pin away; true when there was one.
    pub async fn remove_pin(&self, identity: &Identity, slot: &str) -> Result<bool, StoreError> {
        let (identity, slot) = (identity.clone(), slot.to_owned());
        let delete = "DELETE FROM pin WHERE container = (SELECT id FROM container WHERE identity = ?1) AND slot = ?2";
        self.with_writer(0, move |conn| Ok(conn.prepare_cached(delete)?.execute(params![identity.as_str(), slot])? > 0))
            .await
    }

    /// The candidate of a container, if one is tried.
    pub async fn shadow(&self, identity: &Identity) -> Result<Option<ShadowRecord>, StoreError> {
        let identity = identity.clone();
        self.with_reader(move |conn| shadow(conn, &identity)).await
    }

    /// Stores the candidate of a container, or that there is none any more.
    pub async fn put_shadow(&self, identity: &Identity, shadow: Option<ShadowRecord>) -> Result<(), StoreError> {
        let identity = identity.clone();
        self.with_writer(4096, move |conn| put_shadow(conn, &identity, shadow.as_ref())).await
    }

    /// All plugins that may not be used.
    pub async fn quarantined(&self) -> Result<Vec<QuarantineRecord>, StoreError> {
        self.with_reader(|conn| {
            let mut statement = conn.prepare_cached("SELECT * FROM quarantine ORDER BY since_ns")?;
            Ok(statement.query_map([], quarantine)?.collect::<Result<_, _>>()?)
        })
        .await
    }

    pub async fn put_quarantine(&self, record: QuarantineRecord) -> Result<(), StoreError> {
        let insert = "INSERT OR REPLACE INTO quarantine (digest, since_ns, faults, reason) VALUES (?1, ?2, ?3, ?4)";
        self.with_writer(512, move |conn| {
            let QuarantineRecord { digest, since_ns, faults, reason } = &record;
            conn.prepare_cached(insert)?.execute(params![digest, to_db(*since_ns), to_db(*faults), reason])?;
            Ok(())
        })
        .await
    }

    pub async fn remove_quarantine(&self, digest: &str) -> Result<(), StoreError> {
        let digest = digest.to_owned();
        self.with_writer(0, move |conn| {
            conn.prepare_cached("DELETE FROM quarantine WHERE digest = ?1")?.execute([digest])?;
            Ok(())
        })
        .await
    }
}

fn pins(conn: &Connection, identity: &Identity) -> Result<Vec<PinRecord>, StoreError> {
    let Some(container) = containers::id_of(conn, identity)? else {
        return Ok(Vec::new());
    };
    let mut statement =
        conn.prepare_cached("SELECT slot, plugin, settings, made_ns FROM pin WHERE container = ?1 ORDER BY slot")?;
    let mut rows = statement.query([container])?;
    let mut pins = Vec::new();
    while let Some(row) = rows.next()? {
        pins.push(PinRecord {
            slot: row.get("slot")?,
            plugin: row.get("plugin")?,
            settings: json::from_text(&row.get::<_, String>("settings")?)?,
            made_ns: from_db(row.get("made_ns")?),
        });
    }
    Ok(pins)
}

fn put_pin(conn: &Connection, identity: &Identity, pin: &PinRecord) -> Result<(), StoreError> {
    let container = containers::id_or_new(conn, identity)?;
    conn.prepare_cached(
        "INSERT OR REPLACE INTO pin (container, slot, plugin, settings, made_ns) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![container, pin.slot, pin.plugin, json::to_text(&pin.settings)?, to_db(pin.made_ns)])?;
    Ok(())
}

fn shadow(conn: &Connection, identity: &Identity) -> Result<Option<ShadowRecord>, StoreError> {
    let container = containers::id_of(conn, identity)?;
    let mut statement = conn.prepare_cached("SELECT * FROM shadow WHERE container = ?1")?;
    let mut rows = statement.query([container])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(ShadowRecord {
        plugin: row.get("plugin")?,
        settings: json::from_text(&row.get::<_, String>("settings")?)?,
        since_ns: from_db(row.get("since_ns")?),
        comparison: json::from_text(&row.get::<_, String>("comparison")?)?,
    }))
}

fn put_shadow(conn: &Connection, identity: &Identity, shadow: Option<&ShadowRecord>) -> Result<(), StoreError> {
    let container = containers::id_or_new(conn, identity)?;
    let Some(shadow) = shadow else {
        conn.prepare_cached("DELETE FROM shadow WHERE container = ?1")?.execute([container])?;
        return Ok(());
    };
    conn.prepare_cached(
        "INSERT OR REPLACE INTO shadow (container, plugin, settings, since_ns, comparison) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        container,
        shadow.plugin,
        json::to_text(&shadow.settings)?,
        to_db(shadow.since_ns),
        json::to_text(&shadow.comparison)?,
    ])?;
    Ok(())
}

fn quarantine(row: &Row<'_>) -> rusqlite::Result<QuarantineRecord> {
    Ok(QuarantineRecord {
        digest: row.get("digest")?,
        since_ns: from_db(row.get("since_ns")?),
        faults: from_db(row.get("faults")?),
        reason: row.get("reason")?,
    })
}
