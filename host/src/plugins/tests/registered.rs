//! The catalogue that keeps up with a directory, while files come, change and go.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::catalogued::{rebuilt, renamed};
use super::components::{component, misbehave, options, rows};
use crate::plugins::{CatalogueError, Detector, Digest, LoadFault, Plugin, Plugins, Registry, Slot};

/// Far longer than events need, and shorter than the poll that stands in for them.
const EVENT_WAIT: Duration = Duration::from_secs(8);

fn open(builtin: &[(&str, &[u8])], directory: &Path) -> Arc<Registry> {
    Registry::of(Plugins::new(options()).unwrap(), builtin, Some(directory)).unwrap()
}

/// A registry of one file, `a.wasm`, with the hostile detector.
fn filled() -> Option<(TempDir, &'static [u8], Arc<Registry>)> {
    let bytes = component("hostile")?;
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("a.wasm"), bytes).unwrap();
    let registry = open(&[], directory.path());
    Some((directory, bytes, registry))
}

fn resolve(registry: &Registry, reference: &str) -> Result<Arc<Plugin>, CatalogueError> {
    registry.current().resolve(reference, Slot::Detector, &BTreeSet::new())
}

fn newer(bytes: &[u8]) -> Vec<u8> {
    renamed(bytes, "hostile0.1.0", "hostile0.9.0")
}

#[test]
fn a_file_that_comes_makes_a_new_snapshot_and_nothing_else_anew() {
    let Some((directory, bytes, registry)) = filled() else { return };
    let (before, first) = (registry.current(), resolve(&registry, "hostile").unwrap());
    let changes = registry.changes();
    assert!(!registry.rescan());
    assert!(Arc::ptr_eq(&before, &registry.current()) && !changes.has_changed().unwrap());

    fs::write(directory.path().join("b.wasm"), newer(bytes)).unwrap();
    assert!(registry.rescan());
    assert_eq!(*changes.borrow(), 1);
    assert_eq!(resolve(&registry, "hostile").unwrap().plugin_version, "0.9.0");
    assert!(Arc::ptr_eq(&first, &resolve(&registry, "hostile@0.1.0").unwrap()), "it was loaded again");
    assert_eq!(before.list().len(), 1, "a snapshot never changes");
}

#[test]
fn a_file_that_is_touched_or_copied_over_itself_stays_the_same_plugin() {
    let Some((directory, bytes, registry)) = filled() else { return };
    let first = resolve(&registry, "hostile").unwrap();
    let path = directory.path().join("a.wasm");
    File::options().write(true).open(&path).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
    assert!(!registry.rescan());
    fs::write(&path, bytes).unwrap();
    assert!(!registry.rescan());
    assert!(Arc::ptr_eq(&first, &resolve(&registry, "hostile").unwrap()));
}

#[test]
fn other_bytes_of_the_same_length_are_seen_at_once() {
    let Some((directory, bytes, registry)) = filled() else { return };
    let path = directory.path().join("a.wasm");
    for round in 0..20 {
        let (version, bytes) = if round % 2 == 0 { ("0.9.0", newer(bytes)) } else { ("0.1.0", bytes.to_vec()) };
        fs::write(&path, bytes).unwrap();
        assert!(registry.rescan(), "round {round}");
        assert_eq!(resolve(&registry, "hostile").unwrap().plugin_version, version);
    }
}

#[test]
fn a_plugin_whose_file_goes_leaves_the_catalogue_and_goes_on_where_it_runs() {
    let Some((directory, _, registry)) = filled() else { return };
    let plugin = resolve(&registry, "hostile").unwrap();
    let mut running = Detector::load(&plugin, &misbehave("none"), plugin.state_format, b"state").unwrap();
    fs::remove_file(directory.path().join("a.wasm")).unwrap();
    assert!(registry.rescan());
    assert!(matches!(resolve(&registry, "hostile"), Err(CatalogueError::Unknown { .. })));
    assert_eq!(running.score(&rows()).unwrap(), [3.0, 0.0, 4.0]);
}

#[test]
fn a_damaged_file_is_refused_until_it_is_whole() {
    let Some((directory, bytes, registry)) = filled() else { return };
    let (path, newer) = (directory.path().join("b.wasm"), newer(bytes));
    fs::write(&path, &newer[..newer.len() / 2]).unwrap();
    assert!(registry.rescan());
    assert!(matches!(*registry.current().refused()[0].1, LoadFault::Damaged(_)));
    assert!(!registry.rescan(), "the same refusal is no change");
    fs::write(&path, &newer).unwrap();
    assert!(registry.rescan());
    assert!(registry.current().refused().is_empty());
    assert_eq!(resolve(&registry, "hostile").unwrap().plugin_version, "0.9.0");
}

#[test]
fn a_twin_takes_the_place_of_neither_and_leaves_the_other_when_it_goes() {
    let Some((directory, bytes, registry)) = filled() else { return };
    let first = resolve(&registry, "hostile").unwrap();
    let path = directory.path().join("b.wasm");
    fs::write(&path, rebuilt(bytes)).unwrap();
    assert!(registry.rescan());
    assert!(resolve(&registry, "hostile").is_err());
    let catalogue = registry.current();
    assert!(catalogue.refused().iter().all(|(_, fault)| matches!(**fault, LoadFault::Twins { .. })));
    assert_eq!(catalogue.refused().len(), 2);
    fs::remove_file(&path).unwrap();
    assert!(registry.rescan());
    assert!(Arc::ptr_eq(&first, &resolve(&registry, "hostile").unwrap()));
}

#[test]
fn a_file_being_written_stays_what_it_was() {
    let Some((directory, bytes, registry)) = filled() else { return };
    let path = directory.path().join("a.wasm");
    let writing = BTreeSet::from([path.clone()]);
    fs::write(&path, &bytes[..100]).unwrap();
    assert!(!registry.rescan_settled(&writing));
    fs::remove_file(&path).unwrap();
    assert!(!registry.rescan_settled(&writing), "it is removed to be written anew");
    assert!(registry.rescan());
}

#[test]
fn a_file_that_goes_gives_back_the_built_in_plugin() {
    let Some(bytes) = component("hostile") else { return };
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("mine.wasm");
    fs::write(&path, rebuilt(bytes)).unwrap();
    let registry = open(&[("hostile", bytes)], directory.path());
    assert_eq!(resolve(&registry, "hostile").unwrap().digest, Digest::of(&rebuilt(bytes)));
    fs::remove_file(&path).unwrap();
    assert!(registry.rescan());
    assert_eq!(resolve(&registry, "hostile").unwrap().digest, Digest::of(bytes));
}

#[test]
fn a_directory_that_goes_takes_its_plugins_along_until_it_is_back() {
    let Some((directory, bytes, registry)) = filled() else { return };
    fs::remove_dir_all(directory.path()).unwrap();
    assert!(registry.rescan());
    assert!(registry.current().list().is_empty());
    fs::create_dir(directory.path()).unwrap();
    fs::write(directory.path().join("a.wasm"), bytes).unwrap();
    assert!(registry.rescan());
    assert!(resolve(&registry, "hostile").is_ok());
}

/// Runs `watch` beside what `act` does.
async fn watching(registry: &Arc<Registry>, act: impl Future<Output = ()>) {
    let shutdown = CancellationToken::new();
    let watch = tokio::spawn(Arc::clone(registry).watch(shutdown.clone()));
    act.await;
    shutdown.cancel();
    watch.await.unwrap();
}

/// Waits until `reference` can be resolved.
async fn comes(registry: &Registry, reference: &str) -> Arc<Plugin> {
    let mut changes = registry.changes();
    loop {
        if let Ok(plugin) = resolve(registry, reference) {
            return plugin;
        }
        changes.changed().await.unwrap();
    }
}

#[tokio::test]
async fn a_file_renamed_into_the_directory_is_taken() {
    let Some((directory, bytes, registry)) = filled() else { return };
    watching(&registry, async {
        // The first look is over when this one is taken.
        fs::write(directory.path().join("b.wasm"), newer(bytes)).unwrap();
        timeout(EVENT_WAIT, comes(&registry, "hostile@0.9.0")).await.unwrap();
        let outside = directory.path().join("c.new");
        fs::write(&outside, renamed(bytes, "hostile0.1.0", "hostile0.9.1")).unwrap();
        fs::rename(&outside, directory.path().join("c.wasm")).unwrap();
        timeout(EVENT_WAIT, comes(&registry, "hostile@0.9.1")).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_file_written_in_pieces_is_taken_when_it_is_whole() {
    let Some((directory, bytes, registry)) = filled() else { return };
    watching(&registry, async {
        let newer = newer(bytes);
        let mut file = File::create(directory.path().join("b.wasm")).unwrap();
        for piece in newer.chunks(newer.len() / 4) {
            file.write_all(piece).unwrap();
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        drop(file);
        timeout(EVENT_WAIT, comes(&registry, "hostile@0.9.0")).await.unwrap();
        assert!(registry.current().refused().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_directory_that_is_made_again_is_watched_again() {
    let Some((directory, bytes, registry)) = filled() else { return };
    watching(&registry, async {
        let mut changes = registry.changes();
        fs::remove_dir_all(directory.path()).unwrap();
        timeout(EVENT_WAIT, changes.changed()).await.unwrap().unwrap();
        fs::create_dir(directory.path()).unwrap();
        fs::write(directory.path().join("a.wasm"), bytes).unwrap();
        timeout(EVENT_WAIT, comes(&registry, "hostile@0.1.0")).await.unwrap();
        fs::write(directory.path().join("b.wasm"), newer(bytes)).unwrap();
        timeout(EVENT_WAIT, comes(&registry, "hostile@0.9.0")).await.unwrap();
    })
    .await;
}
