//! The instances of one container, its rivals and its open alerts. Blocking; moved to a worker for each batch.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::drift::{Drift, Reading};
use super::probation::{self, Standing};
use super::report::{Fault, Report};
use super::rival::{Rival, Same};
use super::serving::{Judged, Serving};
use super::switch::{Retired, WentBack};
use super::votes::Vote;
use crate::alert::Alert;
use crate::alert::attend::Deed;
use crate::alert::lifecycle::{Open, Strange};
use crate::alert::normal::Recall;
use crate::alert::release::Release;
use crate::alert::signal::Signal;
use crate::history::{Severity, Verdict, WindowRecord};
use crate::pipeline::Pinned;
use crate::pipeline::costs::Costs;
use crate::pipeline::gate::GateState;
use crate::pipeline::generation::Generation;
use crate::pipeline::live::Live;
use crate::plugins::{Digest, PluginError, Slot};
use crate::receipt::evidence::Evidence;
use crate::window::Windows;

/// What came of a batch of windows.
#[derive(Debug, Default)]
pub struct Judgement {
    pub records: Vec<WindowRecord>,
    /// Opened, updated or resolved; the newest state of each.
    pub alerts: Vec<Alert>,
    /// Which windows belong to which alerts: the window's first line, and the alert.
    pub members: Vec<(u64, u64)>,
    /// What alerts need for their receipts, in place of what they needed before.
    pub evidence: Vec<(u64, Vec<Evidence>)>,
    /// Alerts labelled normal that windows showed, with the end of the window: nobody is told.
    pub normal: Vec<(u64, u64)>,
    /// What a person should know, such as a plugin's fault.
    pub events: Vec<String>,
    /// Who broke the contract.
    pub faults: Vec<Fault>,
    /// What the thresholds know now; `None` while learning.
    pub gate: Option<GateState>,
    /// A new plugin did not pass its probation: what served before serves again.
    pub went_back: Option<WentBack>,
    pub retired: Retired,
}

/// The instances of one container.
pub struct Bench {
    /// Which thresholds serve, or will.
    pub(super) thresholds: Pinned,
    pub(super) serving: Option<Serving>,
    pub(super) candidate: Option<Rival>,
    /// What served before a plugin was changed.
    pub(super) probation: Option<Rival>,
    pub(super) costs: Costs,
    open: Open,
    alert_ids: Arc<AtomicU64>,
    pub(super) recall: Option<Recall>,
    drift: Drift,
}

impl std::fmt::Debug for Bench {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bench").field("serving", &self.serving).field("open", &self.open).finish_non_exhaustive()
    }
}

impl Bench {
    /// `alert_ids` is shared by all containers: the id that was given last.
    pub fn new(thresholds: Pinned, open: Open, alert_ids: Arc<AtomicU64>, costs: Costs) -> Self {
        Self {
            thresholds,
            serving: None,
            candidate: None,
            probation: None,
            costs,
            open,
            alert_ids,
            recall: None,
            drift: Drift::default(),
        }
    }

    /// Where windows that are not strange come from: strange ones are held against them.
    pub fn with_recall(self, recall: Recall) -> Self {
        Self { recall: Some(recall), ..self }
    }

    /// Goes on after a restart. `saved` is what the thresholds knew, `spare` the generation before.
    pub fn resume(
        &mut self,
        live: Live,
        spare: Option<Arc<Generation>>,
        saved: Option<&GateState>,
    ) -> Result<(), PluginError> {
        self.serving = Some(Serving::begin(live, spare, &self.thresholds, saved, &self.costs)?);
        Ok(())
    }

    /// Other thresholds than those it was made with; to be called before anything serves.
    pub fn begin_with(&mut self, thresholds: Pinned) {
        self.thresholds = thresholds;
    }

    /// What serves; `None` while learning.
    pub fn generation(&self) -> Option<&Arc<Generation>> {
        self.serving.as_ref().map(|serving| &serving.live.generation)
    }

    /// The thresholds that serve, or will.
    pub fn thresholds(&self) -> &Pinned {
        &self.thresholds
    }

    /// What the thresholds know; `None` while learning.
    pub fn gate_state(&self) -> Option<&GateState> {
        self.serving.as_ref().map(|serving| &serving.saved)
    }

    pub fn candidate(&self) -> Option<&Rival> {
        self.candidate.as_ref()
    }

    pub fn probation(&self) -> Option<&Rival> {
        self.probation.as_ref()
    }

    /// All plugins that are used here, or would be after a fault.
    pub fn plugins(&self) -> Vec<(Slot, Digest)> {
        let mut used = vec![(Slot::Thresholds, self.thresholds.plugin.digest)];
        let mut learned: Vec<&Generation> = Vec::new();
        if let Some(serving) = &self.serving {
            learned.push(&serving.live.generation);
            learned.extend(serving.spare.as_deref());
            used.extend(serving.spare_gate.iter().map(|(pinned, _)| (Slot::Thresholds, pinned.plugin.digest)));
        }
        for rival in self.candidate.iter().chain(&self.probation) {
            learned.extend(rival.generation().map(|generation| &**generation));
            used.push((Slot::Thresholds, rival.thresholds().plugin.digest));
        }
        for generation in learned {
            used.push((Slot::Vectorizer, generation.pipeline.vectorizer.plugin.digest));
            used.push((Slot::Detector, generation.pipeline.detector.plugin.digest));
        }
        used
    }

    /// Whether an alert still lasts.
    pub fn has_open_alerts(&self) -> bool {
        !self.open.alerts().is_empty()
    }

    /// Judges windows in order; `first_seq` is the number of the first line of the first window.
    pub fn judge(&mut self, windows: &Windows, first_seq: u64) -> Judgement {
        let (mut judgement, mut report) = (Judgement::default(), Report::default());
        let judged = self.serving.as_mut().and_then(|serving| serving.judge(windows, &self.costs, &mut report));
        let mut next_seq = first_seq;
        for index in 0..windows.len() {
            let verdict = judged.as_ref().map(|judged| judged.verdicts[index]);
            let mut record = record(windows, index, next_seq, verdict);
            next_seq = record.end_seq;
            record.in_alert = self.take_in(windows, index, &record, judged.as_ref(), &mut judgement, &mut report);
            judgement.records.push(record);
        }
        if let Some(judged) = judged.filter(|judged| judged.by_own) {
            self.measure_drift(&judged.scores);
            self.compare(windows, &judged, &mut judgement, &mut report);
        }
        if let Some(serving) = self.serving.as_mut().filter(|_| self.open.alerts().is_empty()) {
            serving.forget_reference();
        }
        judgement.gate = self.gate_state().cloned();
        (judgement.events, judgement.faults) = report.into_parts();
        judgement
    }

    /// How far the newest scores are from those of the training; `None` while there are too few.
    pub fn drift(&self) -> Option<Reading> {
        self.drift.reading()
    }

    /// How the generations that judge together voted, the newest first.
    pub fn votes(&self) -> Vec<Vote> {
        self.serving.as_ref().map(|serving| serving.votes().to_vec()).unwrap_or_default()
    }

    fn measure_drift(&mut self, scores: &[f32]) {
        let Some(serving) = &self.serving else { return };
        let generation = &serving.live.generation;
        if !self.drift.is_of(generation) {
            self.drift = Drift::of(generation);
        }
        self.drift.take(scores);
    }

    /// A person does something with an alert that lasts; `None` where it does not. Returns the alert as it is then, and what comes of it.
    pub fn attend(&mut self, id: u64, deed: Deed, now_ns: u64) -> Option<Result<(Alert, String), String>> {
        self.open.attend(id, deed, now_ns)
    }

    /// Time has come to `now_ns`: the alerts that are resolved by that.
    pub fn pass(&mut self, now_ns: u64) -> Vec<Alert> {
        self.open.pass(now_ns)
    }

    /// Whether the window belongs to an incident, and is not to be learned.
    fn take_in(
        &mut self,
        windows: &Windows,
        index: usize,
        record: &WindowRecord,
        judged: Option<&Judged>,
        judgement: &mut Judgement,
        report: &mut Report,
    ) -> bool {
        for resolved in self.open.pass(record.begin_ns) {
            keep_newest(&mut judgement.alerts, resolved);
        }
        let (Some(verdict), Some(judged), Some(serving)) = (record.verdict, judged, &mut self.serving) else {
            return false;
        };
        if verdict.severity == Severity::None {
            return self.open.is_near(verdict.scaled());
        }
        let window = windows.select([index]);
        let reason = serving.explain(&window, &verdict, judged.by_standby, self.recall.as_ref(), &self.costs, report);
        let (seqs, labels) = (record.first_seq..record.end_seq, judged.labels.clone());
        let mut strange = Strange::new(verdict.generation, labels, &verdict, seqs, record.end_ns, reason);
        let receipt = serving.receipt(self.open.identity(), windows, index, judged);
        strange.receipt.case = receipt.as_ref().map(|(case, _)| case.clone());
        let ids = &self.alert_ids;
        let taken = self.open.strange(&strange, || ids.fetch_add(1, Ordering::Relaxed) + 1);
        judgement.members.extend(taken.alerts.iter().map(|alert| (record.first_seq, alert.id)));
        judgement.normal.extend(taken.normal.iter().map(|&id| (id, record.end_ns)));
        let is_incident = !taken.alerts.is_empty();
        if let Some((case, pieces)) = receipt {
            // Where the window is the strangest of its alert so far, the receipt is of it.
            let kept = taken.alerts.iter().filter(|alert| alert.receipt.case.as_ref() == Some(&case));
            for alert in kept {
                judgement.evidence.retain(|(id, _)| *id != alert.id);
                judgement.evidence.push((alert.id, pieces.clone()));
            }
        }
        taken.alerts.into_iter().for_each(|alert| keep_newest(&mut judgement.alerts, alert));
        is_incident
    }

    /// Takes in what is known without a model; returns the alert that came of it.
    pub fn signal(&mut self, signal: &Signal) -> Option<Alert> {
        let ids = &self.alert_ids;
        self.open.signal(signal, || ids.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// An alert that is over was changed by a person.
    pub fn remember(&mut self, alert: &Alert) {
        self.open.remember(alert);
    }

    /// Another image runs from now on.
    pub fn deployed(&mut self, release: Release) {
        self.open.deployed(release);
    }

    /// The rivals judge the same windows; a new plugin that did badly goes.
    fn compare(&mut self, windows: &Windows, judged: &Judged, judgement: &mut Judgement, report: &mut Report) {
        let Some(serving) = &self.serving else { return };
        let generation = Arc::clone(&serving.live.generation);
        let same =
            Same { generation: &generation, scores: &judged.scores, verdicts: &judged.verdicts, effort: judged.effort };
        if let Some(candidate) = &mut self.candidate {
            candidate.judge("the candidate", windows, same, &self.costs, report);
        }
        let Some(before) = &mut self.probation else { return };
        before.judge("the generation before, kept to compare,", windows, same, &self.costs, report);
        if before.failed().is_some() {
            report.event("the probation ends: there is nothing left to compare the new plugin with");
            judgement.retired = self.end_probation();
            return;
        }
        match probation::standing(before.comparison()) {
            Standing::Open => {}
            Standing::Passed => {
                report.event("the new plugin has passed its probation");
                judgement.retired = self.end_probation();
            }
            Standing::Failed(why) => {
                if let Some((went, retired)) = self.go_back(why, report) {
                    (judgement.went_back, judgement.retired) = (Some(went), retired);
                }
            }
        }
    }
}

fn record(windows: &Windows, index: usize, first_seq: u64, verdict: Option<Verdict>) -> WindowRecord {
    let lines = windows.range(index);
    let stderr = windows.lines.outputs()[lines.clone()].iter().filter(|&&output| output == 1).count();
    WindowRecord {
        first_seq,
        end_seq: first_seq + lines.len() as u64,
        begin_ns: windows.begins[index],
        end_ns: windows.ends[index],
        stderr_lines: u32::try_from(stderr).unwrap_or(u32::MAX),
        verdict,
        in_alert: false,
    }
}

fn keep_newest(alerts: &mut Vec<Alert>, alert: Alert) {
    match alerts.iter_mut().find(|known| known.id == alert.id) {
        Some(known) => *known = alert,
        None => alerts.push(alert),
    }
}
