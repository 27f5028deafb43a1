//! One container under watch: reads its stream, cuts windows, has them judged, stores the results, and lets it learn.
//!
//! Results, thresholds, alerts and the acknowledgement are one write: after a crash the same lines are judged again from
//! the same state, or not at all. A watch never waits for training; a new generation is taken in between two batches.

use std::collections::VecDeque;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;

use super::bench::{Bench, Judgement};
use super::saved::{alert_from_store, alert_to_store, gate_from_store, gate_to_store, generation_from_store};
use super::trainer::{Job, Outcome, Trainer};
use crate::alert::Alert;
use crate::alert::lifecycle::Open;
use crate::clock::now_ns;
use crate::history::History;
use crate::identity::Identity;
use crate::line::Lines;
use crate::pipeline::Pipeline;
use crate::pipeline::generation::Generation;
use crate::pipeline::live::Live;
use crate::settings::Settings;
use crate::store::{EventRecord, ScoredCommit, Store, StoreError};
use crate::stream::Stream;
use crate::train::material::Plan;
use crate::train::schedule::{self, Standing};
use crate::window::{Cut, Windows, cut};

/// Most lines read and judged at once.
const READ_LINES_MAX: usize = 8_192;

/// How long after its end a window is closed by the clock: lines are still on their way, and stack traces are held back
/// until they are whole.
const CLOCK_GRACE: Duration = Duration::from_millis(600);

/// How often the clock is looked at, and how long a failed write is left alone.
const TICK: Duration = Duration::from_millis(250);
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// What all watches share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) settings: Arc<Settings>,
    pub(crate) pipeline: Pipeline,
    pub(crate) store: Store,
    pub(crate) stream: Arc<dyn Stream>,
    pub(crate) history: Arc<dyn History>,
    pub(crate) trainer: Trainer,
    /// The id that was given to an alert last.
    pub(crate) alert_ids: Arc<AtomicU64>,
    pub(crate) changes: broadcast::Sender<foghorn_dashboard::Change>,
}

/// What the collector tells a watch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct News {
    /// All that the engine had stored before is in the stream.
    pub(crate) caught_up: bool,
}

/// One container under watch.
pub(crate) struct Watch {
    shared: Shared,
    identity: Identity,
    /// Lines read and not yet judged, and the number of the first.
    pending: Lines,
    pending_seq: u64,
    caught_up: bool,
    /// `None` while a worker has it. The mutex is never contended: instances may move between threads, not be shared by them.
    bench: Option<Mutex<Bench>>,
    /// The newest generation, which serves once there were enough cycles.
    newest: Option<Arc<Generation>>,
    standing: Standing,
    learned_until_seq: u64,
    /// First lines of the windows that wait to be learned, so that what a cycle took can be told from what came after.
    waiting: VecDeque<u64>,
    training: bool,
}

/// Why a watch could not begin.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WatchError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Stream(#[from] crate::stream::StreamError),
    #[error(transparent)]
    History(#[from] crate::history::HistoryError),
}

impl Watch {
    /// Goes on where the host stopped, or begins with a container never heard of.
    pub(crate) async fn begin(shared: Shared, identity: Identity) -> Result<Self, WatchError> {
        let mut open = Vec::new();
        for stored in shared.store.open_alerts(&identity).await? {
            open.push(alert_from_store(stored)?);
        }
        open.sort_by_key(|alert| alert.id);
        let open = Open::new(identity.clone(), shared.settings.resolve_after.as_ns(), open);
        let bench = Bench::new(&shared.pipeline, open, Arc::clone(&shared.alert_ids));
        let standing = Standing { successes: 0, last_begun_ns: now_ns(), failed: false, waiting: 0 };
        let mut watch = Self {
            pending: Lines::default(),
            pending_seq: shared.stream.acknowledged(&identity).await?,
            caught_up: false,
            bench: Some(Mutex::new(bench)),
            newest: None,
            standing,
            learned_until_seq: 1,
            waiting: VecDeque::new(),
            training: false,
            shared,
            identity,
        };
        watch.restore().await?;
        watch.find_waiting().await?;
        Ok(watch)
    }

    /// Works until `shutdown`. `news` may be missed: what counts is what the stream holds.
    pub(crate) async fn work(mut self, mut news: mpsc::Receiver<News>, shutdown: CancellationToken) {
        let (outcomes, mut outcome) = mpsc::channel(1);
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                Some(told) = news.recv() => self.caught_up |= told.caught_up,
                Some(done) = outcome.recv() => self.take_in(done).await,
                _ = tick.tick() => {}
            }
            if let Err(error) = self.step().await {
                tracing::error!(container = %self.identity, %error, "scoring stands still; it is tried again");
                tokio::time::sleep(RETRY_AFTER).await;
            }
            self.train_if_due(&outcomes);
        }
    }

    /// The generation that served when the host stopped, if there were enough cycles and its plugins can still read it.
    async fn restore(&mut self) -> Result<(), WatchError> {
        let store = &self.shared.store;
        let Some(stored) = store.active_generation(&self.identity).await? else {
            return Ok(());
        };
        let generation = match generation_from_store(stored, &self.shared.pipeline) {
            Ok(generation) => Arc::new(generation),
            Err(error) => return Ok(self.event("learning again", error.to_string()).await?),
        };
        self.standing.successes = store.successful_cycles(&self.identity).await?;
        self.standing.last_begun_ns = generation.made_ns;
        self.learned_until_seq = store.learned_until_seq(&self.identity).await?;
        self.newest = Some(Arc::clone(&generation));
        if self.standing.successes < self.shared.settings.train.cycles {
            return Ok(());
        }
        let gate = store.thresholds_state(&self.identity).await?.map(gate_from_store);
        let mut bench = self.take_bench();
        let resumed = blocking(move || {
            let resumed = Live::open(generation).and_then(|live| bench.resume(live, gate.as_ref()));
            (bench, resumed)
        });
        let (bench, resumed) = resumed.await;
        self.put_bench(bench);
        if let Err(error) = resumed {
            self.standing.successes = 0;
            self.event("learning again", format!("the last generation could not be opened: {error}")).await?;
        }
        Ok(())
    }

    async fn find_waiting(&mut self) -> Result<(), WatchError> {
        let windows = self.shared.history.windows_from(&self.identity, self.learned_until_seq, usize::MAX).await?;
        self.waiting = windows.iter().filter(|window| !window.in_alert).map(|window| window.first_seq).collect();
        Ok(())
    }

    /// Judges all windows that can be closed now.
    async fn step(&mut self) -> Result<(), WatchError> {
        loop {
            let from_seq = self.pending_seq + self.pending.len() as u64;
            let batch = self.shared.stream.read(&self.identity, from_seq, READ_LINES_MAX).await?;
            let read_all = batch.is_none();
            if let Some(batch) = batch {
                if batch.first_seq != from_seq {
                    self.skip_gap(from_seq, batch.first_seq);
                }
                self.pending.extend_from(&batch.lines, 0..batch.lines.len());
            }
            // While older lines are still to come, only lines close a window.
            let grace_ns = u64::try_from(CLOCK_GRACE.as_nanos()).unwrap_or(u64::MAX);
            let clock = (read_all && self.caught_up).then(|| now_ns().saturating_sub(grace_ns));
            let (cuts, taken) = cut(self.shared.settings.window, &self.pending, clock);
            if !cuts.is_empty() {
                self.judge(&cuts, taken).await?;
            }
            if read_all {
                return self.resolve_quiet().await;
            }
        }
    }

    /// Lines were dropped from the stream because nobody could keep them; what is pending belongs before the gap.
    fn skip_gap(&mut self, from_seq: u64, first_seq: u64) {
        tracing::error!(container = %self.identity, lines = first_seq - from_seq, "lines are missing in the stream");
        self.pending = Lines::default();
        self.pending_seq = first_seq;
    }

    async fn judge(&mut self, cuts: &[Cut], taken: usize) -> Result<(), WatchError> {
        let mut windows = Windows::default();
        for cut in cuts {
            windows.push(&self.pending, cut);
        }
        let first_seq = self.pending_seq;
        let mut bench = self.take_bench();
        let (bench, judgement) = blocking(move || {
            let judgement = bench.judge(&windows, first_seq);
            (bench, judgement)
        })
        .await;
        self.put_bench(bench);
        let learnable = judgement.records.iter().filter(|record| !record.in_alert).map(|record| record.first_seq);
        self.waiting.extend(learnable);
        let alerts_changed = !judgement.alerts.is_empty();
        self.commit(judgement, first_seq + taken as u64).await?;
        let mut rest = Lines::default();
        rest.extend_from(&self.pending, taken..self.pending.len());
        self.pending = rest;
        self.pending_seq = first_seq + taken as u64;
        self.tell(alerts_changed);
        Ok(())
    }

    /// Stores until it is stored: the instances have gone on, so there is no way back but a restart.
    async fn commit(&self, judgement: Judgement, acknowledged_seq: u64) -> Result<(), WatchError> {
        let commit = self.as_commit(judgement, acknowledged_seq)?;
        while let Err(error) = self.shared.store.commit_scored(commit.clone()).await {
            tracing::error!(container = %self.identity, %error, "results could not be stored; it is tried again");
            tokio::time::sleep(RETRY_AFTER).await;
        }
        Ok(())
    }

    fn as_commit(&self, judgement: Judgement, acknowledged_seq: u64) -> Result<ScoredCommit, StoreError> {
        for alert in &judgement.alerts {
            log_alert(&self.identity, alert);
        }
        let events = judgement.events.into_iter().map(|text| self.as_event("plugin fault", text)).collect();
        Ok(ScoredCommit {
            identity: self.identity.clone(),
            windows: judgement.records,
            thresholds_state: judgement.gate.map(gate_to_store),
            alerts: judgement
                .alerts
                .iter()
                .map(|alert| alert_to_store(&self.identity, alert))
                .collect::<Result<_, _>>()?,
            events,
            acknowledged_seq,
        })
    }

    /// Alerts end by the clock too, when a container has gone quiet.
    async fn resolve_quiet(&mut self) -> Result<(), WatchError> {
        if !self.caught_up {
            return Ok(());
        }
        let mut bench = self.take_bench();
        let resolved = bench.pass(now_ns());
        self.put_bench(bench);
        if resolved.is_empty() {
            return Ok(());
        }
        let mut stored = Vec::new();
        for alert in &resolved {
            log_alert(&self.identity, alert);
            stored.push(alert_to_store(&self.identity, alert)?);
        }
        self.shared.store.put_alerts(stored).await?;
        self.tell(true);
        Ok(())
    }

    fn train_if_due(&mut self, outcomes: &mpsc::Sender<Outcome>) {
        // A warm start waits until the engine's own log is read, so that the slices span all of it.
        if self.training || !self.caught_up {
            return;
        }
        let rule = self.shared.settings.train;
        let now = now_ns();
        self.standing.waiting = u32::try_from(self.waiting.len()).unwrap_or(u32::MAX);
        let Some(take) = schedule::due(&rule, now, self.standing) else {
            return;
        };
        self.training = true;
        self.standing.last_begun_ns = now;
        let job = Job {
            identity: self.identity.clone(),
            pipeline: self.shared.pipeline.clone(),
            previous: self.newest.clone(),
            plan: Plan {
                learned_until_seq: self.learned_until_seq,
                take,
                range_begin_ns: now.saturating_sub(rule.range.as_ns()),
                windows_max: rule.windows_max as usize,
            },
            keep: rule.generations as usize,
        };
        let (trainer, outcomes) = (self.shared.trainer.clone(), outcomes.clone());
        tokio::spawn(async move {
            let outcome = trainer.run(job).await;
            // The watch is gone when the host is ending.
            let _ = outcomes.send(outcome).await;
        });
    }

    async fn take_in(&mut self, outcome: Outcome) {
        self.training = false;
        self.standing.failed = outcome.live.is_none();
        match outcome.live {
            Some(live) => self.switch_to(live).await,
            None => {
                let why = outcome.record.failure.unwrap_or_default();
                if let Err(error) = self.event("training failed", why).await {
                    tracing::error!(container = %self.identity, %error, "an event could not be stored");
                }
            }
        }
        self.tell(false);
    }

    async fn switch_to(&mut self, live: Live) {
        let generation = Arc::clone(&live.generation);
        self.standing.successes += 1;
        self.learned_until_seq = generation.until_seq;
        self.waiting.retain(|&first_seq| first_seq >= generation.until_seq);
        self.newest = Some(generation);
        if self.standing.successes < self.shared.settings.train.cycles {
            return;
        }
        let mut bench = self.take_bench();
        let (bench, switched) = blocking(move || {
            let switched = bench.switch(live);
            (bench, switched)
        })
        .await;
        self.put_bench(bench);
        if let Err(error) = switched {
            let told = self.event("switch failed", format!("the generation before goes on: {error}")).await;
            if let Err(error) = told {
                tracing::error!(container = %self.identity, %error, "an event could not be stored");
            }
        }
    }

    /// For a worker, who gives it back.
    fn take_bench(&mut self) -> Bench {
        let bench = self.bench.take().expect("the bench is back after each batch");
        bench.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn put_bench(&mut self, bench: Bench) {
        self.bench = Some(Mutex::new(bench));
    }

    async fn event(&self, kind: &str, text: String) -> Result<(), StoreError> {
        tracing::warn!(container = %self.identity, kind, text, "event");
        self.shared.store.put_events(vec![self.as_event(kind, text)]).await
    }

    fn as_event(&self, kind: &str, text: String) -> EventRecord {
        EventRecord { time_ns: now_ns(), identity: Some(self.identity.clone()), kind: kind.into(), text }
    }

    /// Nobody listens while no page is open.
    fn tell(&self, alerts_changed: bool) {
        use foghorn_dashboard::Change;
        let _ = self.shared.changes.send(Change::Container(self.identity.as_str().into()));
        if alerts_changed {
            let _ = self.shared.changes.send(Change::Alerts);
        }
    }
}

fn log_alert(identity: &Identity, alert: &Alert) {
    if alert.windows == 1 || alert.resolved_ns.is_some() {
        let (id, severity, reason) = (alert.id, alert.severity.as_str(), alert.reason.sentence.escape_debug());
        tracing::warn!(container = %identity, id, severity, status = ?alert.status, windows = alert.windows, %reason, "alert");
    }
}

/// Runs on tokio's blocking pool. A panic there is a bug of ours and ends the host loudly.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        // The runtime is ending and takes this task with it.
        Err(_) => std::future::pending().await,
    }
}
