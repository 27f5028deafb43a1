//! The checks of slot 3.

use std::time::Instant;

use super::budget::{fastest, within_memory, within_time};
use super::chance::Chance;
use super::outcome::{Figures, Verdict, mib, tolerate};
use super::subject::Subject;
use super::{BASICS, Step, quality, same, state, steady};
use crate::plugins::{Decision, PluginError, Thresholds};

pub(super) const STEPS: [Step; 9] = [
    Step { id: BASICS, purpose: "answers every call of its slot", run: basics },
    Step { id: "round-trip", purpose: "loaded from what it saved, decides with the same bits", run: round_trip },
    Step { id: "repeatable", purpose: "the same scores give the same bytes", run: repeatable },
    Step { id: "split", purpose: "decides in many calls as in one", run: split },
    Step { id: "state", purpose: "refuses states that it did not write", run: dishonest },
    Step { id: "hostile", purpose: "bears any scores and times, and none", run: hostile },
    Step { id: "steady", purpose: "neither its state nor its memory grows for ever", run: steady },
    Step { id: "speed", purpose: "keeps within the budgets of time and memory", run: speed },
    Step { id: "quality", purpose: "alarms on incidents and not on usual windows", run: quality::judge },
];

/// Scores that most checks are made with, for each of the subject's windows.
const SCORES_A_WINDOW: usize = 8;

/// Scores that are decided on in a row, and how many go at once.
const MANY: usize = 100_000;
const MANY_AT_ONCE: usize = 1_000;

/// Part of the whole time that a loop may take.
const SHARE: u32 = 8;

/// Time between two scores, nanoseconds.
const STEP_NS: u64 = 30_000_000_000;

/// Scores as a detector gives them, one in forty far above the others, from score `from` of a long run.
fn scores(from: usize, count: usize) -> (Vec<f32>, Vec<u64>) {
    let mut chance = Chance::new(from as u64);
    let score = |_| {
        let usual = 0.8 + 0.2 * (chance.share() + chance.share());
        if chance.below(40) == 0 { usual * 4.0 } else { usual }
    };
    let times = (from as u64..).map(|number| number * STEP_NS).take(count);
    ((0..count).map(score).collect(), times.collect())
}

fn size(subject: &Subject<'_>) -> usize {
    SCORES_A_WINDOW * subject.size
}

/// A gate that was calibrated on the first scores.
fn calibrated(subject: &Subject<'_>, settings: &[(String, String)]) -> Result<Thresholds, PluginError> {
    let mut gate = Thresholds::open(&subject.plugin, settings)?;
    gate.calibrate(&scores(0, size(subject)).0)?;
    Ok(gate)
}

fn load(subject: &Subject<'_>, state: &[u8]) -> Result<Thresholds, PluginError> {
    Thresholds::load(&subject.plugin, &subject.settings, subject.plugin.state_format, state)
}

/// The scores after those of the calibration.
fn decide(subject: &Subject<'_>, gate: &mut Thresholds) -> Result<Vec<Decision>, PluginError> {
    let (scores, times) = scores(size(subject), size(subject));
    gate.decide(&scores, &times)
}

fn basics(subject: &mut Subject<'_>, figures: &mut Figures) -> Verdict {
    let started = Instant::now();
    let mut gate = calibrated(subject, &subject.settings)?;
    decide(subject, &mut gate)?;
    let state = gate.save()?;
    decide(subject, &mut load(subject, &state)?)?;
    figures.add("state_bytes", state.len() as f64);
    subject.took(started.elapsed());
    Ok(())
}

fn round_trip(subject: &mut Subject<'_>, figures: &mut Figures) -> Verdict {
    let mut gate = calibrated(subject, &subject.settings)?;
    let state = gate.save()?;
    figures.add("state_bytes", state.len() as f64);
    let mut loaded = load(subject, &state)?;
    same::bytes(&state, &loaded.save()?, "after it was loaded")?;
    same::decisions(&decide(subject, &mut gate)?, &decide(subject, &mut loaded)?, "after save and load")?;
    same::bytes(&gate.save()?, &loaded.save()?, "when it went on after save and load")
}

fn repeatable(subject: &mut Subject<'_>, _: &mut Figures) -> Verdict {
    let mut gate = calibrated(subject, &subject.settings)?;
    let decisions = decide(subject, &mut gate)?;
    let state = gate.save()?;
    same::bytes(&state, &gate.save()?, "when it saved twice")?;
    for (settings, how) in [
        (subject.settings.clone(), "in another instance"),
        (subject.all_settings(), "with its defaults spelled out as settings"),
    ] {
        let mut other = calibrated(subject, &settings)?;
        same::decisions(&decisions, &decide(subject, &mut other)?, how)?;
        same::bytes(&state, &other.save()?, how)?;
    }
    Ok(())
}

fn split(subject: &mut Subject<'_>, _: &mut Figures) -> Verdict {
    let mut whole = calibrated(subject, &subject.settings)?;
    let decisions = decide(subject, &mut whole)?;
    let (scores, times) = scores(size(subject), size(subject));
    for at_once in [scores.len() / 2, 7, 1] {
        let mut gate = calibrated(subject, &subject.settings)?;
        let mut found = Vec::new();
        for (scores, times) in scores.chunks(at_once).zip(times.chunks(at_once)) {
            found.extend(gate.decide(scores, times)?);
        }
        let when = format!("when asked {at_once} at once");
        same::decisions(&decisions, &found, &when)?;
        same::bytes(&whole.save()?, &gate.save()?, &when)?;
    }
    Ok(())
}

fn dishonest(subject: &mut Subject<'_>, figures: &mut Figures) -> Verdict {
    let mut gate = calibrated(subject, &subject.settings)?;
    decide(subject, &mut gate)?;
    let (scores, times) = scores(0, 8);
    let (plugin, settings) = (&subject.plugin, &subject.settings);
    state::dishonest(plugin, &gate.save()?, figures, |format, bytes| {
        Thresholds::load(plugin, settings, format, bytes)?.decide(&scores, &times).map(drop)
    })
}

/// Odd scores, and their times.
fn odd() -> Vec<(&'static str, Vec<f32>, Vec<u64>)> {
    let steps = |count: u64| (1..=count).map(|number| number * STEP_NS).collect::<Vec<_>>();
    let alternate = |a: f32, b: f32| (0..400).map(|at| if at % 2 == 0 { a } else { b }).collect::<Vec<_>>();
    vec![
        ("no score", vec![], vec![]),
        ("one score", vec![1.0], steps(1)),
        ("zeros", vec![0.0; 400], steps(400)),
        ("equal scores", vec![1.0; 400], steps(400)),
        ("the largest scores", vec![f32::MAX; 400], steps(400)),
        ("the smallest scores", vec![f32::from_bits(1); 400], steps(400)),
        ("zeros and the largest", alternate(0.0, f32::MAX), steps(400)),
        ("minus zeros", alternate(-0.0, 1.0), steps(400)),
        ("scores that only rise", (0..400).map(|at| at as f32).collect(), steps(400)),
        ("times that stand still", alternate(1.0, 1.1), vec![STEP_NS; 400]),
        ("times that run backwards", alternate(1.0, 1.1), steps(400).into_iter().rev().collect()),
        (
            "times at both ends of time",
            alternate(1.0, 1.1),
            (0..400).map(|at| if at % 2 == 0 { 0 } else { u64::MAX }).collect(),
        ),
    ]
}

fn hostile(subject: &mut Subject<'_>, figures: &mut Figures) -> Verdict {
    let state = calibrated(subject, &subject.settings)?.save()?;
    let mut refused = 0;
    let kinds = odd();
    for (what, scores, times) in &kinds {
        let mut known = load(subject, &state)?;
        refused += usize::from(tolerate(what, known.decide(scores, times))?.is_none());
        let mut new = Thresholds::open(&subject.plugin, &subject.settings)?;
        refused += usize::from(tolerate(what, new.decide(scores, times))?.is_none());
        refused += usize::from(tolerate(what, new.calibrate(scores))?.is_none());
        decide(subject, &mut new)?;
        new.save()?;
    }
    figures.add("kinds", kinds.len() as f64);
    figures.add("refused", refused as f64);
    Ok(())
}

fn steady(subject: &mut Subject<'_>, figures: &mut Figures) -> Verdict {
    let mut gate = calibrated(subject, &subject.settings)?;
    let at_once = MANY_AT_ONCE.min(20 * subject.size);
    let mut done = 0;
    let round = subject.many(MANY) / 16;
    let span = subject.clock.share(SHARE);
    steady::state(figures, &span, || {
        let end = done + round;
        while done < end && !span.is_over() {
            let (scores, times) = scores(done, at_once);
            gate.decide(&scores, &times)?;
            done += at_once;
        }
        gate.calibrate(&scores(done, at_once).0)?;
        Ok(gate.save()?.len())
    })?;
    figures.add("scores", done as f64);
    let mut few = scores(done, 16);
    steady::memory(figures, &subject.clock.share(SHARE), || {
        few.1.iter_mut().for_each(|time| *time += 16 * STEP_NS);
        gate.decide(&few.0, &few.1)?;
        Ok(gate.memory_bytes())
    })
}

fn speed(subject: &mut Subject<'_>, figures: &mut Figures) -> Verdict {
    let mut gate = calibrated(subject, &subject.settings)?;
    let (scores, mut times) = scores(0, MANY_AT_ONCE.min(20 * subject.size));
    let ms = fastest(|| {
        times.iter_mut().for_each(|time| *time += MANY as u64 * STEP_NS);
        gate.decide(&scores, &times).map(drop)
    })?;
    let ms = ms * 1e3 / scores.len() as f64;
    figures.add("decide_ms_per_1000_scores", ms);
    figures.add("memory_mib", mib(gate.memory_bytes()));
    within_time(subject, "deciding on 1,000 scores", ms, 1.0)?;
    within_memory(subject, "an instance", gate.memory_bytes(), 1.0)
}
