//! Builds the crates in `plugins/` to components in `target/components`, with a manifest beside them.
//!
//! Promises that a component which asks the host for anything is never written, that files change only when their bytes do
//! (so that the host is not built again for nothing), and that no path of this machine gets into them.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use foghorn_wasm_build::cargo;
use serde_json::{Value, json};

use crate::digest::sha256;
use crate::wasm_std::{self, Install, Search, WasmStd};
use crate::workspace::Workspace;
use crate::{apt, component, process};

/// The components' profile in the root `Cargo.toml`.
const PROFILE: &str = "component";

/// Builds all components; `Ok` means that `target/components` holds exactly these.
pub fn build(workspace: &Workspace) -> Result<()> {
    let names = workspace.plugins()?;
    let std = library()?;
    let packages: Vec<String> = names.iter().map(|name| format!("foghorn-{name}")).collect();
    let modules = compile(workspace, &std, &packages)?;
    let folder = workspace.components();
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut entries = Vec::new();
    for name in &names {
        let module = modules.join(format!("foghorn_{name}.wasm"));
        let bytes = finish(name, &module)?;
        replace(&folder.join(format!("{name}.wasm")), &bytes)?;
        entries.push(entry(name, &bytes, std.way()));
    }
    remove_others(&folder, &names)?;
    replace(&folder.join("manifest.json"), format!("{:#}\n", json!({ "components": entries })).as_bytes())
}

/// Builds the crates in `testplugins/`, which break the rules, to components in `target/testcomponents`. Nothing embeds
/// these: the tests of the plugin host read them.
pub fn build_for_tests(workspace: &Workspace) -> Result<()> {
    let names = workspace.test_plugins()?;
    let packages: Vec<String> = names.iter().map(|name| format!("foghorn-test-{name}")).collect();
    let modules = compile(workspace, &library()?, &packages)?;
    let folder = workspace.test_components();
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for name in &names {
        let bytes = encode(&modules.join(format!("foghorn_test_{}.wasm", name.replace('-', "_"))))?;
        replace(&folder.join(format!("{name}.wasm")), &bytes)?;
    }
    remove_others(&folder, &names)
}

/// Runs cargo on all packages at once, so that they share what they have in common; gives the folder of their modules.
pub(crate) fn compile(workspace: &Workspace, std: &WasmStd, packages: &[String]) -> Result<PathBuf> {
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--quiet", "--lib", "--profile", PROFILE]);
    for package in packages {
        cargo.arg("--package").arg(package);
    }
    let built = cargo::prepare(&mut cargo, workspace.root(), &workspace.target("plugins"), std);
    process::run(&mut cargo)?;
    Ok(built.join(PROFILE))
}

/// The standard library. `XTASK_WASM_STD` names one of the ways to it and forbids the others.
pub fn library() -> Result<WasmStd> {
    let wanted = std::env::var("XTASK_WASM_STD").ok();
    let install = apt::may_install().then_some(apt::install as Install);
    wasm_std::find(Search { teller: "xtask", wanted: wanted.as_deref(), install })
}

pub(crate) fn encode(module: &Path) -> Result<Vec<u8>> {
    let bytes = fs::read(module).with_context(|| format!("cannot read {}", module.display()))?;
    component::encode(&bytes).with_context(|| format!("cannot make a component of {}", module.display()))
}

/// Reads a core module, makes it a component, and refuses one that asks for anything.
fn finish(name: &str, module: &Path) -> Result<Vec<u8>> {
    let bytes = encode(module)?;
    let imports = component::imports(&bytes)?;
    if !imports.is_empty() {
        bail!("plugins/{name} imports {}; a built-in component must import nothing", imports.join(", "));
    }
    Ok(bytes)
}

fn entry(name: &str, bytes: &[u8], way: &str) -> Value {
    json!({ "name": name, "sha256": sha256(bytes), "size": bytes.len(), "imports": [], "std": way })
}

/// Writes a file so that a reader sees the old bytes or the new ones, and leaves it alone when they are equal.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".new");
    fs::write(&fresh, bytes)
        .and_then(|()| fs::rename(&fresh, path))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// A component whose crate is gone must not be embedded any more.
pub(crate) fn remove_others(folder: &Path, names: &[String]) -> Result<()> {
    for entry in folder.read_dir()? {
        let path = entry?.path();
        let known = path.file_stem().and_then(OsStr::to_str).is_some_and(|stem| names.iter().any(|n| n == stem));
        if path.extension() == Some(OsStr::new("wasm")) && !known {
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_bytes_leave_the_file_untouched() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.wasm");
        replace(&path, b"one").unwrap();
        let old = fs::File::options().write(true).open(&path).unwrap();
        old.set_modified(std::time::UNIX_EPOCH).unwrap();
        replace(&path, b"one").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), std::time::UNIX_EPOCH);
        replace(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(dir.path().read_dir().unwrap().count(), 1);
    }

    #[test]
    fn components_without_a_crate_are_removed() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["kept.wasm", "gone.wasm", "manifest.json"] {
            fs::write(dir.path().join(name), "").unwrap();
        }
        remove_others(dir.path(), &["kept".to_owned()]).unwrap();
        assert!(dir.path().join("kept.wasm").exists() && dir.path().join("manifest.json").exists());
        assert!(!dir.path().join("gone.wasm").exists());
    }
}
