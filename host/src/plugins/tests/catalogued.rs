//! Plugins found by name: built-in ones, and the files that go before them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::components::{component, options};
use crate::plugins::{Catalogue, CatalogueError, Digest, LoadFault, Plugins, Slot};

fn open(builtin: &[(&str, &[u8])], directory: Option<&Path>) -> Result<Catalogue, CatalogueError> {
    Catalogue::of(Plugins::new(options()).unwrap(), builtin, directory)
}

/// `bytes` with another name or version of the same length, and so another digest.
pub(super) fn renamed(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let at = bytes.windows(from.len()).position(|found| found == from.as_bytes()).unwrap();
    let mut bytes = bytes.to_vec();
    bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    bytes
}

/// The same plugin by name and version, with another digest: a custom section more.
pub(super) fn rebuilt(bytes: &[u8]) -> Vec<u8> {
    [bytes, &[0, 2, 1, b'x']].concat()
}

#[test]
fn a_plugin_is_found_by_name_version_and_digest() {
    let Some(bytes) = component("hostile") else { return };
    let catalogue = open(&[("hostile", bytes)], None).unwrap();
    let digest = Digest::of(bytes);
    for reference in [
        "hostile",
        "hostile@latest",
        "hostile@0.1.0",
        &format!("sha256:{digest}"),
        "hostile@0",
        "hostile@0.1",
        &format!("sha256:{}", digest.short()),
        &format!("hostile@sha256:{digest}"),
    ] {
        assert_eq!(
            catalogue.resolve(reference, Slot::Detector, &BTreeSet::new()).unwrap().digest,
            digest,
            "{reference}"
        );
    }
    assert_eq!(catalogue.list()[0].source, "built-in");
}

#[test]
fn what_is_not_there_is_told_with_what_is() {
    let Some(bytes) = component("hostile") else { return };
    let catalogue = open(&[("hostile", bytes)], None).unwrap();
    let error = |reference: &str, slot| catalogue.resolve(reference, slot, &BTreeSet::new()).unwrap_err().to_string();
    assert_eq!(error("iforest@1.0.0", Slot::Detector), "there is no detector iforest@1.0.0; known are hostile@0.1.0");
    assert_eq!(error("hostile", Slot::Thresholds), "hostile is a plugin for detector, not for thresholds");
    assert!(error("Hostile", Slot::Detector).contains("names no plugin"));
}

#[test]
fn a_file_goes_before_the_built_in_plugin_of_its_name_and_version() {
    let Some(bytes) = component("hostile") else { return };
    let directory = tempfile::tempdir().unwrap();
    let file = rebuilt(bytes);
    fs::write(directory.path().join("mine.wasm"), &file).unwrap();
    let catalogue = open(&[("hostile", bytes)], Some(directory.path())).unwrap();
    assert_eq!(catalogue.list().len(), 1);
    assert_eq!(catalogue.resolve("hostile", Slot::Detector, &BTreeSet::new()).unwrap().digest, Digest::of(&file));
}

#[test]
fn the_latest_version_is_the_highest() {
    let Some(bytes) = component("hostile") else { return };
    let directory = tempfile::tempdir().unwrap();
    // The card's strings stand one after the other in the component's data.
    let newer = renamed(bytes, "hostile0.1.0", "hostile0.9.0");
    fs::write(directory.path().join("newer.wasm"), &newer).unwrap();
    let catalogue = open(&[("hostile", bytes)], Some(directory.path())).unwrap();
    assert_eq!(catalogue.list().len(), 2);
    assert_eq!(catalogue.resolve("hostile", Slot::Detector, &BTreeSet::new()).unwrap().digest, Digest::of(&newer));
    assert_eq!(catalogue.resolve("hostile@0.1.0", Slot::Detector, &BTreeSet::new()).unwrap().digest, Digest::of(bytes));
}

#[test]
fn two_different_files_of_one_name_and_version_are_both_refused_with_both_paths() {
    let Some(bytes) = component("hostile") else { return };
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("a.wasm"), bytes).unwrap();
    fs::write(directory.path().join("b.wasm"), bytes).unwrap();
    let catalogue = open(&[], Some(directory.path())).unwrap();
    assert_eq!((catalogue.list().len(), catalogue.refused().len()), (1, 0), "twice the same is no conflict");

    fs::write(directory.path().join("b.wasm"), rebuilt(bytes)).unwrap();
    let catalogue = open(&[("hostile", bytes)], Some(directory.path())).unwrap();
    let [(first, of_first), (second, of_second)] = catalogue.refused() else { panic!("{:?}", catalogue.refused()) };
    assert!(first.ends_with("a.wasm") && of_first.to_string().contains("b.wasm"), "{of_first}");
    assert!(second.ends_with("b.wasm") && of_second.to_string().contains("a.wasm"), "{of_second}");
    assert!(of_first.to_string().contains("hostile 0.1.0"), "{of_first}");
    assert_eq!(catalogue.list()[0].source, "built-in", "what is built in is still there");
}

#[test]
fn files_beyond_what_is_read_are_refused_and_the_rest_is_used() {
    let Some(bytes) = component("hostile") else { return };
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("000.wasm"), bytes).unwrap();
    for number in 1..=256 {
        fs::write(directory.path().join(format!("{number:03}.wasm")), "").unwrap();
    }
    let catalogue = open(&[], Some(directory.path())).unwrap();
    assert_eq!(catalogue.list().len(), 1);
    let (path, fault) = catalogue.refused().last().unwrap();
    assert!(path.ends_with("256.wasm") && matches!(**fault, LoadFault::TooMany { found: 257, most: 256 }), "{fault}");
    assert!(matches!(*catalogue.refused()[254].1, LoadFault::NotWasm { .. }));
}

#[test]
fn a_file_that_is_too_large_is_refused_unread() {
    let directory = tempfile::tempdir().unwrap();
    fs::File::create(directory.path().join("large.wasm")).unwrap().set_len((64 << 20) + 1).unwrap();
    let catalogue = open(&[], Some(directory.path())).unwrap();
    assert!(matches!(*catalogue.refused()[0].1, LoadFault::Size { found, .. } if found == (64 << 20) + 1));
}

#[test]
fn a_plugin_that_is_barred_gives_way_to_the_next_lower_version() {
    let Some(bytes) = component("hostile") else { return };
    let directory = tempfile::tempdir().unwrap();
    let newer = renamed(bytes, "hostile0.1.0", "hostile0.9.0");
    fs::write(directory.path().join("newer.wasm"), &newer).unwrap();
    let catalogue = open(&[("hostile", bytes)], Some(directory.path())).unwrap();
    let barred = BTreeSet::from([Digest::of(&newer)]);
    assert_eq!(catalogue.resolve("hostile", Slot::Detector, &barred).unwrap().digest, Digest::of(bytes));
    let error = catalogue.resolve("hostile@0.9", Slot::Detector, &barred).unwrap_err();
    assert!(matches!(error, CatalogueError::Barred { digest, .. } if digest == Digest::of(&newer)), "{error}");
    assert!(catalogue.by_digest(&Digest::of(&newer)).is_some(), "it can still be had by its digest");
    assert!(catalogue.by_digest(&Digest::of(b"")).is_none());
}

#[test]
fn damaged_files_are_left_out_and_told() {
    let Some(bytes) = component("hostile") else { return };
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("cut.wasm"), &bytes[..100]).unwrap();
    fs::write(directory.path().join("notes.txt"), "no plugin").unwrap();
    fs::create_dir(directory.path().join("folder.wasm")).unwrap();
    let catalogue = open(&[("hostile", bytes), ("broken", b"\0asm")], Some(directory.path())).unwrap();
    assert_eq!(catalogue.list().len(), 1);
    let refused: Vec<_> =
        catalogue.refused().iter().map(|(path, _)| path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(refused, ["cut.wasm", "folder.wasm", "built-in broken"]);
    assert!(matches!(*catalogue.refused()[0].1, LoadFault::Damaged(_)));
    assert!(matches!(*catalogue.refused()[1].1, LoadFault::Unreadable(_)));
}

#[test]
fn a_directory_that_cannot_be_read_is_an_error() {
    let error = open(&[], Some(Path::new("/nonexistent/plugins"))).unwrap_err();
    assert!(matches!(error, CatalogueError::Directory { .. }), "{error}");
}
