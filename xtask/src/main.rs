//! The command line of `cargo xtask`.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use xtask::workspace::Workspace;
use xtask::{bench, check, demo, director, eval, examples, faults, host, image, plugins};

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
    /// Build the components that tests misuse, to target/testcomponents
    TestPlugins,
    /// Build everything, and the plugins in examples/ to target/examples-components
    Examples,
    /// Build the components and the host, to target/release/foghorn
    Build,
    /// Build, then run the host on this machine's Docker engine
    Run {
        /// Passed on to `foghorn run`
        #[arg(last = true)]
        args: Vec<OsString>,
    },
    /// Build, then show the whole story: three containers, one of which goes wrong
    Demo {
        /// Address of the dashboard [default: a free port on 127.0.0.1]
        #[arg(long, value_name = "ADDRESS:PORT")]
        listen: Option<SocketAddr>,
    },
    /// Build, then make the container image foghorn:VERSION out of parts of this machine
    Image {
        /// Only gather the image's root in target/image; needs no Docker engine
        #[arg(long)]
        root_only: bool,
    },
    /// Build, then measure
    Bench {
        #[arg(default_value = "table")]
        bench: bench::Bench,
        /// Put the table into docs/BENCHMARKS.md
        #[arg(long)]
        write: bool,
    },
    /// Build, then let the host run for a long time while containers, servers, the engine and it itself are restarted at random
    ///
    /// Each line is numbered: at the end it tells whether one was lost or kept twice, and how memory and lag went. Redis, InfluxDB and a Docker
    /// engine of its own are started and removed (as root, where they are installed).
    Soak {
        /// How long containers write
        #[arg(long, value_name = "N", default_value = "60")]
        minutes: f64,
        /// Put the figures into docs/BENCHMARKS.md and the picture into docs/pages/soak.svg
        #[arg(long)]
        write: bool,
    },
    /// Build, then measure how well labelled log sets are judged, beside a Python reference on the same windows
    Eval(eval::EvalArgs),
    /// Build, then do real harm to real services in containers and tell which faults Foghorn finds, and how soon
    ///
    /// Brings a Docker engine where it may (as root on Debian), makes the image of nginx, Redis, Postgres and a small shop out of
    /// Debian packages, loads them, waits until Foghorn has learned them, counts false alarms in quiet time, then injects the faults
    /// one after the other. With the defaults this takes about an hour: 10 minutes to learn, 20 quiet, and 105 s for each of 15 faults.
    /// All is removed at the end; what an interrupted run leaves behind, the next one removes. docs/FAULTS.md tells of each fault.
    Faults {
        #[command(flatten)]
        options: faults::Options,
    },
    /// Install or start what the tests need, then format check, lints and every test
    Test,
    /// The second process of `demo`
    #[command(hide = true)]
    Direct { address: SocketAddr, host: u32, data: PathBuf },
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
        Task::TestPlugins => plugins::build_for_tests(&workspace),
        Task::Examples => {
            host::build(&workspace)?;
            examples::build(&workspace)?.iter().for_each(|why| eprintln!("xtask: left out {why}"));
            Ok(())
        }
        Task::Build => host::build(&workspace),
        Task::Run { args } => host::run(&workspace, &args),
        Task::Demo { listen } => demo::run(&workspace, listen),
        Task::Image { root_only } => image::run(&workspace, root_only),
        Task::Bench { bench, write } => bench::run(&workspace, bench, write),
        Task::Soak { minutes, write } => bench::soak(&workspace, minutes, write),
        Task::Eval(args) => eval::run(&workspace, &args),
        Task::Faults { options } => faults::run(&workspace, &options),
        Task::Test => check::run(&workspace),
        Task::Direct { address, host, data } => director::run(address, host, &data),
    }
}
