//! Keeps the streams in Redis in order: entries whose result is stored are acknowledged, what is too old or too much is
//! trimmed.
//!
//! The position that counts is the store's, which moves in the write that stores results; the consumer group follows it. A
//! Redis that takes no lines because it is full still lets itself be trimmed: so this goes on while it counts as away.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::clock::now_ns;
use crate::identity::Identity;
use crate::redis::RedisStreams;
use crate::spool::{Health, Place, ServerError, Sink as _};
use crate::store::{EventRecord, Store, StoreError};

const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A stream is trimmed so often for its age, and sooner where a quarter of what it may hold was added.
const TRIM_EVERY: Duration = Duration::from_secs(60);
/// How often all are trimmed while Redis takes no lines.
const TRIM_WHILE_DOWN: Duration = Duration::from_secs(5);

/// Keeps all streams of a host.
pub(super) struct Keeper {
    store: Store,
    redis: Arc<RedisStreams>,
    health: watch::Receiver<Health>,
    /// Most lines in a stream.
    stream_lines: u64,
    kept: HashMap<Identity, Kept>,
}

/// What was done last for one stream.
#[derive(Debug, Clone, Copy, Default)]
struct Kept {
    acknowledged_seq: u64,
    /// How far the stream reached when it was trimmed, and when that was.
    trimmed_seq: u64,
    trimmed: Option<Instant>,
}

impl Keeper {
    pub(super) fn new(
        store: Store,
        redis: Arc<RedisStreams>,
        health: watch::Receiver<Health>,
        stream_lines: u32,
    ) -> Self {
        Self { store, redis, health, stream_lines: stream_lines.into(), kept: HashMap::new() }
    }

    /// Runs until it is dropped.
    pub(super) async fn run(mut self) {
        let mut tick = interval(LOOK_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            if let Err(error) = self.pass().await {
                tracing::warn!(%error, "streams could not be kept in order; it is tried again");
            }
        }
    }

    async fn pass(&mut self) -> Result<(), StoreError> {
        let is_up = matches!(*self.health.borrow(), Health::Up { .. });
        for known in self.store.sink_places(self.redis.name()).await? {
            let kept = self.kept.get(&known.identity).copied().unwrap_or_default();
            let done = self.keep(&known.identity, &known.place, known.acknowledged_seq, kept, is_up).await?;
            let Some(kept) = done else {
                // Whoever forwards notices too; the others need not be asked in vain. One that comes back may know less.
                self.kept.clear();
                return Ok(());
            };
            self.kept.insert(known.identity, kept);
        }
        Ok(())
    }

    /// `None` where Redis is away.
    async fn keep(
        &self,
        identity: &Identity,
        place: &Place,
        acknowledged_seq: u64,
        before: Kept,
        is_up: bool,
    ) -> Result<Option<Kept>, StoreError> {
        let mut kept = before;
        if before.acknowledged_seq != acknowledged_seq {
            match self.redis.acknowledge(identity, place, acknowledged_seq).await {
                Ok(()) => kept.acknowledged_seq = acknowledged_seq,
                Err(ServerError::Away(_)) => return Ok(None),
                Err(error) => tracing::debug!(container = %identity, %error, "not acknowledged; it is tried again"),
            }
        }
        let pause = if is_up { TRIM_EVERY } else { TRIM_WHILE_DOWN };
        let grown = place.next_seq.saturating_sub(before.trimmed_seq) > self.stream_lines / 4;
        if !grown && before.trimmed.is_some_and(|trimmed| trimmed.elapsed() < pause) {
            return Ok(Some(kept));
        }
        match self.redis.trim(identity, place, acknowledged_seq, now_ns()).await {
            Ok(trimmed) if trimmed.unread_lines > 0 => self.tell_of_unread(identity, trimmed.unread_lines).await?,
            Ok(_) => {}
            Err(ServerError::Away(_)) => return Ok(None),
            Err(error) => tracing::debug!(container = %identity, %error, "not trimmed; it is tried again"),
        }
        Ok(Some(Kept { trimmed_seq: place.next_seq, trimmed: Some(Instant::now()), ..kept }))
    }

    async fn tell_of_unread(&self, identity: &Identity, lines: u64) -> Result<(), StoreError> {
        let text = format!("{lines} lines left Redis before they were scored: they are read from the spool");
        tracing::warn!(container = %identity, "{text}");
        let event =
            EventRecord { time_ns: now_ns(), identity: Some(identity.clone()), kind: "stream trimmed".into(), text };
        self.store.put_events(vec![event]).await
    }
}
