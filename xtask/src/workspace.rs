//! Where things are: the clone, its target directory, and the cargo that runs us.
//!
//! Promises that every step agrees on one target directory, the one cargo itself would use (`CARGO_TARGET_DIR`, or what a
//! cargo configuration says).

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow};

use crate::process;

/// The clone and its target directory.
#[derive(Debug, Clone)]
pub struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// Asks cargo where the target directory is.
    pub fn find() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies in the workspace")?.to_path_buf();
        let text = process::text(cargo(&root).args(["metadata", "--no-deps", "--offline", "--format-version", "1"]))?;
        let metadata: serde_json::Value = serde_json::from_str(&text).context("cargo metadata did not print json")?;
        let target =
            metadata["target_directory"].as_str().ok_or_else(|| anyhow!("cargo metadata names no target_directory"))?;
        Ok(Self { root, target: target.into() })
    }

    /// The folder that holds the root `Cargo.toml`.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `path` inside the target directory.
    pub fn target(&self, path: &str) -> PathBuf {
        self.target.join(path)
    }

    /// Where the built components lie.
    pub fn components(&self) -> PathBuf {
        self.target("components")
    }

    /// Where `build` leaves the host.
    pub fn host_binary(&self) -> PathBuf {
        self.target("release").join(format!("foghorn{}", std::env::consts::EXE_SUFFIX))
    }

    /// The cargo that runs us, working in the clone.
    pub fn cargo(&self) -> Command {
        cargo(&self.root)
    }

    /// Where the components that tests misuse lie.
    pub fn test_components(&self) -> PathBuf {
        self.target("testcomponents")
    }

    /// Where the components of the examples lie.
    pub fn example_components(&self) -> PathBuf {
        self.target("examples-components")
    }

    /// The folder of an example.
    pub fn example(&self, name: &str) -> PathBuf {
        self.root.join("examples").join(name)
    }

    /// The names of the folders in `examples/` that are plugins, sorted. Those in Rust hold the crate `foghorn-example-NAME`.
    pub fn examples(&self) -> Result<Vec<String>> {
        self.folders_with("examples", "plugin.toml")
    }

    /// The names of the folders in `plugins/`, sorted: each holds the crate `foghorn-NAME`.
    pub fn plugins(&self) -> Result<Vec<String>> {
        self.folders_with("plugins", "Cargo.toml")
    }

    /// The names of the folders in `testplugins/`, sorted: each holds the crate `foghorn-test-NAME`.
    pub fn test_plugins(&self) -> Result<Vec<String>> {
        self.folders_with("testplugins", "Cargo.toml")
    }

    fn folders_with(&self, folder: &str, file: &str) -> Result<Vec<String>> {
        let folder = self.root.join(folder);
        let mut names = Vec::new();
        for entry in folder.read_dir().with_context(|| format!("cannot list {}", folder.display()))? {
            let path = entry?.path();
            if path.join(file).is_file() {
                names.extend(path.file_name().and_then(|n| n.to_str()).map(str::to_owned));
            }
        }
        names.sort();
        Ok(names)
    }
}

/// What `cargo run` says of this program is not passed on: build scripts that look at it would run again, and all that depends on them be compiled again,
/// whenever somebody calls cargo by hand in between.
fn cargo(root: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let is_of_this_program = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_of_this_program) {
            command.env_remove(name);
        }
    }
    command.current_dir(root);
    command
}
