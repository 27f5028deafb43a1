//! Reads a log out of the engine's files, from where it was left, as long as the container lives.
//!
//! Whether the container still runs is asked of the engine when it has told something of it, and now and then. When it does not, what is in the
//! files is all there will be. An engine that is away stops nothing: the files are there.

use std::time::{Duration, Instant};

use super::{Reader, Stop, wake};
use crate::collect::backoff::Cancelled;
use crate::collect::engine::EngineError;
use crate::collect::files::{Found, LogFile, Trail, record};
use crate::collect::write::Work;

/// The engine is asked whether a container still runs this often, also where it told nothing.
const ASK_EVERY: Duration = Duration::from_secs(30);
/// So many lines one after the other that are no records: another driver wrote them, or another engine.
const STRANGE_MAX: u32 = 100;

/// How the life of a container ended.
type End = Result<(), Stop>;

/// What is no record, as it is counted.
#[derive(Default)]
struct Damage {
    lines: u64,
    in_a_row: u32,
    told: bool,
}

impl Reader {
    pub(super) async fn live_by_files(&mut self, file: LogFile) -> Result<(), Stop> {
        let (spot, wakes) = (self.assembler.spot(), self.wakes.clone());
        let (mut trail, wake_up) = blocking(move || file.read(spot, &wakes)).await?;
        self.assembler.rewind_in_files(trail.is_at(spot));
        let (mut chunk, mut damage) = (Vec::new(), Damage::default());
        let (mut end, mut flush_at, mut asked): (Option<End>, _, _) = (None, None, Instant::now());
        // Whether there may be something to read.
        let mut is_due = true;
        loop {
            let found = if is_due {
                self.memory.room().await;
                let found;
                (trail, chunk, found) = read(trail, chunk).await?;
                found
            } else {
                Found::Nothing
            };
            let now = Instant::now();
            if found == Found::Records {
                self.take_records(now, &chunk, &mut damage).await?;
                trail.spot().into_iter().for_each(|spot| self.assembler.reach(spot));
            }
            self.tell_gaps(&mut trail, &mut damage).await?;
            self.assembler.idle(now);
            flush_at = self.flush_when_due(now, flush_at).await?;
            if found == Found::Records {
                tokio::task::consume_budget().await;
                continue;
            }
            if is_due && let Some(end) = end {
                self.close().await?;
                self.caught_up().await?;
                return end;
            }
            if !self.has_caught_up {
                self.rest().await?;
                self.caught_up().await?;
            }
            let is_told;
            (is_due, is_told) = tokio::select! {
                () = self.shutdown.cancelled() => return Err(Stop::Cancelled),
                () = self.news.notified() => (true, true),
                () = wake_up.written() => (true, false),
                () = wake(self.assembler.due(), flush_at) => (false, false),
            };
            if is_told || asked.elapsed() >= ASK_EVERY {
                asked = Instant::now();
                end = self.ended().await;
                is_due = true;
            }
        }
    }

    async fn take_records(&mut self, now: Instant, chunk: &[u8], damage: &mut Damage) -> Result<(), Stop> {
        for line in record::lines(chunk) {
            if self.assembler.record(now, line) {
                damage.in_a_row = 0;
            } else {
                damage.lines += 1;
                damage.in_a_row += 1;
            }
            if damage.in_a_row > STRANGE_MAX {
                let because = format!("{STRANGE_MAX} lines of them in a row are no records of the json-file driver");
                return Err(Stop::Files { because });
            }
            if self.assembler.is_full() {
                self.flush().await?;
            }
        }
        Ok(())
    }

    async fn tell_gaps(&self, trail: &mut Trail, damage: &mut Damage) -> Result<(), Cancelled> {
        for text in trail.take_gaps() {
            self.send(Work::Gap(text)).await?;
        }
        if damage.lines > 0 && !std::mem::replace(&mut damage.told, true) {
            let text =
                "the log file holds what is no record, as a full disk or a power cut leaves it: that was skipped";
            self.send(Work::Gap(text.into())).await?;
        }
        Ok(())
    }

    /// How the container's life ended; `None` while it lasts, or as far as the engine tells.
    async fn ended(&mut self) -> Option<End> {
        match self.engine.inspect(&self.facts.id).await {
            Ok(facts) => {
                self.facts = facts;
                (!self.facts.is_running).then_some(Ok(()))
            }
            Err(EngineError::Gone) => Some(Err(Stop::Engine(EngineError::Gone))),
            Err(error) => {
                tracing::debug!(container = %self.facts.name, %error, "the engine does not say whether it runs");
                None
            }
        }
    }
}

async fn read(mut trail: Trail, mut chunk: Vec<u8>) -> Result<(Trail, Vec<u8>, Found), Stop> {
    // What was written just now is in memory: to read it takes less than to ask another thread for it.
    if trail.is_prompt() {
        let found = trail.read(&mut chunk).map_err(|error| Stop::Files { because: error.to_string() })?;
        return Ok((trail, chunk, found));
    }
    blocking(move || {
        let found = trail.read(&mut chunk)?;
        Ok((trail, chunk, found))
    })
    .await
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> std::io::Result<T> + Send + 'static) -> Result<T, Stop> {
    let done = tokio::task::spawn_blocking(work).await.map_err(std::io::Error::other).flatten();
    done.map_err(|error| Stop::Files { because: error.to_string() })
}
