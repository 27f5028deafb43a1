//! Plugins found by name: built-in ones, and the files that go before them.

use std::fs;
use std::path::Path;

use super::components::{component, options};
use crate::plugins::{Catalogue, CatalogueError, Digest, LoadFault, Plugins, Slot};

fn open(builtin: &[(&str, &[u8])], directory: Option<&Path>) -> Result<Catalogue, CatalogueError> {
    Catalogue::of(Plugins::new(options()).unwrap(), builtin, directory)
}

/// `bytes` with another name or version of the same length, and so another digest.
fn renamed(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let at = bytes.windows(from.len()).position(|found| found == from.as_bytes()).unwrap();
    let mut bytes = bytes.to_vec();
    bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    bytes
}

/// The same plugin by name and version, with another digest: a custom section more.
fn rebuilt(bytes: &[u8]) -> Vec<u8> {
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
        &format!("sha256:{}", digest.short()),
    ] {
        assert_eq!(catalogue.resolve(reference, Slot::Detector).unwrap().digest, digest, "{reference}");
    }
    assert_eq!(catalogue.list()[0].source, "built-in");
}

#[test]
fn what_is_not_there_is_told_with_what_is() {
    let Some(bytes) = component("hostile") else { return };
    let catalogue = open(&[("hostile", bytes)], None).unwrap();
    let error = |reference: &str, slot| catalogue.resolve(reference, slot).unwrap_err().to_string();
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
    assert_eq!(catalogue.resolve("hostile", Slot::Detector).unwrap().digest, Digest::of(&file));
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
    assert_eq!(catalogue.resolve("hostile", Slot::Detector).unwrap().digest, Digest::of(&newer));
    assert_eq!(catalogue.resolve("hostile@0.1.0", Slot::Detector).unwrap().digest, Digest::of(bytes));
}

#[test]
fn two_different_files_of_one_name_and_version_are_refused_with_both_paths() {
    let Some(bytes) = component("hostile") else { return };
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("a.wasm"), bytes).unwrap();
    fs::write(directory.path().join("b.wasm"), bytes).unwrap();
    assert!(open(&[], Some(directory.path())).is_ok(), "twice the same is no conflict");
    fs::write(directory.path().join("b.wasm"), rebuilt(bytes)).unwrap();
    let error = open(&[], Some(directory.path())).unwrap_err().to_string();
    assert!(error.contains("a.wasm") && error.contains("b.wasm") && error.contains("hostile 0.1.0"), "{error}");
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
    assert!(matches!(catalogue.refused()[0].1, LoadFault::Damaged(_)));
    assert!(matches!(catalogue.refused()[1].1, LoadFault::Unreadable(_)));
}

#[test]
fn a_directory_that_cannot_be_read_is_an_error() {
    let error = open(&[], Some(Path::new("/nonexistent/plugins"))).unwrap_err();
    assert!(matches!(error, CatalogueError::Directory { .. }), "{error}");
}
