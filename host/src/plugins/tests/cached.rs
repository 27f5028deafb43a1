//! Compiled components on disk: found again, and never trusted when damaged or foreign.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::components::{component, options};
use crate::plugins::{LoadFault, Plugins, PluginsOptions};

fn host(directory: &Path) -> Plugins {
    Plugins::new(PluginsOptions { cache_dir: Some(directory.to_owned()), ..options() }).unwrap()
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// A directory with one compiled component, and its file marked as old.
fn filled() -> Option<(tempfile::TempDir, &'static [u8], PathBuf)> {
    let bytes = component("hostile")?;
    let directory = tempfile::tempdir().unwrap();
    host(directory.path()).load(bytes, "hostile").unwrap();
    let [file] = &files(directory.path())[..] else { panic!("one file") };
    make_old(file);
    Some((directory, bytes, file.clone()))
}

fn make_old(file: &Path) {
    fs::File::options().write(true).open(file).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
}

fn is_old(file: &Path) -> bool {
    fs::metadata(file).unwrap().modified().unwrap() == SystemTime::UNIX_EPOCH
}

#[test]
fn a_component_is_compiled_once() {
    let Some((directory, bytes, file)) = filled() else { return };
    let plugin = host(directory.path()).load(bytes, "hostile").unwrap();
    assert_eq!(plugin.name, "hostile");
    assert!(is_old(&file), "it was written again");
}

#[test]
fn a_damaged_artifact_is_compiled_again() {
    let Some((directory, bytes, file)) = filled() else { return };
    let good = fs::read(&file).unwrap();
    let mut flipped = good.clone();
    flipped[good.len() / 2] ^= 1;
    for bad in [&flipped[..], &good[..good.len() - 1], b"", b"foghorn-cwasm-1\n"] {
        fs::write(&file, bad).unwrap();
        assert!(host(directory.path()).load(bytes, "hostile").is_ok());
        assert_ne!(fs::read(&file).unwrap(), bad, "it was taken as it was");
    }
}

#[test]
fn code_of_another_engine_is_not_loaded() {
    let Some((directory, bytes, file)) = filled() else { return };
    // Compiled without epochs, and passed off as this engine's with a hash that fits.
    let other = wasmtime::Engine::default().precompile_component(bytes).unwrap();
    let mut forged = b"foghorn-cwasm-1\n".to_vec();
    forged.extend_from_slice(&<sha2::Sha256 as sha2::Digest>::digest(&other));
    forged.extend_from_slice(&other);
    fs::write(&file, &forged).unwrap();
    assert!(host(directory.path()).load(bytes, "hostile").is_ok());
    assert_ne!(fs::read(&file).unwrap(), forged, "it was not compiled again");
    assert!(matches!(host(directory.path()).load(&other, "code").unwrap_err().fault, LoadFault::Precompiled));
}

#[test]
fn a_directory_that_others_may_write_to_is_not_used() {
    let Some(bytes) = component("hostile") else { return };
    let directory = tempfile::tempdir().unwrap();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o777)).unwrap();
    assert!(host(directory.path()).load(bytes, "hostile").is_ok());
    assert_eq!(files(directory.path()), Vec::<PathBuf>::new());
}

#[test]
fn the_directory_is_made_for_this_user_alone() {
    let directory = tempfile::tempdir().unwrap();
    let cache = directory.path().join("made/on/demand");
    host(&cache);
    assert_eq!(fs::metadata(&cache).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn the_oldest_artifacts_go_when_there_are_too_many() {
    let Some((directory, _, file)) = filled() else { return };
    for number in 0..64 {
        let name = directory.path().join(format!("{number}.cwasm"));
        fs::write(&name, "").unwrap();
    }
    host(directory.path()).load(component("wasi").unwrap(), "wasi").unwrap_err();
    assert_eq!(files(directory.path()).len(), 64);
    assert!(!file.exists());
}
