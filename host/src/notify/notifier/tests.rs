//! Decisions over a real store: each once, whenever the host ends.

use tempfile::TempDir;

use super::*;
use crate::alert::attend::{Deed, attend};
use crate::alert::lifecycle::tests::{Book, window};
use crate::notify::link::Key;
use crate::run::saved::alert_to_store;
use crate::settings::Layer;
use crate::store::StoreOptions;

const MINUTE: u64 = 60_000_000_000;

fn identity() -> Identity {
    Identity::from_text("h/c")
}

fn notifier(dir: &TempDir, text: &str) -> Notifier {
    let layer: Layer = toml::from_str(&format!("data-dir = {:?}\n{text}", dir.path())).unwrap();
    let settings = Layer::default().check(layer).unwrap();
    Notifier {
        store: Store::open(&StoreOptions::new(dir.path())).unwrap(),
        patience: settings.quiet.patience,
        maintenance: settings.quiet.maintenance.clone(),
        audience: Audience::new(&settings.notifications, Key::open(dir.path()).unwrap()),
    }
}

const STDOUT: &str = "[[sink]]\nname = 'out'\nkind = 'stdout'";

async fn put(store: &Store, alert: &Alert) {
    store.put_alerts(vec![alert_to_store(&identity(), alert).unwrap()]).await.unwrap();
}

async fn said(store: &Store) -> Vec<String> {
    let mut all = store.deliveries(None, 99).await.unwrap();
    all.reverse();
    all.iter().map(|delivery| delivery.notice["say"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_change_is_decided_on_once_and_reminders_come_by_the_clock() {
    let dir = TempDir::new().unwrap();
    let notifier = notifier(&dir, STDOUT);
    let mut book = Book::new();
    let alert = book.taken(&window(MINUTE, &[1])).alerts.remove(0);
    put(&notifier.store, &alert).await;
    assert_eq!(notifier.look(MINUTE).await.unwrap(), 1);
    assert_eq!(notifier.look(MINUTE).await.unwrap(), 0, "nothing changed");
    drop(notifier);
    let notifier = self::notifier(&dir, STDOUT);
    assert_eq!(notifier.look(2 * MINUTE).await.unwrap(), 0, "nor by a restart");
    assert_eq!(notifier.look(MINUTE + 24 * 60 * MINUTE).await.unwrap(), 1);
    assert_eq!(said(&notifier.store).await, ["opened", "ongoing"]);
    let resolved = book.open.pass(3_000 * MINUTE).remove(0);
    put(&notifier.store, &resolved).await;
    notifier.look(3_000 * MINUTE).await.unwrap();
    assert_eq!(said(&notifier.store).await, ["opened", "ongoing", "resolved"]);
    assert_eq!(notifier.look(9_000 * MINUTE).await.unwrap(), 0, "nothing is due of what is over");
}

#[tokio::test]
async fn what_came_and_went_while_nobody_looked_is_told_all_the_same() {
    let dir = TempDir::new().unwrap();
    let notifier = notifier(&dir, STDOUT);
    let mut book = Book::new();
    book.taken(&window(MINUTE, &[1]));
    let resolved = book.open.pass(30 * MINUTE).remove(0);
    put(&notifier.store, &resolved).await;
    notifier.look(60 * MINUTE).await.unwrap();
    assert_eq!(said(&notifier.store).await, ["passed"]);
}

#[tokio::test]
async fn what_is_held_back_is_written_down_and_told_when_the_reason_is_gone() {
    let dir = TempDir::new().unwrap();
    let quiet = format!("{STDOUT}\n[[maintenance]]\nfrom = '00:00'\nto = '01:00'");
    let notifier = notifier(&dir, &quiet);
    let mut book = Book::new();
    let mut alert = book.taken(&window(MINUTE, &[1])).alerts.remove(0);
    put(&notifier.store, &alert).await;
    notifier.look(MINUTE).await.unwrap();
    assert!(said(&notifier.store).await.is_empty());
    let suppressed = notifier.store.suppressions(alert.id).await.unwrap();
    assert_eq!((suppressed[0].reason.as_str(), suppressed[0].times), ("maintenance", 1));
    assert_eq!(notifier.store.next_due_ns().await.unwrap(), Some(60 * MINUTE));
    attend(&mut alert, Deed::Snooze { minutes: 120 }, 10 * MINUTE).unwrap();
    put(&notifier.store, &alert).await;
    notifier.look(10 * MINUTE).await.unwrap();
    notifier.look(60 * MINUTE).await.unwrap();
    assert!(said(&notifier.store).await.is_empty());
    notifier.look(130 * MINUTE).await.unwrap();
    assert_eq!(said(&notifier.store).await, ["opened"]);
    let notice: Notice =
        serde_json::from_value(notifier.store.deliveries(None, 1).await.unwrap()[0].notice.clone()).unwrap();
    assert_eq!((notice.suppressed, notice.container.as_str()), (2, "h/c"));
}

#[tokio::test]
async fn without_sinks_it_is_decided_all_the_same_so_that_a_new_one_is_not_flooded() {
    let dir = TempDir::new().unwrap();
    let notifier = notifier(&dir, "");
    let mut book = Book::new();
    for id in 1..=100 {
        let alert = book.taken(&window(id * 20 * MINUTE, &[id])).alerts.remove(0);
        put(&notifier.store, &alert).await;
        book.open.pass(id * 20 * MINUTE + 19 * MINUTE);
    }
    while notifier.look(9_000 * MINUTE).await.unwrap() > 0 {}
    drop(notifier);
    let notifier = self::notifier(&dir, STDOUT);
    notifier.look(9_001 * MINUTE).await.unwrap();
    assert!(said(&notifier.store).await.is_empty());
}
