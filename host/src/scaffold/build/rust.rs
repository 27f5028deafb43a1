//! Rust: cargo builds a core module for `wasm32-unknown-unknown`, which is wrapped here.
//!
//! That target's library asks the host for nothing, so no import needs to be stubbed away.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

use anyhow::Context;
use foghorn_wasm_build::wasm_std::{self, Search};
use foghorn_wasm_build::{cargo, component, process};

use super::require;

/// What `[lib]` in the project's `Cargo.toml` is called.
const LIBRARY: &str = "plugin";

/// Builds the project in `folder`. `FOGHORN_WASM_STD` names one of the ways to the standard library and forbids the others.
pub(super) fn build(folder: &Path) -> anyhow::Result<Vec<u8>> {
    require("cargo", "install Rust 1.95 or newer with rustup (https://rustup.rs)")?;
    let folder = folder.canonicalize().with_context(|| format!("cannot find {}", folder.display()))?;
    let wanted = env::var("FOGHORN_WASM_STD").ok();
    let std = wasm_std::find(Search { teller: "foghorn", wanted: wanted.as_deref(), install: None })?;
    let mut command = Command::new("cargo");
    command.current_dir(&folder).args(["build", "--lib", "--release"]);
    let built = cargo::prepare(&mut command, &folder, &folder.join("target/component"), &std);
    process::run(&mut command)?;
    let module = built.join("release").join(format!("{LIBRARY}.wasm"));
    let bytes = fs::read(&module).with_context(|| {
        format!("cannot read {}; [lib] in Cargo.toml must be named {LIBRARY:?} and be a cdylib", module.display())
    })?;
    component::encode(&bytes).with_context(|| format!("cannot make a component of {}", module.display()))
}
