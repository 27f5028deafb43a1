//! Reads the log of one container, from where it was left to the end of the container's life: out of its files where they can be read
//! (`by_files`), else through the engine (`by_engine`). Each way takes over from the other without a line lost or repeated: what is stored is
//! known line by line (`cursor`).
//!
//! One task for each container, with two halves: [`Reader`] reads and assembles while [`write`] appends the batch before, with one
//! more between them. A slow append stops this container's reading and nothing else; when the task is dropped, both end.

mod by_engine;
mod by_files;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use super::NoticeSender;
use super::assemble::{Assembler, Shape};
use super::backoff::{Backoff, Cancelled};
use super::cursor::Place;
use super::engine::{Engine, EngineError};
use super::facts::Facts;
use super::files::{LogFile, LogFiles, Wakes, Way};
use super::ledger::Ledger;
use super::write::{Work, write};
use crate::memory::Memory;

/// How long a ready line may wait for others, after a batch was given on. The first line after a pause does not wait.
const BATCH_AGE_MAX: Duration = Duration::from_millis(50);
/// Tries of a read that the engine refuses while it answers other calls; then the log counts as unreadable.
const REFUSALS_MAX: u32 = 6;

/// How a reading ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ended {
    Stopped,
    Gone,
    Unreadable { reason: String },
    Cancelled,
}

pub(super) struct Follow {
    pub engine: Arc<Engine>,
    pub facts: Facts,
    pub ledger: Arc<Ledger>,
    pub place: Place,
    pub notices: NoticeSender,
    pub files: Arc<LogFiles>,
    pub wakes: Arc<Wakes>,
    pub memory: Memory,
    /// The engine has told something of the container.
    pub news: Arc<Notify>,
    pub shutdown: CancellationToken,
}

/// Why a log was not read to its end.
enum Stop {
    Cancelled,
    Engine(EngineError),
    /// Its files cannot be read any more: completes "because".
    Files {
        because: String,
    },
}

impl From<Cancelled> for Stop {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

impl From<EngineError> for Stop {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

impl Follow {
    /// Reads until the container has stopped, or `shutdown`. What was read is appended when this returns.
    pub(super) async fn run(self) -> Ended {
        let (work, queue) = mpsc::channel(1);
        let writer = write(self.ledger, queue, self.notices, self.shutdown.clone());
        let reader = Reader {
            assembler: Assembler::new(self.place, shape(&self.facts)),
            engine: self.engine,
            facts: self.facts,
            files: self.files,
            wakes: self.wakes,
            memory: self.memory,
            news: self.news,
            work,
            shutdown: self.shutdown,
            has_caught_up: false,
            flushed: None,
            files_failed: None,
        };
        let (ended, ()) = tokio::join!(reader.run_to_end(), writer);
        ended
    }
}

struct Reader {
    engine: Arc<Engine>,
    facts: Facts,
    assembler: Assembler,
    files: Arc<LogFiles>,
    wakes: Arc<Wakes>,
    memory: Memory,
    news: Arc<Notify>,
    work: mpsc::Sender<Work>,
    shutdown: CancellationToken,
    has_caught_up: bool,
    /// When lines were given on last.
    flushed: Option<Instant>,
    /// Why the files are not tried again.
    files_failed: Option<String>,
}

impl Reader {
    /// The writer ends when this one is dropped.
    async fn run_to_end(mut self) -> Ended {
        self.run().await
    }

    async fn run(&mut self) -> Ended {
        let mut backoff = Backoff::default();
        let mut refusals = 0;
        loop {
            let ended = match self.live(&mut backoff).await {
                Ok(()) => Ended::Stopped,
                Err(Stop::Cancelled) => return Ended::Cancelled,
                Err(Stop::Engine(EngineError::Gone)) => Ended::Gone,
                Err(Stop::Files { because }) => {
                    tracing::warn!(container = %self.facts.name, because, "the log files cannot be read; the engine is asked instead");
                    self.files_failed = Some(because);
                    continue;
                }
                Err(Stop::Engine(error)) if error.is_transient() && refusals < REFUSALS_MAX => {
                    refusals = if error.is_connection() { 0 } else { refusals + 1 };
                    tracing::debug!(container = %self.facts.name, %error, "the log could not be read; trying again");
                    if backoff.wait(&self.shutdown).await.is_err() {
                        return Ended::Cancelled;
                    }
                    continue;
                }
                Err(Stop::Engine(error)) => Ended::Unreadable { reason: error.to_string() },
            };
            let closed = self.close().await;
            return closed.and(self.caught_up().await).map_or(Ended::Cancelled, |()| ended);
        }
    }

    /// Reads until the container has stopped.
    async fn live(&mut self, backoff: &mut Backoff) -> Result<(), Stop> {
        match self.file().await {
            Ok(file) => {
                self.send(Work::Way(Way::Files)).await?;
                self.live_by_files(file).await
            }
            Err(because) => {
                self.send(Work::Way(Way::Engine { because })).await?;
                self.live_by_engine(backoff).await
            }
        }
    }

    async fn file(&self) -> Result<LogFile, String> {
        if let Some(because) = &self.files_failed {
            return Err(because.clone());
        }
        let (files, facts) = (Arc::clone(&self.files), self.facts.clone());
        tokio::task::spawn_blocking(move || LogFile::find(&files, &facts)).await.map_err(|error| error.to_string())?
    }

    async fn flush_when_due(&mut self, now: Instant, due: Option<Instant>) -> Result<Option<Instant>, Cancelled> {
        if !self.assembler.has_lines() {
            return Ok(None);
        }
        let due = due.unwrap_or_else(|| self.flushed.map_or(now, |flushed| now.max(flushed + BATCH_AGE_MAX)));
        if now < due && !self.assembler.is_full() {
            return Ok(Some(due));
        }
        self.flush().await?;
        Ok(None)
    }

    async fn flush(&mut self) -> Result<(), Cancelled> {
        let Some(batch) = self.assembler.take() else { return Ok(()) };
        self.flushed = Some(Instant::now());
        self.send(Work::Append(Box::new(batch))).await
    }

    async fn caught_up(&mut self) -> Result<(), Cancelled> {
        if std::mem::replace(&mut self.has_caught_up, true) {
            return Ok(());
        }
        self.send(Work::CaughtUp).await
    }

    /// Lets pass the time in which lines may follow an open event, so that all that was stored is appended; else the last line
    /// would be read again first.
    async fn rest(&mut self) -> Result<(), Cancelled> {
        while let Some(due) = self.assembler.due() {
            tokio::select! {
                () = self.shutdown.cancelled() => return Err(Cancelled),
                () = tokio::time::sleep_until(due.into()) => self.assembler.idle(Instant::now()),
            }
        }
        self.flush().await
    }

    /// Nothing can follow what is open.
    async fn close(&mut self) -> Result<(), Cancelled> {
        self.assembler.finish(Instant::now());
        self.flush().await
    }

    async fn send(&self, work: Work) -> Result<(), Cancelled> {
        tokio::select! {
            () = self.shutdown.cancelled() => Err(Cancelled),
            sent = self.work.send(work) => sent.map_err(|_| Cancelled),
        }
    }
}

fn shape(facts: &Facts) -> Shape {
    Shape { tty: facts.tty, short_ends: facts.driver == "local" }
}

async fn wake(due: Option<Instant>, flush_at: Option<Instant>) {
    match due.into_iter().chain(flush_at).min() {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

impl std::fmt::Debug for Follow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Follow").field("facts", &self.facts).finish_non_exhaustive()
    }
}
