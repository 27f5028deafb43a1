//! Sinks: servers that take what is stored here, and how far each has come.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params, params};

use super::numbers::{from_db, to_db};
use super::{Store, StoreError, containers};
use crate::identity::Identity;
use crate::spool::Place;

/// How far a sink has come with one container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinkPlace {
    pub identity: Identity,
    pub place: Place,
    /// The sink has all windows that begin below this line.
    pub windows_seq: u64,
    /// The number the next line of the container gets.
    pub end_seq: u64,
    /// The first line that was not scored.
    pub acknowledged_seq: u64,
}

/// What waits for a sink.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backlog {
    pub lines: u64,
    /// The engine's time of the oldest of them.
    pub oldest_ns: Option<u64>,
    /// Lines that had to go before the sink could take them, ever.
    pub lines_missed: u64,
}

/// The place of a sink that begins with the oldest line kept of every container.
const FROM_FIRST_KEPT: &str = "INTO place (sink, container, next_seq, note)
    SELECT sink.id, container.id,
        coalesce((SELECT min(first_seq) FROM block WHERE block.container = container.id), container.next_seq), x''
    FROM container, sink WHERE sink.name = ?1";

impl Store {
    /// A number that no other store has.
    pub async fn store_id(&self) -> Result<u64, StoreError> {
        let select = "SELECT value FROM meta WHERE key = 'store_id'";
        self.with_reader(move |conn| Ok(conn.query_row(select, [], |row| row.get(0)).map(from_db)?)).await
    }

    /// Names the sinks that are configured, each with whether it takes records beside lines. What others have not taken
    /// is not waited for any more; their places stay.
    pub async fn use_sinks(&self, sinks: Vec<(&'static str, bool)>) -> Result<(), StoreError> {
        self.with_writer(0, move |conn| {
            conn.execute("UPDATE sink SET active = 0", [])?;
            know(conn, &sinks)?;
            for (name, _) in sinks {
                conn.execute("UPDATE sink SET active = 1 WHERE name = ?1", [name])?;
            }
            Ok(())
        })
        .await
    }

    /// As `use_sinks`, but nothing is kept for these yet.
    pub async fn know_sinks(&self, sinks: Vec<(&'static str, bool)>) -> Result<(), StoreError> {
        self.with_writer(0, move |conn| know(conn, &sinks)).await
    }

    /// Whether what this sink lacks is kept for it.
    pub async fn uses_sink(&self, sink: &'static str) -> Result<bool, StoreError> {
        let active = "SELECT EXISTS (SELECT 1 FROM sink WHERE name = ?1 AND active)";
        self.with_reader(move |conn| Ok(conn.query_row(active, [sink], |row| row.get(0))?)).await
    }

    /// How far a sink has come with every container; from the first line where it has not begun.
    pub async fn sink_places(&self, sink: &'static str) -> Result<Vec<SinkPlace>, StoreError> {
        self.with_reader(move |conn| {
            let mut statement = conn.prepare_cached(
                "SELECT identity, container.next_seq AS end_seq, acknowledged_seq, place.next_seq, note, windows_seq
                 FROM container
                 LEFT JOIN place ON place.container = container.id AND sink = (SELECT id FROM sink WHERE name = ?1)",
            )?;
            Ok(statement.query_map([sink], sink_place)?.collect::<Result<_, _>>()?)
        })
        .await
    }

    pub async fn sink_place(&self, sink: &'static str, identity: &Identity) -> Result<Place, StoreError> {
        let identity = identity.clone();
        self.with_reader(move |conn| {
            let mut statement = conn.prepare_cached(
                "SELECT next_seq, note FROM place WHERE sink = (SELECT id FROM sink WHERE name = ?1)
                     AND container = (SELECT id FROM container WHERE identity = ?2)",
            )?;
            let row = |row: &Row<'_>| Ok(Place { next_seq: from_db(row.get(0)?), note: row.get(1)? });
            Ok(statement.query_row(params![sink, identity.as_str()], row).optional()?.unwrap_or_default())
        })
        .await
    }

    /// Remembers how far a sink has come; `missed` lines before the place could not be given to it.
    pub async fn put_places(&self, sink: &'static str, places: Vec<(Identity, Place, u64)>) -> Result<(), StoreError> {
        self.with_writer(places.len() * 64, move |conn| {
            for (identity, place, missed) in &places {
                put_place(conn, sink, identity, place, *missed)?;
            }
            Ok(())
        })
        .await
    }

    /// A sink that has lost everything begins again with the oldest that is kept here.
    pub async fn reset_places(&self, sink: &'static str) -> Result<(), StoreError> {
        self.with_writer(0, move |conn| {
            conn.execute(
                &format!(
                    "INSERT {FROM_FIRST_KEPT} ON CONFLICT (sink, container) DO UPDATE
                         SET next_seq = excluded.next_seq, note = excluded.note, windows_seq = excluded.windows_seq"
                ),
                [sink],
            )?;
            conn.execute("UPDATE sink SET training_id = 0, alert_revision = 0 WHERE name = ?1", [sink])?;
            Ok(())
        })
        .await
    }

    /// What waits for a sink.
    pub async fn backlog(&self, sink: &'static str) -> Result<Backlog, StoreError> {
        self.with_reader(move |conn| backlog(conn, sink)).await
    }
}

fn know(conn: &Connection, sinks: &[(&'static str, bool)]) -> Result<(), StoreError> {
    for (name, takes_records) in sinks {
        conn.execute(
            "INSERT INTO sink (name, active, takes_records) VALUES (?1, 0, ?2)
             ON CONFLICT (name) DO UPDATE SET takes_records = ?2",
            params![name, takes_records],
        )?;
        // Begins with what is kept now: what went before was not for it.
        conn.execute(&format!("INSERT OR IGNORE {FROM_FIRST_KEPT}"), [name])?;
    }
    Ok(())
}

fn put_place(conn: &Connection, sink: &str, identity: &Identity, place: &Place, missed: u64) -> Result<(), StoreError> {
    let mut statement = conn.prepare_cached(
        "INSERT INTO place (sink, container, next_seq, note, lines_missed)
         VALUES ((SELECT id FROM sink WHERE name = :sink), :container, :next_seq, :note, :missed)
         ON CONFLICT (sink, container) DO UPDATE
             SET next_seq = :next_seq, note = :note, lines_missed = lines_missed + :missed",
    )?;
    statement.execute(named_params! {
        ":sink": sink,
        ":container": containers::id_or_new(conn, identity)?,
        ":next_seq": to_db(place.next_seq),
        ":note": place.note,
        ":missed": to_db(missed),
    })?;
    Ok(())
}

fn sink_place(row: &Row<'_>) -> rusqlite::Result<SinkPlace> {
    let number = |column: &str| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map_or(1, from_db));
    Ok(SinkPlace {
        identity: Identity::from_text(&row.get::<_, String>("identity")?),
        place: Place { next_seq: number("next_seq")?, note: row.get::<_, Option<_>>("note")?.unwrap_or_default() },
        windows_seq: number("windows_seq")?,
        end_seq: number("end_seq")?,
        acknowledged_seq: number("acknowledged_seq")?,
    })
}

fn backlog(conn: &Connection, sink: &str) -> Result<Backlog, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT container.id, container.next_seq, coalesce(place.next_seq, 1), coalesce(lines_missed, 0),
                coalesce((SELECT min(first_seq) FROM block WHERE block.container = container.id), container.next_seq)
         FROM container
         LEFT JOIN place ON place.container = container.id AND place.sink = (SELECT id FROM sink WHERE name = ?1)",
    )?;
    let mut oldest = conn.prepare_cached(
        "SELECT time_min_ns FROM block WHERE container = ?1 AND first_seq <= ?2 ORDER BY first_seq DESC LIMIT 1",
    )?;
    let mut rows = statement.query([sink])?;
    let mut total = Backlog::default();
    while let Some(row) = rows.next()? {
        let [end_seq, next_seq, missed, kept_from] = [1, 2, 3, 4].map(|column| row.get(column).map(from_db));
        let (end_seq, next_seq, kept_from) = (end_seq?, next_seq?, kept_from?);
        let begin = next_seq.max(kept_from);
        total.lines_missed += missed? + kept_from.saturating_sub(next_seq);
        if begin < end_seq {
            total.lines += end_seq - begin;
            let container: i64 = row.get(0)?;
            let time_ns = oldest.query_row([container, to_db(begin)], |row| row.get(0)).map(from_db)?;
            total.oldest_ns = Some(total.oldest_ns.map_or(time_ns, |oldest| oldest.min(time_ns)));
        }
    }
    Ok(total)
}
