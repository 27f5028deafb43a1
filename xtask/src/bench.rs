//! Runs a benchmark: an example of the host crate, started with the components built.
//!
//! Examples are built with the profile `bench`: that of a release, with the plugins' crates compiled as components are.

mod writer;

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;
use clap::ValueEnum;

use crate::workspace::Workspace;
use crate::{docker, host, page, plugins, process, venv};
use writer::Written;

/// The page that `--write` writes to.
const PAGE: &str = "docs/BENCHMARKS.md";

/// The other sides of the table.
const PACKAGES: [&str; 5] =
    ["scikit-learn==1.9.1", "numpy==2.4.6", "scipy==1.17.1", "pandas==3.1.1", "isotree==0.6.1.post10"];
const HEAD: &str =
    "| what | against | Foghorn | the other | times as fast (range) | aim |\n|---|---|---:|---:|---:|---|\n";
/// A labelled log that is replayed, beside the clone.
const LOG: &str = "../shared/data/hdfs.jsonl.gz";

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Bench {
    /// The one table: collecting, vectorizing, forests and a whole replay beside what others do with the same work; components beside native code;
    /// the running host with 200 containers: memory, how soon an alert is told, how soon a start collects
    Table,
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
            Self::Table | Self::Dashboard => None,
        }
    }
}

/// Builds and runs `bench`; with `write`, its table also goes into docs/BENCHMARKS.md.
pub fn run(workspace: &Workspace, bench: Bench, write: bool) -> Result<()> {
    let Some(example) = bench.example() else {
        return match bench {
            Bench::Table => table(workspace, write),
            _ => dashboard(workspace, write),
        };
    };
    plugins::build(workspace)?;
    let mut cargo = self::example(workspace, "bench", "foghorn", example);
    if write {
        cargo.arg("--write").arg(workspace.root().join(PAGE));
    }
    process::run(&mut cargo)
}

/// The table, in four parts: beside others, beside native code, the whole host beside its collector, the running host. Rows whose other side is not
/// here are left out, and it says so.
fn table(workspace: &Workspace, write: bool) -> Result<()> {
    host::build(workspace)?;
    let work = workspace.target("table-bench");
    fs::create_dir_all(&work)?;
    let page = workspace.root().join(PAGE);
    let parts = ["others", "native", "whole", "host"].map(|part| work.join(format!("{part}.rows")));
    beside_others(workspace, &work, &parts[0])?;
    let mut native = example(workspace, "bench", "foghorn", "sandbox_bench");
    native.arg("--rows").arg(&parts[1]);
    if write {
        native.arg("--write").arg(&page);
    }
    process::run(&mut native)?;
    whole(workspace, &work, &parts[2])?;
    process::run(example(workspace, "release", "foghorn-tests", "host_bench").arg("--rows").arg(&parts[3]))?;
    let rows = parts.iter().map(fs::read_to_string).collect::<std::io::Result<String>>()?;
    let table = format!("{HEAD}{rows}");
    print!("{table}");
    if write { page::replace(&page, "bench table", &table) } else { Ok(()) }
}

fn beside_others(workspace: &Workspace, work: &Path, rows: &Path) -> Result<()> {
    let python = venv::ready(workspace, "bench-python", &PACKAGES)?;
    let mut cargo = example(workspace, "bench", "foghorn", "table_bench");
    cargo.arg("--python").arg(&python).arg("--work").arg(work).arg("--rows").arg(rows);
    cargo.arg("--host").arg(workspace.host_binary());
    let log = workspace.root().join(LOG);
    if log.is_file() {
        cargo.arg("--log").arg(log);
    } else {
        eprintln!("xtask: no row of a replay: {} is not there", log.display());
    }
    with(writer::words(), |written| {
        if let Some(written) = written {
            cargo.args(["--container", written.container.name(), written.lines]);
        }
        process::run(&mut cargo)
    })
}

/// The whole host beside its collector.
fn whole(workspace: &Workspace, work: &Path, rows: &Path) -> Result<()> {
    fs::write(rows, "")?;
    let learned = work.join("learned");
    let mut cargo = example(workspace, "bench", "foghorn", "table_bench");
    cargo.arg("--work").arg(work).arg("--rows").arg(rows).arg("--host").arg(workspace.host_binary());
    cargo.arg("--learned").arg(&learned);
    with(writer::service(workspace, &learned), |written| {
        let Some(written) = written else { return Ok(()) };
        process::run(cargo.args(["--container", written.container.name(), written.lines]))
    })
}

/// Does `work` with the container, where there is one, and removes it.
fn with(written: Result<Written>, work: impl FnOnce(Option<&Written>) -> Result<()>) -> Result<()> {
    let written = written.inspect_err(|error| eprintln!("xtask: rows are left out: {error:#}")).ok();
    let measured = work(written.as_ref());
    written.map_or(Ok(()), |written| written.container.remove())?;
    measured
}

fn example(workspace: &Workspace, profile: &str, package: &str, name: &str) -> Command {
    let mut cargo = workspace.cargo();
    cargo.args(["run", "--quiet", "--profile", profile, "--package", package, "--example", name, "--"]);
    cargo
}

/// The built host for a long time on containers, servers and an engine that come and go.
pub fn soak(workspace: &Workspace, minutes: f64, write: bool) -> Result<()> {
    docker::require_engine()?;
    host::build(workspace)?;
    let mut cargo = example(workspace, "release", "foghorn-tests", "soak");
    cargo.args(["--minutes", &minutes.to_string()]);
    if write {
        cargo.arg("--write").arg(workspace.root());
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
    process::run(example(workspace, "release", "foghorn", "store_fill").arg(&data).args(["200", "5000"]))?;
    let mut measure = example(workspace, "release", "foghorn-tests", "dashboard_bench");
    measure.arg(&data);
    if write {
        measure.arg("--write").arg(workspace.root().join(PAGE));
    }
    process::run(&mut measure)?;
    Ok(fs::remove_dir_all(dir)?)
}
