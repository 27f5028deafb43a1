//! Retention: what is too old goes, and what is too much.
//!
//! By age: lines (block by block), windows, cycles, events, resolved alerts; and containers that nobody has seen for
//! long. By size: the oldest blocks, until the file is 5 % below its bound. Lines that are needed (not scored, or not
//! taken by a sink that is configured) stay, whatever their age; they go only where the bound on size cannot be kept
//! otherwise, and then they are counted and an event says so.
//!
//! All of it runs in small steps between the writes of others, and gives space back to the filesystem.

use std::collections::BTreeMap;
use std::ops::AddAssign;
use std::time::Duration;

use rusqlite::{Connection, params};

use super::events::{self, EventRecord};
use super::numbers::{from_db, limit_to_db, to_db};
use super::{Store, StoreError, compaction, containers, evidence, lines, space};
use crate::identity::Identity;

/// Blocks that go in one step.
const STEP_BLOCKS: usize = 250;
/// A container that was neither seen nor written for this long is forgotten with all that was learned of it (or after
/// the retention age, where that is longer): hosts that run jobs make new names every day.
const FORGET_AFTER: Duration = Duration::from_secs(90 * 24 * 3600);

/// Containers, and the first line of each that is still needed.
const NEEDED: &str = "SELECT container.id AS container, min(acknowledged_seq, coalesce((
        SELECT min(min(coalesce(place.next_seq, 1), iif(takes_records, coalesce(windows_seq, 1), container.next_seq)))
        FROM sink LEFT JOIN place ON place.sink = sink.id AND place.container = container.id WHERE active
    ), acknowledged_seq)) AS seq FROM container";

/// Alerts that are over and that nobody waits for. What people said of one is worth more than the alert: it stays as long as a container that
/// was not seen any more.
const DROP_ALERTS: &str = "DELETE FROM alert WHERE status = 'resolved' AND last_ns < ?1
    AND (last_ns < ?2 OR json_extract(body, '$.label') IS NULL)
    AND NOT EXISTS (SELECT 1 FROM sink WHERE active AND takes_records AND alert_revision < alert.revision)";

/// Of a block and its container in `NEEDED`.
const UNNEEDED: &str = "first_seq + lines <= needed.seq";

/// What one `retain` removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retained {
    pub blocks: u64,
    pub lines: u64,
    /// Of these, how many were not scored.
    pub lines_dropped: u64,
    /// Windows, cycles, events and resolved alerts.
    pub records: u64,
    pub containers_forgotten: u64,
}

impl AddAssign for Retained {
    fn add_assign(&mut self, other: Self) {
        self.blocks += other.blocks;
        self.lines += other.lines;
        self.lines_dropped += other.lines_dropped;
        self.records += other.records;
        self.containers_forgotten += other.containers_forgotten;
    }
}

impl Store {
    /// Removes what is too old or too much, packs small blocks, gives space back. To be called every minute or so.
    pub async fn retain(&self, now_ns: u64) -> Result<Retained, StoreError> {
        let age_ns = |age: Duration| u64::try_from(age.as_nanos()).unwrap_or(u64::MAX);
        let age = self.options().retention_age;
        let cutoff_ns = now_ns.saturating_sub(age_ns(age));
        let forget_ns = now_ns.saturating_sub(age_ns(age.max(FORGET_AFTER)));
        let mut total = self.with_writer(0, move |conn| drop_old_records(conn, cutoff_ns, forget_ns)).await?;
        for container in self.containers().await? {
            let identity = container.info.identity;
            total += self.repeat(move |conn| drop_old_lines(conn, &identity, cutoff_ns)).await?;
        }
        let bytes_max = self.options().retention_bytes;
        if self.is_over_bound().await? {
            let bytes_goal = bytes_max - bytes_max / 20;
            // What nobody needs first; only when there is none left, the oldest of all.
            for condition in [UNNEEDED, "1"] {
                total += self.repeat(move |conn| drop_oldest_lines(conn, condition, bytes_goal, now_ns)).await?;
            }
        }
        self.pack_and_shrink().await?;
        Ok(total)
    }

    /// Whether more is kept than the bound on size allows: `retain` is due.
    pub async fn is_over_bound(&self) -> Result<bool, StoreError> {
        let bytes_max = self.options().retention_bytes;
        self.with_reader(move |conn| Ok(space::used_bytes(conn)? > bytes_max)).await
    }

    async fn pack_and_shrink(&self) -> Result<(), StoreError> {
        for container in self.containers().await? {
            let identity = container.info.identity;
            self.until_done(move |conn| match containers::id_of(conn, &identity)? {
                Some(container) => compaction::step(conn, container, &identity),
                None => Ok(false),
            })
            .await?;
        }
        self.until_done(space::give_back).await
    }

    /// Repeats a step that removes until it removes nothing.
    async fn repeat<F>(&self, step: F) -> Result<Retained, StoreError>
    where
        F: Fn(&Connection) -> Result<Retained, StoreError> + Clone + Send + 'static,
    {
        let mut total = Retained::default();
        loop {
            let removed = self.with_writer(0, step.clone()).await?;
            if removed == Retained::default() {
                return Ok(total);
            }
            total += removed;
        }
    }

    /// Repeats a step until it says that there is no more to do.
    async fn until_done<F>(&self, step: F) -> Result<(), StoreError>
    where
        F: Fn(&Connection) -> Result<bool, StoreError> + Clone + Send + 'static,
    {
        while self.with_writer(0, step.clone()).await? {}
        Ok(())
    }
}

fn drop_old_records(conn: &Connection, cutoff_ns: u64, forget_ns: u64) -> Result<Retained, StoreError> {
    let cutoff = [to_db(cutoff_ns)];
    let mut removed = Retained::default();
    let forget = to_db(forget_ns);
    removed.records += conn.prepare_cached(DROP_ALERTS)?.execute(params![cutoff[0], forget])? as u64;
    for table in ["alert_window", "told", "suppression", "delivery"] {
        let sql = format!("DELETE FROM {table} WHERE alert NOT IN (SELECT id FROM alert)");
        conn.prepare_cached(&sql)?.execute([])?;
    }
    for sql in [
        "DELETE FROM event WHERE time_ns < ?1",
        "DELETE FROM training WHERE begun_ns < ?1
             AND NOT EXISTS (SELECT 1 FROM sink WHERE active AND takes_records AND training_id < training.id)",
    ] {
        removed.records += conn.prepare_cached(sql)?.execute(cutoff)? as u64;
    }
    evidence::retain(conn)?;
    removed.containers_forgotten = forget_containers(conn, forget_ns)?;
    Ok(removed)
}

/// Forgets containers of which nothing was seen since `forget_ns`, no line is kept and no alert is open.
fn forget_containers(conn: &Connection, forget_ns: u64) -> Result<u64, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT id FROM container WHERE state <> 'running' AND max(last_seen_ns, last_line_ns) < ?1
             AND NOT EXISTS (SELECT 1 FROM block WHERE container = container.id)
             AND NOT EXISTS (SELECT 1 FROM alert WHERE container = container.id)",
    )?;
    let ids = statement.query_map([to_db(forget_ns)], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
    for &id in &ids {
        // Servers may hold its lines: when it comes back, its numbers go on.
        conn.execute(
            "INSERT OR REPLACE INTO forgotten (identity, next_seq) SELECT identity, next_seq FROM container WHERE id = ?1",
            [id],
        )?;
        for table in [
            "score_window",
            "training",
            "generation",
            "thresholds_state",
            "event",
            "place",
            "pin",
            "shadow",
            "alert_window",
            "cadence",
        ] {
            conn.execute(&format!("DELETE FROM {table} WHERE container = ?1"), [id])?;
        }
        conn.execute("DELETE FROM container WHERE id = ?1", [id])?;
    }
    Ok(ids.len() as u64)
}

/// Removes blocks that are not needed from the oldest end of a container as far as they are wholly older than
/// `cutoff_ns`, and its old windows.
fn drop_old_lines(conn: &Connection, identity: &Identity, cutoff_ns: u64) -> Result<Retained, StoreError> {
    let Some(container) = containers::id_of(conn, identity)? else {
        return Ok(Retained::default());
    };
    let needed: u64 = conn
        .prepare_cached(&format!("SELECT seq FROM ({NEEDED} WHERE container.id = ?1)"))?
        .query_row([container], |row| row.get(0).map(from_db))?;
    let mut statement = conn.prepare_cached(
        "SELECT first_seq + lines, time_max_ns FROM block WHERE container = ?1 ORDER BY first_seq LIMIT ?2",
    )?;
    let mut rows = statement.query(params![container, limit_to_db(STEP_BLOCKS)])?;
    let mut until_seq = 0;
    while let Some(row) = rows.next()? {
        let (end_seq, time_max_ns) = (from_db(row.get(0)?), from_db(row.get(1)?));
        if end_seq > needed || time_max_ns >= cutoff_ns {
            break;
        }
        until_seq = end_seq;
    }
    drop(rows);
    let mut removed = drop_lines(conn, container, until_seq)?;
    removed.records += conn
        .prepare_cached(
            "DELETE FROM score_window WHERE container = ?1 AND begin_ns < ?2 AND end_ns < ?2 AND first_seq < ?3",
        )?
        .execute(params![container, to_db(cutoff_ns), to_db(needed)])? as u64;
    Ok(removed)
}

/// Removes some of the oldest blocks that fulfil `condition`, where more than `bytes_goal` is in use.
fn drop_oldest_lines(conn: &Connection, condition: &str, bytes_goal: u64, now_ns: u64) -> Result<Retained, StoreError> {
    let used = space::used_bytes(conn)?;
    if used <= bytes_goal {
        return Ok(Retained::default());
    }
    let excess = used - bytes_goal;
    let mut removed = Retained::default();
    for (container, until_seq) in oldest_blocks(conn, condition, excess)? {
        tell_of_missed(conn, container, until_seq, now_ns)?;
        let part = drop_lines(conn, container, until_seq)?;
        if part.lines_dropped > 0 {
            tell_of_dropped(conn, container, part.lines_dropped, now_ns)?;
        }
        removed += part;
    }
    Ok(removed)
}

/// The oldest blocks that fulfil `condition`, about `excess` bytes of them at most, as the line each container keeps
/// from. Ids rise with the line numbers of each container, so that this takes every container from its oldest end.
fn oldest_blocks(conn: &Connection, condition: &str, excess: u64) -> Result<BTreeMap<i64, u64>, StoreError> {
    let mut statement = conn.prepare_cached(&format!(
        "WITH needed AS MATERIALIZED ({NEEDED})
         SELECT block.container, first_seq + lines, length(payload) FROM block JOIN needed USING (container)
         WHERE {condition} ORDER BY block.id LIMIT ?1"
    ))?;
    let mut rows = statement.query([limit_to_db(STEP_BLOCKS)])?;
    let mut chosen = BTreeMap::new();
    let mut bytes = 0;
    while bytes < excess
        && let Some(row) = rows.next()?
    {
        chosen.insert(row.get(0)?, from_db(row.get(1)?));
        bytes += from_db(row.get(2)?);
    }
    Ok(chosen)
}

/// Removes the blocks of a container below `until_seq`, the end of one of them, and the windows that lose their first
/// line.
fn drop_lines(conn: &Connection, container: i64, until_seq: u64) -> Result<Retained, StoreError> {
    let place = params![container, to_db(until_seq)];
    let kept_from: Option<i64> = conn
        .prepare_cached("SELECT min(first_seq) FROM block WHERE container = ?1 AND first_seq < ?2")?
        .query_row(place, |row| row.get(0))?;
    let Some(kept_from) = kept_from.map(from_db) else {
        return Ok(Retained::default());
    };
    let blocks =
        conn.prepare_cached("DELETE FROM block WHERE container = ?1 AND first_seq < ?2")?.execute(place)? as u64;
    let records =
        conn.prepare_cached("DELETE FROM score_window WHERE container = ?1 AND first_seq < ?2")?.execute(place)? as u64;
    drop_members(conn, container, until_seq)?;
    let scored_until = lines::acknowledged(conn, container)?.max(kept_from);
    let lines_dropped = until_seq.saturating_sub(scored_until);
    conn.prepare_cached("UPDATE container SET lines_dropped = lines_dropped + ?2 WHERE id = ?1")?
        .execute(params![container, to_db(lines_dropped)])?;
    Ok(Retained { blocks, lines: until_seq - kept_from, lines_dropped, records, containers_forgotten: 0 })
}

fn drop_members(conn: &Connection, container: i64, until_seq: u64) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM alert_window WHERE container = ?1 AND first_seq < ?2")?
        .execute(params![container, to_db(until_seq)])?;
    Ok(())
}

fn tell_of_dropped(conn: &Connection, container: i64, lines: u64, time_ns: u64) -> Result<(), StoreError> {
    let why = format!(
        "{lines} lines dropped before they were scored: the store is at its bound on size, and scoring is behind"
    );
    tell(conn, container, why, time_ns)
}

/// An event for each sink that has not taken all lines below `until_seq`. They are counted when it goes on behind them.
fn tell_of_missed(conn: &Connection, container: i64, until_seq: u64, time_ns: u64) -> Result<(), StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT name, ?2 - max(coalesce(place.next_seq, 1), (SELECT min(first_seq) FROM block WHERE container = ?1))
         FROM sink LEFT JOIN place ON place.sink = sink.id AND place.container = ?1
         WHERE active AND coalesce(place.next_seq, 1) < ?2",
    )?;
    let missed = statement.query_map(params![container, to_db(until_seq)], |row| {
        Ok((row.get::<_, String>(0)?, row.get(1).map(from_db)?))
    })?;
    for (sink, lines) in missed.collect::<Result<Vec<_>, _>>()? {
        let why = format!("{lines} lines dropped before {sink} could take them: the spool is full");
        tell(conn, container, why, time_ns)?;
    }
    Ok(())
}

fn tell(conn: &Connection, container: i64, text: String, time_ns: u64) -> Result<(), StoreError> {
    let identity: String =
        conn.query_row("SELECT identity FROM container WHERE id = ?1", [container], |row| row.get(0))?;
    tracing::error!(container = identity, "{text}");
    let identity = Some(Identity::from_text(&identity));
    events::put(conn, &[EventRecord { time_ns, identity, kind: "lines dropped".to_owned(), text }])
}
