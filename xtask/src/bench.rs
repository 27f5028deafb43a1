//! Runs a benchmark: an example of the host crate, started with the components built.
//!
//! Examples are built with the profile `bench`: that of a release, with the plugins' crates compiled as components are.

use std::time::Duration;
use std::{fs, thread};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::docker::{self, Container};
use crate::workspace::Workspace;
use crate::{host, plugins, process, venv};

/// The page that `--write` writes to.
const PAGE: &str = "docs/BENCHMARKS.md";

/// The other sides of the table.
const PACKAGES: [&str; 5] =
    ["scikit-learn==1.9.1", "numpy==2.4.6", "scipy==1.17.1", "pandas==3.1.1", "isotree==0.6.1.post10"];
/// What is collected in the table: so many lines of the usual 150 bytes.
const COLLECTED: &str = "1000000";
const IMAGE: &str = "lt/logsmith";
/// A labelled log that is replayed, beside the clone.
const LOG: &str = "../shared/data/hdfs.jsonl.gz";

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Bench {
    /// Foghorn beside what others do with the same work: collecting, vectorizing, forests, a whole replay
    Table,
    /// What running the plugins as components costs against the same code natively
    Sandbox,
    /// How long a stream waits when a plugin is replaced, and how soon another one scores
    Swap,
    /// The running host: memory of 200 learned containers, how soon an alert is told, how soon a start collects
    Host,
    /// The dashboard over 200 containers and 1,000,000 stored windows: bytes, times, what open pages cost
    Dashboard,
}

impl Bench {
    /// The example of the host that measures; `None` where it takes a running host.
    fn example(self) -> Option<&'static str> {
        match self {
            Self::Sandbox => Some("sandbox_bench"),
            Self::Swap => Some("swap_bench"),
            Self::Table | Self::Host | Self::Dashboard => None,
        }
    }
}

/// Builds and runs `bench`; with `write`, its table also goes into docs/BENCHMARKS.md.
pub fn run(workspace: &Workspace, bench: Bench, write: bool) -> Result<()> {
    let Some(example) = bench.example() else {
        return match bench {
            Bench::Table => table(workspace, write),
            Bench::Host => running_host(workspace, write),
            _ => dashboard(workspace, write),
        };
    };
    plugins::build(workspace)?;
    let mut cargo = workspace.cargo();
    cargo.args(["run", "--quiet", "--profile", "bench", "--package", "foghorn", "--example", example]);
    if write {
        cargo.arg("--").arg("--write").arg(workspace.root().join(PAGE));
    }
    process::run(&mut cargo)
}

/// The table. Rows whose other side is not here are left out, and it says so.
fn table(workspace: &Workspace, write: bool) -> Result<()> {
    host::build(workspace)?;
    let python = venv::ready(workspace, "bench-python", &PACKAGES)?;
    let work = workspace.target("table-bench");
    fs::create_dir_all(&work)?;
    let mut cargo = workspace.cargo();
    cargo.args(["run", "--quiet", "--profile", "bench", "--package", "foghorn", "--example", "table_bench", "--"]);
    cargo.arg("--python").arg(&python).arg("--work").arg(&work);
    let log = workspace.root().join(LOG);
    if log.is_file() {
        cargo.arg("--host").arg(workspace.host_binary()).arg("--log").arg(log);
    } else {
        eprintln!("xtask: no row of a replay: {} is not there", log.display());
    }
    let container = writer().inspect_err(|error| eprintln!("xtask: no rows of collecting: {error:#}")).ok();
    if let Some(container) = &container {
        cargo.args(["--container", container.name(), COLLECTED]);
    }
    if write {
        cargo.arg("--write").arg(workspace.root().join(PAGE));
    }
    let measured = process::run(&mut cargo);
    container.map_or(Ok(()), |container| container.remove())?;
    measured
}

/// The built host on a crowd of containers.
fn running_host(workspace: &Workspace, write: bool) -> Result<()> {
    host::build(workspace)?;
    let mut cargo = workspace.cargo();
    cargo.args(["run", "--quiet", "--release", "--package", "foghorn-tests", "--example", "host_bench", "--"]);
    if write {
        cargo.arg("--write").arg(workspace.root().join(PAGE));
    }
    process::run(&mut cargo)
}

/// A container that has written its lines, and waits.
fn writer() -> Result<Container> {
    docker::require_engine()?;
    process::text(docker::docker().args(["image", "inspect", "--format", "{{.Id}}", IMAGE]))
        .with_context(|| format!("there is no image {IMAGE}, which writes numbered lines"))?;
    let name = format!("foghorn-bench-{}", std::process::id());
    let args = ["--lines", COLLECTED, "--sleep-after", "3600000"];
    let container = Container::start(IMAGE, &name, &["foghorn.enable=true", "foghorn.bench=1"], &args)?;
    let last = format!("seq={COLLECTED:0>10}");
    for _ in 0..600 {
        let mut tail = docker::docker();
        if process::text(tail.args(["logs", "--tail", "1", &name]))?.contains(&last) {
            return Ok(container);
        }
        thread::sleep(Duration::from_millis(100));
    }
    container.remove()?;
    bail!("{name} did not write its lines within a minute")
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
