//! Replay: a log file through the same pipeline that serves live containers.
//!
//! `input` reads the file, `data` cuts it into windows with their labels, `series` runs one stream, `quality` judges the scores.
//! Streams run side by side on all cores. What `run` has and a replay has not: the engine, the store, time.

pub mod compare;
pub mod data;
pub mod input;
mod judging;
pub mod quality;
pub mod series;

use std::path::PathBuf;
use std::time::Instant;

use rayon::prelude::*;

use crate::pipeline::Pipeline;
use crate::settings::Settings;
use crate::train::cycle::CycleError;
use data::Series;
use input::{Fault, InputError};
use quality::{Judged, at_threshold, false_alarms_per_1000, per_1000, ranking};
use series::{Done, Telling, Times, Told};

/// What to replay.
#[derive(Debug, Clone)]
pub struct Options {
    pub input: PathBuf,
    /// Share of a stream's windows to learn from, where the file names no split; above 0, below 1.
    pub train_fraction: f64,
    /// First lines of each judged window that are told; with any, missed windows are explained too.
    pub lines_shown: usize,
}

/// Where the time went, in seconds. All but `read` are added up over streams that ran side by side.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Seconds {
    pub read: f64,
    pub vectorize: f64,
    pub train: f64,
    pub score: f64,
    pub explain: f64,
}

/// The figures of a replay. Quality is `None` where the file holds no labels of both kinds.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Summary {
    pub lines: usize,
    /// Lines of the file that could not be read.
    pub bad_lines: u64,
    pub windows: usize,
    /// Windows that were scored: all but those learned from and those of skipped streams.
    pub scored: usize,
    /// Scored windows that count: not those whose label is unknown.
    pub judged: usize,
    pub positives: Option<usize>,
    pub roc_auc: Option<f64>,
    pub average_precision: Option<f64>,
    pub best_f1: Option<f64>,
    /// Alerts opened; one lasts over many windows.
    pub alerts: usize,
    /// Alerts opened for each 1,000 windows scored; `None` where none was.
    pub alerts_per_1000: Option<f64>,
    /// Normal windows at or above their threshold, of each 1,000 normal ones.
    pub false_alarms_per_1000: Option<f64>,
    /// Judged windows at or above their threshold.
    pub alarmed: usize,
    /// Of these, those that were given a reason, and of those the ones whose score falls below the threshold without the terms that their reason names.
    pub explained: usize,
    pub faithful: usize,
    pub precision: Option<f64>,
    pub recall: Option<f64>,
    pub f1: Option<f64>,
    pub lines_per_s: f64,
    pub mb_per_s: f64,
    pub seconds: Seconds,
    pub peak_rss_bytes: Option<u64>,
}

/// All that came of a replay.
#[derive(Debug)]
pub struct Report {
    /// In order of time over all streams.
    pub told: Vec<Told>,
    pub summary: Summary,
    pub faults: Vec<Fault>,
    /// Streams that were not judged, and why.
    pub skipped: Vec<(String, String)>,
    /// What is to be known of what was learned of streams that were judged.
    pub notes: Vec<(String, String)>,
}

/// Runs a replay. Blocks; uses rayon's threads. A stream that fails is skipped; the others are judged.
pub fn run(options: &Options, settings: &Settings, pipeline: &Pipeline) -> Result<Report, InputError> {
    let begun = Instant::now();
    let input = input::read_file(&options.input)?;
    let (lines, bytes) = (input.entries.len(), input.bytes);
    let all = data::series(input.entries, settings.window, options.train_fraction);
    let read_seconds = begun.elapsed().as_secs_f64();
    let telling = Telling { alerts: settings.alert_rule(), lines_shown: options.lines_shown };
    let one = |series: &Series| {
        let done = series::run(series, pipeline, &settings.train, telling);
        done.unwrap_or_else(|error| failed(series, &error))
    };
    let done: Vec<Done> = all.par_iter().map(one).collect();
    let seconds = begun.elapsed().as_secs_f64();
    let skipped =
        all.iter().zip(&done).filter_map(|(series, done)| Some((series.stream.clone(), done.skipped.clone()?)));
    let skipped = skipped.collect();
    let noted = |(series, done): (&Series, &Done)| {
        let stream = series.stream.clone();
        done.notes.iter().map(move |note| (stream.clone(), note.clone())).collect::<Vec<_>>()
    };
    let notes = all.iter().zip(&done).flat_map(noted).collect();
    let mut summary = summarize(&done, read_seconds);
    summary.lines = lines;
    summary.bad_lines = input.faults_total;
    summary.lines_per_s = lines as f64 / seconds;
    summary.mb_per_s = bytes as f64 / 1e6 / seconds;
    let mut told: Vec<Told> = done.into_iter().flat_map(|done| done.told).collect();
    told.sort_by(|a, b| (a.begin_ns, &a.container).cmp(&(b.begin_ns, &b.container)));
    Ok(Report { told, summary, faults: input.faults, skipped, notes })
}

/// A stream that failed counts as one that was not judged.
fn failed(series: &Series, error: &CycleError) -> Done {
    Done { windows: series.windows.len(), skipped: Some(error.to_string()), ..Done::default() }
}

pub(crate) fn summarize(done: &[Done], read_seconds: f64) -> Summary {
    let told = || done.iter().flat_map(|done| &done.told);
    let sum = |figure: fn(&Done) -> usize| done.iter().map(figure).sum();
    let judged: Vec<Judged> = told()
        .filter_map(|told| {
            let alarmed = told.severity > crate::history::Severity::None;
            Some(Judged { score: told.score, anomalous: told.label? == 1, alarmed })
        })
        .collect();
    let (ranking, live) = (ranking(&judged), at_threshold(&judged));
    let (scored, alerts) = (sum(|done| done.scored), sum(|done| done.alerts));
    let times = done.iter().fold(Times::default(), |sum, done| Times {
        vectorize: sum.vectorize + done.times.vectorize,
        train: sum.train + done.times.train,
        score: sum.score + done.times.score,
        explain: sum.explain + done.times.explain,
    });
    Summary {
        lines: 0,
        bad_lines: 0,
        windows: sum(|done| done.windows),
        scored,
        judged: told().count(),
        positives: (!judged.is_empty()).then(|| judged.iter().filter(|window| window.anomalous).count()),
        roc_auc: ranking.map(|quality| quality.roc_auc),
        average_precision: ranking.map(|quality| quality.average_precision),
        best_f1: ranking.map(|quality| quality.best_f1),
        alerts,
        alerts_per_1000: per_1000(alerts, scored),
        false_alarms_per_1000: false_alarms_per_1000(&judged),
        alarmed: told().filter(|told| told.severity > crate::history::Severity::None).count(),
        explained: told().filter(|told| !told.why.is_empty()).count(),
        faithful: told().filter(|told| told.without.is_some_and(|rest| rest < 1.0)).count(),
        precision: live.map(|live| live.precision),
        recall: live.map(|live| live.recall),
        f1: live.map(|live| live.f1),
        lines_per_s: 0.0,
        mb_per_s: 0.0,
        seconds: Seconds {
            read: read_seconds,
            vectorize: times.vectorize.as_secs_f64(),
            train: times.train.as_secs_f64(),
            score: times.score.as_secs_f64(),
            explain: times.explain.as_secs_f64(),
        },
        peak_rss_bytes: peak_rss_bytes(),
    }
}

/// The most memory this process ever held, where the kernel tells.
fn peak_rss_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_are_told_for_each_thousand_windows_scored() {
        let done = |windows, scored, alerts| Done { windows, scored, alerts, ..Done::default() };
        let summary = summarize(&[done(30, 20, 1), done(40, 30, 1)], 0.0);
        assert_eq!((summary.windows, summary.scored, summary.alerts_per_1000), (70, 50, Some(40.0)));
        assert_eq!(summarize(&[done(3, 0, 0)], 0.0).alerts_per_1000, None);
    }

    #[test]
    fn a_stream_that_fails_is_skipped_with_its_reason() {
        let series = Series { stream: "api".into(), ..Series::default() };
        let done = failed(&series, &CycleError::Empty(3));
        assert_eq!(done.skipped, Some(CycleError::Empty(3).to_string()));
        assert!(done.told.is_empty());
    }
}
