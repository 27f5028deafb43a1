//! What serves one container: a generation, its thresholds, and whom to turn to when they fail.
//!
//! A plugin can only fail itself. After a fault the same windows are scored by a fresh instance, then by the last good version: the
//! generation before for scores, the thresholds before for decisions. The next batch is the newest's again; when it fails too often, its
//! plugin is quarantined and the container switches (`run`).

use std::sync::Arc;
use std::time::Instant;

use super::comparison::Effort;
use super::report::Report;
use super::votes::{Vote, Votes};
use crate::alert::normal::{Recall, Reference};
use crate::alert::{Reason, reason};
use crate::history::Verdict;
use crate::identity::Identity;
use crate::pipeline::Pinned;
use crate::pipeline::costs::Costs;
use crate::pipeline::gate::{Gate, GateState};
use crate::pipeline::generation::Generation;
use crate::pipeline::live::Live;
use crate::plugins::PluginError;
use crate::receipt::evidence::{Batch, Evidence, Exhibits};
use crate::window::Windows;

/// What a watched container needs.
#[derive(Debug)]
pub(super) struct Serving {
    pub(super) live: Live,
    pub(super) gate: Gate,
    /// The gate as it was after the last batch: what a fault costs is at most one batch.
    pub(super) saved: GateState,
    /// The generation that served before.
    pub(super) spare: Option<Arc<Generation>>,
    /// The thresholds that served before, as they were then.
    pub(super) spare_gate: Option<(Pinned, GateState)>,
    /// The generation before with a gate of its own, opened by the first fault that needs it.
    standby: Option<Standby>,
    /// Windows that were not strange, while strange ones come.
    reference: Option<Reference>,
    /// What receipts of the generation have in common, while strange windows come.
    evidence: Option<Exhibits>,
    /// How each generation voted since this one serves.
    votes: Votes,
}

#[derive(Debug)]
struct Standby {
    live: Live,
    gate: Gate,
}

/// What was said of a batch.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) scores: Vec<f32>,
    pub(super) verdicts: Vec<Verdict>,
    pub(super) effort: Effort,
    /// Whether the generation before had to do it.
    pub(super) by_standby: bool,
    /// Whether what serves did all of it: only then is it compared.
    pub(super) by_own: bool,
    /// Labels of the plugins that did it.
    pub(super) labels: Vec<String>,
    /// What the thresholds knew before it; `None` where others than what serves had to decide.
    pub(super) gate_before: Option<GateState>,
}

impl Serving {
    /// `saved` is what the thresholds knew; they learn the level of the generation where they do not know it yet.
    pub(super) fn begin(
        live: Live,
        spare: Option<Arc<Generation>>,
        thresholds: &Pinned,
        saved: Option<&GateState>,
        costs: &Costs,
    ) -> Result<Self, PluginError> {
        let mut gate = Gate::open(thresholds, saved, costs)?;
        gate.calibrate(live.generation.number, &live.generation.calibration)?;
        let saved = gate.save()?;
        let votes = Votes::default();
        Ok(Self { live, gate, saved, spare, spare_gate: None, standby: None, reference: None, evidence: None, votes })
    }

    /// How each generation voted since this one serves; nothing where it judges alone.
    pub(super) fn votes(&self) -> &[Vote] {
        self.votes.all()
    }

    /// One verdict a window; `None` where nobody could give any.
    pub(super) fn judge(&mut self, windows: &Windows, costs: &Costs, report: &mut Report) -> Option<Judged> {
        let begun = Instant::now();
        let mut judged = match self.scores(windows, costs, report) {
            Some(scores) => self.decide(scores, &windows.ends, costs, report)?,
            None => self.judge_by_standby(windows, costs, report)?,
        };
        judged.effort = Effort {
            ns: u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX),
            memory_bytes: self.live.memory_bytes() + self.gate.memory_bytes(),
        };
        Some(judged)
    }

    /// The instance as it is, then a fresh one.
    fn scores(&mut self, windows: &Windows, costs: &Costs, report: &mut Report) -> Option<Vec<f32>> {
        for _ in 0..2 {
            match self.live.score(windows) {
                Ok(scores) => return Some(scores),
                Err(error) => {
                    report.failure(&format!("generation {} failed", self.live.generation.number), &error);
                    self.renew(costs, report);
                }
            }
        }
        None
    }

    /// The gate as it is, a fresh one, then the thresholds that served before.
    fn decide(&mut self, scores: Vec<f32>, times: &[u64], costs: &Costs, report: &mut Report) -> Option<Judged> {
        for _ in 0..2 {
            let decided = self.gate.decide(&scores, times).and_then(|verdicts| {
                let before = std::mem::replace(&mut self.saved, self.gate.save()?);
                Ok((verdicts, before))
            });
            match decided {
                Ok((verdicts, before)) => {
                    self.votes.take(self.live.said(), &verdicts);
                    let labels = labels(&self.live.generation, self.gate.pinned());
                    let gate_before = Some(before);
                    return Some(Judged { by_own: true, gate_before, ..judged(scores, verdicts, labels) });
                }
                Err(error) => {
                    report.failure("the thresholds failed", &error);
                    self.reopen_gate(costs, report);
                }
            }
        }
        self.decide_by_spare(scores, times, costs, report)
    }

    fn decide_by_spare(
        &mut self,
        scores: Vec<f32>,
        times: &[u64],
        costs: &Costs,
        report: &mut Report,
    ) -> Option<Judged> {
        let generation = Arc::clone(&self.live.generation);
        let (pinned, saved) = self.spare_gate.as_mut()?;
        let decided = Gate::open(pinned, Some(saved), costs).and_then(|mut gate| {
            gate.calibrate(generation.number, &generation.calibration)?;
            let verdicts = gate.decide(&scores, times)?;
            *saved = gate.save()?;
            Ok(verdicts)
        });
        match decided {
            Ok(verdicts) => {
                report.event(format!("the thresholds before, {}, decided instead", pinned.name()));
                let labels = labels(&generation, pinned);
                Some(judged(scores, verdicts, labels))
            }
            Err(error) => {
                report.failure("the thresholds before failed too", &error);
                None
            }
        }
    }

    fn judge_by_standby(&mut self, windows: &Windows, costs: &Costs, report: &mut Report) -> Option<Judged> {
        let mut standby = self.take_standby(costs, report)?;
        let decided = standby.live.score(windows).and_then(|scores| {
            let verdicts = standby.gate.decide(&scores, &windows.ends)?;
            Ok((scores, verdicts))
        });
        match decided {
            Ok((scores, verdicts)) => {
                report.event(format!("generation {} judged instead", standby.live.generation.number));
                let labels = labels(&standby.live.generation, standby.gate.pinned());
                self.standby = Some(standby);
                Some(Judged { by_standby: true, ..judged(scores, verdicts, labels) })
            }
            Err(error) => {
                report.failure("the generation before failed too", &error);
                None
            }
        }
    }

    fn take_standby(&mut self, costs: &Costs, report: &mut Report) -> Option<Standby> {
        if let Some(standby) = self.standby.take() {
            return Some(standby);
        }
        let spare = Arc::clone(self.spare.as_ref()?);
        let opened = Live::open(spare, costs).and_then(|live| {
            let mut gate = Gate::open(self.gate.pinned(), Some(&self.saved), costs)?;
            gate.calibrate(live.generation.number, &live.generation.calibration)?;
            Ok(Standby { live, gate })
        });
        opened.inspect_err(|error| report.failure("the generation before could not be opened", error)).ok()
    }

    /// Why a window of the last batch is strange; a sentence that says so where the plugins cannot tell. `recall` is asked for windows that are
    /// not strange when there are none here.
    pub(super) fn explain(
        &mut self,
        window: &Windows,
        verdict: &Verdict,
        by_standby: bool,
        recall: Option<&Recall>,
        costs: &Costs,
        report: &mut Report,
    ) -> Reason {
        let recalled = || recall.map(|recall| Reference::new(&recall())).unwrap_or_default();
        let reference = self.reference.get_or_insert_with(recalled);
        let live = match &mut self.standby {
            Some(standby) if by_standby => &mut standby.live,
            _ => &mut self.live,
        };
        match reason::explain(live, window, verdict, reference) {
            Ok(reason) => reason,
            Err(error) => {
                report.failure("explaining a window failed", &error);
                self.standby = None;
                self.renew(costs, report);
                Reason {
                    sentence: "the plugins could not say what makes this window strange".into(),
                    ..Reason::default()
                }
            }
        }
    }

    /// By what the verdict on a window of the last batch is computed again: the digest of its case, and all that it needs. `None` where others than
    /// what serves judged.
    pub(super) fn receipt(
        &mut self,
        identity: &Identity,
        windows: &Windows,
        index: usize,
        judged: &Judged,
    ) -> Option<(String, Vec<Evidence>)> {
        let gate = judged.gate_before.as_ref()?;
        let generations = self.live.generations();
        let known = self.evidence.take().filter(|known| known.is_of(&generations));
        let exhibits = known.or_else(|| Exhibits::of(&generations))?;
        let batch = Batch { windows, scores: &judged.scores, verdicts: &judged.verdicts };
        let found = exhibits.case(identity, self.gate.pinned(), gate, batch, index);
        self.evidence = Some(exhibits);
        Some(found)
    }

    /// Nothing strange lasts: what it was held against need not be kept, and will be newer the next time.
    pub(super) fn forget_reference(&mut self) {
        self.reference = None;
        self.evidence = None;
    }

    /// Fresh instances of the generation that serves.
    fn renew(&mut self, costs: &Costs, report: &mut Report) {
        match self.live.afresh(costs) {
            Ok(live) => self.live = live,
            Err(error) => report.failure("a fresh instance could not be made", &error),
        }
    }

    fn reopen_gate(&mut self, costs: &Costs, report: &mut Report) {
        match Gate::open(self.gate.pinned(), Some(&self.saved), costs) {
            Ok(gate) => self.gate = gate,
            Err(error) => report.failure("fresh thresholds could not be made", &error),
        }
    }

    /// Whoever served before is not the one before any more.
    pub(super) fn forget_standby(&mut self) -> Option<(Live, Gate)> {
        self.standby.take().map(|standby| (standby.live, standby.gate))
    }
}

/// What was said by others than what serves, until more is known.
fn judged(scores: Vec<f32>, verdicts: Vec<Verdict>, labels: Vec<String>) -> Judged {
    let effort = Effort { ns: 0, memory_bytes: 0 };
    Judged { scores, verdicts, effort, by_standby: false, by_own: false, labels, gate_before: None }
}

fn labels(generation: &Generation, thresholds: &Pinned) -> Vec<String> {
    let pipeline = &generation.pipeline;
    vec![pipeline.vectorizer.label(), pipeline.detector.label(), thresholds.label()]
}
