//! The spooled stream: what it reads where.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;
use tokio::sync::watch;

use super::suite::{entry, numbered};
use super::{Batch, Far, Reader, SpooledStream, Stream as _, suite};
use crate::identity::Identity;
use crate::line::Lines;
use crate::spool::{Health, Marks, Place, ServerError};
use crate::store::{Store, StoreOptions};

/// A server whose lines are told from those of the spool by their time.
#[derive(Default)]
struct Server {
    held: Mutex<HashMap<Identity, Lines>>,
    fails: Mutex<bool>,
}

const SERVERS_TIME: u64 = 42;

#[async_trait::async_trait]
impl Reader for Server {
    async fn read(
        &self,
        identity: &Identity,
        _: &Place,
        from_seq: u64,
        lines_max: usize,
    ) -> Result<Option<Batch>, ServerError> {
        if *self.fails.lock().unwrap() {
            return Err(ServerError::Away("no answer".into()));
        }
        let held = self.held.lock().unwrap();
        let Some(all) = held.get(identity).filter(|all| from_seq <= all.len() as u64) else {
            return Ok(None);
        };
        let mut lines = Lines::default();
        lines.extend_from(all, from_seq as usize - 1..all.len().min(from_seq as usize - 1 + lines_max));
        Ok(Some(Batch { identity: identity.clone(), first_seq: from_seq, lines }))
    }
}

struct Bed {
    _dir: TempDir,
    store: Store,
    server: Arc<Server>,
    taken: Arc<Marks>,
    health: watch::Sender<Health>,
    stream: SpooledStream,
}

fn bed() -> Bed {
    let dir = TempDir::new().unwrap();
    let store = Store::open(&StoreOptions::new(dir.path())).unwrap();
    let (server, taken) = (Arc::new(Server::default()), Arc::new(Marks::default()));
    let health = watch::Sender::new(Health::Up { detail: "it answers".into(), refused: None });
    let reader: Arc<dyn Reader> = server.clone();
    let far = Far { reader, sink: "Server", taken: Arc::clone(&taken), health: health.subscribe() };
    let stream = SpooledStream::new(store.clone(), Arc::default(), Some(far));
    Bed { _dir: dir, store, server, taken, health, stream }
}

impl Bed {
    async fn append(&self, first: u64, count: usize) {
        self.stream.append(vec![entry(&web(), numbered(first, count), b"")]).await.unwrap();
    }

    /// The server takes the first `count` lines.
    fn take(&self, count: usize) {
        let mut lines = Lines::default();
        for line in numbered(1, count).iter() {
            lines.push(crate::line::Line { time_ns: SERVERS_TIME, ..line });
        }
        self.server.held.lock().unwrap().insert(web(), lines);
        self.taken.raise([(web(), count as u64 + 1)]);
    }

    async fn read(&self, from_seq: u64) -> Batch {
        self.stream.read(&web(), from_seq, 100).await.unwrap().unwrap()
    }
}

fn web() -> Identity {
    Identity::of_name("host", "web")
}

fn is_from_server(batch: &Batch) -> bool {
    batch.lines.get(0).time_ns == SERVERS_TIME
}

#[tokio::test]
async fn a_spooled_stream_is_a_stream() {
    let bed = bed();
    bed.health.send_replace(Health::Down { since_ns: 1, why: "no answer".into() });
    suite::run(&bed.stream).await;
}

#[tokio::test]
async fn lines_are_read_where_the_server_has_them() {
    let bed = bed();
    bed.append(1, 10).await;
    bed.take(10);
    let batch = bed.read(4).await;
    assert!(is_from_server(&batch));
    assert_eq!((batch.first_seq, batch.lines.len()), (4, 7));
    assert_eq!(bed.stream.read(&web(), 11, 100).await.unwrap(), None);
}

#[tokio::test]
async fn lines_on_their_way_are_waited_for_and_then_taken_from_the_spool() {
    let bed = bed();
    bed.append(1, 10).await;
    let (late, _) = tokio::join!(bed.read(1), async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        bed.take(10);
    });
    assert!(is_from_server(&late));
    bed.append(11, 5).await;
    let never = bed.read(11).await;
    assert!(!is_from_server(&never));
    assert_eq!(never.lines, numbered(11, 5));
    let begun = std::time::Instant::now();
    for _ in 0..20 {
        assert!(!is_from_server(&bed.read(11).await));
    }
    assert!(begun.elapsed() < Duration::from_secs(20), "who waited in vain does not wait again at once");
    bed.take(15);
    assert!(is_from_server(&bed.read(11).await));
}

#[tokio::test]
async fn a_server_that_is_away_or_lacks_lines_stops_nobody() {
    let bed = bed();
    bed.append(1, 10).await;
    bed.take(10);
    *bed.server.fails.lock().unwrap() = true;
    assert_eq!(bed.read(1).await.lines, numbered(1, 10));
    *bed.server.fails.lock().unwrap() = false;
    bed.server.held.lock().unwrap().clear();
    assert_eq!(bed.read(1).await.lines, numbered(1, 10));
    bed.take(10);
    bed.health.send_replace(Health::Down { since_ns: 1, why: "no answer".into() });
    assert!(!is_from_server(&bed.read(1).await));
}

#[tokio::test]
async fn lines_stored_before_the_start_are_there() {
    let bed = bed();
    bed.store.append(vec![entry(&web(), numbered(1, 3), b"")]).await.unwrap();
    assert_eq!(bed.read(2).await.lines, numbered(2, 2));
}
