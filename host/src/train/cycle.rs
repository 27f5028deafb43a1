//! One cycle: learn, transform, train, examine. It makes a generation or changes nothing.
//!
//! The vectorizer goes on from what the last generation knew and learns the new slice, so every window is learned once. The
//! model is trained anew on the slice and on the newest windows before it. Calls block and spread over rayon's threads.
//!
//! Calibration, the usual level of scores, comes from cross-validation: each fifth of the rows, in order of time, is scored by a
//! model of the other four. A model's scores for its own rows would be too low, most of all when there are few: what it was trained
//! on never lies outside what it has seen. What the last generation gives to the new slice would be honest too, but while a container
//! is learning that generation knows a handful of windows and finds everything strange.

use std::time::Instant;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::exam::Exam;
use super::examiner::{Lesson, Scorer, examine};
use crate::identity::Identity;
use crate::pipeline::generation::Generation;
use crate::pipeline::live::{pieces, transform};
use crate::pipeline::{Pinned, Pipeline};
use crate::plugins::{Detector, PluginError, Rows, Vectorizer, train_model};
use crate::window::Windows;

/// Parts of the rows that are held out in turn, and the fewest rows in one.
const FOLDS: usize = 5;
const FOLD_ROWS_MIN: usize = 2;

/// Fewer windows cannot be modelled: nothing could be held back to see whether the model is any good.
const WINDOWS_MIN: usize = 2 * FOLD_ROWS_MIN;

/// Windows on which a vectorizer is compared with what was loaded from its bytes.
const COMPARED_WINDOWS: usize = 16;

/// What a cycle learns from.
#[derive(Debug, Default)]
pub struct Material {
    /// Windows that no cycle has learned from.
    pub slice: Windows,
    /// Windows learned before, the newest of the range, in order of time.
    pub earlier: Windows,
    /// One more than the last line of the slice.
    pub until_seq: u64,
}

impl Material {
    /// Without a slice there is still something to learn from for another plugin: what was learned before.
    pub fn is_empty(&self) -> bool {
        self.slice.is_empty() && self.earlier.is_empty()
    }
}

/// What a cycle works on, beside the windows.
#[derive(Debug)]
pub struct Task<'a> {
    pub identity: &'a Identity,
    pub pipeline: &'a Pipeline,
    /// Of the generation to be made: above all that were made before, readable or not.
    pub number: u64,
    /// The generation before.
    pub previous: Option<&'a Generation>,
    pub now_ns: u64,
    /// Most windows in the matrix.
    pub windows_max: usize,
    /// Cycles in a row, just before this one, whose models were refused.
    pub refused: u32,
}

/// Why a cycle made nothing.
#[derive(Debug, thiserror::Error)]
pub enum CycleError {
    #[error("no window to learn from; {0} lines are stored but none closed a window")]
    Empty(usize),
    #[error("{found} windows to learn from; at least {WINDOWS_MIN} are needed")]
    TooFew { found: usize },
    #[error("the new model was refused and generation {last} goes on: {why}")]
    Refused { last: u64, why: String },
    #[error(transparent)]
    Plugin(#[from] PluginError),
    #[error("reading history failed: {0}")]
    History(#[from] crate::history::HistoryError),
}

/// Runs one cycle.
pub fn run(task: &Task<'_>, material: &Material) -> Result<Generation, CycleError> {
    if material.is_empty() {
        return Err(CycleError::Empty(material.slice.lines.len()));
    }
    let found = material.slice.len() + material.earlier.len();
    if found < WINDOWS_MIN {
        return Err(CycleError::TooFew { found });
    }
    let seed = seed(task.identity, task.number);
    let (mut vectorizer, carried) = begin_vectorizer(task, seed)?;
    if !carried {
        learn(&mut vectorizer, &material.earlier)?;
    }
    learn(&mut vectorizer, &material.slice)?;
    // Without anything new there is no cycle that ends: what is known stays as it is.
    if !carried || !material.slice.is_empty() {
        vectorizer.settle()?;
    }
    let vectorizer_state = vectorizer.save()?;
    check_session(task, &mut vectorizer, &vectorizer_state, material)?;
    let (windows, earlier) = training_windows(material, task.windows_max);
    let rows = transform(&mut vectorizer, &windows, true)?;
    let detector = &task.pipeline.detector;
    let model = train_model(&detector.plugin, &detector.settings, &rows, seed)?;
    let calibration = calibration(detector, &rows, seed)?;
    let mut trained = load(detector, &model)?;
    let mut stats = vectorizer.stats()?;
    stats.extend(trained.stats()?);
    let mut new = Scorer { vectorizer, detector: trained };
    let lesson = Lesson { windows: &windows, earlier, rows: &rows, calibration: &calibration };
    let begun = Instant::now();
    let exam = examine(&mut new, task.previous, lesson);
    tracing::debug!(container = %task.identity, generation = task.number, took = ?begun.elapsed(), ?exam, "examined");
    let exam = passed(task, exam)?;
    Ok(Generation {
        number: task.number,
        made_ns: task.now_ns,
        until_seq: material.until_seq,
        windows: rows.len() as u64,
        pipeline: task.pipeline.clone(),
        vectorizer_state,
        model,
        vectorizer_format: task.pipeline.vectorizer.plugin.state_format,
        model_format: detector.plugin.state_format,
        columns: Some(rows.columns),
        restored: None,
        calibration,
        exam: Some(exam),
        stats,
    })
}

/// The exam, if its model may serve. Another plugin than before is chosen by people and watched by the one before it (`judge::probation`): it is
/// not refused here.
fn passed(task: &Task<'_>, exam: Exam) -> Result<Exam, CycleError> {
    let last = task.previous.filter(|last| last.pipeline.learns_as(task.pipeline));
    let (Some(last), Some(why)) = (last, exam.worse()) else { return Ok(exam) };
    if exam.serves_anyway(task.refused) {
        return Ok(Exam { accepted: Some(why), ..exam });
    }
    Err(CycleError::Refused { last: last.number, why })
}

/// Goes on from the last generation where the vectorizer can read its state; tells whether it did.
fn begin_vectorizer(task: &Task<'_>, seed: u64) -> Result<(Vectorizer, bool), PluginError> {
    let pinned = &task.pipeline.vectorizer;
    if let Some(last) = task.previous {
        let format = last.vectorizer_format;
        let same_name = last.pipeline.vectorizer.plugin.name == pinned.plugin.name;
        if same_name && pinned.plugin.reads_state.contains(&format) {
            let state = &last.vectorizer_state;
            match Vectorizer::load_to_learn(&pinned.plugin, &pinned.settings, format, state) {
                Ok(vectorizer) => return Ok((vectorizer, true)),
                // Such as a setting that changes the columns: what was learned before is learned again.
                Err(error) => tracing::warn!(container = %task.identity, %error, "the vectorizer begins anew"),
            }
        }
    }
    Ok((Vectorizer::open_to_learn(&pinned.plugin, &pinned.settings, seed)?, false))
}

fn learn(vectorizer: &mut Vectorizer, windows: &Windows) -> Result<(), PluginError> {
    pieces(windows).try_for_each(|piece| vectorizer.learn(&piece))
}

/// What is loaded from the vectorizer's bytes must make the same rows: a state that does not is worth nothing, and the container would be
/// scored by something that nobody trained a model for.
fn check_session(
    task: &Task<'_>,
    vectorizer: &mut Vectorizer,
    state: &[u8],
    material: &Material,
) -> Result<(), PluginError> {
    let source = if material.slice.is_empty() { &material.earlier } else { &material.slice };
    let sample = source.select(0..source.len().min(COMPARED_WINDOWS));
    let Some(sample) = pieces(&sample).next() else { return Ok(()) };
    let pinned = &task.pipeline.vectorizer;
    let mut loaded = Vectorizer::load(&pinned.plugin, &pinned.settings, pinned.plugin.state_format, state)?;
    let wanted = vectorizer.transform(&sample, false)?;
    loaded.expect_rows(&sample, &wanted)
}

/// The newest `windows_max` windows in order of time, and how many of them were learned before.
fn training_windows(material: &Material, windows_max: usize) -> (Windows, usize) {
    let from_slice = material.slice.len().min(windows_max);
    let from_earlier = material.earlier.len().min(windows_max - from_slice);
    let newest = |windows: &Windows, count: usize| windows.select(windows.len() - count..windows.len());
    let mut windows = newest(&material.earlier, from_earlier);
    windows.extend(&newest(&material.slice, from_slice));
    (windows, from_earlier)
}

/// One score a row, each by a model that did not learn from it, in order of the rows.
fn calibration(detector: &Pinned, rows: &Rows, seed: u64) -> Result<Vec<f32>, PluginError> {
    let folds = FOLDS.min(rows.len() / FOLD_ROWS_MIN);
    if folds < 2 {
        return Ok(Vec::new());
    }
    let held_out = |fold: usize| fold * rows.len() / folds..(fold + 1) * rows.len() / folds;
    let scores: Vec<Vec<f32>> = (0..folds)
        .into_par_iter()
        .map(|fold| {
            let out = held_out(fold);
            let others = rows.select((0..rows.len()).filter(|row| !out.contains(row)));
            let model = train_model(&detector.plugin, &detector.settings, &others, seed)?;
            load(detector, &model)?.score(&rows.select(out))
        })
        .collect::<Result<_, _>>()?;
    Ok(scores.concat())
}

fn load(detector: &Pinned, model: &[u8]) -> Result<Detector, PluginError> {
    Detector::load(&detector.plugin, &detector.settings, detector.plugin.state_format, model)
}

/// The same container and generation give the same chance on every host.
fn seed(identity: &Identity, number: u64) -> u64 {
    let mut hash = Sha256::new();
    hash.update(identity.as_str().as_bytes());
    hash.update(number.to_le_bytes());
    u64::from_le_bytes(hash.finalize()[..8].try_into().expect("a digest has more than 8 bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_depends_on_container_and_generation_alone() {
        let (a, b) = (Identity::from_text("h/a"), Identity::from_text("h/b"));
        assert_eq!(seed(&a, 1), seed(&a, 1));
        assert_ne!(seed(&a, 1), seed(&a, 2));
        assert_ne!(seed(&a, 1), seed(&b, 1));
    }
}
