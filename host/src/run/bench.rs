//! Where windows are judged: the instances of one container, and its open alerts. Blocking; moved to a worker for each batch.
//!
//! A plugin can only fail itself: after a fault the same windows are scored by a fresh instance, then by the generation before;
//! only if that fails too are they stored without a verdict, and an event says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::alert::lifecycle::{Open, Strange};
use crate::alert::{Alert, Reason, reason};
use crate::history::{Severity, Verdict, WindowRecord};
use crate::pipeline::gate::{Gate, GateState};
use crate::pipeline::generation::Generation;
use crate::pipeline::live::Live;
use crate::pipeline::{Pinned, Pipeline};
use crate::plugins::PluginError;
use crate::window::Windows;

/// What came of a batch of windows.
#[derive(Debug, Default)]
pub(crate) struct Judgement {
    pub(crate) records: Vec<WindowRecord>,
    /// Opened, updated or resolved; the newest state of each.
    pub(crate) alerts: Vec<Alert>,
    /// What a person should know, such as a plugin's fault.
    pub(crate) events: Vec<String>,
    /// What the thresholds know now; `None` while learning.
    pub(crate) gate: Option<GateState>,
}

/// The instances of one container.
#[derive(Debug)]
pub(crate) struct Bench {
    thresholds: Pinned,
    serving: Option<Serving>,
    open: Open,
    alert_ids: Arc<AtomicU64>,
}

/// What a watched container needs.
#[derive(Debug)]
struct Serving {
    live: Live,
    /// The generation that served before.
    spare: Option<Arc<Generation>>,
    gate: Gate,
    /// The gate as it was after the last batch: what a fault costs is at most one batch.
    saved: GateState,
}

impl Bench {
    /// `alert_ids` is shared by all containers: the id that was given last.
    pub(crate) fn new(pipeline: &Pipeline, open: Open, alert_ids: Arc<AtomicU64>) -> Self {
        Self { thresholds: pipeline.thresholds.clone(), serving: None, open, alert_ids }
    }

    /// Goes on after a restart. `saved` is what the thresholds knew.
    pub(crate) fn resume(&mut self, live: Live, saved: Option<&GateState>) -> Result<(), PluginError> {
        let mut gate = Gate::open(&self.thresholds, saved)?;
        // Also where the host stopped between a cycle and the first window of its generation.
        gate.calibrate(live.generation.number, &live.generation.calibration)?;
        let saved = gate.save()?;
        self.serving = Some(Serving { live, spare: None, gate, saved });
        Ok(())
    }

    /// A new generation serves from the next window on. On an error the old one goes on.
    pub(crate) fn switch(&mut self, live: Live) -> Result<(), PluginError> {
        let known = self.serving.as_ref().map(|serving| &serving.saved);
        let mut gate = Gate::open(&self.thresholds, known)?;
        gate.calibrate(live.generation.number, &live.generation.calibration)?;
        let saved = gate.save()?;
        let spare = self.serving.take().map(|serving| serving.live.generation);
        self.serving = Some(Serving { live, spare, gate, saved });
        Ok(())
    }

    /// Whether an alert still lasts.
    pub(crate) fn has_open_alerts(&self) -> bool {
        !self.open.alerts().is_empty()
    }

    /// Judges windows in order; `first_seq` is the number of the first line of the first window.
    pub(crate) fn judge(&mut self, windows: &Windows, first_seq: u64) -> Judgement {
        let mut judgement = Judgement::default();
        let verdicts = match &mut self.serving {
            Some(serving) => serving.verdicts(windows, &mut judgement.events),
            None => None,
        };
        let mut next_seq = first_seq;
        for index in 0..windows.len() {
            let verdict = verdicts.as_ref().map(|verdicts| verdicts[index]);
            let record = record(windows, index, next_seq, verdict);
            next_seq = record.end_seq;
            self.take_in(windows, index, &record, &mut judgement);
            judgement.records.push(record);
        }
        judgement.gate = self.serving.as_ref().map(|serving| serving.saved.clone());
        judgement
    }

    /// Time has come to `now_ns`: the alerts that are resolved by that.
    pub(crate) fn pass(&mut self, now_ns: u64) -> Vec<Alert> {
        self.open.pass(now_ns)
    }

    fn take_in(&mut self, windows: &Windows, index: usize, record: &WindowRecord, judgement: &mut Judgement) {
        for resolved in self.open.pass(record.begin_ns) {
            keep_newest(&mut judgement.alerts, resolved);
        }
        let (Some(verdict), Some(serving)) = (record.verdict, &mut self.serving) else {
            return;
        };
        if verdict.severity == Severity::None {
            return;
        }
        let generation = Arc::clone(&serving.live.generation);
        let reason = match reason::explain(&mut serving.live, &windows.select([index]), &verdict) {
            Ok(reason) => reason,
            Err(error) => {
                judgement.events.push(format!("explaining a window failed: {error}"));
                serving.renew(&mut judgement.events);
                Reason {
                    sentence: "the plugins could not say what makes this window strange".into(),
                    ..Reason::default()
                }
            }
        };
        let strange = Strange::new(&generation, &verdict, record.first_seq..record.end_seq, record.end_ns, reason);
        let ids = &self.alert_ids;
        let alert = self.open.strange(strange, || ids.fetch_add(1, Ordering::Relaxed) + 1);
        keep_newest(&mut judgement.alerts, alert.clone());
    }
}

impl Serving {
    /// One verdict a window; `None` where no generation could give any.
    fn verdicts(&mut self, windows: &Windows, events: &mut Vec<String>) -> Option<Vec<Verdict>> {
        let scores = self.scores(windows, events)?;
        for _ in 0..2 {
            let decided = self.gate.decide(&scores, &windows.ends).and_then(|verdicts| {
                self.saved = self.gate.save()?;
                Ok(verdicts)
            });
            match decided {
                Ok(verdicts) => return Some(verdicts),
                Err(error) => {
                    events.push(format!("the thresholds plugin failed: {error}"));
                    self.reopen_gate(events);
                }
            }
        }
        None
    }

    fn scores(&mut self, windows: &Windows, events: &mut Vec<String>) -> Option<Vec<f32>> {
        // The instance as it is, a fresh one, the generation before.
        for attempt in 0..3 {
            match self.live.score(windows) {
                Ok(scores) => return Some(scores),
                Err(error) => events.push(format!("generation {} failed: {error}", self.live.generation.number)),
            }
            if attempt == 1 {
                self.fall_back(events)?;
            } else {
                self.renew(events);
            }
        }
        None
    }

    /// The generation before serves again, with the level that is usual for it.
    fn fall_back(&mut self, events: &mut Vec<String>) -> Option<()> {
        let spare = Arc::clone(self.spare.as_ref()?);
        let back = Live::open(spare).and_then(|live| {
            self.gate.calibrate(live.generation.number, &live.generation.calibration)?;
            Ok(live)
        });
        match back {
            Ok(live) => {
                events.push(format!("generation {} serves again", live.generation.number));
                self.live = live;
                Some(())
            }
            Err(error) => {
                events.push(format!("the generation before could not be opened: {error}"));
                None
            }
        }
    }

    /// Fresh instances of the generation that serves.
    fn renew(&mut self, events: &mut Vec<String>) {
        match Live::open(Arc::clone(&self.live.generation)) {
            Ok(live) => self.live = live,
            Err(error) => events.push(format!("a fresh instance could not be made: {error}")),
        }
    }

    fn reopen_gate(&mut self, events: &mut Vec<String>) {
        match Gate::open(self.gate.pinned(), Some(&self.saved)) {
            Ok(gate) => self.gate = gate,
            Err(error) => events.push(format!("fresh thresholds could not be made: {error}")),
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
        in_alert: verdict.is_some_and(|verdict| verdict.severity > Severity::None),
    }
}

fn keep_newest(alerts: &mut Vec<Alert>, alert: Alert) {
    match alerts.iter_mut().find(|known| known.id == alert.id) {
        Some(known) => *known = alert,
        None => alerts.push(alert),
    }
}
