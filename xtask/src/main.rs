//! The command line of `cargo xtask`.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use xtask::workspace::Workspace;
use xtask::{host, plugins};

/// Builds, runs, shows and tests Foghorn.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build the components only, to target/components
    Plugins,
    /// Build the components and the host, to target/release/foghorn
    Build,
    /// Build, then run the host on this machine's Docker engine
    Run {
        /// Passed on to `foghorn run`
        #[arg(last = true)]
        args: Vec<OsString>,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    let workspace = Workspace::find()?;
    match task {
        Task::Plugins => plugins::build(&workspace),
        Task::Build => host::build(&workspace),
        Task::Run { args } => host::run(&workspace, &args),
    }
}
