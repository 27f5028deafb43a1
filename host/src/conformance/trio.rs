//! The candidate in its slot and built-in plugins in the other two: a whole pipeline over the corpus.

use std::sync::Arc;

use super::corpus::Set;
use super::outcome::{Stop, Verdict};
use super::subject::{SEED, Subject};
use crate::plugins::{Decision, Detector, Plugin, PluginError, Rows, Slot, Thresholds, Vectorizer, train_model};
use crate::window::Windows;

/// The built-in plugin of each slot.
const BUILT_IN: [(Slot, &str); 3] =
    [(Slot::Vectorizer, "vectorizer"), (Slot::Detector, "iforest"), (Slot::Thresholds, "thresholds")];

/// Windows in one call.
const AT_ONCE: usize = 128;

/// Parts of the rows that are held out in turn to calibrate.
const FOLDS: usize = 4;

/// After the corpus come so many windows that score so many times what any window of it scored.
const FAR: usize = 3;
const FAR_ABOVE: f32 = 10.0;

/// A plugin and its settings.
type Side = (Arc<Plugin>, Vec<(String, String)>);

/// One plugin a slot.
pub(super) struct Trio {
    vectorizer: Side,
    detector: Side,
    thresholds: Side,
}

/// What came of the judged windows of a set.
pub(super) struct Judgement {
    pub(super) scores: Vec<f32>,
    pub(super) decisions: Vec<Decision>,
    /// On scores ten times as high as the highest, after all others.
    pub(super) far: Vec<Decision>,
}

impl Trio {
    pub(super) fn new(subject: &Subject<'_>) -> Verdict<Self> {
        let side = |(slot, name): (Slot, &str)| {
            if slot == subject.plugin.slot {
                return Ok((Arc::clone(&subject.plugin), subject.settings.clone()));
            }
            let found = subject.catalogue.resolve(name, slot, &std::collections::BTreeSet::new());
            found.map(|plugin| (plugin, Vec::new())).map_err(|error| Stop::Skipped(error.to_string()))
        };
        let [vectorizer, detector, thresholds] = BUILT_IN.map(side);
        Ok(Self { vectorizer: vectorizer?, detector: detector?, thresholds: thresholds? })
    }

    /// Learns what is usual, as a cycle does, and judges the rest.
    pub(super) fn judge(&self, set: &Set) -> Result<Judgement, PluginError> {
        let (plugin, settings) = &self.vectorizer;
        let mut learning = Vectorizer::open_to_learn(plugin, settings, SEED)?;
        pieces(&set.usual).try_for_each(|piece| learning.learn(&piece))?;
        learning.settle()?;
        let rows = transform(&mut learning, &set.usual, true)?;
        let mut live = Vectorizer::load(plugin, settings, plugin.state_format, &learning.save()?)?;
        let judged = transform(&mut live, &set.judged, false)?;
        let scores = self.score(&rows, &judged)?;
        let (plugin, settings) = &self.thresholds;
        let mut gate = Thresholds::open(plugin, settings)?;
        gate.calibrate(&self.calibration(&rows)?)?;
        let decisions = gate.decide(&scores, &set.judged.ends)?;
        let (highest, last) = (scores.iter().copied().fold(1.0, f32::max), set.judged.ends.last().copied());
        let far = gate.decide(&[(FAR_ABOVE * highest).min(f32::MAX); FAR], &[last.unwrap_or(0); FAR])?;
        Ok(Judgement { scores, decisions, far })
    }

    /// Scores of `judged` by a model of `rows`.
    fn score(&self, rows: &Rows, judged: &Rows) -> Result<Vec<f32>, PluginError> {
        let (plugin, settings) = &self.detector;
        let model = train_model(plugin, settings, rows, SEED)?;
        Detector::load(plugin, settings, plugin.state_format, &model)?.score(judged)
    }

    /// Scores of rows by models that did not learn them.
    fn calibration(&self, rows: &Rows) -> Result<Vec<f32>, PluginError> {
        let mut scores = Vec::with_capacity(rows.len());
        for fold in 0..FOLDS {
            let out = fold * rows.len() / FOLDS..(fold + 1) * rows.len() / FOLDS;
            let others = rows.select((0..rows.len()).filter(|row| !out.contains(row)));
            scores.extend(self.score(&others, &rows.select(out))?);
        }
        Ok(scores)
    }
}

fn transform(session: &mut Vectorizer, windows: &Windows, learned: bool) -> Result<Rows, PluginError> {
    let mut rows = Rows::default();
    for piece in pieces(windows) {
        rows.extend(&session.transform(&piece, learned)?);
    }
    Ok(rows)
}

fn pieces(windows: &Windows) -> impl Iterator<Item = Windows> + '_ {
    (0..windows.len()).step_by(AT_ONCE).map(|first| windows.select(first..(first + AT_ONCE).min(windows.len())))
}
