//! `foghorn replay`.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::Common;
use super::text::{print, safe};
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
    /// First lines of each judged window to put into the output; with any, anomalous windows below their threshold are explained too
    #[arg(long, default_value_t = 0, value_name = "N")]
    show_lines: usize,
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
    let options =
        Options { input: args.input.clone(), train_fraction: args.train_fraction, lines_shown: args.show_lines };
    // Made first: hours of work must not end at a path that cannot be written.
    let output = args.output.as_deref().map(|path| create(&args.input, path)).transpose()?;
    let summary = args.summary.as_deref().map(|path| create(&args.input, path)).transpose()?;
    let report = replay::run(&options, &settings, &pipeline)?;
    tell_faults(&args.input, &report);
    check_read(&args.input, &report.summary)?;
    match output {
        Some((path, file)) => write_windows(BufWriter::new(file), &report).with_context(|| cannot_write(path))?,
        None => print(|out| write_windows(out, &report))?,
    }
    match summary {
        Some((path, mut file)) => {
            writeln!(file, "{}", serde_json::to_string(&report.summary)?).with_context(|| cannot_write(path))?;
        }
        None => tell_summary(&report.summary),
    }
    Ok(ExitCode::SUCCESS)
}

/// Making a file empties it, which must not happen to the input.
fn create<'a>(input: &Path, path: &'a Path) -> anyhow::Result<(&'a Path, File)> {
    let same = input.canonicalize().is_ok_and(|input| path.canonicalize().is_ok_and(|path| path == input));
    anyhow::ensure!(!same, "{} is the input; name another file to write to", path.display());
    Ok((path, File::create(path).with_context(|| cannot_write(path))?))
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write {}", path.display())
}

/// Figures over nothing would look like a replay that found nothing.
fn check_read(input: &Path, summary: &Summary) -> anyhow::Result<()> {
    anyhow::ensure!(
        summary.lines > 0,
        "no line of {} could be read ({} bad lines); allowed is one JSON object a line with ts, stream and line",
        input.display(),
        summary.bad_lines,
    );
    Ok(())
}

fn write_windows(mut out: impl Write, report: &Report) -> std::io::Result<()> {
    report.told.iter().try_for_each(|told| writeln!(out, "{}", serde_json::to_string(told)?))?;
    out.flush()
}

fn tell_faults(input: &Path, report: &Report) {
    for fault in &report.faults {
        eprintln!("foghorn: {}:{}: {}", input.display(), fault.line, safe(&fault.what));
    }
    let more = report.summary.bad_lines.saturating_sub(FAULTS_TOLD_MAX as u64);
    if more > 0 {
        eprintln!("foghorn: {more} more bad lines; all others were read");
    }
    for (stream, why) in &report.skipped {
        eprintln!("foghorn: stream {} was not judged: {}", safe(stream), safe(why));
    }
    for (stream, note) in &report.notes {
        eprintln!("foghorn: stream {}: {}", safe(stream), safe(note));
    }
}

fn tell_summary(summary: &Summary) {
    let part = |value: Option<f64>| value.map_or_else(|| "–".into(), |value| format!("{value:.3}"));
    eprintln!(
        "{} lines, {} windows, {} scored, {} judged",
        summary.lines, summary.windows, summary.scored, summary.judged
    );
    eprintln!("{} alerts over {} windows at or above their threshold", summary.alerts, summary.alarmed);
    let figure = |value: Option<f64>| value.map_or_else(|| "–".into(), |value| format!("{value:.1}"));
    eprintln!(
        "{} alerts per 1,000 windows scored, {} false alarms per 1,000 normal windows",
        figure(summary.alerts_per_1000),
        figure(summary.false_alarms_per_1000),
    );
    eprintln!(
        "{} of {} windows with an alarm are below their threshold without the terms that are named",
        summary.faithful, summary.explained
    );
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replay_without_a_readable_line_is_an_error() {
        let summary = |lines| Summary { lines, bad_lines: 7, ..replay::summarize(&[], 0.0) };
        let error = check_read(Path::new("x.log"), &summary(0)).unwrap_err().to_string();
        assert!(error.starts_with("no line of x.log could be read (7 bad lines)"), "{error}");
        assert!(check_read(Path::new("x.log"), &summary(1)).is_ok());
    }

    #[test]
    fn the_input_is_not_written_over() {
        let dir = tempfile::tempdir().unwrap();
        let input = dir.path().join("log");
        std::fs::write(&input, "kept").unwrap();
        assert!(create(&input, &dir.path().join("./log")).is_err());
        assert_eq!(std::fs::read_to_string(&input).unwrap(), "kept");
        assert!(create(&input, &dir.path().join("missing/out")).unwrap_err().to_string().contains("missing/out"));
        assert!(create(&input, &dir.path().join("out")).is_ok());
    }
}
