//! `foghorn replay`.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::Common;
use super::text::print;
use crate::pipeline::Pipeline;
use crate::replay::input::FAULTS_TOLD_MAX;
use crate::replay::{self, Options, Report, Summary};

#[derive(Debug, Args)]
pub(super) struct ReplayArgs {
    /// The log file: one JSON object a line with ts, stream and line; may be gzip'd
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// Where the JSON object for each judged window goes, one a line [default: standard output]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Where the summary goes, one JSON object [default: standard error, for people]
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
    /// Share of each stream's windows to learn from, where the file names no split
    #[arg(long, default_value_t = 0.5, value_name = "SHARE", value_parser = fraction)]
    train_fraction: f64,
    #[command(flatten)]
    common: Common,
}

fn fraction(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| format!("found \"{text}\"; allowed is a number above 0 and below 1"))?;
    if share > 0.0 && share < 1.0 { Ok(share) } else { Err(format!("found {share}; allowed is above 0 and below 1")) }
}

pub(super) fn run(args: ReplayArgs) -> anyhow::Result<ExitCode> {
    let settings = args.common.settings()?;
    let catalogue = crate::run::plugins(&settings)?;
    let pipeline = Pipeline::resolve(&catalogue, &settings.pipeline)?;
    let options = Options { input: args.input.clone(), train_fraction: args.train_fraction };
    let report = replay::run(&options, &settings, &pipeline)?;
    tell_faults(&args.input, &report);
    match &args.output {
        Some(path) => {
            let mut out = BufWriter::new(create(path)?);
            write_windows(&mut out, &report).with_context(|| format!("cannot write {}", path.display()))?;
        }
        None => print(|out| write_windows(out, &report))?,
    }
    match &args.summary {
        Some(path) => writeln!(create(path)?, "{}", serde_json::to_string(&report.summary)?)
            .with_context(|| format!("cannot write {}", path.display()))?,
        None => tell_summary(&report.summary),
    }
    Ok(ExitCode::SUCCESS)
}

fn create(path: &PathBuf) -> anyhow::Result<File> {
    File::create(path).with_context(|| format!("cannot write {}", path.display()))
}

fn write_windows(mut out: impl Write, report: &Report) -> std::io::Result<()> {
    report.told.iter().try_for_each(|told| writeln!(out, "{}", serde_json::to_string(told)?))?;
    out.flush()
}

fn tell_faults(input: &std::path::Path, report: &Report) {
    for fault in &report.faults {
        eprintln!("foghorn: {}:{}: {}", input.display(), fault.line, fault.what.escape_debug());
    }
    let more = report.summary.bad_lines.saturating_sub(FAULTS_TOLD_MAX as u64);
    if more > 0 {
        eprintln!("foghorn: {more} more bad lines; all others were read");
    }
    for (stream, why) in &report.skipped {
        eprintln!("foghorn: stream {} was not judged: {why}", stream.escape_debug());
    }
}

fn tell_summary(summary: &Summary) {
    let part = |value: Option<f64>| value.map_or_else(|| "–".into(), |value| format!("{value:.3}"));
    eprintln!("{} lines, {} windows, {} judged", summary.lines, summary.windows, summary.judged);
    eprintln!("{} alerts over {} windows at or above their threshold", summary.alerts, summary.alarmed);
    eprintln!(
        "ROC-AUC {} · average precision {} · best F1 {} · at the threshold: precision {}, recall {}, F1 {}",
        part(summary.roc_auc),
        part(summary.average_precision),
        part(summary.best_f1),
        part(summary.precision),
        part(summary.recall),
        part(summary.f1),
    );
    eprintln!("{:.0} lines/s, {:.1} MB/s", summary.lines_per_s, summary.mb_per_s);
}
