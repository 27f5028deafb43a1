//! What serves a container and a candidate, side by side over stored windows.
//!
//! Both begin with nothing, learn the same windows in the same cycles and judge the same windows after them: so the comparison is of the plugins
//! alone, whatever scored these windows when they were new.

use std::sync::Arc;
use std::time::Instant;

use super::series::{BATCH, learn};
use crate::history::Verdict;
use crate::identity::Identity;
use crate::judge::{Comparison, Effort};
use crate::pipeline::Pipeline;
use crate::pipeline::costs::Costs;
use crate::pipeline::gate::Gate;
use crate::pipeline::live::Live;
use crate::plugins::PluginError;
use crate::settings::TrainRule;
use crate::train::cycle::CycleError;
use crate::window::Windows;

/// Two pipelines.
#[derive(Debug, Clone, Copy)]
pub struct Sides<'a> {
    pub serving: &'a Pipeline,
    pub candidate: &'a Pipeline,
}

/// One pipeline at work.
struct Side {
    live: Live,
    gate: Gate,
}

impl Side {
    fn learn(
        identity: &Identity,
        windows: &Windows,
        train_len: usize,
        pipeline: &Pipeline,
        rule: &TrainRule,
    ) -> Result<Self, CycleError> {
        let costs = Costs::new(Arc::default(), identity.clone());
        let (live, _) = learn(identity, windows, train_len, pipeline, rule, &costs)?;
        let mut gate = Gate::open(&pipeline.thresholds, None, &costs)?;
        gate.calibrate(live.generation.number, &live.generation.calibration)?;
        Ok(Self { live, gate })
    }

    fn judge(&mut self, windows: &Windows) -> Result<(Vec<Verdict>, Effort), PluginError> {
        let begun = Instant::now();
        let scores = self.live.score(windows)?;
        let verdicts = self.gate.decide(&scores, &windows.ends)?;
        let ns = u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
        Ok((verdicts, Effort { ns, memory_bytes: self.live.memory_bytes() + self.gate.memory_bytes() }))
    }
}

/// Learns the first `train_len` windows and judges the others. A candidate that fails is an error that names it.
pub fn compare(
    identity: &Identity,
    windows: &Windows,
    train_len: usize,
    sides: Sides<'_>,
    rule: &TrainRule,
) -> Result<Comparison, CycleError> {
    let mut serving = Side::learn(identity, windows, train_len, sides.serving, rule)?;
    let mut candidate = Side::learn(identity, windows, train_len, sides.candidate, rule)?;
    let mut found = Comparison::default();
    for first in (train_len..windows.len()).step_by(BATCH) {
        let batch = windows.select(first..windows.len().min(first + BATCH));
        let (ours, our_effort) = serving.judge(&batch)?;
        let (theirs, their_effort) = candidate.judge(&batch)?;
        found.take(&ours, &theirs, (our_effort, their_effort));
    }
    Ok(found)
}
