//! Builds the plugins in `examples/` to components in `target/examples-components`: those in Rust as the built-in ones are, the
//! others by `foghorn plugin build`, in a copy with the contract beside it, as their authors would.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::plugins::{self, encode, replace};
use crate::workspace::Workspace;
use crate::{needs, process};

/// Builds all examples; gives one sentence for each that had to be left out. `foghorn` must be built.
pub fn build(workspace: &Workspace) -> Result<Vec<String>> {
    let folder = workspace.example_components();
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let (rust, others): (Vec<String>, Vec<String>) =
        workspace.examples()?.into_iter().partition(|name| workspace.example(name).join("Cargo.toml").is_file());
    build_rust(workspace, &folder, &rust)?;
    let mut left_out = Vec::new();
    for name in &others {
        match needs::npm() {
            Ok(()) => build_copy(workspace, &folder, name)?,
            Err(why) => left_out.push(format!("examples/{name}: {why}")),
        }
    }
    plugins::remove_others(&folder, &[rust, others].concat())?;
    Ok(left_out)
}

fn build_rust(workspace: &Workspace, folder: &Path, names: &[String]) -> Result<()> {
    let packages: Vec<String> = names.iter().map(|name| format!("foghorn-example-{name}")).collect();
    let modules = plugins::compile(workspace, &plugins::library()?, &packages)?;
    for name in names {
        let bytes = encode(&modules.join(format!("foghorn_example_{name}.wasm")))?;
        replace(&folder.join(format!("{name}.wasm")), &bytes)?;
    }
    Ok(())
}

/// What the tools leave behind, such as `node_modules`, stays in the copy for the next time.
fn build_copy(workspace: &Workspace, folder: &Path, name: &str) -> Result<()> {
    let copy = workspace.target("examples-src").join(name);
    copy_files(&workspace.example(name), &copy)?;
    copy_files(&workspace.root().join("wit"), &copy.join("wit"))?;
    let dist = copy.join("dist");
    if dist.exists() {
        fs::remove_dir_all(&dist).with_context(|| format!("cannot remove {}", dist.display()))?;
    }
    process::run(Command::new(workspace.host_binary()).args(["plugin", "build"]).arg(&copy))?;
    let bytes = fs::read(built_in(&dist)?).with_context(|| format!("cannot read what {} holds", dist.display()))?;
    replace(&folder.join(format!("{name}.wasm")), &bytes)
}

fn built_in(dist: &Path) -> Result<PathBuf> {
    let entries = dist.read_dir().with_context(|| format!("cannot list {}", dist.display()))?;
    let mut paths = entries.filter_map(|entry| entry.ok().map(|e| e.path()));
    match paths.find(|path| path.extension().is_some_and(|extension| extension == "wasm")) {
        Some(path) => Ok(path),
        None => bail!("{} holds no component", dist.display()),
    }
}

/// Files only: the folders in a source folder are what tools left there.
fn copy_files(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    for entry in from.read_dir().with_context(|| format!("cannot list {}", from.display()))? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            let target = to.join(entry.file_name());
            fs::copy(entry.path(), &target).with_context(|| format!("cannot write {}", target.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_takes_files_and_keeps_what_tools_left_there() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("from"), dir.path().join("to"));
        fs::create_dir_all(from.join("node_modules")).unwrap();
        fs::create_dir_all(to.join("node_modules/tool")).unwrap();
        fs::write(from.join("plugin.js"), "new").unwrap();
        fs::write(to.join("plugin.js"), "old").unwrap();
        copy_files(&from, &to).unwrap();
        assert_eq!(fs::read_to_string(to.join("plugin.js")).unwrap(), "new");
        assert!(to.join("node_modules/tool").exists());
    }
}
