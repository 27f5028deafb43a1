//! A Python environment in the target directory, with pinned packages.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, anyhow};

use crate::workspace::Workspace;
use crate::{needs, process};

/// Makes the environment `name` where it is not there yet; its interpreter. Packages are `NAME==VERSION`.
pub fn ready(workspace: &Workspace, name: &str, packages: &[&str]) -> Result<PathBuf> {
    let folder = workspace.target(name);
    let program = folder.join("bin").join("python");
    if installed(&program, packages).as_deref() != Some(&packages.join(" ")) {
        needs::pip().map_err(|why| anyhow!("{why}"))?;
        eprintln!("xtask: installing {} to {}", packages.join(", "), folder.display());
        process::run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        let mut pip = Command::new(&program);
        process::run(pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(packages))?;
    }
    Ok(program)
}

/// The packages' versions, as they are installed.
fn installed(program: &Path, packages: &[&str]) -> Option<String> {
    let names = packages.iter().filter_map(|package| package.split("==").next());
    let script = "import sys, importlib.metadata as m; print(*(f'{n}=={m.version(n)}' for n in sys.argv[1:]))";
    process::text(Command::new(program).args(["-c", script]).args(names)).ok()
}
