//! Lines: appended in blocks, read in order, acknowledged.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::block::{self, Block};
use super::numbers::{from_db, limit_to_db, to_db};
use super::{Store, StoreError, containers};
use crate::identity::Identity;
use crate::line::Lines;
use crate::stream::{Append, Batch};

/// A read ends early, at the end of a block, when it holds this much text.
const READ_BYTES_MAX: usize = 16 << 20;

/// Fewer bytes of text are packed where the task runs, and written in company.
const HERE_BYTES_MAX: usize = 8 << 10;

impl Store {
    pub(crate) async fn append_lines(&self, entries: Vec<Append>) -> Result<Vec<u64>, StoreError> {
        let text_bytes: usize = entries.iter().map(|entry| entry.lines.text_bytes()).sum();
        let pack = move || entries.into_iter().map(Packed::from).collect::<Vec<_>>();
        // Packing much takes a core for a while; the writer and the threads of others have better things to do. For a few lines the change of threads
        // would take longer.
        let packed = match text_bytes {
            0..HERE_BYTES_MAX => pack(),
            _ => tokio::task::spawn_blocking(pack).await.map_err(|_| StoreError::Stopped)?,
        };
        let bytes = packed.iter().flat_map(|entry| &entry.blocks).map(|block| block.payload.len() + 64).sum();
        let work = move |conn: &Connection| packed.iter().map(|entry| append(conn, entry)).collect();
        if text_bytes < HERE_BYTES_MAX {
            self.shared.writer.as_ref().ok_or(StoreError::ReadOnly)?.write_in_company(bytes, work).await
        } else {
            self.with_writer(bytes, work).await
        }
    }

    pub(crate) async fn read_cursor(&self, identity: &Identity) -> Result<Option<Vec<u8>>, StoreError> {
        let identity = identity.clone();
        self.with_reader(move |conn| cursor(conn, &identity)).await
    }

    pub(crate) async fn acknowledge_lines(&self, identity: &Identity, seq: u64) -> Result<(), StoreError> {
        let identity = identity.clone();
        self.with_writer(0, move |conn| acknowledge(conn, &identity, seq)).await
    }

    pub(crate) async fn read_lines(
        &self,
        identity: &Identity,
        from_seq: u64,
        end_seq: u64,
        lines_max: usize,
    ) -> Result<Option<Batch>, StoreError> {
        let identity = identity.clone();
        self.with_reader(move |conn| read(conn, &identity, from_seq, end_seq, lines_max)).await
    }
}

/// One container's part of an append, packed.
#[derive(Debug)]
struct Packed {
    identity: Identity,
    blocks: Vec<Block>,
    cursor: Vec<u8>,
}

impl From<Append> for Packed {
    fn from(entry: Append) -> Self {
        Self { identity: entry.identity, blocks: block::encode(&entry.lines), cursor: entry.cursor }
    }
}

/// Stores blocks and cursor of one container; the number of the first line.
fn append(conn: &Connection, entry: &Packed) -> Result<u64, StoreError> {
    let container = containers::id_or_new(conn, &entry.identity)?;
    let first_seq = next_seq(conn, container)?;
    let mut seq = first_seq;
    let mut last_line_ns = 0;
    for block in &entry.blocks {
        insert(conn, container, seq, block)?;
        seq += block.lines as u64;
        last_line_ns = last_line_ns.max(block.time_max_ns);
    }
    let mut statement = conn.prepare_cached(
        "UPDATE container SET next_seq = ?1, cursor = ?2, last_line_ns = max(last_line_ns, ?3) WHERE id = ?4",
    )?;
    statement.execute(params![to_db(seq), entry.cursor, to_db(last_line_ns), container])?;
    Ok(first_seq)
}

fn insert(conn: &Connection, container: i64, first_seq: u64, block: &Block) -> Result<(), StoreError> {
    let sql = "INSERT INTO block (container, first_seq, lines, time_min_ns, time_max_ns, text_bytes, crc, payload)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    write_block(conn, sql, container, first_seq, block)
}

/// Puts one block in the place of stored ones that hold the same lines: the row of the first of them takes it.
pub(super) fn replace(conn: &Connection, container: i64, first_seq: u64, block: &Block) -> Result<(), StoreError> {
    let end_seq = first_seq + block.lines as u64;
    conn.prepare_cached("DELETE FROM block WHERE container = ?1 AND first_seq > ?2 AND first_seq < ?3")?
        .execute(params![container, to_db(first_seq), to_db(end_seq)])?;
    let sql = "UPDATE block SET lines = ?3, time_min_ns = ?4, time_max_ns = ?5, text_bytes = ?6, crc = ?7, payload = ?8
         WHERE container = ?1 AND first_seq = ?2";
    write_block(conn, sql, container, first_seq, block)
}

/// `sql` takes the columns of `block` behind `id`, in their order.
fn write_block(conn: &Connection, sql: &str, container: i64, first_seq: u64, block: &Block) -> Result<(), StoreError> {
    conn.prepare_cached(sql)?.execute(params![
        container,
        to_db(first_seq),
        limit_to_db(block.lines),
        to_db(block.time_min_ns),
        to_db(block.time_max_ns),
        limit_to_db(block.text_bytes),
        block.crc(container, first_seq),
        block.payload,
    ])?;
    Ok(())
}

/// The number the next line of a container gets.
pub(super) fn next_seq(conn: &Connection, container: i64) -> Result<u64, StoreError> {
    number_of(conn, container, "SELECT next_seq FROM container WHERE id = ?1")
}

/// The first line of a container that is not acknowledged.
pub(super) fn acknowledged(conn: &Connection, container: i64) -> Result<u64, StoreError> {
    number_of(conn, container, "SELECT acknowledged_seq FROM container WHERE id = ?1")
}

fn number_of(conn: &Connection, container: i64, sql: &str) -> Result<u64, StoreError> {
    Ok(conn.prepare_cached(sql)?.query_row([container], |row| row.get(0).map(from_db))?)
}

fn cursor(conn: &Connection, identity: &Identity) -> Result<Option<Vec<u8>>, StoreError> {
    let mut statement = conn.prepare_cached("SELECT cursor FROM container WHERE identity = ?1")?;
    Ok(statement.query_row([identity.as_str()], |row| row.get(0)).optional()?.flatten())
}

/// Never goes back; refuses lines that are not there, for they would never be scored.
pub(super) fn acknowledge(conn: &Connection, identity: &Identity, seq: u64) -> Result<(), StoreError> {
    let container = containers::id_of(conn, identity)?;
    let next_seq = container.map_or(Ok(1), |container| next_seq(conn, container))?;
    if seq > next_seq {
        return Err(StoreError::AcknowledgedBeyond { identity: identity.clone(), seq, next_seq });
    }
    conn.prepare_cached("UPDATE container SET acknowledged_seq = max(acknowledged_seq, ?2) WHERE id = ?1")?
        .execute(params![container, to_db(seq)])?;
    Ok(())
}

/// The lines `from_seq .. end_seq` that are kept, at most `lines_max`, from the first that is kept. May end early (16
/// MiB of text), never empty where there is a line.
pub(super) fn read(
    conn: &Connection,
    identity: &Identity,
    from_seq: u64,
    end_seq: u64,
    lines_max: usize,
) -> Result<Option<Batch>, StoreError> {
    let Some(container) = containers::id_of(conn, identity)? else {
        return Ok(None);
    };
    let mut statement = conn.prepare_cached(
        "SELECT first_seq, lines, crc, payload FROM block
         WHERE container = ?1 AND first_seq < ?3
           AND first_seq >= coalesce((SELECT max(first_seq) FROM block WHERE container = ?1 AND first_seq <= ?2), 0)
         ORDER BY first_seq",
    )?;
    let mut rows = statement.query(params![container, to_db(from_seq), to_db(end_seq)])?;
    let mut batch: Option<Batch> = None;
    while let Some(row) = rows.next()? {
        let (first_seq, block) = decoded(row, identity, container)?;
        let begin = batch.as_ref().map_or(from_seq.max(first_seq), Batch::end_seq);
        let missing = lines_max - batch.as_ref().map_or(0, |batch| batch.lines.len());
        let end = end_seq.min(first_seq + block.len() as u64).min(begin.saturating_add(missing as u64));
        if begin < first_seq {
            return Err(hole(identity, begin, first_seq));
        }
        if begin >= end {
            // Only the block that would hold `from_seq` can be without any: these lines are not written yet.
            break;
        }
        let batch = batch.get_or_insert_with(|| Batch {
            identity: identity.clone(),
            first_seq: begin,
            lines: Lines::default(),
        });
        batch.lines.extend_from(&block, (begin - first_seq) as usize..(end - first_seq) as usize);
        if batch.lines.len() == lines_max || batch.lines.text_bytes() >= READ_BYTES_MAX {
            break;
        }
    }
    Ok(batch)
}

fn decoded(row: &Row<'_>, identity: &Identity, container: i64) -> Result<(u64, Lines), StoreError> {
    let first_seq = from_db(row.get(0)?);
    let lines = from_db(row.get(1)?);
    let payload = row.get_ref(3)?.as_blob().map_err(rusqlite::Error::from)?;
    let block = block::decode(payload, row.get(2)?, container, first_seq, lines as usize).map_err(|detail| {
        StoreError::DamagedLines { identity: identity.clone(), first_seq, end_seq: first_seq + lines, detail }
    })?;
    Ok((first_seq, block))
}

fn hole(identity: &Identity, first_seq: u64, end_seq: u64) -> StoreError {
    StoreError::DamagedLines { identity: identity.clone(), first_seq, end_seq, detail: "they are missing" }
}
