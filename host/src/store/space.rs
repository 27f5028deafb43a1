//! The space the file takes, and giving back what it does not use.

use rusqlite::Connection;

use super::StoreError;
use super::numbers::from_db;

/// Free pages that stay for the next blocks, and how many are given back in one step: 4 MiB.
const STEP_PAGES: u32 = 1024;

/// Bytes of the file that hold something.
pub(super) fn used_bytes(conn: &Connection) -> Result<u64, StoreError> {
    let pragma = |name| conn.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).map(from_db);
    Ok((pragma("page_count")? - pragma("freelist_count")?) * pragma("page_size")?)
}

/// Gives some free pages back to the filesystem; whether more are left to give.
pub(super) fn give_back(conn: &Connection) -> Result<bool, StoreError> {
    let free: u32 = conn.pragma_query_value(None, "freelist_count", |row| row.get(0))?;
    let excess = free.saturating_sub(STEP_PAGES);
    if excess == 0 {
        return Ok(false);
    }
    let mut statement = conn.prepare(&format!("PRAGMA incremental_vacuum({})", excess.min(STEP_PAGES)))?;
    // Each row is a page.
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(excess > STEP_PAGES)
}
