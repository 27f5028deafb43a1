//! One stream of a replay through the pipeline: cycles over what there is to learn from, then the rest is judged.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use super::data::{Label, Series};
use super::judging::Judging;
use crate::alert::lifecycle::{Open, Rule};
use crate::alert::normal::{Reference, WINDOWS_MAX};
use crate::alert::{NormalWindow, Reason};
use crate::history::{Severity, Verdict};
use crate::identity::Identity;
use crate::pipeline::Pipeline;
use crate::pipeline::costs::Costs;
use crate::pipeline::gate::Gate;
use crate::pipeline::generation::Generation;
use crate::pipeline::live::Live;
use crate::settings::TrainRule;
use crate::train::cycle::{self, CycleError, Material, Task};
use crate::train::exam::Exam;
use crate::window::Windows;

/// Windows judged at once, as a busy container would have them.
pub(super) const BATCH: usize = 64;

/// A detector learns from two rows at least.
const CYCLE_WINDOWS_MIN: usize = 2;

/// Characters of a line that is shown.
const SHOWN_MAX: usize = 400;

/// What is said of one window that was judged.
#[derive(Debug, serde::Serialize)]
pub struct Told {
    pub container: String,
    pub session: Option<String>,
    /// RFC 3339.
    pub start: String,
    pub end: String,
    pub lines: usize,
    /// Both as the plugins gave them: scores of one detector are comparable over streams and over time, whatever the thresholds.
    pub score: f32,
    pub threshold: f32,
    pub severity: Severity,
    /// 0 or 1; null without labels.
    pub label: Option<u8>,
    /// Of windows at or above their threshold; of missed ones too where lines are shown.
    pub why: Vec<String>,
    /// The first lines, as many as are shown.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub head: Vec<String>,
    /// The score without the terms that are named, in units of the threshold: below 1 they are the whole reason. Null where nothing was alarmed.
    pub without: Option<f32>,
    /// The lines of the nearest normal window, the first ones.
    pub normal: Vec<String>,
    /// For sorting by time over all streams.
    #[serde(skip)]
    pub begin_ns: u64,
}

/// Where the time went, added up over streams.
#[derive(Debug, Clone, Copy, Default)]
pub struct Times {
    pub vectorize: Duration,
    pub train: Duration,
    pub score: Duration,
    pub explain: Duration,
}

/// What is told beside scores.
#[derive(Debug, Clone, Copy)]
pub struct Telling {
    pub alerts: Rule,
    /// First lines of each judged window; with any, a missed window is explained too.
    pub lines_shown: usize,
}

/// What came of one stream.
#[derive(Debug, Default)]
pub struct Done {
    pub told: Vec<Told>,
    /// Windows fed, learned from or scored.
    pub windows: usize,
    /// Windows that were scored, judged or not.
    pub scored: usize,
    pub alerts: usize,
    pub times: Times,
    /// Why a stream could not be judged, for people.
    pub skipped: Option<String>,
    /// What is to be known of what was learned, for people: models that were refused, too few windows, too much alike.
    pub notes: Vec<String>,
}

/// Runs one stream. A stream with fewer than `CYCLE_WINDOWS_MIN` windows to learn from for each cycle is not judged.
pub fn run(series: &Series, pipeline: &Pipeline, rule: &TrainRule, telling: Telling) -> Result<Done, CycleError> {
    let mut done = Done { windows: series.windows.len(), ..Done::default() };
    let identity = Identity::from_text(&series.stream);
    let train_len = series.train_len();
    done.skipped = too_short(train_len, rule.cycles as usize);
    if done.skipped.is_some() {
        return Ok(done);
    }
    let costs = Costs::new(Arc::default(), identity.clone());
    let begun = Instant::now();
    let (live, notes) = learn(&identity, &series.windows, train_len, pipeline, rule, &costs)?;
    done.notes = notes;
    let mut gate = Gate::open(&pipeline.thresholds, None, &costs)?;
    gate.calibrate(live.generation.number, &live.generation.calibration)?;
    done.times.train = begun.elapsed();
    done.scored = series.windows.len() - train_len;
    let mut judging = Judging {
        live,
        gate,
        open: Open::new(identity, telling.alerts, Vec::new()),
        ids: AtomicU64::new(0),
        // The newest of what was learned: it was not strange, as far as anybody knows.
        reference: Reference::new(&series.windows.select(train_len.saturating_sub(WINDOWS_MAX)..train_len)),
    };
    for first in (train_len..series.windows.len()).step_by(BATCH) {
        let places: Vec<usize> = (first..series.windows.len().min(first + BATCH)).collect();
        let windows = series.windows.select(places.iter().copied());
        let verdicts = judging.judge(&windows, &mut done.times)?;
        for (index, (&place, verdict)) in places.iter().zip(&verdicts).enumerate() {
            let mut reason = judging.take_in(&windows, index, verdict, &mut done)?;
            let label = &series.labels[place];
            if label.judged() {
                if telling.lines_shown > 0 && label.anomalous == Some(true) && reason.is_none() {
                    reason = Some(judging.explain(&windows, index, verdict)?);
                }
                let head = head(&windows, index, telling.lines_shown);
                done.told.push(Told { head, ..told(series, &windows, index, verdict, label, reason.as_ref()) });
            }
        }
    }
    Ok(done)
}

/// Why there is too little to learn from, if there is.
fn too_short(train_len: usize, cycles: usize) -> Option<String> {
    (train_len < CYCLE_WINDOWS_MIN * cycles)
        .then(|| format!("{train_len} windows to learn from; {cycles} cycles need {CYCLE_WINDOWS_MIN} each"))
}

/// The cycles, on disjoint slices of what there is to learn from, and what is to be known of them. What a cycle did not learn, because its model
/// was refused, the next one learns together with its own slice, as in a live container.
pub(super) fn learn(
    identity: &Identity,
    windows: &Windows,
    train_len: usize,
    pipeline: &Pipeline,
    rule: &TrainRule,
    costs: &Costs,
) -> Result<(Live, Vec<String>), CycleError> {
    let mut made: Vec<Arc<Generation>> = Vec::new();
    let (mut notes, mut learned, mut refused) = (Vec::new(), 0, 0);
    let cycles = rule.cycles as usize;
    for number in 0..cycles {
        let slice = learned..(number + 1) * train_len / cycles;
        let material = Material {
            slice: windows.select(slice.clone()),
            earlier: windows.select(slice.start.saturating_sub(rule.windows_max as usize)..slice.start),
            until_seq: u64::from(windows.starts[slice.end]) + 1,
        };
        let now_ns = windows.ends[slice.end - 1];
        let windows_max = rule.windows_max as usize;
        let previous = made.last().map(AsRef::as_ref);
        let task = Task { identity, pipeline, number: number as u64 + 1, previous, now_ns, windows_max, refused };
        match cycle::run(&task, &material) {
            Ok(generation) => {
                made.push(Arc::new(generation));
                (learned, refused) = (slice.end, 0);
            }
            Err(error @ CycleError::Refused { .. }) => {
                refused += 1;
                notes.push(format!("cycle {}: {error}", number + 1));
            }
            // The first slices of a short stream; the last cycle has all of it.
            Err(CycleError::TooFew { .. }) if number + 1 < cycles => {}
            Err(error) => return Err(error),
        }
    }
    let newest = made.pop().ok_or(CycleError::Empty(0))?;
    notes.extend(newest.exam.as_ref().map(Exam::notes).unwrap_or_default());
    let elders: Vec<_> = made.into_iter().rev().take(rule.vote as usize - 1).collect();
    Ok((Live::open(newest, costs)?.with_elders(&elders, costs), notes))
}

fn head(windows: &Windows, index: usize, lines_shown: usize) -> Vec<String> {
    let text = |line: usize| String::from_utf8_lossy(windows.lines.get(line).text).chars().take(SHOWN_MAX).collect();
    windows.range(index).take(lines_shown).map(text).collect()
}

fn told(
    series: &Series,
    windows: &Windows,
    index: usize,
    verdict: &Verdict,
    label: &Label,
    reason: Option<&Reason>,
) -> Told {
    let normal = |normal: &NormalWindow| normal.lines.iter().map(|line| line.text.clone()).collect();
    let texts = |reason: &Reason| {
        let lines = reason.lines.iter().map(|line| line.text.clone());
        std::iter::once(reason.sentence.clone()).chain(lines).collect()
    };
    Told {
        container: series.stream.clone(),
        session: label.session.clone(),
        start: time(windows.begins[index]),
        end: time(windows.ends[index]),
        lines: windows.range(index).len(),
        score: verdict.score,
        threshold: verdict.threshold,
        severity: verdict.severity,
        label: label.anomalous.map(u8::from),
        head: Vec::new(),
        why: reason.map(texts).unwrap_or_default(),
        without: reason.and_then(|reason| Some(reason.counterfactual.as_ref()?.score)),
        normal: reason.and_then(|reason| reason.normal.as_ref()).map(normal).unwrap_or_default(),
        begin_ns: windows.begins[index],
    }
}

fn time(ns: u64) -> String {
    jiff::Timestamp::from_nanosecond(i128::from(ns)).map_or_else(|_| ns.to_string(), |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::{Line, Lines, Output};
    use crate::window::Cut;

    #[test]
    fn the_first_lines_of_a_window_are_shown_and_cut() {
        let long = "x".repeat(SHOWN_MAX + 1);
        let texts = ["before", "first", &long, "third"];
        let lines: Lines =
            texts.iter().map(|text| Line { time_ns: 1, output: Output::Stdout, text: text.as_bytes() }).collect();
        let mut windows = Windows::default();
        windows.push(&lines, &Cut { lines: 0..1, begin_ns: 0, end_ns: 1 });
        windows.push(&lines, &Cut { lines: 1..4, begin_ns: 0, end_ns: 1 });
        assert_eq!(head(&windows, 1, 2), ["first", &long[1..]]);
        assert!(head(&windows, 1, 0).is_empty());
    }

    #[test]
    fn every_cycle_needs_two_windows_to_learn_from() {
        let why = too_short(9, 5).unwrap();
        assert_eq!(why, "9 windows to learn from; 5 cycles need 2 each");
        assert_eq!(too_short(10, 5), None);
    }
}
