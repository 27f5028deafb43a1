//! When a watch has something made, and what it does with it: cycles, other plugins, candidates. One at a time.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::{Made, Watch, WatchError, Work, blocking, let_go};
use crate::clock::now_ns;
use crate::judge::{Next, Probation, Retired};
use crate::pipeline::Pipeline;
use crate::pipeline::generation::Generation;
use crate::pipeline::live::Live;
use crate::plugins::Slot;
use crate::run::trainer::{Job, Outcome, Purpose, Ready};
use crate::train::material::{Plan, TEXT_BYTES_MAX};
use crate::train::schedule;

impl Watch {
    /// Begins the cycle that is due, if one is.
    pub(super) fn train_if_due(&mut self, made: &mpsc::Sender<Made>) {
        // A warm start waits until the engine's own log is read, so that the slices span all of it.
        if self.work.is_some() || !self.caught_up {
            return;
        }
        let rule = self.shared.settings.train;
        let now = now_ns();
        self.standing.waiting = self.waiting_count();
        let Some(take) = schedule::due(&rule, now, self.standing) else {
            return;
        };
        self.standing.last_begun_ns = now;
        let pipeline = self.choice.pipeline();
        self.begin_job(Purpose::Cycle, pipeline, take, made);
    }

    /// Windows that wait to be learned.
    pub(super) fn waiting_count(&self) -> u32 {
        u32::try_from(self.waiting.len()).unwrap_or(u32::MAX)
    }

    /// Has a generation made; `take` of the waiting windows are learned.
    pub(super) fn begin_job(&mut self, purpose: Purpose, pipeline: Pipeline, take: u32, made: &mpsc::Sender<Made>) {
        let rule = self.shared.settings.train;
        let is_candidate = matches!(purpose, Purpose::Candidate);
        // A candidate is not stored; its number is one that no generation has.
        let number = if is_candidate { u64::MAX } else { self.next_number() };
        self.work = Some(match &purpose {
            Purpose::Cycle => Work::Cycle,
            Purpose::Replace { .. } => Work::Replacement,
            Purpose::Candidate => Work::Candidate,
        });
        let job = Job {
            identity: self.identity.clone(),
            pipeline,
            number,
            previous: self.newest.clone(),
            elders: self.recent.clone(),
            plan: Plan {
                learned_until_seq: self.learned_until_seq,
                take,
                range_begin_ns: now_ns().saturating_sub(rule.range.as_ns()),
                windows_max: rule.windows_max as usize,
                text_bytes_max: self.shared.memory.share(TEXT_BYTES_MAX),
                again: !matches!(purpose, Purpose::Cycle),
            },
            purpose,
            keep: rule.generations as usize,
            refused: self.refusals.in_a_row,
            costs: self.costs.clone(),
        };
        let trainer = self.shared.trainer.clone();
        self.beside(made, async move { Made::Generation(Box::new(trainer.run(job).await)) });
    }

    /// The number of a generation that is begun; given back when it fails (`take_back`).
    pub(super) fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    fn take_back(&mut self, number: u64) {
        if self.last_number == number {
            self.last_number -= 1;
        }
    }

    pub(super) async fn take_in(&mut self, made: Made) -> Result<(), WatchError> {
        self.work = None;
        match made {
            Made::Generation(outcome) => self.take_generation(*outcome).await?,
            Made::Gate(gate) => self.take_gate(gate).await?,
            Made::Candidate(candidate) => self.take_candidate(candidate).await?,
            Made::Broken => {
                self.hold_off("it broke off");
                self.event("bug", "what was being made broke off; the log has the cause".into()).await?;
            }
        }
        self.publish();
        self.tell(false);
        Ok(())
    }

    async fn take_generation(&mut self, outcome: Outcome) -> Result<(), WatchError> {
        let Outcome { purpose, number, made, refused, faults } = outcome;
        if matches!(purpose, Purpose::Cycle) {
            self.standing.failed = made.is_err();
        }
        if !matches!(purpose, Purpose::Candidate) {
            self.refusals.take(made.as_ref().err().map(String::as_str), refused);
        }
        match (purpose, made) {
            (Purpose::Candidate, made) => self.ready_candidate(made).await?,
            (Purpose::Replace { .. }, Ok(ready)) if !self.is_wanted(&ready) => self.leave_out(ready).await?,
            // What served before needs nobody to watch over it.
            (Purpose::Replace { kept: Some(_) }, Ok(ready)) => self.switch_to(ready, Probation::End).await?,
            (_, Ok(ready)) => self.switch_to(ready, Probation::Begin).await?,
            (purpose, Err(why)) => {
                self.take_back(number);
                if matches!(purpose, Purpose::Replace { .. }) {
                    self.hold_off(&why);
                }
                // What it was to learn stays where it is: the next cycle learns it together with what comes after.
                let kind = if refused { "model refused" } else { "training failed" };
                self.event(kind, why).await?;
            }
        }
        self.report(&faults).await
    }

    /// Whether it is still what was chosen.
    fn is_wanted(&self, ready: &Ready) -> bool {
        self.choice.is_learned_by(&ready.live.generation.pipeline)
    }

    /// Something else was chosen while this was made. It is stored as the newest one: what serves is stored anew.
    async fn leave_out(&mut self, ready: Ready) -> Result<(), WatchError> {
        let number = ready.live.generation.number;
        let_go(Retired { lives: vec![ready.live], gates: Vec::new() });
        if let Some(serving) = self.serving_generation() {
            self.keep_serving(serving).await?;
        }
        Ok(self.event("generation left out", format!("generation {number} is not wanted any more")).await?)
    }

    /// `changed` is what becomes of the probation where a plugin was changed.
    async fn switch_to(&mut self, ready: Ready, changed: Probation) -> Result<(), WatchError> {
        let generation = Arc::clone(&ready.live.generation);
        if self.newest.as_ref().is_some_and(|newest| newest.number > generation.number) {
            // A person went back, or promoted a candidate, while this was made.
            let_go(Retired { lives: vec![ready.live], gates: Vec::new() });
            let text = format!("generation {} came too late", generation.number);
            return Ok(self.event("generation left out", text).await?);
        }
        if !ready.same_scores {
            self.standing.successes = self.shared.store.successful_cycles(&self.identity).await?;
        }
        let before = self.newest.clone();
        self.stand_on(Arc::clone(&generation)).await?;
        if self.standing.successes < self.shared.settings.train.cycles {
            return Ok(());
        }
        let before = before.filter(|before| !before.pipeline.learns_as(&generation.pipeline));
        let probation = match &before {
            Some(before) if self.is_barred(&before.pipeline) => Probation::End,
            Some(_) => changed,
            None => Probation::Keep,
        };
        let (live, broken) = match ready.same_scores {
            true => (ready.live, None),
            false => self.broken_promise(ready.live).await?,
        };
        if let Some(why) = broken {
            return self.refuse(live, why).await;
        }
        let next = Next { live, same_scores: ready.same_scores, probation };
        let mut bench = self.take_bench();
        let (bench, switched) = blocking(move || {
            let switched = bench.switch(next);
            (bench, switched)
        })
        .await;
        self.put_bench(bench);
        match switched {
            Ok(retired) => {
                let_go(retired);
                self.close_accounts();
                self.store_gate().await?;
                let Some(before) = before else { return Ok(()) };
                Ok(self.event("plugin switched", switched_text(&generation, &before.pipeline)).await?)
            }
            Err(error) => {
                self.hold_off(&error.to_string());
                if let Some(serving) = self.serving_generation() {
                    self.keep_serving(serving).await?;
                }
                self.event("switch failed", format!("the generation before goes on: {error}")).await?;
                self.report(&crate::judge::faults_of(&error)).await
            }
        }
    }
}

impl Watch {
    /// What people said of alerts would not hold: what serves goes on, and is the newest again.
    async fn refuse(&mut self, live: Live, why: String) -> Result<(), WatchError> {
        let number = live.generation.number;
        let_go(Retired { lives: vec![live], gates: Vec::new() });
        // It will not do better before it learns more, or a label is taken back.
        self.hold_off_for(self.shared.settings.train.retrain_interval.as_duration(), &why);
        if let Some(serving) = self.serving_generation() {
            self.keep_serving(serving).await?;
        }
        let text = format!("generation {number} does not serve: {why}. Take the label back if that is what you want");
        Ok(self.event("model refused", text).await?)
    }
}

/// What serves now, and what it took the place of.
fn switched_text(now: &Generation, before: &Pipeline) -> String {
    let changed = [Slot::Vectorizer, Slot::Detector].into_iter().filter_map(|slot| {
        let (new, old) = (now.pipeline.slot(slot), before.slot(slot));
        (!new.is(old)).then(|| format!("{} instead of {}", new.described(), old.described()))
    });
    format!("generation {} serves, with {}", now.number, changed.collect::<Vec<_>>().join(" and "))
}
