//! Events: what happened to Foghorn itself, for people. A failed training, a plugin at fault, a gap, lines that had to
//! go.

use rusqlite::types::Value;
use rusqlite::{Connection, Row, params, params_from_iter};

use super::numbers::{from_db, limit_to_db, to_db};
use super::{Store, StoreError, containers};
use crate::identity::Identity;

/// The newest that are kept, of all containers.
const EVENTS_MAX: i64 = 10_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRecord {
    pub time_ns: u64,
    /// `None` where it concerns the host.
    pub identity: Option<Identity>,
    /// One short word or two, such as `training failed`; an open list.
    pub kind: String,
    pub text: String,
}

impl Store {
    pub async fn put_events(&self, events: Vec<EventRecord>) -> Result<(), StoreError> {
        self.with_writer(events.len() * 256, move |conn| put(conn, &events)).await
    }

    /// The newest `limit` events, newest first, of one container or of all and the host.
    pub async fn events(&self, limit: usize, identity: Option<&Identity>) -> Result<Vec<EventRecord>, StoreError> {
        let identity = identity.cloned();
        self.with_reader(move |conn| newest(conn, limit, identity.as_ref())).await
    }

    /// All events of a container in `from_ns .. until_ns`, oldest first.
    pub async fn events_between(
        &self,
        identity: &Identity,
        from_ns: u64,
        until_ns: u64,
    ) -> Result<Vec<EventRecord>, StoreError> {
        let identity = identity.clone();
        self.with_reader(move |conn| between(conn, &identity, from_ns, until_ns)).await
    }
}

pub(super) fn put(conn: &Connection, events: &[EventRecord]) -> Result<(), StoreError> {
    let mut statement =
        conn.prepare_cached("INSERT INTO event (time_ns, container, kind, text) VALUES (?1, ?2, ?3, ?4)")?;
    for event in events {
        let container = match &event.identity {
            Some(identity) => Some(containers::id_or_new(conn, identity)?),
            None => None,
        };
        statement.execute(params![to_db(event.time_ns), container, event.kind, event.text])?;
    }
    if !events.is_empty() {
        // Ids have no gaps that matter: counting them is counting events.
        conn.prepare_cached("DELETE FROM event WHERE id <= (SELECT max(id) FROM event) - ?1")?.execute([EVENTS_MAX])?;
    }
    Ok(())
}

fn newest(conn: &Connection, limit: usize, identity: Option<&Identity>) -> Result<Vec<EventRecord>, StoreError> {
    let mut values = Vec::new();
    let mut filter = "";
    if let Some(identity) = identity {
        filter = "WHERE event.container = ?";
        values.push(Value::from(containers::id_of(conn, identity)?));
    }
    values.push(Value::from(limit_to_db(limit)));
    select(conn, &format!("{filter} ORDER BY event.id DESC LIMIT ?"), values)
}

fn between(
    conn: &Connection,
    identity: &Identity,
    from_ns: u64,
    until_ns: u64,
) -> Result<Vec<EventRecord>, StoreError> {
    let container = containers::id_of(conn, identity)?;
    let values = vec![Value::from(container), Value::from(to_db(from_ns)), Value::from(to_db(until_ns))];
    select(conn, "WHERE event.container = ? AND time_ns >= ? AND time_ns < ? ORDER BY event.time_ns, event.id", values)
}

fn select(conn: &Connection, rest: &str, values: Vec<Value>) -> Result<Vec<EventRecord>, StoreError> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT event.time_ns, event.kind, event.text, container.identity FROM event
         LEFT JOIN container ON container.id = event.container {rest}"
    ))?;
    Ok(statement.query_map(params_from_iter(values), record)?.collect::<Result<_, _>>()?)
}

fn record(row: &Row<'_>) -> rusqlite::Result<EventRecord> {
    Ok(EventRecord {
        time_ns: from_db(row.get("time_ns")?),
        identity: row.get::<_, Option<String>>("identity")?.map(|text| Identity::from_text(&text)),
        kind: row.get("kind")?,
        text: row.get("text")?,
    })
}
