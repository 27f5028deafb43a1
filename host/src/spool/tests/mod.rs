//! The forwarder over a real store and a server that fails on demand.

pub(crate) mod fake;

use std::sync::Arc;
use std::time::Duration;

use fake::Fake;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::{Forwarder, Health, Marks, Place, ServerError, Sink};
use crate::identity::Identity;
use crate::store::{Store, StoreOptions};
use crate::stream::Stream as _;
use crate::stream::suite::{entry, numbered};

const LIMIT: Duration = Duration::from_secs(30);

/// A store with a sink that is used.
struct Bed {
    _dir: TempDir,
    store: Store,
    sink: Arc<Fake>,
    appended: Arc<Marks>,
    shutdown: CancellationToken,
}

impl Bed {
    async fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let store = Store::open(&StoreOptions::new(dir.path())).unwrap();
        store.use_sinks(vec![("Fake", false)]).await.unwrap();
        Self { _dir: dir, store, sink: Arc::default(), appended: Arc::default(), shutdown: CancellationToken::new() }
    }

    async fn append(&self, identity: &Identity, first: u64, count: usize) {
        self.store.append(vec![entry(identity, numbered(first, count), b"")]).await.unwrap();
        self.appended.raise([(identity.clone(), first + count as u64)]);
    }

    fn forwarder(&self) -> Forwarder {
        let sink: Arc<dyn Sink> = self.sink.clone();
        Forwarder::new(self.store.clone(), sink, Arc::clone(&self.appended))
    }

    /// Runs a forwarder until the sink has all lines below `seq`.
    async fn forward_until(&self, identity: &Identity, seq: u64) {
        let forwarder = self.forwarder();
        let taken = forwarder.taken();
        let shutdown = self.shutdown.child_token();
        let running = tokio::spawn(forwarder.run(shutdown.clone()));
        assert!(taken.passes(identity, seq - 1, LIMIT).await, "lines below {seq} arrive");
        shutdown.cancel();
        running.await.unwrap();
    }
}

fn web() -> Identity {
    Identity::of_name("host", "web")
}

fn all(until: u64) -> Vec<u64> {
    (1..=until).collect()
}

#[tokio::test]
async fn all_lines_arrive_in_order_also_those_of_others() {
    let bed = Bed::new().await;
    let other = Identity::of_name("host", "other");
    bed.append(&web(), 1, 95).await;
    bed.append(&other, 1, 3).await;
    bed.forward_until(&web(), 96).await;
    bed.forward_until(&other, 4).await;
    assert_eq!(bed.sink.numbers(&web()), all(95));
    assert_eq!(bed.sink.numbers(&other), all(3));
    let place = bed.store.sink_place("Fake", &web()).await.unwrap();
    assert_eq!(place, Place { next_seq: 96, note: b"fake".to_vec() });
}

#[tokio::test]
async fn only_less_than_a_load_waits_for_company() {
    let bed = Bed::new().await;
    bed.append(&web(), 1, 95).await;
    let forwarder = bed.forwarder().with_linger(Duration::from_secs(3600));
    let taken = forwarder.taken();
    let running = tokio::spawn(forwarder.run(bed.shutdown.clone()));
    assert!(taken.passes(&web(), 95, LIMIT).await, "one busy container fills one lane");
    bed.append(&web(), 96, 1).await;
    assert!(!taken.passes(&web(), 96, Duration::from_millis(200)).await, "a line alone waits");
    bed.shutdown.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn lines_of_an_outage_arrive_after_it_and_it_is_told() {
    let bed = Bed::new().await;
    bed.append(&web(), 1, 5).await;
    bed.sink.inner().away = true;
    let forwarder = bed.forwarder();
    let (mut health, taken) = (forwarder.health(), forwarder.taken());
    let running = tokio::spawn(forwarder.run(bed.shutdown.clone()));
    let down = health.wait_for(|health| matches!(health, Health::Down { .. })).await.unwrap().clone();
    assert!(matches!(down, Health::Down { why, .. } if why == "nobody answers"));
    bed.append(&web(), 6, 20).await;
    assert_eq!(bed.store.backlog("Fake").await.unwrap().lines, 25);
    bed.sink.inner().away = false;
    assert!(taken.passes(&web(), 25, LIMIT).await);
    assert!(matches!(*health.borrow_and_update(), Health::Up { .. }));
    assert_eq!(bed.sink.numbers(&web()), all(25));
    let events = bed.store.events(9, None).await.unwrap();
    assert_eq!(events.len(), 1, "one outage, one event: {events:?}");
    bed.shutdown.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn lines_whose_answer_was_lost_are_sent_again_and_stay_single() {
    let bed = Bed::new().await;
    bed.sink.inner().mute = true;
    bed.append(&web(), 1, 35).await;
    let running = tokio::spawn(bed.forwarder().run(bed.shutdown.child_token()));
    while bed.sink.inner().puts < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    bed.sink.inner().mute = false;
    running.abort();
    bed.forward_until(&web(), 36).await;
    assert_eq!(bed.sink.numbers(&web()), all(35));
}

#[tokio::test]
async fn a_server_that_lost_its_end_gets_it_again() {
    let bed = Bed::new().await;
    bed.append(&web(), 1, 20).await;
    bed.forward_until(&web(), 21).await;
    bed.sink.inner().behind = Some(Place { next_seq: 8, note: Vec::new() });
    bed.append(&web(), 21, 5).await;
    bed.forward_until(&web(), 26).await;
    assert_eq!(bed.sink.numbers(&web()), (8..=25).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_server_that_was_wiped_gets_all_that_is_kept() {
    let bed = Bed::new().await;
    bed.append(&web(), 1, 20).await;
    bed.forward_until(&web(), 21).await;
    bed.sink.inner().held.clear();
    bed.append(&web(), 21, 5).await;
    bed.forward_until(&web(), 26).await;
    assert_eq!(bed.sink.numbers(&web()), all(25));
}

#[tokio::test]
async fn a_container_that_is_refused_waits_alone() {
    let bed = Bed::new().await;
    let other = Identity::of_name("host", "other");
    bed.sink.inner().refuses = Some(other.clone());
    bed.append(&other, 1, 5).await;
    bed.append(&web(), 1, 5).await;
    let error = bed.forwarder().drain(|_| {}).await.unwrap_err();
    assert_eq!(error, ServerError::Refused("not this one".into()));
    assert_eq!(bed.sink.numbers(&web()), all(5));
    assert!(bed.sink.numbers(&other).is_empty());
    let events = bed.store.events(9, Some(&other)).await.unwrap();
    assert_eq!(events.len(), 1, "told once: {events:?}");
    assert!(events[0].text.contains("not this one"), "{events:?}");
}

#[tokio::test]
async fn draining_goes_on_after_a_server_that_lost_lines() {
    let bed = Bed::new().await;
    bed.append(&web(), 1, 20).await;
    bed.forward_until(&web(), 21).await;
    bed.sink.inner().behind = Some(Place { next_seq: 3, note: b"fake".to_vec() });
    bed.append(&web(), 21, 1).await;
    bed.forwarder().drain(|_| {}).await.unwrap();
    assert_eq!(bed.sink.numbers(&web()), (3..=21).collect::<Vec<_>>());
}

#[tokio::test]
async fn scored_lines_beyond_what_a_sink_keeps_are_not_sent() {
    let bed = Bed::new().await;
    bed.append(&web(), 1, 50).await;
    bed.store.acknowledge(&web(), 31).await.unwrap();
    bed.sink.inner().keeps_lines = Some(10);
    bed.forward_until(&web(), 51).await;
    assert_eq!(bed.sink.numbers(&web()), (31..=50).collect::<Vec<_>>(), "those that are not scored are");
    assert_eq!(bed.store.backlog("Fake").await.unwrap().lines_missed, 0, "nobody misses them");
}

#[tokio::test]
async fn a_server_that_answers_questions_and_takes_nothing_stays_down() {
    let bed = Bed::new().await;
    bed.append(&web(), 1, 5).await;
    bed.sink.inner().mute = true;
    let forwarder = bed.forwarder();
    let mut health = forwarder.health();
    let running = tokio::spawn(forwarder.run(bed.shutdown.clone()));
    health.wait_for(|health| matches!(health, Health::Down { .. })).await.unwrap();
    while bed.sink.inner().puts < 4 {
        tokio::time::sleep(Duration::from_millis(5)).await;
        assert!(!matches!(*health.borrow(), Health::Up { .. }));
    }
    assert_eq!(bed.store.events(9, None).await.unwrap().len(), 1, "one outage, one event");
    bed.sink.inner().mute = false;
    health.wait_for(|health| matches!(health, Health::Up { .. })).await.unwrap();
    bed.shutdown.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn draining_ends_when_all_is_taken() {
    let bed = Bed::new().await;
    bed.append(&web(), 1, 95).await;
    let sent = std::cell::Cell::new(0);
    bed.forwarder().drain(|lines| sent.set(sent.get() + lines)).await.unwrap();
    assert_eq!(sent.get(), 95);
    assert_eq!(bed.sink.numbers(&web()), all(95));
}
