//! What is written to the plugins directory, and what is not.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::{COMPONENT, Fetched, HOST, candidate, rebuilt, sha256};
use crate::install::{Candidate, Fetcher, Installed, Provenance, Shelf, ShelfError, Wanted};
use crate::plugins::{Catalogue, Digest, Plugins, PluginsOptions, Slot};

const NOW: &str = "2026-01-02T03:04:05Z";

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_component_is_written_under_its_own_name_with_a_provenance_and_is_found_by_the_host() {
    let directory = tempfile::tempdir().unwrap();
    let plugins = directory.path().join("made/on/the/way");
    let shelf = Shelf::new(plugins.clone());
    let wasm = plugins.join("frozen-0.1.0.wasm");
    assert_eq!(shelf.put(&HOST, &candidate(COMPONENT), NOW).unwrap(), Installed::New(wasm.clone()));
    assert_eq!(names(&plugins), ["frozen-0.1.0.toml", "frozen-0.1.0.wasm"]);
    assert_eq!(fs::read(&wasm).unwrap(), COMPONENT);
    let provenance: Provenance = toml::from_str(&fs::read_to_string(wasm.with_extension("toml")).unwrap()).unwrap();
    assert_eq!((provenance.source.as_str(), provenance.installed.as_str()), ("somewhere", NOW));
    assert_eq!(provenance.digest, sha256(COMPONENT));
    let catalogue = Catalogue::open(Plugins::new(PluginsOptions::default()).unwrap(), Some(&plugins)).unwrap();
    assert_eq!(
        catalogue.resolve("frozen@0.1.0", Slot::Detector, &BTreeSet::new()).unwrap().digest,
        Digest::of(COMPONENT)
    );
}

#[test]
fn the_same_bytes_are_there_already_under_whatever_name() {
    let directory = tempfile::tempdir().unwrap();
    let mine = directory.path().join("mine.wasm");
    fs::write(&mine, COMPONENT).unwrap();
    let shelf = Shelf::new(directory.path().to_owned());
    assert_eq!(shelf.put(&HOST, &candidate(COMPONENT), NOW).unwrap(), Installed::Already(mine));
    assert_eq!(names(directory.path()), ["mine.wasm"]);
}

#[test]
fn other_bytes_of_the_same_name_and_version_are_refused_with_both_places_and_digests() {
    for (name, installed) in [("mine.wasm", false), ("frozen-0.1.0.wasm", true)] {
        let directory = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(directory.path().to_owned());
        if installed {
            shelf.put(&HOST, &candidate(COMPONENT), NOW).unwrap();
        } else {
            fs::write(directory.path().join(name), COMPONENT).unwrap();
        }
        let before = names(directory.path());
        let error = shelf.put(&HOST, &candidate(&rebuilt()), NOW).unwrap_err();
        assert!(matches!(error, ShelfError::Twin { .. }), "{error}");
        let here = directory.path().join(name).display().to_string();
        for part in [&here, "somewhere", &sha256(COMPONENT), &sha256(&rebuilt())] {
            assert!(error.to_string().contains(part), "{error}");
        }
        assert_eq!(names(directory.path()), before);
        assert_eq!(fs::read(directory.path().join(name)).unwrap(), COMPONENT);
    }
}

#[test]
fn a_provenance_that_lies_about_another_file_is_not_believed() {
    let directory = tempfile::tempdir().unwrap();
    let shelf = Shelf::new(directory.path().to_owned());
    shelf.put(&HOST, &candidate(COMPONENT), NOW).unwrap();
    let wasm = directory.path().join("frozen-0.1.0.wasm");
    let provenance = fs::read_to_string(wasm.with_extension("toml")).unwrap();
    fs::write(wasm.with_extension("toml"), provenance.replace("\"frozen\"", "\"other\"")).unwrap();
    fs::write(&wasm, rebuilt()).unwrap();
    let error = shelf.put(&HOST, &candidate(COMPONENT), NOW).unwrap_err();
    assert!(matches!(error, ShelfError::Twin { .. }), "{error}");
}

#[test]
fn a_file_in_the_way_is_not_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    let wasm = directory.path().join("frozen-0.1.0.wasm");
    fs::write(&wasm, "no component, but somebody's").unwrap();
    let error = Shelf::new(directory.path().to_owned()).put(&HOST, &candidate(COMPONENT), NOW).unwrap_err();
    assert!(matches!(error, ShelfError::Write { .. }), "{error}");
    assert_eq!(names(directory.path()), ["frozen-0.1.0.wasm"]);
    assert_eq!(fs::read(wasm).unwrap(), b"no component, but somebody's");
}

#[test]
fn no_more_are_installed_than_the_host_reads() {
    let directory = tempfile::tempdir().unwrap();
    for number in 0..256 {
        fs::write(directory.path().join(format!("{number}.wasm")), "").unwrap();
    }
    let error = Shelf::new(directory.path().to_owned()).put(&HOST, &candidate(COMPONENT), NOW).unwrap_err();
    assert!(matches!(error, ShelfError::Full { .. }), "{error}");
}

#[test]
fn a_component_is_removed_by_name_and_version_with_its_provenance() {
    let directory = tempfile::tempdir().unwrap();
    let shelf = Shelf::new(directory.path().to_owned());
    shelf.put(&HOST, &candidate(COMPONENT), NOW).unwrap();
    fs::write(directory.path().join("notes.toml"), "").unwrap();
    let error = shelf.remove(&HOST, "frozen", "0.2.0").unwrap_err().to_string();
    assert!(error.contains("frozen@0.2.0") && error.ends_with("it holds frozen@0.1.0"), "{error}");
    assert_eq!(shelf.remove(&HOST, "frozen", "0.1.0").unwrap(), directory.path().join("frozen-0.1.0.wasm"));
    assert_eq!(names(directory.path()), ["notes.toml"]);
    assert!(shelf.remove(&HOST, "frozen", "0.1.0").unwrap_err().to_string().ends_with("it holds nothing"));
}

#[tokio::test]
async fn a_file_is_read_within_its_bound_and_checked_against_its_digest() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.wasm");
    fs::write(&path, COMPONENT).unwrap();
    let text = path.to_str().unwrap();
    let fetch = async |fetcher: &Fetcher, text: &str, digest: Option<&str>| {
        fetcher.fetch(&Wanted::parse(text, digest).unwrap()).await
    };
    let fetched = fetch(&Fetcher::default(), text, Some(&sha256(COMPONENT))).await.unwrap();
    assert_eq!((&fetched.bytes[..], fetched.digest), (COMPONENT, Digest::of(COMPONENT)));
    let error = fetch(&Fetcher::default(), text, Some(&sha256(b"x"))).await.unwrap_err().to_string();
    assert!(error.contains(&sha256(COMPONENT)) && error.contains(&sha256(b"x")), "{error}");
    let mut small = Fetcher::default();
    small.bounds.bytes_max = COMPONENT.len() - 1;
    assert!(fetch(&small, text, None).await.unwrap_err().to_string().contains("is larger than"));
    assert!(fetch(&small, "/dev/zero", None).await.unwrap_err().to_string().contains("is larger than"));
    assert!(fetch(&small, "/nonexistent/a.wasm", None).await.unwrap_err().to_string().contains("cannot be read"));
}

#[test]
fn what_the_host_would_refuse_is_no_candidate() {
    let fetched = |bytes: &[u8]| Fetched { bytes: bytes.to_vec(), digest: Digest::of(bytes), pinned: "x".into() };
    assert!(Candidate::load(&HOST, fetched(&COMPONENT[..1000])).is_err());
    assert!(Candidate::load(&HOST, fetched(b"<html>")).unwrap_err().to_string().starts_with("x: not webassembly"));
}
