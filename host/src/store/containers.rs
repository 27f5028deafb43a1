//! Containers: who was seen, in what state, and how far each has come.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::numbers::{from_db, to_db};
use super::{Store, StoreError, json};
use crate::identity::Identity;

/// What the collector knows of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerInfo {
    pub identity: Identity,
    /// As the engine names it.
    pub name: String,
    /// The engine's id of the newest container with this identity.
    pub container_id: String,
    pub image: String,
    /// The engine's id of that image, which changes with what is in it.
    pub image_id: String,
    pub log_driver: String,
    /// Labels that begin with `foghorn.`.
    pub labels: BTreeMap<String, String>,
    pub state: ContainerState,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum ContainerState {
    Running,
    Stopped,
    /// Its logs cannot be read; why, for people.
    Unreadable {
        reason: String,
    },
}

/// A container as the store knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerRecord {
    /// Empty texts where lines came before any description.
    pub info: ContainerInfo,
    pub first_seen_ns: u64,
    pub last_seen_ns: u64,
    /// The engine's time of the newest line; 0 before the first.
    pub last_line_ns: u64,
    /// Lines ever stored, kept or not.
    pub lines: u64,
    /// Of these, how many had to go before they were scored.
    pub lines_dropped: u64,
    /// The first line that was not scored.
    pub acknowledged_seq: u64,
    pub successful_cycles: u32,
    /// The first line that was not learned; 1 before the first cycle.
    pub learned_until_seq: u64,
}

impl Store {
    /// Stores what is known of a container, new or known before; `seen_ns` is now.
    pub async fn upsert_container(&self, info: ContainerInfo, seen_ns: u64) -> Result<(), StoreError> {
        self.with_writer(512, move |conn| upsert(conn, &info, seen_ns)).await
    }

    /// All containers ever seen and not yet forgotten, by identity.
    pub async fn containers(&self) -> Result<Vec<ContainerRecord>, StoreError> {
        self.with_reader(|conn| {
            let mut statement = conn.prepare_cached(&format!("{SELECT} ORDER BY identity"))?;
            Ok(statement.query_map([], record)?.collect::<Result<_, _>>()?)
        })
        .await
    }

    pub async fn container(&self, identity: &Identity) -> Result<Option<ContainerRecord>, StoreError> {
        let identity = identity.clone();
        self.with_reader(move |conn| {
            let mut statement = conn.prepare_cached(&format!("{SELECT} WHERE identity = ?1"))?;
            Ok(statement.query_row([identity.as_str()], record).optional()?)
        })
        .await
    }

    /// A container learns from the beginning again: nothing that is kept of what it learned can be used.
    pub async fn reset_learning(&self, identity: &Identity) -> Result<(), StoreError> {
        let identity = identity.clone();
        let reset = "UPDATE container SET successful_cycles = 0, learned_until_seq = 1 WHERE identity = ?1";
        self.with_writer(0, move |conn| {
            conn.prepare_cached(reset)?.execute([identity.as_str()])?;
            Ok(())
        })
        .await
    }

    /// How many cycles of a container succeeded since it last began to learn: each made a generation.
    pub async fn successful_cycles(&self, identity: &Identity) -> Result<u32, StoreError> {
        Ok(self.container(identity).await?.map_or(0, |container| container.successful_cycles))
    }

    /// The first line of a container that no generation has learned; 1 before the first cycle.
    pub async fn learned_until_seq(&self, identity: &Identity) -> Result<u64, StoreError> {
        Ok(self.container(identity).await?.map_or(1, |container| container.learned_until_seq))
    }
}

/// The store's own number of a container, if it was ever heard of.
pub(super) fn id_of(conn: &Connection, identity: &Identity) -> Result<Option<i64>, StoreError> {
    let mut statement = conn.prepare_cached("SELECT id FROM container WHERE identity = ?1")?;
    Ok(statement.query_row([identity.as_str()], |row| row.get(0)).optional()?)
}

/// The store's own number of a container, which is made known where it is not.
pub(super) fn id_or_new(conn: &Connection, identity: &Identity) -> Result<i64, StoreError> {
    if let Some(id) = id_of(conn, identity)? {
        return Ok(id);
    }
    conn.prepare_cached(
        "INSERT INTO container (identity, next_seq, acknowledged_seq, learned_until_seq, packed_until_seq)
         SELECT ?1, seq, seq, seq, seq
         FROM (SELECT coalesce((SELECT next_seq FROM forgotten WHERE identity = ?1), 1) AS seq)",
    )?
    .execute([identity.as_str()])?;
    let id = conn.last_insert_rowid();
    if conn.prepare_cached("DELETE FROM forgotten WHERE identity = ?1")?.execute([identity.as_str()])? > 0 {
        // Servers had its lines up to there; what they lack of them is gone.
        conn.prepare_cached(
            "INSERT INTO place (sink, container, next_seq, note)
             SELECT sink.id, container.id, container.next_seq, x'' FROM sink, container WHERE container.id = ?1",
        )?
        .execute([id])?;
    }
    Ok(id)
}

fn upsert(conn: &Connection, info: &ContainerInfo, seen_ns: u64) -> Result<(), StoreError> {
    let (state, reason) = match &info.state {
        ContainerState::Running => ("running", None),
        ContainerState::Stopped => ("stopped", None),
        ContainerState::Unreadable { reason } => ("unreadable", Some(reason)),
    };
    let id = id_or_new(conn, &info.identity)?;
    let mut statement = conn.prepare_cached(
        "UPDATE container SET name = :name, container_id = :container_id, image = :image, image_id = :image_id, log_driver = :log_driver, labels = :labels,
             state = :state, unreadable_reason = :reason, last_seen_ns = max(last_seen_ns, :seen_ns),
             first_seen_ns = iif(first_seen_ns = 0, :seen_ns, first_seen_ns)
         WHERE id = :id",
    )?;
    statement.execute(named_params! {
        ":name": info.name, ":container_id": info.container_id, ":image": info.image, ":image_id": info.image_id, ":log_driver": info.log_driver,
        ":labels": json::to_text(&info.labels)?,
        ":state": state, ":reason": reason, ":seen_ns": to_db(seen_ns), ":id": id,
    })?;
    Ok(())
}

const SELECT: &str = "SELECT * FROM container";

fn record(row: &Row<'_>) -> rusqlite::Result<ContainerRecord> {
    let identity: String = row.get("identity")?;
    let state: String = row.get("state")?;
    let state = match state.as_str() {
        "running" => ContainerState::Running,
        "unreadable" => ContainerState::Unreadable {
            reason: row.get::<_, Option<String>>("unreadable_reason")?.unwrap_or_default(),
        },
        _ => ContainerState::Stopped,
    };
    let number = |column: &str| row.get(column).map(from_db);
    Ok(ContainerRecord {
        info: ContainerInfo {
            identity: Identity::from_text(&identity),
            name: row.get("name")?,
            container_id: row.get("container_id")?,
            image: row.get("image")?,
            image_id: row.get("image_id")?,
            log_driver: row.get("log_driver")?,
            labels: labels(&row.get::<_, String>("labels")?),
            state,
        },
        first_seen_ns: number("first_seen_ns")?,
        last_seen_ns: number("last_seen_ns")?,
        last_line_ns: number("last_line_ns")?,
        lines: number("next_seq")?.saturating_sub(1),
        lines_dropped: number("lines_dropped")?,
        acknowledged_seq: number("acknowledged_seq")?,
        successful_cycles: row.get("successful_cycles")?,
        learned_until_seq: number("learned_until_seq")?,
    })
}

/// What cannot be read is as good as no label: the engine tells of them again.
fn labels(text: &str) -> BTreeMap<String, String> {
    json::from_text(text).unwrap_or_default()
}
