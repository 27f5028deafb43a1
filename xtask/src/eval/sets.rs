//! Which log sets there are.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::digest::sha256;
use crate::workspace::Workspace;

/// Where the public labelled sets lie, seen from the clone.
const BESIDE: &str = "../shared/data";

/// Digits of a digest that are shown.
const DIGEST_SHOWN: usize = 16;

/// A log file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Set {
    /// The file's name without what says its format.
    pub name: String,
    pub path: PathBuf,
}

impl Set {
    /// The first digits of the file's digest.
    pub(super) fn digest(&self) -> Result<String> {
        let bytes = fs::read(&self.path).with_context(|| format!("cannot read {}", self.path.display()))?;
        Ok(sha256(&bytes)[..DIGEST_SHOWN].to_owned())
    }
}

/// The files that `paths` name, and those in the folders among them; without any, those beside the clone.
pub(super) fn find(workspace: &Workspace, paths: &[PathBuf]) -> Result<Vec<Set>> {
    if !paths.is_empty() {
        return paths.iter().map(|path| of(path)).collect::<Result<Vec<_>>>().map(|found| found.concat());
    }
    let folder = workspace.root().join(BESIDE);
    if !folder.is_dir() {
        bail!(
            "no log sets lie beside this clone ({} is absent); name a folder or files of JSON lines: cargo xtask eval FOLDER",
            folder.display()
        );
    }
    of(&folder)
}

fn of(path: &Path) -> Result<Vec<Set>> {
    // The host works in another folder.
    let path = path.canonicalize().with_context(|| format!("cannot read {}", path.display()))?;
    if path.is_file() {
        let name = file_name(&path);
        return Ok(vec![Set { name: stem(&name).unwrap_or(&name).to_owned(), path }]);
    }
    let mut found = Vec::new();
    for entry in path.read_dir().with_context(|| format!("cannot list {}", path.display()))? {
        let path = entry?.path();
        let name = file_name(&path);
        found.extend(stem(&name).filter(|_| path.is_file()).map(|stem| Set { name: stem.to_owned(), path }));
    }
    if found.is_empty() {
        bail!("{} holds no *.jsonl or *.jsonl.gz", path.display());
    }
    found.sort();
    Ok(found)
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn stem(name: &str) -> Option<&str> {
    name.strip_suffix(".gz").unwrap_or(name).strip_suffix(".jsonl")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_gives_its_plain_and_packed_sets_by_name() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["b.jsonl", "a.jsonl.gz", "a.md", "c.json", "d.gz"] {
            fs::write(dir.path().join(name), "").unwrap();
        }
        let names: Vec<_> = of(dir.path()).unwrap().into_iter().map(|set| set.name).collect();
        assert_eq!(names, ["a", "b"]);
    }

    #[test]
    fn a_file_is_a_set_whatever_its_name() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("web.log"), "").unwrap();
        assert_eq!(of(&dir.path().join("web.log")).unwrap()[0].name, "web.log");
    }

    #[test]
    fn a_folder_without_sets_and_an_absent_one_say_so() {
        let dir = tempfile::tempdir().unwrap();
        assert!(of(dir.path()).unwrap_err().to_string().ends_with("holds no *.jsonl or *.jsonl.gz"));
        assert!(of(&dir.path().join("absent")).unwrap_err().to_string().starts_with("cannot read"));
    }
}
