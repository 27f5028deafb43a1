//! JavaScript: componentize-qjs, which puts QuickJS into the component; it is what jco calls for that engine.

use std::path::Path;
use std::process::Command;

use anyhow::Context;
use foghorn_wasm_build::process;

use super::{component_of, install_once, require};

const MODULES: &str = "node_modules";
const PINS: &str = "package.json";

/// Builds the project in `folder` for `world`.
pub(super) fn build(folder: &Path, world: &str) -> anyhow::Result<Vec<u8>> {
    require("node", "install Node.js 18 or newer")?;
    require("npm", "it comes with Node.js (Debian: npm)")?;
    install_once(&folder.join(MODULES), &folder.join(PINS), || install(folder))?;
    let modules = folder.join(MODULES);
    let modules = modules.canonicalize().with_context(|| format!("cannot find {}", modules.display()))?;
    let mut tool = Command::new(modules.join(".bin/componentize-qjs"));
    tool.args(["--wit", "wit", "--world", world, "--js", "plugin.js", "--module-root", "."]);
    // The other engine needs asynchronous components, which the host does not run; what is stubbed traps when it is called.
    tool.args(["--sync", "--stub-wasi"]);
    component_of(folder, &mut tool)
}

fn install(folder: &Path) -> anyhow::Result<()> {
    eprintln!("foghorn: installing what {PINS} names into {MODULES}, once");
    process::run(Command::new("npm").args(["install", "--no-audit", "--no-fund"]).current_dir(folder))
}
