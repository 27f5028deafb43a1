//! `foghorn plugin check`.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;

use crate::cli::Format;
use crate::cli::text::print;
use crate::conformance::{self, Options, Report};
use crate::plugins::{Catalogue, Plugins};

/// What a file that cannot be read ends with, as any other wrong argument does.
const USAGE: u8 = 2;

#[derive(Debug, Args)]
pub(in crate::cli) struct CheckArgs {
    /// The component, a .wasm file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// A setting of the plugin; may be given again [default: the plugin's own]
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,
    /// Let the component import wasi:*, as an empty world
    #[arg(long)]
    wasi: bool,
    /// Ask for a tenth of the hostile windows and half of the corpus
    #[arg(long)]
    quick: bool,
    /// Time after which loops end early and further checks are skipped, seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    time_max: u64,
    /// Milliseconds that 1,000 lines, rows or scores may take; ten times that to learn from them
    #[arg(long, value_name = "MS", default_value_t = Options::default().budget_ms, value_parser = budget)]
    budget_ms: f64,
    /// Memory that an instance may take, MiB; four times that to learn
    #[arg(long, value_name = "MIB", default_value_t = Options::default().budget_mib, value_parser = budget)]
    budget_mib: f64,
    /// How to print
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    output: Format,
}

fn setting(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(key, _)| !key.is_empty());
    pair.map(|(key, value)| (key.to_owned(), value.to_owned()))
        .ok_or_else(|| format!("found \"{text}\"; allowed is KEY=VALUE, such as trees=200"))
}

fn budget(text: &str) -> Result<f64, String> {
    let budget = text.parse().ok().filter(|budget: &f64| budget.is_finite() && *budget > 0.0);
    budget.ok_or_else(|| format!("found \"{text}\"; allowed is a number above 0"))
}

/// 0 when the plugin passed, 1 when it failed, 2 when there is nothing to check.
pub(super) fn run(args: &CheckArgs) -> anyhow::Result<ExitCode> {
    let host = conformance::host_options(args.wasi);
    let bytes = match read(&args.file, host.limits.component_bytes_max) {
        Ok(bytes) => bytes,
        Err(error) => {
            eprintln!("foghorn: {error:#}");
            return Ok(ExitCode::from(USAGE));
        }
    };
    let catalogue = Catalogue::open(Plugins::new(host)?, None)?;
    let options = Options {
        settings: args.settings.clone(),
        quick: args.quick,
        time_max: Duration::from_secs(args.time_max),
        budget_ms: args.budget_ms,
        budget_mib: args.budget_mib,
    };
    let report = conformance::check(&catalogue, &bytes, &args.file.display().to_string(), &options);
    tell(&report, args.output)?;
    Ok(if report.passed() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Reads one byte more than is allowed, so that a file too large is refused with the same words as everywhere.
fn read(path: &Path, bytes_max: usize) -> anyhow::Result<Vec<u8>> {
    let cannot = || format!("cannot read {}", path.display());
    let mut bytes = Vec::new();
    let file = File::open(path).with_context(cannot)?;
    file.take(bytes_max as u64 + 1).read_to_end(&mut bytes).with_context(cannot)?;
    Ok(bytes)
}

fn tell(report: &Report, format: Format) -> anyhow::Result<()> {
    print(|out| match format {
        Format::Text => report.write(out),
        Format::Json => writeln!(out, "{:#}", report.json()),
        Format::Jsonl => writeln!(out, "{}", report.json()),
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_key_and_value() {
        assert_eq!(setting("misbehave=a=b"), Ok(("misbehave".into(), "a=b".into())));
        assert_eq!(setting("note="), Ok(("note".into(), String::new())));
        assert!(setting("trees").unwrap_err().contains("\"trees\""));
        assert!(setting("=1").is_err());
    }

    #[test]
    fn budgets_are_numbers_above_nothing() {
        assert_eq!(budget("0.5"), Ok(0.5));
        assert!(["0", "-1", "nan", "inf", "much"].iter().all(|text| budget(text).is_err()));
    }

    #[test]
    fn no_more_than_is_allowed_is_read_of_a_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("large.wasm");
        std::fs::write(&path, [0; 100]).unwrap();
        assert_eq!(read(&path, 10).unwrap().len(), 11);
        assert!(format!("{:#}", read(&dir.path().join("none.wasm"), 10).unwrap_err()).contains("none.wasm"));
    }
}
