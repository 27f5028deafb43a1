//! Candidates: tried beside what serves, compared, promoted or let go.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::follow::{pin_of, ready_gate};
use super::{Made, Watch, WatchError, Work, blocking, let_go};
use crate::judge::{Comparison, FAULTS_MAX, Rival, faults_of};
use crate::pipeline::Pinned;
use crate::pipeline::gate::Gate;
use crate::pipeline::generation::Generation;
use crate::plugins::{PluginError, Slot};
use crate::run::facts::{Phase, ShadowFacts};
use crate::run::trainer::{Purpose, Ready};
use crate::settings::PluginSettings;
use crate::store::{ShadowRecord, StoreError};

/// How often what was found is stored while a candidate is tried.
const STORE_EVERY: Duration = Duration::from_secs(30);

/// A candidate of this container.
#[derive(Debug)]
pub(super) struct Trial {
    /// As it was written.
    wanted: String,
    settings: PluginSettings,
    since_ns: u64,
    /// Which plugin that is; `None` while there is none such.
    candidate: Option<(Slot, Pinned)>,
    /// What was found before the host was started, or before the candidate was made ready.
    found: Comparison,
    phase: Phase,
    stored: Option<Instant>,
}

impl Trial {
    pub(super) fn new(wanted: String, settings: PluginSettings, since_ns: u64) -> Self {
        let (found, phase) = (Comparison::default(), Phase::Training);
        Self { wanted, settings, since_ns, candidate: None, found, phase, stored: None }
    }

    /// One that was tried when the host stopped.
    pub(super) fn resumed(record: ShadowRecord) -> Self {
        let found: Comparison = serde_json::from_value(record.comparison).unwrap_or_default();
        let gave_up = found.faults >= FAULTS_MAX;
        let phase =
            if gave_up { Phase::Failed("it gave up before the host was started".into()) } else { Phase::Training };
        Self { found, phase, ..Self::new(record.plugin, record.settings, record.since_ns) }
    }
}

impl Watch {
    /// Begins a trial; it replaces the one before.
    pub(super) async fn try_candidate(&mut self, trial: Trial) -> Result<(), WatchError> {
        self.drop_candidate().await;
        self.trial = Some(trial);
        Ok(self.store_trial().await?)
    }

    /// Makes the candidate ready, if one waits for that and there is nothing else to do.
    pub(super) async fn follow_trial(&mut self, made: &mpsc::Sender<Made>) -> Result<(), WatchError> {
        let Some(serving) = self.serving_generation() else { return Ok(()) };
        let Some(trial) = self.trial.as_ref().filter(|trial| trial.phase == Phase::Training) else { return Ok(()) };
        if self.work.is_some() {
            return Ok(());
        }
        let (wanted, settings, found) = (trial.wanted.clone(), trial.settings.clone(), trial.found.clone());
        let (slot, pinned) = match self.named(&wanted, &settings).await {
            Ok(named) => named,
            Err(error) => return Ok(self.fail_trial(error.to_string()).await?),
        };
        if let Some(trial) = &mut self.trial {
            trial.candidate = Some((slot, pinned.clone()));
        }
        if slot != Slot::Thresholds {
            let pipeline = serving.pipeline.with(slot, pinned);
            self.begin_job(Purpose::Candidate, pipeline, 0, made);
            return Ok(());
        }
        let (state, warmth) = (self.gate_state(), self.warmth().await?);
        let costs = self.costs.clone();
        self.work = Some(Work::Candidate);
        self.beside(made, async move {
            let rival = blocking(move || {
                let (gate, _) = ready_gate(&pinned, state.as_ref(), &serving, &warmth, &costs)?;
                Rival::candidate(None, gate, found).map(Box::new)
            });
            Made::Candidate(rival.await)
        });
        Ok(())
    }

    /// The trial whose candidate is being made ready; `None` where what comes was begun for another one, or let go meanwhile.
    fn trial_in_work(&mut self) -> Option<&mut Trial> {
        self.trial.as_mut().filter(|trial| trial.candidate.is_some() && trial.phase == Phase::Training)
    }

    /// The candidate cannot go on.
    pub(super) async fn fail_trial(&mut self, why: String) -> Result<(), StoreError> {
        if let Some(trial) = &mut self.trial {
            trial.phase = Phase::Failed(why);
        }
        self.store_trial().await
    }

    /// A candidate's generation is made, or cannot be.
    pub(super) async fn ready_candidate(&mut self, made: Result<Ready, String>) -> Result<(), WatchError> {
        let Some(trial) = self.trial_in_work() else { return Ok(()) };
        let live = match made {
            Ok(ready) => ready.live,
            Err(why) => {
                trial.phase = Phase::Failed(why);
                return Ok(self.store_trial().await?);
            }
        };
        let found = trial.found.clone();
        let (state, thresholds, costs) = (self.gate_state(), self.thresholds(), self.costs.clone());
        let rival = blocking(move || {
            let mut gate = Gate::open(&thresholds, state.as_ref(), &costs)?;
            gate.calibrate(live.generation.number, &live.generation.calibration)?;
            Rival::candidate(Some(live), gate, found).map(Box::new)
        });
        let rival = rival.await;
        self.take_candidate(rival).await
    }

    pub(super) async fn take_candidate(&mut self, rival: Result<Box<Rival>, PluginError>) -> Result<(), WatchError> {
        if let Err(error) = &rival {
            self.report(&faults_of(error)).await?;
        }
        let Some(trial) = self.trial_in_work() else { return Ok(()) };
        match rival {
            Ok(rival) => {
                trial.phase = Phase::Scoring;
                let mut bench = self.take_bench();
                let_go(bench.try_candidate(Some(*rival)));
                self.put_bench(bench);
            }
            Err(error) => trial.phase = Phase::Failed(error.to_string()),
        }
        Ok(self.store_trial().await?)
    }

    /// The candidate serves from the next window on, and is pinned. `Err` says why not.
    pub(super) async fn promote(&mut self) -> Result<Result<String, String>, WatchError> {
        // What the bench says counts: a candidate that gave up there is none.
        let (Some(trial), Some(facts)) = (self.trial.as_ref(), self.trial_facts()) else {
            return Ok(Err("no candidate is tried here; begin with foghorn plugin shadow NAME --container C".into()));
        };
        let (Phase::Scoring, Some((slot, candidate))) = (&facts.phase, trial.candidate.clone()) else {
            return Ok(Err(format!("the candidate {} does not score: {}", trial.wanted, phase_text(&facts.phase))));
        };
        let name = candidate.name();
        if self.shared.desk.quarantine.record(&candidate.plugin.digest).is_some() {
            return Ok(Err(format!("{name} is quarantined; release it first, with foghorn plugin release")));
        }
        if let Some(changed) = self.changed_since(slot) {
            return Ok(Err(format!("the {changed} was changed since {name} learned beside it; try it again")));
        }
        if let Some(why) = self.candidate_breaks().await? {
            return Ok(Err(format!("{name} does not serve: {why}; take the label back if that is what you want")));
        }
        let generation = match self.bench_view(|bench| bench.candidate().and_then(Rival::generation).cloned()) {
            Some(generation) => {
                let number = self.next_number();
                let fresh = Arc::new(Generation { number, ..Generation::clone(&generation) });
                self.put_generation(&fresh).await?;
                Some(fresh)
            }
            None => None,
        };
        let (mut bench, fresh) = (self.take_bench(), generation.clone());
        let (bench, promoted) = blocking(move || {
            let promoted = bench.promote(fresh);
            (bench, promoted)
        })
        .await;
        self.put_bench(bench);
        match promoted {
            Ok(Some(retired)) => let_go(retired),
            Ok(None) => return Ok(Err("no candidate is tried here".into())),
            Err(error) => {
                if let Some(serving) = self.serving_generation() {
                    self.keep_serving(serving).await?;
                }
                self.fail_trial(error.to_string()).await?;
                return Ok(Err(error.to_string()));
            }
        }
        if let Some(generation) = generation {
            self.stand_on(generation).await?;
        }
        self.trial = None;
        self.shared.store.put_shadow(&self.identity, None).await?;
        self.pin(vec![(slot, pin_of(&candidate))]).await?;
        self.store_gate().await?;
        self.event("promoted", format!("{name} serves, and is pinned")).await?;
        Ok(Ok(format!(
            "{name} serves from the next window on, and is pinned; it is on probation beside the one before"
        )))
    }

    /// The slot beside the candidate's that has another plugin now than when the candidate learned.
    fn changed_since(&self, slot: Slot) -> Option<Slot> {
        let made = self.bench_view(|bench| bench.candidate().and_then(Rival::generation).cloned())?;
        let serving = self.serving_generation()?;
        let others = [Slot::Vectorizer, Slot::Detector].into_iter().filter(|other| *other != slot);
        others.into_iter().find(|&other| !made.pipeline.slot(other).is(serving.pipeline.slot(other)))
    }

    /// The candidate is let go; false where there is none.
    pub(super) async fn stop_trial(&mut self) -> Result<bool, WatchError> {
        self.drop_candidate().await;
        let had = self.trial.take().is_some();
        self.shared.store.put_shadow(&self.identity, None).await?;
        Ok(had)
    }

    /// Stores what was found, from time to time.
    pub(super) async fn keep_trial(&mut self) -> Result<(), StoreError> {
        let is_due = |trial: &Trial| trial.stored.is_none_or(|stored| stored.elapsed() >= STORE_EVERY);
        if self.trial.as_ref().is_some_and(|trial| trial.phase == Phase::Scoring && is_due(trial)) {
            self.store_trial().await?;
        }
        Ok(())
    }

    /// What is known of the trial now.
    pub(super) fn trial_facts(&self) -> Option<ShadowFacts> {
        let trial = self.trial.as_ref()?;
        let (found, failed) = self.bench_view(|bench| {
            let rival = bench.candidate();
            let failed = rival.and_then(|rival| rival.failed().map(str::to_owned));
            (rival.map(|rival| rival.comparison().clone()), failed)
        });
        Some(ShadowFacts {
            wanted: trial.wanted.clone(),
            candidate: trial.candidate.as_ref().map(|(_, pinned)| pinned.clone()),
            since_ns: trial.since_ns,
            phase: failed.map_or_else(|| trial.phase.clone(), Phase::Failed),
            comparison: found.unwrap_or_else(|| trial.found.clone()),
        })
    }

    async fn store_trial(&mut self) -> Result<(), StoreError> {
        let Some(facts) = self.trial_facts() else { return Ok(()) };
        let Some(trial) = &mut self.trial else { return Ok(()) };
        trial.stored = Some(Instant::now());
        let record = ShadowRecord {
            plugin: trial.wanted.clone(),
            settings: trial.settings.clone(),
            since_ns: trial.since_ns,
            comparison: serde_json::to_value(&facts.comparison)
                .map_err(|error| StoreError::Damaged(error.to_string()))?,
        };
        self.shared.store.put_shadow(&self.identity, Some(record)).await
    }

    async fn drop_candidate(&mut self) {
        let mut bench = self.take_bench();
        let_go(bench.try_candidate(None));
        self.put_bench(bench);
    }
}

fn phase_text(phase: &Phase) -> String {
    match phase {
        Phase::Training => "it is still being made ready".into(),
        Phase::Scoring => "it scores".into(),
        Phase::Failed(why) => why.clone(),
    }
}
