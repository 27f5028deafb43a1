//! Packing small blocks into full ones.
//!
//! A quiet container appends a line at a time, and a block of one line costs more than its text. Once enough of them
//! have gathered, they become one block, which also packs three to four times better. Each line is packed again once:
//! `packed_until_seq` tells how far.

use rusqlite::{Connection, params};

use super::numbers::{from_db, limit_to_db, to_db};
use super::{StoreError, block, lines};
use crate::identity::Identity;

/// Blocks are packed together until they hold this much text, or this many lines.
const TEXT_BYTES_MIN: usize = 64 << 10;
const LINES_MIN: usize = block::LINES_MAX / 2;

/// Most text that is packed in one transaction, so that appends do not wait long.
const STEP_BYTES_MAX: usize = 512 << 10;

/// Most blocks that are looked at in one transaction.
const STEP_BLOCKS_MAX: usize = LINES_MIN;

/// One block, or some that follow each other, without their lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    first_seq: u64,
    lines: usize,
    text_bytes: usize,
    blocks: usize,
}

/// Packs some blocks of one container; whether there may be more to pack.
pub(super) fn step(conn: &Connection, container: i64, identity: &Identity) -> Result<bool, StoreError> {
    let from_seq = conn
        .prepare_cached("SELECT packed_until_seq FROM container WHERE id = ?1")?
        .query_row([container], |row| row.get(0).map(from_db))?;
    let blocks = blocks(conn, container, from_seq)?;
    let mut packed_until = from_seq;
    let mut bytes = 0;
    for run in full_runs(&blocks) {
        if bytes >= STEP_BYTES_MAX {
            break;
        }
        if run.blocks > 1 {
            pack(conn, container, identity, run)?;
            bytes += run.text_bytes;
        }
        packed_until = run.first_seq + run.lines as u64;
    }
    conn.prepare_cached("UPDATE container SET packed_until_seq = ?2 WHERE id = ?1")?
        .execute(params![container, to_db(packed_until)])?;
    Ok(packed_until > from_seq && (bytes >= STEP_BYTES_MAX || blocks.len() == STEP_BLOCKS_MAX))
}

fn pack(conn: &Connection, container: i64, identity: &Identity, run: Run) -> Result<(), StoreError> {
    let end_seq = run.first_seq + run.lines as u64;
    let batch = match lines::read(conn, identity, run.first_seq, end_seq, run.lines) {
        Ok(batch) => batch,
        // Damaged blocks stay as they are: whoever reads them is told.
        Err(StoreError::DamagedLines { .. }) => return Ok(()),
        Err(error) => return Err(error),
    };
    if let Some(batch) = batch
        && batch.first_seq == run.first_seq
        && let [block] = block::encode(&batch.lines).as_slice()
        && block.lines == run.lines
    {
        lines::replace(conn, container, run.first_seq, block)?;
    }
    Ok(())
}

fn blocks(conn: &Connection, container: i64, from_seq: u64) -> Result<Vec<Run>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT first_seq, lines, text_bytes FROM block WHERE container = ?1 AND first_seq >= ?2
         ORDER BY first_seq LIMIT ?3",
    )?;
    let rows = statement.query_map(params![container, to_db(from_seq), limit_to_db(STEP_BLOCKS_MAX)], |row| {
        let number = |at| row.get(at).map(|value| from_db(value) as usize);
        Ok(Run { first_seq: from_db(row.get(0)?), lines: number(1)?, text_bytes: number(2)?, blocks: 1 })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Puts neighbours together until they make a full block and never more than one. Blocks at the end that are too few
/// are left out.
fn full_runs(blocks: &[Run]) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut open: Option<Run> = None;
    for &block in blocks {
        open = match open {
            Some(run) if fits(run, block) => Some(Run {
                lines: run.lines + block.lines,
                text_bytes: run.text_bytes + block.text_bytes,
                blocks: run.blocks + 1,
                ..run
            }),
            full => {
                runs.extend(full);
                Some(block)
            }
        };
        runs.extend(open.take_if(|run| run.text_bytes >= TEXT_BYTES_MIN || run.lines >= LINES_MIN));
    }
    runs
}

fn fits(run: Run, block: Run) -> bool {
    run.lines + block.lines <= block::LINES_MAX && run.text_bytes + block.text_bytes <= block::TEXT_BYTES_MAX
}
