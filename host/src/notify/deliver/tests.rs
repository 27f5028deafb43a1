//! Notices that wait in a real store reach real receivers, in order, whatever happens.

use std::time::Instant;

use foghorn_test_servers::receiver::{Answer, Receiver};
use tempfile::TempDir;
use url::Url;

use super::*;
use crate::notify::notice::Say;
use crate::notify::sinks::tests::notice;
use crate::settings::sinks::{SinkKind, SinkSettings};
use crate::store::{DeliveryState, StoreOptions, ToldRecord};

fn open(dir: &TempDir) -> Store {
    Store::open(&StoreOptions::new(dir.path())).unwrap()
}

async fn put(store: &Store, sink: &str, count: u64) {
    let records = (1..=count).map(|alert| ToldRecord {
        alert,
        told: serde_json::Value::Null,
        due_ns: None,
        suppressed: None,
        notices: vec![(sink.into(), serde_json::to_value(Notice { alert, ..notice(Say::Opened) }).unwrap())],
    });
    store.put_told(records.collect(), 1, now_ns()).await.unwrap();
}

fn sink(name: &str, receiver: &Receiver) -> Sink {
    let kind = SinkKind::Slack { url: Url::parse(&receiver.url()).unwrap() };
    Sink::new(SinkSettings { name: name.into(), kind, resolved: true, ca_pem: None }).unwrap()
}

struct Running {
    tasks: TaskTracker,
    shutdown: CancellationToken,
}

impl Running {
    fn start(sinks: Vec<Sink>, store: &Store) -> Self {
        let running = Self { tasks: TaskTracker::new(), shutdown: CancellationToken::new() };
        start(sinks, store, &broadcast::channel(16).0, &running.tasks, &running.shutdown);
        running
    }

    async fn stop(self) {
        self.shutdown.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

async fn until(what: &str, mut is: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !is().await {
        assert!(begun.elapsed() < Duration::from_secs(60), "waited too long until {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn states(store: &Store) -> Vec<DeliveryState> {
    let mut all = store.deliveries(None, 99).await.unwrap();
    all.reverse();
    all.into_iter().map(|delivery| delivery.state).collect()
}

#[tokio::test]
async fn a_receiver_that_fails_gets_all_in_order_when_it_is_well_again() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    let receiver = Receiver::start([Answer::status("500 Oops"), Answer::status("503 Busy")]).await.unwrap();
    put(&store, "a", 3).await;
    let running = Running::start(vec![sink("a", &receiver)], &store);
    until("all are delivered", async || states(&store).await == [DeliveryState::Delivered; 3]).await;
    running.stop().await;
    assert_eq!(receiver.received().len(), 5);
    let log = store.deliveries(Some(1), 9).await.unwrap();
    assert_eq!((log.len(), log[0].attempts, log[0].answer.as_str()), (1, 3, "200 OK: said"));
    assert_eq!(store.deliveries(Some(2), 9).await.unwrap()[0].attempts, 1, "it waited for the first");
}

#[tokio::test]
async fn a_sink_that_hangs_delays_no_other_and_what_waits_goes_on_after_a_restart() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    let (hangs, well) = (Receiver::start([Answer::Hang]).await.unwrap(), Receiver::start([]).await.unwrap());
    put(&store, "hangs", 1).await;
    put(&store, "well", 2).await;
    let running = Running::start(vec![sink("hangs", &hangs), sink("well", &well)], &store);
    until("the other has all", async || well.received().len() == 2).await;
    until("one hangs", async || hangs.received().len() == 1).await;
    running.stop().await;
    drop(store);
    let store = open(&dir);
    let running = Running::start(vec![sink("hangs", &hangs)], &store);
    until("it is delivered", async || states(&store).await == [DeliveryState::Delivered; 3]).await;
    running.stop().await;
    let keys: Vec<String> = hangs.received().iter().map(|received| received.body.clone()).collect();
    assert_eq!((keys.len(), &keys[0]), (2, &keys[1]), "it is the same notice");
}

#[tokio::test]
async fn what_is_refused_is_given_up_told_and_holds_nothing_up() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    let receiver = Receiver::start([Answer::status("404 Gone")]).await.unwrap();
    put(&store, "a", 2).await;
    let running = Running::start(vec![sink("a", &receiver)], &store);
    until("both are done", async || states(&store).await == [DeliveryState::Failed, DeliveryState::Delivered]).await;
    running.stop().await;
    let events = store.events(9, None).await.unwrap();
    assert!(events[0].kind == "notice" && events[0].text.contains("404"), "{events:?}");
}

#[tokio::test]
async fn too_many_that_wait_are_given_up_from_the_oldest() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    put(&store, "a", 10_003).await;
    let counts = store.delivery_counts().await.unwrap();
    assert_eq!(counts, [("a".into(), "failed".into(), 3), ("a".into(), "waiting".into(), 10_000)]);
    assert_eq!(store.next_delivery("a").await.unwrap().unwrap().alert, 4);
}

#[test]
fn waits_double_to_ten_minutes_and_differ() {
    for attempts in 0..40 {
        let most = Duration::from_secs(1 << attempts.min(16)).min(WAIT_MAX);
        let wait = backoff(7, attempts);
        assert!(wait <= most && wait >= most.mul_f64(0.74), "{attempts}: {wait:?}");
    }
    assert_ne!(backoff(1, 5), backoff(2, 5));
}
