//! Opening the file: what SQLite is told, which formats are read, how an older one is brought up to date.
//!
//! The format number is SQLite's `user_version`. A new format is one more script in `MIGRATIONS`; scripts that were
//! released never change.

use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::{StoreError, StoreOptions};

/// Script n brings a store from format n to format n + 1.
const MIGRATIONS: [&str; 4] = [
    include_str!("schema_1.sql"),
    include_str!("schema_2.sql"),
    include_str!("schema_3.sql"),
    include_str!("schema_4.sql"),
];

/// The newest format, which this program writes.
pub(super) const FORMAT: i32 = MIGRATIONS.len() as i32;

/// "FOGH": tells our file from any other database.
const APPLICATION_ID: i32 = 0x464f_4748;

const PAGE_BYTES: i64 = 4096;

/// How much SQLite's log may grow before a commit moves it into the file, in pages: 16 MiB.
const WAL_PAGES: i64 = 4096;

/// Statements that a connection keeps ready: more than we have.
const STATEMENTS_MAX: usize = 100;

/// How long a look for damage may take at a start that follows a crash. 1 GB takes 0.6 s from memory and 5 s from a
/// slow disk.
const CHECK_MAX: Duration = Duration::from_secs(10);

/// How long to wait for a stranger who holds SQLite's own lock, such as a `sqlite3` shell.
const BUSY_MAX: Duration = Duration::from_secs(5);

/// Opens the file to write, makes it or brings it up to date. The caller holds the directory's lock.
pub(super) fn open_writer(options: &StoreOptions) -> Result<Connection, StoreError> {
    let mut conn = Connection::open(options.file())?;
    conn.busy_timeout(BUSY_MAX)?;
    let found = format_of(&conn, options)?;
    if found == 0 {
        // Both take hold only as long as the file is empty.
        conn.pragma_update(None, "page_size", PAGE_BYTES)?;
        conn.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    }
    conn.pragma_update(None, "journal_mode", "WAL")?;
    conn.pragma_update(None, "synchronous", "NORMAL")?;
    conn.pragma_update(None, "wal_autocheckpoint", WAL_PAGES)?;
    conn.pragma_update(None, "journal_size_limit", 2 * WAL_PAGES * PAGE_BYTES)?;
    set_caches(&conn, options.cache_bytes)?;
    migrate(&mut conn, found)?;
    if !was_closed(&conn)? {
        check_for_damage(&conn)?;
    }
    set_closed(&conn, false)?;
    Ok(conn)
}

/// Opens the file to read.
pub(super) fn open_reader(file: &Path, cache_bytes: u64) -> Result<Connection, StoreError> {
    let conn = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    conn.busy_timeout(BUSY_MAX)?;
    set_caches(&conn, cache_bytes)?;
    Ok(conn)
}

/// For a store opened to read only: refuses what is not there or has another format.
pub(super) fn check_readable(options: &StoreOptions) -> Result<(), StoreError> {
    if !options.file().exists() {
        return Err(StoreError::Absent { dir: options.dir.clone() });
    }
    let conn = open_reader(&options.file(), options.cache_bytes)?;
    let found = format_of(&conn, options)?;
    if found < FORMAT {
        return Err(StoreError::Older { dir: options.dir.clone(), found, known: FORMAT });
    }
    Ok(())
}

/// Remembers that no host has the store open, or that one has.
pub(super) fn set_closed(conn: &Connection, closed: bool) -> Result<(), StoreError> {
    conn.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('clean', ?1)", [closed])?;
    Ok(())
}

fn was_closed(conn: &Connection) -> Result<bool, StoreError> {
    // A store made this instant has no such row, and nothing to be damaged.
    Ok(conn.query_row("SELECT coalesce((SELECT value FROM meta WHERE key = 'clean'), 1)", [], |row| row.get(0))?)
}

/// The format of the store; 0 for an empty file. Refuses what this program cannot read.
fn format_of(conn: &Connection, options: &StoreOptions) -> Result<i32, StoreError> {
    let application_id: i32 = conn.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let found: i32 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let tables: i64 = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if application_id != APPLICATION_ID && tables > 0 {
        return Err(StoreError::Foreign { file: options.file(), found: application_id });
    }
    if found > FORMAT {
        return Err(StoreError::Newer { dir: options.dir.clone(), found, known: FORMAT });
    }
    Ok(found)
}

fn migrate(conn: &mut Connection, found: i32) -> Result<(), StoreError> {
    for (script, format) in MIGRATIONS.iter().zip(1..).filter(|&(_, format)| format > found) {
        let transaction = conn.transaction()?;
        transaction.execute_batch(script)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", format)?;
        transaction.commit()?;
    }
    Ok(())
}

fn set_caches(conn: &Connection, bytes: u64) -> Result<(), StoreError> {
    conn.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    // Kibibytes, negative: SQLite's way to say bytes instead of pages.
    let kibibytes = i64::try_from(bytes / 1024).unwrap_or(i64::MAX);
    Ok(conn.pragma_update(None, "cache_size", -kibibytes)?)
}

/// Looks for damage for a bounded time. What it does not reach is found when it is read: every block has a checksum.
fn check_for_damage(conn: &Connection) -> Result<(), StoreError> {
    let interrupt = conn.get_interrupt_handle();
    let (done, wait) = mpsc::channel::<()>();
    let timer = thread::spawn(move || {
        if wait.recv_timeout(CHECK_MAX) == Err(mpsc::RecvTimeoutError::Timeout) {
            interrupt.interrupt();
        }
    });
    let answer = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
    drop(done);
    // The timer cannot panic: it waits and interrupts.
    let _ = timer.join();
    match answer {
        Ok(text) if text == "ok" => Ok(()),
        Ok(text) => Err(StoreError::Damaged(text)),
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::OperationInterrupted) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
