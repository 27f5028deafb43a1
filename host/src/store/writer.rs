//! The one thread that writes.
//!
//! Group commit: all that waits when the writer turns to its queue goes into one transaction, up to `GROUP_BYTES_MAX`;
//! each gets its answer after the commit. While one group is written, the next one gathers; only small appends, of which there may be thousands a
//! second, are made to wait for company for a moment, and only where the group before was written just now. A write that fails takes back itself alone; only where the commit fails, the whole group is taken back and
//! all are told.
//!
//! The queue is bounded by bytes (`QUEUE_BYTES_MAX`): who asks beyond that waits.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use std::{io, thread};

use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::lock::DirLock;
use super::{StoreError, schema};

/// Most that waits in the queue, counted in kibibytes; the least a write counts is one.
const QUEUE_KIB_MAX: u32 = 32 << 10;
/// A group takes no further write when it holds this much, or this many writes.
const GROUP_KIB_MAX: u32 = 4 << 10;
const GROUP_WRITES_MAX: usize = 1024;
/// A commit reaches the disk itself, not only the kernel, at the latest after this time: what a power cut can take
/// back.
const SYNC_AFTER: Duration = Duration::from_secs(10);

/// How long after a group a small append may wait for company.
const COMPANY: Duration = Duration::from_millis(4);

/// The queue and the thread behind it. Dropping it writes what still waits and closes the store.
#[derive(Debug)]
pub(super) struct Writer {
    queue: Option<Mutex<Sender<Box<dyn Write>>>>,
    room: Arc<Semaphore>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(conn: Connection, lock: DirLock) -> io::Result<Self> {
        let (queue, receiver) = channel();
        let thread = thread::Builder::new().name("store".to_owned()).spawn(move || {
            run(&conn, &receiver);
            // The file is closed before another host may open it.
            drop(conn);
            drop(lock);
        })?;
        let room = Arc::new(Semaphore::new(QUEUE_KIB_MAX as usize));
        Ok(Self { queue: Some(Mutex::new(queue)), room, thread: Some(thread) })
    }

    /// Has `work` done inside a transaction and answers once it is committed. `bytes` is about how much it writes.
    /// Once it is in the queue it is written, even if nobody waits for the answer any more.
    pub(super) async fn write<T, F>(&self, bytes: usize, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.ask(bytes, false, work).await
    }

    /// The same for what is small and can wait for a moment.
    pub(super) async fn write_in_company<T, F>(&self, bytes: usize, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.ask(bytes, true, work).await
    }

    async fn ask<T, F>(&self, bytes: usize, can_wait: bool, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let kib = u32::try_from(bytes / 1024).unwrap_or(u32::MAX).clamp(1, QUEUE_KIB_MAX);
        let room = Arc::clone(&self.room).acquire_many_owned(kib).await.map_err(|_| StoreError::Stopped)?;
        let (sender, answer) = oneshot::channel();
        let asked = Asked { work: Some(work), outcome: None, sender, kib, can_wait, _room: room };
        let queue = self.queue.as_ref().ok_or(StoreError::Stopped)?;
        let sent = queue.lock().unwrap_or_else(PoisonError::into_inner).send(Box::new(asked));
        sent.map_err(|_| StoreError::Stopped)?;
        answer.await.map_err(|_| StoreError::Stopped)?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the store's writer panicked");
        }
    }
}

/// One write in the queue, whatever its answer is.
trait Write: Send {
    fn kib(&self) -> u32;
    fn can_wait(&self) -> bool;
    /// Does the work; whether it succeeded.
    fn run(&mut self, conn: &Connection) -> bool;
    /// Answers; `taken_back` says why what succeeded is not stored after all.
    fn answer(self: Box<Self>, taken_back: Option<&str>);
}

struct Asked<T, F> {
    work: Option<F>,
    outcome: Option<Result<T, StoreError>>,
    sender: oneshot::Sender<Result<T, StoreError>>,
    kib: u32,
    can_wait: bool,
    _room: OwnedSemaphorePermit,
}

impl<T, F> Write for Asked<T, F>
where
    T: Send,
    F: FnOnce(&Connection) -> Result<T, StoreError> + Send,
{
    fn kib(&self) -> u32 {
        self.kib
    }

    fn can_wait(&self) -> bool {
        self.can_wait
    }

    fn run(&mut self, conn: &Connection) -> bool {
        let outcome = self.work.take().map(|work| work(conn));
        let succeeded = matches!(outcome, Some(Ok(_)));
        self.outcome = outcome;
        succeeded
    }

    fn answer(self: Box<Self>, taken_back: Option<&str>) {
        let outcome = match (self.outcome, taken_back) {
            (Some(Err(error)), _) => Err(error),
            (_, Some(why)) => Err(StoreError::TakenBack(why.to_owned())),
            (Some(Ok(value)), None) => Ok(value),
            (None, None) => Err(StoreError::Stopped),
        };
        // Who asked may have gone; the write stays.
        let _ = self.sender.send(outcome);
    }
}

fn run(conn: &Connection, queue: &Receiver<Box<dyn Write>>) {
    // When the oldest commit was made that may not have reached the disk.
    let mut unsynced: Option<Instant> = None;
    let mut written: Option<Instant> = None;
    loop {
        let next = match unsynced {
            Some(since) => queue.recv_timeout(SYNC_AFTER.saturating_sub(since.elapsed())),
            None => queue.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match next {
            Ok(first) => {
                if let Some(written) = written.filter(|_| first.can_wait()) {
                    thread::sleep(COMPANY.saturating_sub(written.elapsed()));
                }
                write_group(conn, first, queue);
                written = Some(Instant::now());
                unsynced.get_or_insert_with(Instant::now);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if unsynced.is_some_and(|since| since.elapsed() >= SYNC_AFTER) {
            checkpoint(conn, "PASSIVE");
            unsynced = None;
        }
    }
    if let Err(error) = schema::set_closed(conn, true) {
        tracing::warn!(%error, "the store could not be closed cleanly; it is checked at the next start");
    }
    checkpoint(conn, "TRUNCATE");
}

/// Moves SQLite's log into the file and has both on disk. What cannot be moved yet, because it is being read, is moved
/// later.
fn checkpoint(conn: &Connection, mode: &str) {
    if let Err(error) = conn.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |_| Ok(())) {
        tracing::warn!(%error, "the store's log could not be moved into its file");
    }
}

fn write_group(conn: &Connection, first: Box<dyn Write>, queue: &Receiver<Box<dyn Write>>) {
    let mut group = vec![first];
    let outcome = write_all(conn, &mut group, queue);
    if outcome.is_err() && !conn.is_autocommit() {
        // A transaction that cannot be rolled back is rolled back by SQLite itself.
        let _ = conn.execute_batch("ROLLBACK");
    }
    let taken_back = outcome.err().map(|error| error.to_string());
    for write in group {
        write.answer(taken_back.as_deref());
    }
}

/// Runs the first of `group` and then what waits, within the bounds, in one transaction.
fn write_all(
    conn: &Connection,
    group: &mut Vec<Box<dyn Write>>,
    queue: &Receiver<Box<dyn Write>>,
) -> Result<(), StoreError> {
    execute(conn, "BEGIN IMMEDIATE")?;
    let mut kib = 0;
    let mut at = 0;
    while at < group.len() {
        let write = &mut group[at];
        kib += write.kib();
        run_alone(conn, write.as_mut())?;
        at += 1;
        if at < GROUP_WRITES_MAX
            && kib < GROUP_KIB_MAX
            && let Ok(next) = queue.try_recv()
        {
            group.push(next);
        }
    }
    execute(conn, "COMMIT")
}

/// Runs one write so that it can be taken back without the others; where SQLite itself takes back the whole
/// transaction, as it does when the disk fails, all are told.
fn run_alone(conn: &Connection, write: &mut dyn Write) -> Result<(), StoreError> {
    execute(conn, "SAVEPOINT alone")?;
    if !write.run(conn) {
        if conn.is_autocommit() {
            return Err(StoreError::TakenBack("the disk is full, or it fails".to_owned()));
        }
        execute(conn, "ROLLBACK TO alone")?;
    }
    execute(conn, "RELEASE alone")
}

fn execute(conn: &Connection, sql: &str) -> Result<(), StoreError> {
    conn.prepare_cached(sql)?.execute([])?;
    Ok(())
}
