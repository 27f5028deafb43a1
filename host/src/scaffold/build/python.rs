//! Python: componentize-py, from a virtual environment in the project.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use foghorn_wasm_build::process;

use super::{component_of, install_once, require};

const VENV: &str = ".venv";
const PINS: &str = "requirements.txt";

/// Builds the project in `folder` for `world`.
pub(super) fn build(folder: &Path, world: &str) -> anyhow::Result<Vec<u8>> {
    require("python3", "install Python 3.10 or newer, with venv (Debian: python3-venv)")?;
    install_once(&folder.join(VENV), &folder.join(PINS), || install(folder))?;
    let mut tool = Command::new(folder_of(folder)?.join(VENV).join("bin/componentize-py"));
    // Without it the packages of the system's Python would be looked at too.
    tool.env("VIRTUAL_ENV", VENV);
    tool.args(["--quiet", "--wit-path", "wit", "--world", world, "componentize", "plugin"]);
    // What is stubbed traps when it is called: the host grants nothing, so nothing may be imported.
    tool.args(["--stub-wasi", "--python-path", "."]);
    component_of(folder, &mut tool)
}

fn install(folder: &Path) -> anyhow::Result<()> {
    eprintln!("foghorn: installing what {PINS} names into {VENV}, once");
    let venv = process::run(Command::new("python3").args(["-m", "venv", VENV]).current_dir(folder));
    venv.context("no virtual environment; on Debian install python3-venv")?;
    let pip = folder_of(folder)?.join(VENV).join("bin/pip");
    let quiet = ["install", "--quiet", "--disable-pip-version-check", "--requirement", PINS];
    process::run(Command::new(pip).args(quiet).current_dir(folder))
}

fn folder_of(folder: &Path) -> anyhow::Result<PathBuf> {
    folder.canonicalize().with_context(|| format!("cannot find {}", folder.display()))
}
