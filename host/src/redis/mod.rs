//! Redis: one stream a container, many lines an entry, a consumer group for scoring. The only home of the redis crate.
//!
//! Promises: lines are in the stream once each and in order, whatever breaks in between; what Redis lost is noticed and sent
//! again; no text shows a password. The way of a line: `put` writes entries (`entry`) whose ids say which lines they hold
//! (`id`), after `tail` has looked where the stream ends; `read` gives them to scoring; `trim` takes away what is scored.
//!
//! Left out: what to do while Redis is away (the spool), and when to trim or acknowledge (whoever scores).

mod address;
mod base;
mod check;
mod dial;
mod digits;
mod entry;
mod fault;
mod group;
mod id;
mod link;
mod put;
mod range;
mod read;
mod reply;
mod tail;
#[cfg(test)]
mod tests;
mod trim;
mod wire;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{StreamExt as _, stream};

pub use self::group::Lag;
use self::group::Reader;
use self::link::Link;
use self::put::Tail;
pub use self::trim::Trimmed;
use crate::identity::Identity;
use crate::settings::servers::RedisSettings;
use crate::spool::{Place, PutError, ServerError, Sink};
use crate::stream::Batch;

/// The consumer group that scores.
const GROUP: &str = "foghorn";
/// How many streams are written to at once in one `put`.
const STREAMS_AT_ONCE: usize = 16;
/// Lines in one `put`: 32 full entries.
const PUT_LINES: usize = 16_384;
/// How many `put` may be under way at once.
const LANES: usize = 4;
/// What is known of more streams than these is forgotten, and found out again when needed.
const STREAMS_KNOWN_MAX: usize = 4_096;

/// The streams of one data directory in one Redis.
#[derive(Debug)]
pub struct RedisStreams {
    link: Arc<Link>,
    store_id: u64,
    prefix: String,
    stream_lines: u64,
    stream_age_ns: u64,
    slots: Mutex<HashMap<Identity, Arc<Slot>>>,
}

/// What is known of one stream. Each lock is held over a whole call: a stream has one writer and one reader.
#[derive(Debug, Default)]
struct Slot {
    tail: tokio::sync::Mutex<Tail>,
    reader: tokio::sync::Mutex<Reader>,
}

impl RedisStreams {
    /// Checks URL and files, and connects to nothing yet. `store_id` tells data directories apart.
    pub fn open(settings: &RedisSettings, store_id: u64) -> Result<Self, ServerError> {
        Ok(Self {
            link: Arc::new(Link::new(settings)?),
            store_id,
            prefix: settings.prefix.clone(),
            stream_lines: u64::from(settings.stream_lines),
            stream_age_ns: settings.stream_age.as_ns(),
            slots: Mutex::default(),
        })
    }

    fn slot(&self, identity: &Identity) -> Arc<Slot> {
        // Nothing here is left half done by a panic.
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= STREAMS_KNOWN_MAX && !slots.contains_key(identity) {
            slots.retain(|_, slot| Arc::strong_count(slot) > 1);
        }
        slots.entry(identity.clone()).or_default().clone()
    }
}

#[async_trait::async_trait]
impl Sink for RedisStreams {
    fn name(&self) -> &'static str {
        "Redis"
    }

    async fn check(&self) -> Result<String, ServerError> {
        self.check_server().await
    }

    /// What is missing is noticed in `put`, container by container.
    async fn is_empty(&self) -> Result<bool, ServerError> {
        Ok(false)
    }

    async fn put(&self, batches: &[(Batch, Place)]) -> Vec<Result<Place, PutError>> {
        let connected = match self.link.connected().await {
            Ok(connected) => connected,
            Err(error) => return batches.iter().map(|_| Err(error.clone().into())).collect(),
        };
        let mut puts = Vec::with_capacity(batches.len());
        for (batch, place) in batches {
            puts.push(self.put_batch(connected.clone(), batch, place));
        }
        stream::iter(puts).buffered(STREAMS_AT_ONCE).collect().await
    }

    fn put_lines(&self) -> usize {
        PUT_LINES
    }

    fn lanes(&self) -> usize {
        LANES
    }

    fn keeps_lines(&self) -> Option<u64> {
        Some(self.stream_lines)
    }
}

/// The identity in braces makes a container's keys one slot of a cluster.
fn key(prefix: &str, identity: &Identity) -> String {
    format!("{prefix}lines:{{{identity}}}")
}
