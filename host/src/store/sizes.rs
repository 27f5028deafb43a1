//! How much is kept, for `doctor` and the system page.

use std::fs;

use rusqlite::Connection;

use super::numbers::from_db;
use super::{Store, StoreError, space};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoreSizes {
    /// The file, as the filesystem has it.
    pub file_bytes: u64,
    /// SQLite's log beside it.
    pub log_bytes: u64,
    /// Of the file, what holds something.
    pub used_bytes: u64,
    pub containers: u64,
    /// Lines that are kept.
    pub lines: u64,
    /// The engine's time of the oldest of them.
    pub oldest_ns: Option<u64>,
    /// Lines that had to go before they were scored, ever.
    pub lines_dropped: u64,
    pub alerts_open: u64,
}

impl Store {
    pub async fn sizes(&self) -> Result<StoreSizes, StoreError> {
        let file = self.options().file();
        let log = file.with_extension("db-wal");
        let length = |path| fs::metadata(path).map_or(0, |metadata| metadata.len());
        self.with_reader(move |conn| {
            Ok(StoreSizes { file_bytes: length(file), log_bytes: length(log), ..counted(conn)? })
        })
        .await
    }
}

impl Store {
    /// How many bytes all lines take as they are stored. Looks at every block.
    pub async fn line_bytes(&self) -> Result<u64, StoreError> {
        let sum = "SELECT coalesce(sum(length(payload)), 0) FROM block";
        self.with_reader(move |conn| Ok(conn.query_row(sum, [], |row| row.get(0)).map(from_db)?)).await
    }
}

fn counted(conn: &Connection) -> Result<StoreSizes, StoreError> {
    // Lines have no hole: from the first that is kept to the next number, without looking at every block.
    let mut statement = conn.prepare_cached(
        "SELECT count(*), total(next_seq - coalesce(first_seq, next_seq)), min(time_min_ns), total(lines_dropped)
         FROM container LEFT JOIN block ON block.container = container.id
             AND first_seq = (SELECT min(first_seq) FROM block AS oldest WHERE oldest.container = container.id)",
    )?;
    let mut sizes = statement.query_row([], |row| {
        Ok(StoreSizes {
            containers: row.get(0).map(from_db)?,
            lines: row.get::<_, f64>(1)? as u64,
            oldest_ns: row.get::<_, Option<i64>>(2)?.map(from_db),
            lines_dropped: row.get::<_, f64>(3)? as u64,
            ..StoreSizes::default()
        })
    })?;
    sizes.used_bytes = space::used_bytes(conn)?;
    sizes.alerts_open = conn
        .prepare_cached("SELECT count(*) FROM alert WHERE status = 'open'")?
        .query_row([], |row| row.get(0).map(from_db))?;
    Ok(sizes)
}
