//! Real failures of real services: how many does Foghorn find, how soon, and how often does it cry wolf?
//!
//! Promises that nothing is pretended: the faults are done to nginx, Redis, Postgres and a small shop in containers, whose own logs are
//! all that Foghorn sees; its detector and thresholds have their defaults. What it leaves out: faults that no log ever tells.

mod debian;
mod fault;
mod image;
mod inject;
mod load;
mod page;
mod record;
mod run;
mod schedule;
mod score;
mod sighting;
mod stage;
mod stored;
mod timeline;
mod upkeep;
mod watchman;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;

use crate::workspace::Workspace;
use crate::{host, needs};
use fault::{FAULTS, Fault};

/// Windows that the normal minutes hold: some more than five cycles of the twenty that each needs.
const WINDOWS: u64 = 120;
const CYCLES: u64 = 5;
const WINDOW_AGE_MAX: Duration = Duration::from_secs(30);

/// How long the parts of a run are, and which faults it holds.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Minutes of normal load, from which Foghorn learns
    #[arg(long, value_name = "MINUTES", default_value_t = 10, value_parser = clap::value_parser!(u64).range(2..=1_440))]
    minutes_normal: u64,
    /// Minutes of normal load after that, in which every alert is a false one
    #[arg(long, value_name = "MINUTES", default_value_t = 20, value_parser = clap::value_parser!(u64).range(0..=1_440))]
    minutes_quiet: u64,
    /// How long each fault lasts
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(10..=3_600))]
    fault_seconds: u64,
    /// Pause after each fault
    #[arg(long, value_name = "SECONDS", default_value_t = 45, value_parser = clap::value_parser!(u64).range(10..=3_600))]
    rest_seconds: u64,
    /// Only this fault; may be repeated [default: all]
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Put the result into docs/FAULTS.md
    #[arg(long)]
    write: bool,
    /// Write all lines, labelled, to a file for `foghorn replay --input`; .gz compresses
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

impl Options {
    /// Only what makes it learn within the normal minutes, and what keeps it to our containers.
    fn flags(&self) -> Vec<String> {
        let interval = self.minutes_normal * 60 / CYCLES;
        vec![
            "--only-enabled=true".into(),
            "--host-name=faults".into(),
            format!("--window-age={}ms", self.window_age().as_millis()),
            format!("--train-interval={interval}s"),
        ]
    }

    fn window_age(&self) -> Duration {
        Duration::from_millis(self.minutes_normal * 60_000 / WINDOWS).min(WINDOW_AGE_MAX)
    }

    fn faults(&self) -> Result<Vec<&'static Fault>> {
        for name in &self.only {
            if !FAULTS.iter().any(|fault| fault.name == name) {
                let names: Vec<_> = FAULTS.iter().map(|fault| fault.name).collect();
                bail!("--only {name}: there is no such fault; allowed are {}", names.join(", "));
            }
        }
        let asked = |fault: &&Fault| self.only.is_empty() || self.only.iter().any(|name| name == fault.name);
        Ok(FAULTS.iter().filter(asked).collect())
    }
}

/// Builds, brings what is missing, and plays a whole run.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let faults = options.faults()?;
    let _engine = needs::bring_engine(workspace)?;
    host::build(workspace)?;
    run::run(workspace, options, &faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(minutes_normal: u64, only: &[&str]) -> Options {
        let only = only.iter().map(|&name| name.to_owned()).collect();
        Options {
            minutes_normal,
            minutes_quiet: 0,
            fault_seconds: 60,
            rest_seconds: 45,
            only,
            write: false,
            record: None,
        }
    }

    #[test]
    fn ten_minutes_hold_five_cycles_of_windows() {
        let flags = options(10, &[]).flags();
        assert!(flags.contains(&"--window-age=5000ms".into()) && flags.contains(&"--train-interval=120s".into()));
        assert_eq!(options(600, &[]).window_age(), WINDOW_AGE_MAX);
    }

    #[test]
    fn an_unknown_fault_is_told_with_those_there_are() {
        assert_eq!(options(10, &["flood"]).faults().unwrap().len(), 1);
        let error = options(10, &["rain"]).faults().unwrap_err().to_string();
        assert!(error.contains("rain") && error.contains("crash-loop"), "{error}");
    }
}
