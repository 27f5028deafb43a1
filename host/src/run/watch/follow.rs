//! How a watch follows what is chosen for its container: other plugins are made ready beside what serves, then switched to.
//!
//! Thresholds come at once, with what the ones before know where they can read it, else warmed on stored scores. A vectorizer or a detector comes with a
//! generation: one that is kept, one that is carried over, or one that is trained. What could not be made ready is tried again later, or
//! when something else is chosen.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::{Made, Watch, WatchError, Work, blocking, let_go};
use crate::clock::now_ns;
use crate::judge::{Fault, Next, NextGate, Probation, faults_of};
use crate::pipeline::choice::{Own, Pin};
use crate::pipeline::costs::Costs;
use crate::pipeline::gate::{Gate, GateState};
use crate::pipeline::generation::Generation;
use crate::pipeline::live::Live;
use crate::pipeline::{Pinned, Pipeline};
use crate::plugins::{PluginError, Slot};
use crate::run::saved::{gate_to_store, generation_to_store, is_made_by, made_as};
use crate::run::trainer::Purpose;
use crate::store::{PinRecord, ScoredCommit, StoreError};

/// How long a choice that could not be followed is left alone.
const HOLD_OFF: Duration = Duration::from_secs(60);

/// Stored scores on which thresholds are warmed.
const WARM_WINDOWS: usize = 512;

/// What thresholds are warmed on: scores in order, and the ends of their windows.
#[derive(Debug, Default)]
pub(super) struct Warmth {
    scores: Vec<f32>,
    times: Vec<u64>,
}

impl Watch {
    /// Finds out again what is chosen. What cannot be followed is told once.
    pub(super) async fn choose(&mut self) -> Result<(), WatchError> {
        let (desk, own, before) = (Arc::clone(&self.shared.desk), self.own.clone(), self.choice.clone());
        let chosen = blocking(move || desk.resolve(&own, Some(&before))).await;
        let choice = match chosen {
            Ok(choice) => choice,
            Err(error) => return Ok(self.event("plugin choice", error.to_string()).await?),
        };
        let before = std::mem::replace(&mut self.choice, choice);
        for slot in Slot::ALL {
            let (note, old) = (&self.choice.slot(slot).note, &before.slot(slot).note);
            if let Some(note) = note.as_ref().filter(|_| note != old) {
                self.event("plugin choice", format!("{slot}: {note}")).await?;
            }
        }
        if Slot::ALL.iter().any(|&slot| !self.choice.slot(slot).pinned.is(&before.slot(slot).pinned)) {
            self.go_at_once();
        }
        self.publish();
        Ok(())
    }

    /// Labels that the engine tells of.
    pub(super) async fn relabel(&mut self, own: Own) -> Result<(), WatchError> {
        if self.own == own {
            return Ok(());
        }
        self.own = own;
        self.choose().await
    }

    /// Makes ready what is chosen and does not serve, if there is nothing else to do.
    pub(super) async fn follow(&mut self, made: &mpsc::Sender<Made>) -> Result<(), WatchError> {
        if self.work.is_some() {
            return Ok(());
        }
        let is_free = |until: Option<Instant>| until.is_none_or(|until| Instant::now() >= until);
        let decides = self.bench_view(|bench| bench.thresholds().is(&self.choice.thresholds.pinned));
        if !decides && is_free(self.gate_held_off_until) {
            return self.begin_gate(self.choice.thresholds.pinned.clone(), made).await;
        }
        let Some(serving) = self.serving_generation() else { return Ok(()) };
        if !self.choice.is_learned_by(&serving.pipeline) && is_free(self.held_off_until) {
            let wanted = self.choice.pipeline();
            let kept = self.kept_of(&wanted).await?;
            let take = u32::try_from(self.waiting.len()).unwrap_or(u32::MAX);
            self.begin_job(Purpose::Replace { kept }, wanted, take, made);
        }
        Ok(())
    }

    pub(super) fn hold_off(&mut self, why: &str) {
        self.hold_off_for(HOLD_OFF, why);
    }

    pub(super) fn hold_off_for(&mut self, time: Duration, why: &str) {
        tracing::debug!(container = %self.identity, why, "a choice is left alone for a while");
        self.held_off_until = Some(Instant::now() + time);
    }

    fn hold_off_gate(&mut self, why: &str) {
        tracing::debug!(container = %self.identity, why, "chosen thresholds are left alone for a while");
        self.gate_held_off_until = Some(Instant::now() + HOLD_OFF);
    }

    /// What is chosen anew is tried at once.
    pub(super) fn go_at_once(&mut self) {
        (self.gate_held_off_until, self.held_off_until) = (None, None);
    }

    /// Something was quarantined or released: what uses it and is not needed goes, and the choice is made again.
    pub(super) async fn leave_barred(&mut self) -> Result<(), WatchError> {
        let mut bench = self.take_bench();
        let (retired, was_candidate) = bench.drop_barred(&self.shared.desk.quarantine.barred());
        self.put_bench(bench);
        let_go(retired);
        if was_candidate {
            self.fail_trial("it is quarantined".into()).await?;
        }
        self.choose().await
    }

    /// Whether a plugin that learns is quarantined.
    pub(super) fn is_barred(&self, pipeline: &Pipeline) -> bool {
        let barred = self.shared.desk.quarantine.barred();
        [&pipeline.vectorizer, &pipeline.detector].iter().any(|pinned| barred.contains(&pinned.plugin.digest))
    }

    /// The newest generation that is kept and was made by just these plugins.
    async fn kept_of(&self, pipeline: &Pipeline) -> Result<Option<Arc<Generation>>, StoreError> {
        let known = self.shared.store.generations(&self.identity).await?;
        let made_by = known.iter().filter(|meta| is_made_by(meta, pipeline));
        let Some(newest) = made_by.max_by_key(|meta| made_as(meta)) else { return Ok(None) };
        Ok(self.kept(newest.number).await?.ok())
    }

    /// The newest scores of the generation that serves.
    pub(super) async fn warmth(&self) -> Result<Warmth, StoreError> {
        let Some(serving) = self.serving_generation() else { return Ok(Warmth::default()) };
        let store = &self.shared.store;
        let windows = store.windows_between(&self.identity, 0, u64::MAX, WARM_WINDOWS).await?;
        let mut warmth = Warmth::default();
        for window in windows {
            if let Some(verdict) = window.verdict.filter(|verdict| verdict.generation == serving.number) {
                warmth.scores.push(verdict.score);
                warmth.times.push(window.end_ns);
            }
        }
        Ok(warmth)
    }

    async fn begin_gate(&mut self, wanted: Pinned, made: &mpsc::Sender<Made>) -> Result<(), WatchError> {
        let Some(serving) = self.serving_generation() else {
            // Nothing was decided yet: they begin with the first generation that serves.
            return self.take_first_gate(wanted).await;
        };
        let (state, warmth) = (self.gate_state(), self.warmth().await?);
        let costs = self.costs.clone();
        self.work = Some(Work::Gate);
        // Thresholds that may not be used any more watch over nobody.
        let is_barred = self.shared.desk.quarantine.barred().contains(&self.thresholds().plugin.digest);
        let probation = if is_barred { Probation::End } else { Probation::Begin };
        self.beside(made, async move {
            let ready = move || ready_gate(&wanted, state.as_ref(), &serving, &warmth, &costs);
            let gate = blocking(ready).await.map(|(gate, carries)| NextGate { gate, carries, probation });
            Made::Gate(gate.map(Box::new))
        });
        Ok(())
    }

    async fn take_first_gate(&mut self, wanted: Pinned) -> Result<(), WatchError> {
        let (mut bench, costs) = (self.take_bench(), self.costs.clone());
        let pinned = wanted.clone();
        let (bench, opened) = blocking(move || {
            let opened = Gate::open(&pinned, None, &costs);
            let opened =
                opened.and_then(|gate| bench.switch_gate(NextGate { gate, carries: false, probation: Probation::End }));
            (bench, opened)
        })
        .await;
        self.put_bench(bench);
        if let Err(error) = opened {
            self.hold_off_gate(&error.to_string());
            self.event("switch failed", format!("{} cannot begin: {error}", wanted.name())).await?;
            self.report(&faults_of(&error)).await?;
        }
        Ok(())
    }

    pub(super) async fn take_gate(&mut self, ready: Result<Box<NextGate>, PluginError>) -> Result<(), WatchError> {
        if let Ok(next) = &ready
            && !next.gate.pinned().is(&self.choice.thresholds.pinned)
        {
            // Something else was chosen meanwhile.
            return Ok(());
        }
        let before = self.thresholds().name();
        let mut bench = self.take_bench();
        let (bench, switched) = match ready {
            Ok(next) => {
                let carries = next.carries;
                blocking(move || {
                    let switched = bench.switch_gate(*next).map(|retired| (retired, carries));
                    (bench, switched)
                })
                .await
            }
            Err(error) => (bench, Err(error)),
        };
        self.put_bench(bench);
        match switched {
            Ok((retired, carries)) => {
                let_go(retired);
                self.store_gate().await?;
                self.close_accounts();
                let how = if carries { "with all they knew" } else { "warmed on stored scores" };
                let text = format!("{} decide instead of {before}, {how}", self.thresholds().name());
                Ok(self.event("plugin switched", text).await?)
            }
            Err(error) => {
                self.hold_off_gate(&error.to_string());
                let text = format!("other thresholds could not be made ready, {before} go on: {error}");
                self.event("switch failed", text).await?;
                self.report(&faults_of(&error)).await
            }
        }
    }

    /// What the thresholds know is stored with each batch; after a switch it is stored at once.
    pub(super) async fn store_gate(&self) -> Result<(), WatchError> {
        let commit = ScoredCommit {
            identity: self.identity.clone(),
            windows: Vec::new(),
            thresholds_state: self.gate_state().map(gate_to_store),
            alerts: Vec::new(),
            members: Vec::new(),
            normal: Vec::new(),
            evidence: Vec::new(),
            events: Vec::new(),
            acknowledged_seq: self.pending_seq,
        };
        Ok(self.shared.store.commit_scored(commit).await?)
    }

    /// A changed plugin did badly, and what served before serves again: it is stored as the newest generation, and pinned. Until that is
    /// done it is tried again.
    pub(super) async fn settle_after_return(&mut self) -> Result<(), WatchError> {
        let Some(went) = self.went_back.clone() else { return Ok(()) };
        // Where only thresholds were changed the same generation goes on.
        if self.newest.as_ref().is_none_or(|newest| newest.number != went.generation.number) {
            self.keep_serving(Arc::clone(&went.generation)).await?;
        }
        self.pin_what_serves().await?;
        self.store_gate().await?;
        let text = format!(
            "{}; {}, {} and {} serve again, and are pinned",
            went.why,
            went.generation.pipeline.vectorizer.name(),
            went.generation.pipeline.detector.name(),
            went.thresholds.name()
        );
        self.event("rolled back", text).await?;
        self.went_back = None;
        Ok(())
    }

    /// A generation that serves already is stored as the newest one.
    pub(super) async fn keep_serving(&mut self, generation: Arc<Generation>) -> Result<(), WatchError> {
        let fresh = Arc::new(generation.renumbered(self.next_number()));
        self.put_generation(&fresh).await?;
        let mut bench = self.take_bench();
        bench.rename(Arc::clone(&fresh));
        self.put_bench(bench);
        Ok(self.stand_on(fresh).await?)
    }

    /// Stores a generation that no cycle made.
    pub(super) async fn put_generation(&self, generation: &Generation) -> Result<(), StoreError> {
        let keep = self.shared.settings.train.generations as usize;
        self.shared.store.put_generation(&self.identity, generation_to_store(generation), keep, false).await
    }

    /// A generation that is kept serves from the next window on. `Err` says why not.
    pub(super) async fn return_to(&mut self, number: u64) -> Result<Result<String, String>, WatchError> {
        let kept = match self.kept(number).await? {
            Ok(kept) => kept,
            Err(why) => return Ok(Err(why)),
        };
        let fresh = Arc::new(kept.renumbered(self.next_number()));
        let (returned, costs) = (Arc::clone(&fresh), self.costs.clone());
        let opened = blocking(move || Live::open(returned, &costs)).await;
        let mut bench = self.take_bench();
        let (bench, switched) = match opened {
            Ok(live) => {
                let next = Next { live, same_scores: false, probation: Probation::End };
                blocking(move || {
                    let switched = bench.switch(next);
                    (bench, switched)
                })
                .await
            }
            Err(error) => (bench, Err(error)),
        };
        self.put_bench(bench);
        match switched {
            Ok(retired) => let_go(retired),
            Err(error) => {
                self.report(&faults_of(&error)).await?;
                return Ok(Err(format!("generation {number} could not be opened: {error}")));
            }
        }
        self.put_generation(&fresh).await?;
        self.stand_on(Arc::clone(&fresh)).await?;
        self.pin_what_serves().await?;
        self.store_gate().await?;
        let text = format!("generation {number} serves again, as {}", fresh.number);
        self.event("rolled back", text.clone()).await?;
        Ok(Ok(text))
    }

    /// Pins each slot whose choice is not what serves, so that it is not switched again.
    pub(super) async fn pin_what_serves(&mut self) -> Result<(), WatchError> {
        let Some(serving) = self.serving_generation() else { return Ok(()) };
        let serving = serving.pipeline.with(Slot::Thresholds, self.thresholds());
        let wanted = self.choice.pipeline();
        let changed = Slot::ALL.into_iter().filter(|&slot| !serving.slot(slot).is(wanted.slot(slot)));
        let pins = changed.map(|slot| (slot, pin_of(serving.slot(slot)))).collect();
        self.pin(pins).await
    }

    /// Pins slots, stored before anything follows.
    pub(super) async fn pin(&mut self, pins: Vec<(Slot, Pin)>) -> Result<(), WatchError> {
        let record = |(slot, pin): &(Slot, Pin)| PinRecord {
            slot: slot.to_string(),
            plugin: pin.plugin.clone(),
            settings: pin.settings.clone(),
            made_ns: now_ns(),
        };
        self.shared.store.put_pins(&self.identity, pins.iter().map(record).collect()).await?;
        self.own.pins.extend(pins);
        self.choose().await
    }

    /// Counts faults; whoever had too many is quarantined, which all watches follow.
    pub(super) async fn report(&mut self, faults: &[Fault]) -> Result<(), WatchError> {
        if faults.is_empty() {
            return Ok(());
        }
        for barred in self.shared.desk.report(&self.shared.store, faults).await? {
            let short = barred.digest.get(..12).unwrap_or(&barred.digest);
            let text = format!("sha256:{short} after {} faults, the last one: {}", barred.faults, barred.reason);
            self.event("quarantined", text).await?;
            let _ = self.shared.changes.send(foghorn_dashboard::Change::Plugins);
        }
        Ok(())
    }
}

/// The very component that serves, by its digest; the name is for people.
pub(super) fn pin_of(pinned: &Pinned) -> Pin {
    let plugin = format!("{}@sha256:{}", pinned.plugin.name, pinned.plugin.digest);
    Pin { plugin, settings: pinned.settings.clone() }
}

/// Thresholds that decide as they will when they serve: on what the ones before know, or else on stored scores. Whatever a plugin cannot do it fails to do
/// here, off the way of the stream. Returns whether they took over what the ones before know, too.
pub(super) fn ready_gate(
    wanted: &Pinned,
    state: Option<&GateState>,
    serving: &Generation,
    warmth: &Warmth,
    costs: &Costs,
) -> Result<(Gate, bool), PluginError> {
    let mut gate = Gate::open(wanted, state, costs)?;
    let carries = gate.generation() != 0;
    gate.calibrate(serving.number, &serving.calibration)?;
    // Two from one state must decide alike; the one that is used has seen no more than it should.
    let known = gate.save()?;
    let mut twin = Gate::open(wanted, Some(&known), costs)?;
    let first = gate.decide(&warmth.scores, &warmth.times)?;
    twin.expect(&first, &warmth.scores, &warmth.times)?;
    let gate = if carries { Gate::open(wanted, Some(&known), costs)? } else { gate };
    Ok((gate, carries))
}
