//! What scoring gives, stored all or nothing: the unit by which a line is scored exactly once.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::alerts::{self, AlertRecord};
use super::events::{self, EventRecord};
use super::numbers::{from_db, to_db};
use super::{Store, StoreError, containers, evidence, lines, members, told, windows};
use crate::history::WindowRecord;
use crate::identity::Identity;
use crate::notify::policy::NORMAL;
use crate::receipt::evidence::Evidence;

/// What a thresholds plugin has learned of one container's scores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThresholdsState {
    pub state_format: u32,
    /// Name of the plugin that saved it; empty where an older host did not say.
    pub plugin: String,
    /// Its digest.
    pub digest: String,
    /// The generation it was calibrated for.
    pub generation: u64,
    pub state: Vec<u8>,
}

/// The results for the lines of one container up to `acknowledged_seq`.
#[derive(Debug, Clone)]
pub struct ScoredCommit {
    pub identity: Identity,
    pub windows: Vec<WindowRecord>,
    /// `None` leaves the stored one.
    pub thresholds_state: Option<ThresholdsState>,
    /// Opened, updated or resolved; known ids are replaced.
    pub alerts: Vec<AlertRecord>,
    /// Which windows belong to which alerts: the window's first line, and the alert.
    pub members: Vec<(u64, u64)>,
    /// Alerts that were called normal and are seen again, with the time: nobody is told.
    pub normal: Vec<(u64, u64)>,
    /// What alerts need for their receipts, in place of what they needed before.
    pub evidence: Vec<(u64, Vec<Evidence>)>,
    pub events: Vec<EventRecord>,
    /// The first line that is not scored after this; never before the end of a window.
    pub acknowledged_seq: u64,
}

impl Store {
    /// Stores all of it or nothing. Refuses windows that begin below what is acknowledged: they were scored before.
    pub async fn commit_scored(&self, commit: ScoredCommit) -> Result<(), StoreError> {
        let state = commit.thresholds_state.as_ref().map_or(0, |thresholds| thresholds.state.len());
        let bytes = commit.windows.len() * 100 + commit.alerts.len() * 4096 + state;
        self.with_writer(bytes, move |conn| put(conn, &commit)).await
    }

    pub async fn thresholds_state(&self, identity: &Identity) -> Result<Option<ThresholdsState>, StoreError> {
        let identity = identity.clone();
        self.with_reader(move |conn| thresholds_state(conn, &identity)).await
    }
}

fn put(conn: &Connection, commit: &ScoredCommit) -> Result<(), StoreError> {
    let identity = &commit.identity;
    let container = containers::id_or_new(conn, identity)?;
    let acknowledged = lines::acknowledged(conn, container)?;
    if let Some(first_seq) = commit.windows.iter().map(|window| window.first_seq).find(|&seq| seq < acknowledged) {
        return Err(StoreError::ScoredBefore { identity: identity.clone(), first_seq, acknowledged });
    }
    windows::put(conn, container, &commit.windows)?;
    if let Some(thresholds) = &commit.thresholds_state {
        conn.prepare_cached(
            "INSERT OR REPLACE INTO thresholds_state (container, format, digest, generation, state, plugin)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            container,
            thresholds.state_format,
            thresholds.digest,
            to_db(thresholds.generation),
            thresholds.state,
            thresholds.plugin
        ])?;
    }
    alerts::put(conn, &commit.alerts)?;
    members::put(conn, container, &commit.members)?;
    for (alert, pieces) in &commit.evidence {
        evidence::put(conn, *alert, pieces)?;
    }
    for &(alert, time_ns) in &commit.normal {
        told::suppress(conn, alert, NORMAL, time_ns)?;
    }
    events::put(conn, &commit.events)?;
    lines::acknowledge(conn, identity, commit.acknowledged_seq)
}

fn thresholds_state(conn: &Connection, identity: &Identity) -> Result<Option<ThresholdsState>, StoreError> {
    let container = containers::id_of(conn, identity)?;
    let mut statement = conn.prepare_cached(
        "SELECT format, digest, generation, state, plugin FROM thresholds_state WHERE container = ?1",
    )?;
    let state = statement.query_row([container], |row| {
        Ok(ThresholdsState {
            state_format: row.get(0)?,
            digest: row.get(1)?,
            generation: from_db(row.get(2)?),
            state: row.get(3)?,
            plugin: row.get(4)?,
        })
    });
    Ok(state.optional()?)
}
