//! The checks of slot 2.

mod repeat;
mod strain;

use std::time::Instant;

use super::budget::{fastest, within_memory, within_time};
use super::outcome::{Figures, Verdict, failed, mib, ms};
use super::subject::{SEED, Subject};
use super::{BASICS, Step, matrix, quality, state};
use crate::plugins::{Detector, PluginError, Rows, Trained, train_in_parts};

pub(super) const STEPS: [Step; 12] = [
    Step { id: BASICS, purpose: "answers every call of its slot", run: basics },
    Step { id: "round-trip", purpose: "loaded from what it saved, scores with the same bits", run: repeat::round_trip },
    Step { id: "repeatable", purpose: "the same rows and seed give the same bytes", run: repeat::repeatable },
    Step { id: "parts", purpose: "trained in parts, is what it is trained in one", run: repeat::parts },
    Step { id: "split", purpose: "a row has one score, alone and among others", run: repeat::split },
    Step { id: "state", purpose: "refuses states that it did not write", run: dishonest },
    Step { id: "hostile", purpose: "bears any finite numbers, and none", run: strain::hostile },
    Step { id: "many", purpose: "bears 100,000 rows", run: strain::many },
    Step { id: "steady", purpose: "neither its state nor its memory grows for ever", run: strain::steady },
    Step { id: "explain", purpose: "weighs columns, the same way each time", run: explain },
    Step { id: "speed", purpose: "keeps within the budgets of time and memory", run: speed },
    Step { id: "quality", purpose: "tells incidents from usual windows", run: quality::judge },
];

/// Rows that most checks are made with, for each of the subject's windows.
const ROWS_A_WINDOW: usize = 4;

/// Rows to learn from.
fn usual(subject: &Subject<'_>) -> Rows {
    matrix::usual(ROWS_A_WINDOW * subject.size, 1)
}

/// Rows that were not learned, and are not usual throughout.
fn fresh(subject: &Subject<'_>) -> Rows {
    let mut rows = matrix::usual(ROWS_A_WINDOW * subject.size, 2);
    rows.extend(&matrix::strange());
    rows
}

fn train(subject: &Subject<'_>, rows: &Rows, parts: u32) -> Result<Trained, PluginError> {
    train_in_parts(&subject.plugin, &subject.settings, rows, SEED, parts)
}

fn load(subject: &Subject<'_>, state: &[u8]) -> Result<Detector, PluginError> {
    Detector::load(&subject.plugin, &subject.settings, subject.plugin.state_format, state)
}

fn basics(subject: &mut Subject<'_>, figures: &mut Figures) -> Verdict {
    let rows = usual(subject);
    let started = Instant::now();
    let mut model = train(subject, &rows, 1)?.model;
    model.score(&rows)?;
    model.explain(&rows.select([0]))?;
    model.stats()?;
    let state = model.save()?;
    load(subject, &state)?.score(&rows)?;
    figures.add("rows", rows.len() as f64);
    figures.add("state_bytes", state.len() as f64);
    subject.took(started.elapsed());
    Ok(())
}

fn dishonest(subject: &mut Subject<'_>, figures: &mut Figures) -> Verdict {
    let state = train(subject, &usual(subject), 1)?.model.save()?;
    let asked = fresh(subject).select([0]);
    let (plugin, settings) = (&subject.plugin, &subject.settings);
    state::dishonest(plugin, &state, figures, |format, bytes| {
        Detector::load(plugin, settings, format, bytes)?.score(&asked).map(drop)
    })
}

fn explain(subject: &mut Subject<'_>, figures: &mut Figures) -> Verdict {
    let mut model = train(subject, &usual(subject), 1)?.model;
    let row = matrix::strange();
    let weights = model.explain(&row)?;
    same_weights(&weights, &model.explain(&row)?)?;
    let sum: f32 = weights.iter().sum();
    let share = if sum > 0.0 { weights[matrix::STRANGE_COLUMN] / sum } else { 0.0 };
    figures.add("columns", weights.len() as f64);
    figures.add("share_of_the_strange_column", f64::from(share));
    Ok(())
}

fn same_weights(wanted: &[f32], found: &[f32]) -> Verdict {
    let differ = wanted.iter().zip(found).position(|(a, b)| a.to_bits() != b.to_bits());
    match differ {
        None => Ok(()),
        Some(column) => failed(format!(
            "it weighed column {column} of the same row {} and then {}; the same question has one answer",
            wanted[column], found[column]
        )),
    }
}

fn speed(subject: &mut Subject<'_>, figures: &mut Figures) -> Verdict {
    let rows = usual(subject);
    let thousands = rows.len() as f64 / 1e3;
    let started = Instant::now();
    let mut trained = train(subject, &rows, 1)?;
    let training = ms(started.elapsed()) / thousands;
    let mut scoring = load(subject, &trained.model.save()?)?;
    let score = fastest(|| scoring.score(&rows).map(drop))? / thousands;
    figures.add("score_ms_per_1000_rows", score);
    figures.add("train_ms_per_1000_rows", training);
    figures.add("memory_mib", mib(scoring.memory_bytes()));
    figures.add("learning_memory_mib", mib(trained.memory_bytes));
    within_time(subject, "scoring 1,000 rows", score, 1.0)?;
    within_time(subject, "training on 1,000 rows", training, 10.0)?;
    within_memory(subject, "an instance that scores", scoring.memory_bytes(), 1.0)?;
    within_memory(subject, "an instance that trains", trained.memory_bytes, 4.0)
}
