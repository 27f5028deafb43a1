//! Reads the log of one container, from where it was left to the end of the container's life.
//!
//! First what is stored, to its end (then the run loop is told `caught_up`), then following, for low latency. A following read
//! may end before the log does, so after each end the log is read again without following until nothing new comes; what was
//! taken before is stopped by the gate. When the container has stopped and a read that began after that brought nothing, the
//! reading is over.
//!
//! One task for each container, with two halves: [`Reader`] reads and assembles while [`write`] appends the batch before, with one
//! more between them. A slow append stops this container's reading and nothing else; when the task is dropped, both end.
//!
//! Left out: logs that rotate faster than they are read. The engine's API then skips files without a word (and repeats others,
//! which the gate stops); only reading the files themselves can be exact there. Also: a terminal (`tty`) that never ends a line
//! is held in memory by the client until it does.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::NoticeSender;
use super::assemble::{Assembler, Shape};
use super::backoff::{Backoff, Cancelled};
use super::cursor::Place;
use super::engine::{Engine, EngineError, Frame};
use super::facts::Facts;
use super::ledger::Ledger;
use super::pump::{Frames, HANDFUL, Pump};
use super::write::{Work, write};

/// How long a ready line may wait for others.
const BATCH_AGE_MAX: Duration = Duration::from_millis(50);
/// With fewer frames than this at once, the reader lets some more gather: being woken for each costs more than reading it.
const HANDFUL_MIN: usize = 32;
const GATHER: Duration = Duration::from_millis(1);
/// Tries of a read that the engine refuses while it answers other calls; then the log counts as unreadable.
const REFUSALS_MAX: u32 = 6;
/// A follow that ends sooner, and brought nothing, is followed by a pause.
const FOLLOW_MIN: Duration = Duration::from_secs(1);

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
    pub shutdown: CancellationToken,
}

/// What one read brought.
struct Read {
    is_new: bool,
}

/// Why a read did not come to its end.
enum Stop {
    Cancelled,
    Engine(EngineError),
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
            work,
            shutdown: self.shutdown,
            has_caught_up: false,
        };
        let (ended, ()) = tokio::join!(reader.run_to_end(), writer);
        ended
    }
}

struct Reader {
    engine: Arc<Engine>,
    facts: Facts,
    assembler: Assembler,
    work: mpsc::Sender<Work>,
    shutdown: CancellationToken,
    has_caught_up: bool,
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

    /// Settles and follows by turns until the container has stopped.
    ///
    /// A running container is settled by one read only: each read makes the engine look through all of the log, and the follow
    /// that comes next brings what is new.
    async fn live(&mut self, backoff: &mut Backoff) -> Result<(), Stop> {
        let mut has_stopped = false;
        loop {
            let settled = self.read(false).await?;
            if has_stopped {
                self.close().await?;
            } else {
                self.rest().await?;
            }
            self.caught_up().await?;
            if has_stopped && !settled.is_new {
                return Ok(());
            }
            self.facts = self.engine.inspect(&self.facts.id).await?;
            has_stopped = !self.facts.is_running;
            if !has_stopped {
                self.follow(backoff).await?;
            }
        }
    }

    async fn follow(&mut self, backoff: &mut Backoff) -> Result<(), Stop> {
        let began = Instant::now();
        let followed = self.read(true).await?;
        if followed.is_new || began.elapsed() >= FOLLOW_MIN {
            backoff.reset();
            return Ok(());
        }
        Ok(backoff.wait(&self.shutdown).await?)
    }

    async fn read(&mut self, follow: bool) -> Result<Read, Stop> {
        let mut pump = Pump::start(self.engine.clone(), self.facts.id.clone(), self.since_s(), follow);
        let mut read = Read { is_new: false };
        let mut frames = Frames::with_capacity(HANDFUL);
        let (mut has_begun, mut flush_at) = (false, None);
        loop {
            let is_over = tokio::select! {
                () = self.shutdown.cancelled() => return Err(Stop::Cancelled),
                () = pump.next(&mut frames) => frames.is_empty(),
                () = wake(self.assembler.due(), flush_at) => false,
            };
            let now = Instant::now();
            if !has_begun && !frames.is_empty() {
                self.assembler.idle(now);
                self.flush().await?;
                self.assembler.rewind();
                has_begun = true;
            }
            let is_handful = frames.len() >= HANDFUL_MIN;
            for frame in frames.drain(..) {
                read.is_new |= self.take(now, &frame?).await?;
            }
            if is_over {
                break;
            }
            self.assembler.idle(now);
            flush_at = self.flush_when_due(now, flush_at).await?;
            if !is_handful {
                tokio::time::sleep(GATHER).await;
            }
        }
        self.flush().await?;
        Ok(read)
    }

    async fn take(&mut self, now: Instant, frame: &Frame) -> Result<bool, Cancelled> {
        let is_new = self.assembler.frame(now, frame.output(), frame.bytes());
        if self.assembler.is_full() {
            self.flush().await?;
        }
        Ok(is_new)
    }

    async fn flush_when_due(&mut self, now: Instant, due: Option<Instant>) -> Result<Option<Instant>, Cancelled> {
        if !self.assembler.has_lines() {
            return Ok(None);
        }
        let due = due.unwrap_or(now + BATCH_AGE_MAX);
        if now < due && !self.assembler.is_full() {
            return Ok(Some(due));
        }
        self.flush().await?;
        Ok(None)
    }

    async fn flush(&mut self) -> Result<(), Cancelled> {
        match self.assembler.take() {
            Some(batch) => self.send(Work::Append(batch)).await,
            None => Ok(()),
        }
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

    /// Whole seconds are what the client can say; the gate drops what comes too much.
    fn since_s(&self) -> i32 {
        if !self.facts.can_seek() {
            return 0;
        }
        i32::try_from(self.assembler.since_ns() / 1_000_000_000).unwrap_or(i32::MAX)
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
