//! The command line: one file a command, each a thin rim around the library.

mod alert;
mod doctor;
mod healthcheck;
mod history;
mod plugin;
mod reach;
mod replay;
mod run;
mod text;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::settings::{Layer, Settings};
use crate::store::{Store, StoreOptions};

/// Foghorn sounds when a container's logs get strange.
#[derive(Debug, Parser)]
#[command(name = "foghorn", version, about, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Tail all containers, learn, alert, serve the dashboard
    Run(Common),
    /// Run a file of log lines through the same pipeline; print scores and a summary
    Replay(replay::ReplayArgs),
    /// List, show and label alerts, ask for silence, try where notices go
    #[command(subcommand)]
    Alert(alert::AlertCommand),
    /// Print stored lines and windows, or copy them to InfluxDB and Redis
    #[command(subcommand)]
    History(history::HistoryCommand),
    /// List, write, check and install plugins; choose, try and change those of containers
    #[command(subcommand)]
    Plugin(plugin::PluginCommand),
    /// Tell what is reachable, what is not, and what to do about it
    Doctor(Common),
    /// Ask a running Foghorn whether it is well; the exit code tells (for container health checks)
    Healthcheck(healthcheck::HealthcheckArgs),
}

/// Settings by flag or environment, and a file for the rest.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// Settings file (TOML); keys are named like the flags [default: foghorn.toml in the current directory, if there is one]
    #[arg(long, env = "FOGHORN_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    layer: Layer,
}

impl Common {
    fn settings(self) -> anyhow::Result<Settings> {
        let beside = PathBuf::from("foghorn.toml");
        let file = match self.config {
            Some(path) => Layer::from_file(&path)?,
            None if beside.exists() => Layer::from_file(&beside)?,
            None => Layer::default(),
        };
        Ok(self.layer.check(file)?)
    }

    /// The store, to read beside a host that may be running.
    fn store(self) -> anyhow::Result<Store> {
        open_to_read(&self.settings()?)
    }
}

fn open_to_read(settings: &Settings) -> anyhow::Result<Store> {
    Ok(Store::open(&StoreOptions { read_only: true, ..store_options(settings) })?)
}

/// The store as the settings want it.
pub(crate) fn store_options(settings: &Settings) -> StoreOptions {
    // With history in a server the store is a spool, and has a bound of its own.
    let size = match &settings.servers.influx {
        Some(_) => settings.servers.spool_size,
        None => settings.retention_size,
    };
    StoreOptions {
        retention_age: settings.retention_age.as_duration(),
        retention_bytes: size.bytes,
        ..StoreOptions::new(&settings.data_dir)
    }
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// One JSON array or object
    Json,
    /// One JSON object a line
    Jsonl,
}

/// Runs a command.
pub fn dispatch(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Run(common) => block_on(run::run(common.settings()?)),
        Command::Replay(args) => replay::run(args),
        Command::Alert(command) => block_on(alert::run(command)),
        Command::History(command) => block_on(history::run(command)),
        Command::Plugin(command) => plugin::run(command),
        Command::Doctor(common) => block_on(doctor::run(common.settings()?)),
        Command::Healthcheck(args) => block_on(healthcheck::run(args)),
    }
}

/// An error with its causes, each once: many texts hold that of their cause already.
pub fn error_text(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    text
}

fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start threads")?;
    let done = runtime.block_on(work);
    // Blocking work, such as a plugin's call, may still run; its results are not wanted any more.
    runtime.shutdown_timeout(std::time::Duration::from_secs(5));
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_told_once() {
        #[derive(Debug, thiserror::Error)]
        #[error("cannot read x: {source}")]
        struct Told {
            source: std::io::Error,
        }
        let told = anyhow::Error::new(Told { source: std::io::Error::other("disk is gone") });
        assert_eq!(error_text(&told), "cannot read x: disk is gone");
        assert_eq!(error_text(&told.context("no replay")), "no replay: cannot read x: disk is gone");
    }
}
