//! Evidence of alerts: each piece once, by its digest, for as long as an alert needs it.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::numbers::{from_db, to_db};
use super::{Store, StoreError};
use crate::receipt::evidence::Evidence;

/// Most bytes of evidence that are kept, packed: 512 MiB. That of the alerts that were over first goes first.
const BYTES_MAX: u64 = 512 << 20;

/// Most bytes of one piece when it is unpacked: a component at its bound.
const PIECE_BYTES_MAX: u64 = 128 << 20;

impl Store {
    /// A piece of evidence; `None` where it went.
    pub async fn evidence(&self, digest: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let digest = digest.to_owned();
        self.with_reader(move |conn| {
            let mut statement = conn.prepare_cached("SELECT packed FROM evidence WHERE digest = ?1")?;
            let packed: Option<Vec<u8>> = statement.query_row([&digest], |row| row.get(0)).optional()?;
            let unpack = |packed: Vec<u8>| {
                let mut bytes = Vec::new();
                let read = ZlibDecoder::new(packed.as_slice()).take(PIECE_BYTES_MAX).read_to_end(&mut bytes);
                read.map(|_| bytes).map_err(|error| StoreError::Damaged(format!("evidence {digest}: {error}")))
            };
            packed.map(unpack).transpose()
        })
        .await
    }

    /// How many pieces are kept, and their packed bytes.
    pub async fn evidence_kept(&self) -> Result<(u64, u64), StoreError> {
        self.with_reader(|conn| {
            let count = "SELECT count(*), coalesce(sum(length(packed)), 0) FROM evidence";
            Ok(conn.query_row(count, [], |row| Ok((from_db(row.get(0)?), from_db(row.get(1)?))))?)
        })
        .await
    }
}

/// The alert needs these pieces, and no others any more.
pub(super) fn put(conn: &Connection, alert: u64, pieces: &[Evidence]) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM alert_evidence WHERE alert = ?1")?.execute([to_db(alert)])?;
    let mut known = conn.prepare_cached("SELECT EXISTS (SELECT 1 FROM evidence WHERE digest = ?1)")?;
    let mut insert = conn.prepare_cached("INSERT INTO evidence (digest, bytes, packed) VALUES (?1, ?2, ?3)")?;
    let mut needs = conn.prepare_cached("INSERT OR IGNORE INTO alert_evidence (alert, digest) VALUES (?1, ?2)")?;
    for piece in pieces {
        if !known.query_row([&piece.digest], |row| row.get::<_, bool>(0))? {
            let bytes = piece.bytes();
            insert.execute(params![piece.digest, to_db(bytes.len() as u64), pack(bytes)])?;
        }
        needs.execute(params![to_db(alert), piece.digest])?;
    }
    Ok(())
}

/// Drops what no alert needs, and where there is too much what the alerts need that were over first.
pub(super) fn retain(conn: &Connection) -> Result<(), StoreError> {
    conn.execute("DELETE FROM alert_evidence WHERE alert NOT IN (SELECT id FROM alert)", [])?;
    loop {
        conn.execute("DELETE FROM evidence WHERE digest NOT IN (SELECT digest FROM alert_evidence)", [])?;
        let kept: i64 =
            conn.query_row("SELECT coalesce(sum(length(packed)), 0) FROM evidence", [], |row| row.get(0))?;
        if from_db(kept) <= BYTES_MAX {
            return Ok(());
        }
        let oldest = "DELETE FROM alert_evidence WHERE alert IN (
            SELECT DISTINCT alert.id FROM alert JOIN alert_evidence ON alert_evidence.alert = alert.id
            ORDER BY alert.status = 'open', alert.last_ns LIMIT 10)";
        if conn.execute(oldest, [])? == 0 {
            return Ok(());
        }
    }
}

fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut packer = ZlibEncoder::new(Vec::with_capacity(bytes.len() / 3), Compression::fast());
    packer.write_all(bytes).and_then(|()| packer.finish()).expect("memory takes all that is written")
}
