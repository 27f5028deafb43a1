//! Keeps the streams in Redis in order: entries whose result is stored are acknowledged, what is too old or too much is
//! trimmed.
//!
//! The position that counts is the store's, which moves in the write that stores results; the consumer group follows it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::clock::now_ns;
use crate::identity::Identity;
use crate::redis::RedisStreams;
use crate::spool::{Health, ServerError, Sink as _};
use crate::store::{EventRecord, Store, StoreError};

const ACKNOWLEDGE_EVERY: Duration = Duration::from_secs(1);
const TRIM_EVERY: Duration = Duration::from_secs(60);

/// Runs until it is dropped.
pub(super) async fn keep(store: Store, redis: Arc<RedisStreams>, health: watch::Receiver<Health>) {
    let mut tick = interval(ACKNOWLEDGE_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut acknowledged = HashMap::new();
    let mut trimmed = Instant::now();
    loop {
        tick.tick().await;
        if !matches!(*health.borrow(), Health::Up { .. }) {
            // A server that comes back may know less than before.
            acknowledged.clear();
            continue;
        }
        let trim = trimmed.elapsed() >= TRIM_EVERY;
        if trim {
            trimmed = Instant::now();
        }
        if let Err(error) = pass(&store, &redis, &mut acknowledged, trim).await {
            tracing::warn!(%error, "streams could not be kept in order; it is tried again");
        }
    }
}

async fn pass(
    store: &Store,
    redis: &RedisStreams,
    acknowledged: &mut HashMap<Identity, u64>,
    trim: bool,
) -> Result<(), StoreError> {
    for container in store.containers().await? {
        let (identity, seq) = (container.info.identity, container.acknowledged_seq);
        let moved = acknowledged.get(&identity) != Some(&seq);
        if !moved && !trim {
            continue;
        }
        let place = store.sink_place(redis.name(), &identity).await?;
        if moved {
            match redis.acknowledge(&identity, &place, seq).await {
                Ok(()) => drop(acknowledged.insert(identity.clone(), seq)),
                // Whoever forwards notices too; the others need not be asked in vain.
                Err(ServerError::Away(_)) => return Ok(()),
                Err(error) => tracing::debug!(container = %identity, %error, "not acknowledged; it is tried again"),
            }
        }
        if trim {
            match redis.trim(&identity, &place, seq, now_ns()).await {
                Ok(trimmed) if trimmed.unread_lines > 0 => {
                    let lines = trimmed.unread_lines;
                    let text =
                        format!("{lines} lines left Redis before they were scored: they are read from the spool");
                    tracing::warn!(container = %identity, "{text}");
                    let event = EventRecord {
                        time_ns: now_ns(),
                        identity: Some(identity),
                        kind: "stream trimmed".into(),
                        text,
                    };
                    store.put_events(vec![event]).await?;
                }
                Ok(_) => {}
                Err(error) => tracing::debug!(container = %identity, %error, "not trimmed; it is tried again"),
            }
        }
    }
    Ok(())
}
