//! Reads a log through the engine's API.
//!
//! First what is stored, to its end (then the run loop is told `caught_up`), then following, for low latency. A following read
//! may end before the log does, so after each end the log is read again without following until nothing new comes; what was
//! taken before is stopped by the gate. When the container has stopped and a read that began after that brought nothing, the
//! reading is over.
//!
//! Left out, because the API cannot: logs that rotate faster than they are read. The engine then skips files without a word (and repeats
//! others, which the gate stops). Also: a terminal (`tty`) that never ends a line is held in memory by the client until it does.

use std::time::{Duration, Instant};

use super::{Reader, Stop, wake};
use crate::collect::backoff::{Backoff, Cancelled};
use crate::collect::engine::Frame;
use crate::collect::pump::{Frames, HANDFUL, Pump};

/// With fewer frames than this at once, the reader lets some more gather: being woken for each costs more than reading it.
const HANDFUL_MIN: usize = 32;
const GATHER: Duration = Duration::from_millis(1);
/// A follow that ends sooner, and brought nothing, is followed by a pause.
const FOLLOW_MIN: Duration = Duration::from_secs(1);

/// What one read brought.
struct Read {
    is_new: bool,
}

impl Reader {
    /// Settles and follows by turns until the container has stopped.
    ///
    /// A running container is settled by one read only: each read makes the engine look through all of the log, and the follow
    /// that comes next brings what is new.
    pub(super) async fn live_by_engine(&mut self, backoff: &mut Backoff) -> Result<(), Stop> {
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
            self.memory.room().await;
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

    /// Whole seconds are what the client can say; the gate drops what comes too much.
    fn since_s(&self) -> i32 {
        if !self.facts.can_seek() {
            return 0;
        }
        i32::try_from(self.assembler.since_ns() / 1_000_000_000).unwrap_or(i32::MAX)
    }
}
