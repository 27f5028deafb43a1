//! Runs a benchmark: an example of the host crate, started with the components built.
//!
//! Examples are built with the profile `bench`: that of a release, with the plugins' crates compiled as components are.

use anyhow::Result;
use clap::ValueEnum;

use crate::workspace::Workspace;
use crate::{plugins, process};

/// The page that `--write` writes to.
const PAGE: &str = "docs/BENCHMARKS.md";

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Bench {
    /// What running the plugins as components costs against the same code natively
    Sandbox,
    /// How long a stream waits when a plugin is replaced, and how soon another one scores
    Swap,
}

impl Bench {
    fn example(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox_bench",
            Self::Swap => "swap_bench",
        }
    }
}

/// Builds and runs `bench`; with `write`, its table also goes into docs/BENCHMARKS.md.
pub fn run(workspace: &Workspace, bench: Bench, write: bool) -> Result<()> {
    plugins::build(workspace)?;
    let mut cargo = workspace.cargo();
    cargo.args(["run", "--quiet", "--profile", "bench", "--package", "foghorn", "--example", bench.example()]);
    if write {
        cargo.arg("--").arg("--write").arg(workspace.root().join(PAGE));
    }
    process::run(&mut cargo)
}
