//! Builds the host with the components inside it, and runs it.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result};

use crate::workspace::Workspace;
use crate::{plugins, process};

/// Leaves the components in `target/components` and the one binary at `target/release/foghorn`.
pub fn build(workspace: &Workspace) -> Result<()> {
    plugins::build(workspace)?;
    process::run(workspace.cargo().args(["build", "--release", "--package", "foghorn"]))
}

/// Builds, then becomes `foghorn run ARGS`: signals reach the host itself, and its exit code is ours. Returns only when it
/// could not start.
pub fn run(workspace: &Workspace, args: &[OsString]) -> Result<()> {
    build(workspace)?;
    let binary = workspace.host_binary();
    let error: io::Error = Command::new(&binary).arg("run").args(args).exec();
    Err(error).with_context(|| format!("cannot start {}", binary.display()))
}
