//! Asks a new model, and the last one, about windows with made-up trouble; `exam` says what that is worth.
//!
//! The usual level of the new model are its cross-validated scores: each window is scored by a model that did not learn from it. In the set
//! *before* the last generation is held to its own cross-validated scores, in *now* to what it gives to windows it has not seen. Trouble is scored
//! by the very models that serve, or would. At most 32 windows and 96 probes, 4 MiB of text and what is put into it, by two generations.

use std::ops::Range;

use super::exam::{COMPARED_MIN, Exam, Mark, evenness};
use super::probe::{pick, troubled};
use super::separation::separation;
use super::variety::kinds;
use crate::judge::correlation;
use crate::pipeline::generation::Generation;
use crate::pipeline::live::transform;
use crate::plugins::{Detector, PluginError, Rows, Vectorizer};
use crate::window::Windows;

/// A vectorizer and a detector that belong together.
pub(super) struct Scorer {
    pub(super) vectorizer: Vectorizer,
    pub(super) detector: Detector,
}

impl Scorer {
    /// The instances of a generation.
    fn of(generation: &Generation) -> Result<Self, PluginError> {
        let (slot, state) = (&generation.pipeline.vectorizer, &generation.vectorizer_state);
        let vectorizer = Vectorizer::load(&slot.plugin, &slot.settings, generation.vectorizer_format, state)?;
        let (slot, model) = (&generation.pipeline.detector, &generation.model);
        let detector = Detector::load(&slot.plugin, &slot.settings, generation.model_format, model)?;
        Ok(Self { vectorizer, detector })
    }

    fn score(&mut self, windows: &Windows) -> Result<Vec<f32>, PluginError> {
        if windows.is_empty() {
            return Ok(Vec::new());
        }
        let rows = transform(&mut self.vectorizer, windows, false)?;
        self.detector.score(&rows)
    }
}

/// What a model was trained on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lesson<'a> {
    /// In order of time; the first `earlier` ones were learned before.
    pub(super) windows: &'a Windows,
    pub(super) earlier: usize,
    /// A row each.
    pub(super) rows: &'a Rows,
    /// A score each, by a model that did not learn from it; empty where there are too few.
    pub(super) calibration: &'a [f32],
}

/// Examines `new` on what it learned from, beside the last generation. Who cannot be asked is left out: a plugin that fails on trouble fails
/// when it serves too, and is dealt with there.
pub(super) fn examine(new: &mut Scorer, last: Option<&Generation>, lesson: Lesson<'_>) -> Exam {
    let (flat, far) = evenness(lesson.calibration);
    let mut exam = Exam { windows: lesson.rows.len() as u64, kinds: kinds(lesson.rows), flat, far, ..Exam::default() };
    if lesson.calibration.len() != lesson.windows.len() {
        return exam;
    }
    let mut last = last.and_then(|last| Some((last, opened(last)?)));
    let (earlier, all) = (lesson.earlier, lesson.windows.len());
    if let Some(trouble) = Trouble::of(lesson.windows, 0..earlier) {
        let usual = &lesson.calibration[..earlier];
        let last = last
            .as_mut()
            .and_then(|(generation, scorer)| separation(&generation.calibration, &asked(scorer, &trouble.troubled)?));
        exam.before = trouble.mark(new, usual, last, &mut exam.unasked);
    }
    if let Some(trouble) = Trouble::of(lesson.windows, earlier..all) {
        let usual: Vec<f32> = trouble.picked.iter().map(|&place| lesson.calibration[place]).collect();
        let theirs = last.as_mut().and_then(|(_, scorer)| {
            let untouched = asked(scorer, &lesson.windows.select(trouble.picked.iter().copied()))?;
            Some((asked(scorer, &trouble.troubled)?, untouched))
        });
        exam.agreement = theirs.as_ref().and_then(|(_, untouched)| correlation(&usual, untouched));
        let last = theirs.and_then(|(strange, untouched)| separation(&untouched, &strange));
        exam.now = trouble.mark(new, &usual, last, &mut exam.unasked);
    }
    exam
}

/// Windows of one set, and the same in trouble.
struct Trouble {
    picked: Vec<usize>,
    troubled: Windows,
}

impl Trouble {
    /// `None` where there are too few windows.
    fn of(windows: &Windows, places: Range<usize>) -> Option<Self> {
        let picked = pick(windows, places);
        let enough = picked.len() >= COMPARED_MIN;
        enough.then(|| Self { troubled: troubled(&windows.select(picked.iter().copied())), picked })
    }

    /// How well the new model tells it from `usual` scores; `None` where it could not be asked, `unasked` says why.
    fn mark(&self, new: &mut Scorer, usual: &[f32], last: Option<f64>, unasked: &mut Option<String>) -> Option<Mark> {
        let strange = new.score(&self.troubled).inspect_err(|error| *unasked = Some(error.to_string())).ok()?;
        Some(Mark { windows: self.picked.len(), new: separation(usual, &strange)?, last })
    }
}

fn opened(last: &Generation) -> Option<Scorer> {
    let warn = |error: &PluginError| tracing::warn!(generation = last.number, %error, "it cannot be compared with");
    Scorer::of(last).inspect_err(warn).ok()
}

fn asked(scorer: &mut Scorer, windows: &Windows) -> Option<Vec<f32>> {
    scorer.score(windows).inspect_err(|error| tracing::warn!(%error, "the last generation cannot be asked")).ok()
}
