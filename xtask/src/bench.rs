//! Runs a benchmark: an example of the host crate, started with the components built.
//!
//! Examples are built with the profile `bench`: that of a release, with the plugins' crates compiled as components are.

use std::fs;

use anyhow::Result;
use clap::ValueEnum;

use crate::workspace::Workspace;
use crate::{host, plugins, process};

/// The page that `--write` writes to.
const PAGE: &str = "docs/BENCHMARKS.md";

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Bench {
    /// What running the plugins as components costs against the same code natively
    Sandbox,
    /// How long a stream waits when a plugin is replaced, and how soon another one scores
    Swap,
    /// The dashboard over 200 containers and 1,000,000 stored windows: bytes, times, what open pages cost
    Dashboard,
}

impl Bench {
    /// The example of the host that measures; `None` where it takes a running host.
    fn example(self) -> Option<&'static str> {
        match self {
            Self::Sandbox => Some("sandbox_bench"),
            Self::Swap => Some("swap_bench"),
            Self::Dashboard => None,
        }
    }
}

/// Builds and runs `bench`; with `write`, its table also goes into docs/BENCHMARKS.md.
pub fn run(workspace: &Workspace, bench: Bench, write: bool) -> Result<()> {
    let Some(example) = bench.example() else { return dashboard(workspace, write) };
    plugins::build(workspace)?;
    let mut cargo = workspace.cargo();
    cargo.args(["run", "--quiet", "--profile", "bench", "--package", "foghorn", "--example", example]);
    if write {
        cargo.arg("--").arg("--write").arg(workspace.root().join(PAGE));
    }
    process::run(&mut cargo)
}

/// Fills a store, starts the built host on it, and asks it as browsers do.
fn dashboard(workspace: &Workspace, write: bool) -> Result<()> {
    host::build(workspace)?;
    let dir = workspace.target("dashboard-bench");
    if dir.exists() {
        fs::remove_dir_all(&dir)?;
    }
    let data = dir.join("data");
    fs::create_dir_all(&dir)?;
    let example = |package: &str, name: &str| {
        let mut cargo = workspace.cargo();
        cargo.args(["run", "--quiet", "--release", "--package", package, "--example", name, "--"]).arg(&data);
        cargo
    };
    process::run(example("foghorn", "store_fill").args(["200", "5000"]))?;
    let mut measure = example("foghorn-tests", "dashboard_bench");
    if write {
        measure.arg("--write").arg(workspace.root().join(PAGE));
    }
    process::run(&mut measure)?;
    Ok(fs::remove_dir_all(dir)?)
}
