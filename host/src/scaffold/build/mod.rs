//! From a project to a component: one file a language, each runs that language's own tools.
//!
//! What comes out is loaded as the host would load it, so that a component which it would refuse never reaches `dist`.

mod javascript;
mod python;
mod rust;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::{env, fs};

use anyhow::{Context, bail};
use foghorn_wasm_build::process;

use super::{Language, Manifest};
use crate::plugins::{Plugin, Plugins, PluginsOptions};

/// The folder of a project that holds its components.
const DIST: &str = "dist";

/// A component in its file.
#[derive(Debug)]
pub struct Built {
    pub path: PathBuf,
    pub plugin: Arc<Plugin>,
}

/// Builds the project in `folder` to `dist/NAME-VERSION.wasm`.
pub fn build(folder: &Path) -> anyhow::Result<Built> {
    let manifest = Manifest::read(folder)?;
    let world = format!("{}-plugin", manifest.slot);
    let bytes = match manifest.language {
        Language::Rust => rust::build(folder)?,
        Language::Python => python::build(folder, &world)?,
        Language::JavaScript => javascript::build(folder, &world)?,
    };
    let plugin = Plugins::new(PluginsOptions::default())?.load(&bytes, &folder.display().to_string())?;
    if plugin.slot != manifest.slot {
        bail!("the component fills the slot {}, plugin.toml says {}", plugin.slot, manifest.slot);
    }
    let dist = folder.join(DIST);
    fs::create_dir_all(&dist).with_context(|| format!("cannot make {}", dist.display()))?;
    let path = dist.join(format!("{}-{}.wasm", plugin.name, plugin.plugin_version));
    put(&path, &bytes)?;
    Ok(Built { path, plugin })
}

/// A host that watches the folder sees the old bytes or the new ones.
fn put(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let fresh = path.with_extension("new");
    fs::write(&fresh, bytes)
        .and_then(|()| fs::rename(&fresh, path))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Refuses to go on without a program, and says where it comes from.
fn require(program: &str, from: &str) -> anyhow::Result<()> {
    let found = env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|dir| dir.join(program).is_file()));
    if found { Ok(()) } else { bail!("{program} is missing; {from}") }
}

/// Runs `install` unless `folder` holds what `pins` names: a copy of that file is left there by the last time.
fn install_once(folder: &Path, pins: &Path, install: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
    let wanted = fs::read(pins).with_context(|| format!("cannot read {}", pins.display()))?;
    let stamp = folder.join(".foghorn-installed");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    install()?;
    fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))
}

/// Runs a tool that writes a component to a file, and reads that. What it tells of the file would be wrong a moment later.
fn component_of(folder: &Path, tool: &mut Command) -> anyhow::Result<Vec<u8>> {
    let out = unchecked_file(folder)?;
    let ran = process::run(tool.arg("-o").arg(&out).current_dir(folder).stdout(Stdio::null()));
    let bytes = ran.and_then(|()| fs::read(&out).with_context(|| format!("cannot read {}", out.display())));
    // A tool that failed may have left none.
    let _ = fs::remove_file(&out);
    bytes
}

/// Where a tool writes before it is known what the component is called.
fn unchecked_file(folder: &Path) -> anyhow::Result<PathBuf> {
    let dist = folder.join(DIST);
    fs::create_dir_all(&dist).with_context(|| format!("cannot make {}", dist.display()))?;
    let dist = dist.canonicalize().with_context(|| format!("cannot find {}", dist.display()))?;
    Ok(dist.join("unchecked.new"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_are_installed_again_only_when_their_pins_change() {
        let dir = tempfile::tempdir().unwrap();
        let pins = dir.path().join("pins");
        let mut times = 0;
        let mut install = |text: &str| {
            fs::write(&pins, text).unwrap();
            install_once(dir.path(), &pins, || {
                times += 1;
                Ok(())
            })
            .unwrap();
            times
        };
        assert_eq!([install("a 1"), install("a 1"), install("a 2"), install("a 2")], [1, 1, 2, 2]);
    }

    #[test]
    fn a_failed_installation_is_tried_again() {
        let dir = tempfile::tempdir().unwrap();
        let pins = dir.path().join("pins");
        fs::write(&pins, "a 1").unwrap();
        assert!(install_once(dir.path(), &pins, || bail!("no network")).is_err());
        let mut tried = false;
        install_once(dir.path(), &pins, || {
            tried = true;
            Ok(())
        })
        .unwrap();
        assert!(tried);
    }

    #[test]
    fn a_missing_program_is_named_with_where_it_comes_from() {
        let error = require("no-such-program", "install it").unwrap_err().to_string();
        assert_eq!(error, "no-such-program is missing; install it");
    }

    #[test]
    fn a_folder_without_a_manifest_is_no_project() {
        let dir = tempfile::tempdir().unwrap();
        let error = build(dir.path()).unwrap_err().to_string();
        assert!(error.contains("plugin.toml; `foghorn plugin new`"), "{error}");
    }
}
