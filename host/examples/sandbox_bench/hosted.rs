//! The built-in components in the plugin host.

use std::collections::BTreeSet;
use std::sync::Arc;

use foghorn::plugins::{
    Catalogue, Decision, Detector, Plugin, Plugins, PluginsOptions, Rows, Slot, Thresholds, Vectorizer, train_model,
};
use foghorn::window::Windows;

use crate::Outcome;
use crate::kernels::SEED;
use crate::side::{Learned, Side};

const DEFAULTS: &[(String, String)] = &[];

pub(crate) struct Hosted {
    vectorizer: Arc<Plugin>,
    forest: Arc<Plugin>,
    session: Vectorizer,
    model: Detector,
    gate: Thresholds,
}

/// As the host runs plugins.
pub(crate) fn with_epochs() -> Outcome<Plugins> {
    Ok(Plugins::new(PluginsOptions::default())?)
}

/// Where nothing stops an endless loop.
pub(crate) fn without_epochs() -> Outcome<Plugins> {
    Ok(Plugins::without_deadlines(PluginsOptions::default())?)
}

impl Hosted {
    pub(crate) fn new(host: Plugins, learned: &Learned) -> Outcome<Self> {
        let catalogue = Catalogue::open(host, None)?;
        if catalogue.list().is_empty() {
            return Err("the built-in components are not built; run cargo xtask build".into());
        }
        let vectorizer = catalogue.resolve("vectorizer", Slot::Vectorizer, &BTreeSet::new())?;
        let forest = catalogue.resolve("iforest", Slot::Detector, &BTreeSet::new())?;
        let gates = catalogue.resolve("thresholds", Slot::Thresholds, &BTreeSet::new())?;
        let session = Vectorizer::load(&vectorizer, DEFAULTS, vectorizer.state_format, &learned.session)?;
        let model = Detector::load(&forest, DEFAULTS, forest.state_format, &learned.model)?;
        let mut gate = Thresholds::open(&gates, DEFAULTS)?;
        gate.calibrate(&learned.calibration)?;
        Ok(Self { vectorizer, forest, session, model, gate })
    }
}

impl Side for Hosted {
    fn learn(&mut self, batches: &[Windows]) -> Outcome<Vec<u8>> {
        let mut session = Vectorizer::open_to_learn(&self.vectorizer, DEFAULTS, SEED)?;
        for batch in batches {
            session.learn(batch)?;
        }
        session.settle()?;
        Ok(session.save()?)
    }

    fn transform(&mut self, batch: &Windows) -> Outcome<Rows> {
        Ok(self.session.transform(batch, false)?)
    }

    fn train(&mut self, rows: &Rows) -> Outcome<Vec<u8>> {
        Ok(train_model(&self.forest, DEFAULTS, rows, SEED)?)
    }

    fn score(&mut self, rows: &Rows) -> Outcome<Vec<f32>> {
        Ok(self.model.score(rows)?)
    }

    fn decide(&mut self, scores: &[f32], times: &[u64]) -> Outcome<Vec<Decision>> {
        Ok(self.gate.decide(scores, times)?)
    }
}
