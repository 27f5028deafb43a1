//! The other one: it judges the same windows as what serves, alerts nobody, and is compared.
//!
//! Two uses: a candidate that is tried (`foghorn plugin shadow`), and the generation before while a new plugin is on probation. What differs may
//! be the generation or only the thresholds; then it decides on the scores of what serves.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use super::comparison::{Comparison, Effort};
use super::report::Report;
use crate::history::Verdict;
use crate::pipeline::Pinned;
use crate::pipeline::costs::Costs;
use crate::pipeline::gate::{Gate, GateState};
use crate::pipeline::generation::Generation;
use crate::pipeline::live::Live;
use crate::plugins::{Digest, PluginError};
use crate::window::Windows;

/// Faults after which a rival gives up.
pub const FAULTS_MAX: u64 = 3;

/// What serves said of the same windows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Same<'a> {
    pub(super) generation: &'a Generation,
    pub(super) scores: &'a [f32],
    pub(super) verdicts: &'a [Verdict],
    pub(super) effort: Effort,
}

/// Judges beside what serves.
#[derive(Debug)]
pub struct Rival {
    /// `None` where only the thresholds differ.
    pub(super) live: Option<Live>,
    pub(super) gate: RivalGate,
    pub(super) comparison: Comparison,
    /// Why it gave up.
    pub(super) failed: Option<String>,
}

/// Opened with the first batch: at a switch there is no time for it.
#[derive(Debug)]
pub(super) struct RivalGate {
    pinned: Pinned,
    saved: GateState,
    gate: Option<Gate>,
}

impl RivalGate {
    pub(super) fn saved(pinned: Pinned, saved: GateState) -> Self {
        Self { pinned, saved, gate: None }
    }

    pub(super) fn opened(gate: Gate, saved: GateState) -> Self {
        Self { pinned: gate.pinned().clone(), saved, gate: Some(gate) }
    }

    pub(super) fn pinned(&self) -> &Pinned {
        &self.pinned
    }

    /// The gate itself, opened where it was not.
    pub(super) fn into_gate(mut self, costs: &Costs) -> Result<Gate, PluginError> {
        self.take(costs)
    }

    /// The gate where it was opened.
    pub(super) fn into_opened(self) -> Option<Gate> {
        self.gate
    }

    fn calibrate(&mut self, generation: &Generation, costs: &Costs) -> Result<(), PluginError> {
        let gate = self.take(costs)?;
        self.gate.insert(gate).calibrate(generation.number, &generation.calibration)
    }

    fn decide(&mut self, scores: &[f32], times: &[u64], costs: &Costs) -> Result<Vec<Verdict>, PluginError> {
        let gate = self.take(costs)?;
        let gate = self.gate.insert(gate);
        let verdicts = gate.decide(scores, times)?;
        self.saved = gate.save()?;
        Ok(verdicts)
    }

    fn take(&mut self, costs: &Costs) -> Result<Gate, PluginError> {
        match self.gate.take() {
            Some(gate) => Ok(gate),
            None => Gate::open(&self.pinned, Some(&self.saved), costs),
        }
    }

    /// What is open is let go: the next batch opens it from what was known.
    fn close(&mut self) {
        self.gate = None;
    }

    fn memory_bytes(&self) -> u64 {
        self.gate.as_ref().map_or(0, Gate::memory_bytes)
    }
}

impl Rival {
    /// A candidate with `gate` ready to decide. `found` is what was found of it before.
    pub fn candidate(live: Option<Live>, mut gate: Gate, found: Comparison) -> Result<Self, PluginError> {
        let saved = gate.save()?;
        let gate = RivalGate::opened(gate, saved);
        Ok(Self { live, gate, comparison: found, failed: None })
    }

    /// What served before a switch.
    pub(super) fn before(live: Option<Live>, gate: RivalGate) -> Self {
        Self { live, gate, comparison: Comparison::default(), failed: None }
    }

    /// The generation that it brings; `None` where only the thresholds differ.
    pub fn generation(&self) -> Option<&Arc<Generation>> {
        self.live.as_ref().map(|live| &live.generation)
    }

    pub fn thresholds(&self) -> &Pinned {
        self.gate.pinned()
    }

    /// Whether it uses one of these plugins.
    pub(super) fn uses(&self, digests: &BTreeSet<Digest>) -> bool {
        let learned = self.live.as_ref().map(|live| &live.generation.pipeline);
        let of_generation = learned.into_iter().flat_map(|pipeline| [&pipeline.vectorizer, &pipeline.detector]);
        of_generation.chain([self.gate.pinned()]).any(|pinned| digests.contains(&pinned.plugin.digest))
    }

    pub fn comparison(&self) -> &Comparison {
        &self.comparison
    }

    pub fn failed(&self) -> Option<&str> {
        self.failed.as_deref()
    }

    /// Judges what was judged already; `scores` and `verdicts` are those of what serves. `called` names it in events.
    pub(super) fn judge(
        &mut self,
        called: &str,
        windows: &Windows,
        same: Same<'_>,
        costs: &Costs,
        report: &mut Report,
    ) {
        if self.failed.is_some() {
            return;
        }
        let begun = Instant::now();
        match self.verdicts(windows, same, costs) {
            Ok(theirs) => {
                let ns = u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
                // Thresholds alone cost what scoring costs, and their own time.
                let ns = if self.live.is_some() { ns } else { ns.saturating_add(same.effort.ns) };
                let other = Effort { ns, memory_bytes: self.memory_bytes() };
                self.comparison.take(same.verdicts, &theirs, (same.effort, other));
            }
            Err(error) => self.stumble(called, &error, costs, report),
        }
    }

    fn verdicts(&mut self, windows: &Windows, same: Same<'_>, costs: &Costs) -> Result<Vec<Verdict>, PluginError> {
        match &mut self.live {
            Some(live) => {
                let scores = live.score(windows)?;
                self.gate.decide(&scores, &windows.ends, costs)
            }
            None => {
                // It decides on the scores of what serves, and is told of each new level of these.
                self.gate.calibrate(same.generation, costs)?;
                self.gate.decide(same.scores, &windows.ends, costs)
            }
        }
    }

    fn stumble(&mut self, called: &str, error: &PluginError, costs: &Costs, report: &mut Report) {
        report.failure(&format!("{called} failed"), error);
        self.comparison.faults += 1;
        let fresh = match &self.live {
            Some(live) => live.afresh(costs).map(|fresh| self.live = Some(fresh)),
            None => Ok(()),
        };
        self.gate.close();
        if self.comparison.faults >= FAULTS_MAX || fresh.is_err() {
            self.failed = Some(format!("it failed {} times, the last time: {error}", self.comparison.faults));
            report.event(format!("{called} gave up after {} faults", self.comparison.faults));
        }
    }

    fn memory_bytes(&self) -> u64 {
        self.gate.memory_bytes() + self.live.as_ref().map_or(0, Live::memory_bytes)
    }
}
