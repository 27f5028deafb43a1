//! Generations: what cycles made, the newest few of each container.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::{Deserialize, Serialize};

use super::numbers::{from_db, limit_to_db, to_db};
use super::{Store, StoreError, containers, json};
use crate::identity::Identity;

/// One plugin of the pipeline that made a generation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginRef {
    /// `vectorizer`, `detector` or `thresholds`.
    pub slot: String,
    pub name: String,
    pub plugin_version: String,
    /// SHA-256 of its bytes, in hex: what identifies it.
    pub digest: String,
    /// Format number of the state it saved.
    pub state_format: u32,
}

/// A generation without what was learned.
#[derive(Debug, Clone, PartialEq)]
pub struct GenerationMeta {
    /// 1, 2, 3, … per container.
    pub number: u64,
    pub made_ns: u64,
    /// Lines below it were learned, by this generation and those before.
    pub until_seq: u64,
    /// Windows it learned from.
    pub windows: u64,
    pub plugins: Vec<PluginRef>,
    /// The settings of the plugins, as they were.
    pub settings: serde_json::Value,
    /// Figures about it, for people.
    pub stats: serde_json::Value,
}

/// A generation with what was learned.
#[derive(Debug, Clone, PartialEq)]
pub struct Generation {
    pub meta: GenerationMeta,
    pub vectorizer_state: Vec<u8>,
    pub model: Vec<u8>,
}

impl Store {
    /// Stores a generation and, where `is_cycle`, counts the cycle that made it, all or nothing; of older ones, the newest stay so
    /// that `keep` (at least one) are kept, and the one that is pinned. The same number again replaces and is not
    /// counted again.
    pub async fn put_generation(
        &self,
        identity: &Identity,
        generation: Generation,
        keep: usize,
        is_cycle: bool,
    ) -> Result<(), StoreError> {
        let identity = identity.clone();
        let bytes = generation.model.len() + generation.vectorizer_state.len();
        self.with_writer(bytes, move |conn| put(conn, &identity, &generation, keep, is_cycle)).await
    }

    /// What is kept of a container, newest first.
    pub async fn generations(&self, identity: &Identity) -> Result<Vec<GenerationMeta>, StoreError> {
        let identity = identity.clone();
        self.with_reader(move |conn| metas(conn, &identity)).await
    }

    pub async fn generation(&self, identity: &Identity, number: u64) -> Result<Option<Generation>, StoreError> {
        let identity = identity.clone();
        self.with_reader(move |conn| one(conn, &identity, number)).await
    }

    /// The generation that is to score: the pinned one, else the newest.
    pub async fn active_generation(&self, identity: &Identity) -> Result<Option<Generation>, StoreError> {
        let identity = identity.clone();
        self.with_reader(move |conn| match active(conn, &identity)? {
            Some(number) => one(conn, &identity, number),
            None => Ok(None),
        })
        .await
    }

    /// Makes a kept generation the active one whatever is made later; `None` makes it the newest again.
    pub async fn pin_generation(&self, identity: &Identity, number: Option<u64>) -> Result<(), StoreError> {
        let identity = identity.clone();
        self.with_writer(0, move |conn| pin(conn, &identity, number)).await
    }
}

fn put(
    conn: &Connection,
    identity: &Identity,
    generation: &Generation,
    keep: usize,
    is_cycle: bool,
) -> Result<(), StoreError> {
    let container = containers::id_or_new(conn, identity)?;
    let meta = &generation.meta;
    let number = to_db(meta.number);
    let again = conn
        .prepare_cached("DELETE FROM generation WHERE container = ?1 AND number = ?2")?
        .execute(params![container, number])?;
    let mut statement = conn.prepare_cached(
        "INSERT INTO generation
             (container, number, made_ns, until_seq, windows, plugins, settings, stats, vectorizer_state, model)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    statement.execute(params![
        container,
        number,
        to_db(meta.made_ns),
        to_db(meta.until_seq),
        to_db(meta.windows),
        json::to_text(&meta.plugins)?,
        json::to_text(&meta.settings)?,
        json::to_text(&meta.stats)?,
        generation.vectorizer_state,
        generation.model,
    ])?;
    conn.prepare_cached(
        "UPDATE container SET learned_until_seq = max(learned_until_seq, ?2), successful_cycles = successful_cycles + ?3
         WHERE id = ?1",
    )?
    .execute(params![container, to_db(meta.until_seq), i64::from(again == 0 && is_cycle)])?;
    forget_old(conn, container, keep.max(1))
}

fn forget_old(conn: &Connection, container: i64, keep: usize) -> Result<(), StoreError> {
    conn.prepare_cached(
        "DELETE FROM generation WHERE container = ?1
             AND number <= (SELECT number FROM generation WHERE container = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)
             AND number IS NOT (SELECT pinned_generation FROM container WHERE id = ?1)",
    )?
    .execute(params![container, limit_to_db(keep)])?;
    Ok(())
}

fn pin(conn: &Connection, identity: &Identity, number: Option<u64>) -> Result<(), StoreError> {
    let container = containers::id_of(conn, identity)?;
    if let Some(number) = number {
        let mut statement = conn.prepare_cached("SELECT 1 FROM generation WHERE container = ?1 AND number = ?2")?;
        if !statement.exists(params![container, to_db(number)])? {
            return Err(StoreError::NoGeneration { identity: identity.clone(), number });
        }
    }
    conn.prepare_cached("UPDATE container SET pinned_generation = ?2 WHERE id = ?1")?
        .execute(params![container, number.map(to_db)])?;
    Ok(())
}

fn active(conn: &Connection, identity: &Identity) -> Result<Option<u64>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT coalesce(pinned_generation, (SELECT max(number) FROM generation WHERE container = container.id))
         FROM container WHERE identity = ?1",
    )?;
    let number: Option<Option<i64>> = statement.query_row([identity.as_str()], |row| row.get(0)).optional()?;
    Ok(number.flatten().map(from_db))
}

fn metas(conn: &Connection, identity: &Identity) -> Result<Vec<GenerationMeta>, StoreError> {
    let Some(container) = containers::id_of(conn, identity)? else {
        return Ok(Vec::new());
    };
    let mut statement = conn.prepare_cached(
        "SELECT number, made_ns, until_seq, windows, plugins, settings, stats FROM generation
         WHERE container = ?1 ORDER BY number DESC",
    )?;
    let mut rows = statement.query([container])?;
    let mut metas = Vec::new();
    while let Some(row) = rows.next()? {
        metas.push(meta(row)?);
    }
    Ok(metas)
}

fn one(conn: &Connection, identity: &Identity, number: u64) -> Result<Option<Generation>, StoreError> {
    let container = containers::id_of(conn, identity)?;
    let mut statement = conn.prepare_cached("SELECT * FROM generation WHERE container = ?1 AND number = ?2")?;
    let mut rows = statement.query(params![container, to_db(number)])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let (vectorizer_state, model) = (row.get("vectorizer_state")?, row.get("model")?);
    Ok(Some(Generation { meta: meta(row)?, vectorizer_state, model }))
}

fn meta(row: &Row<'_>) -> Result<GenerationMeta, StoreError> {
    let number = |column: &str| row.get(column).map(from_db);
    let text = |column: &str| row.get::<_, String>(column);
    Ok(GenerationMeta {
        number: number("number")?,
        made_ns: number("made_ns")?,
        until_seq: number("until_seq")?,
        windows: number("windows")?,
        plugins: json::from_text(&text("plugins")?)?,
        settings: json::from_text(&text("settings")?)?,
        stats: json::from_text(&text("stats")?)?,
    })
}
