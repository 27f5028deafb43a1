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
use crate::history::History as _;
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
    pub(crate) trainer: Trainer,
    /// The id that was given to an alert last.
    pub(crate) alert_ids: Arc<AtomicU64>,
    pub(crate) changes: broadcast::Sender<foghorn_dashboard::Change>,
}

/// What the collector tells a watch.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct News {
    /// All that the engine had stored before is in the stream.
    pub(crate) caught_up: bool,
    /// The container was removed: nothing more will come.
    pub(crate) gone: bool,
}

/// One container under watch.
pub(crate) struct Watch {
    shared: Shared,
    identity: Identity,
    /// Lines read and not yet judged, and the number of the first.
    pending: Lines,
    pending_seq: u64,
    caught_up: bool,
    gone: bool,
    /// Whether the stream may hold lines that were not read.
    unread: bool,
    /// `None` while a worker has it. The mutex is never contended: instances may move between threads, not be shared by them.
    bench: Option<Mutex<Bench>>,
    /// The newest generation, which serves once there were enough cycles.
    newest: Option<Arc<Generation>>,
    /// The highest number ever given to a generation, usable or not.
    last_number: u64,
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
            match alert_from_store(stored) {
                Ok(alert) => open.push(alert),
                Err(error) => tracing::error!(container = %identity, %error, "an open alert is left alone"),
            }
        }
        open.sort_by_key(|alert| alert.id);
        let open = Open::new(identity.clone(), shared.settings.resolve_after.as_ns(), open);
        let bench = Bench::new(&shared.pipeline, open, Arc::clone(&shared.alert_ids));
        let standing = Standing { successes: 0, last_begun_ns: now_ns(), failed: false, waiting: 0 };
        let mut watch = Self {
            pending: Lines::default(),
            pending_seq: shared.stream.acknowledged(&identity).await?,
            caught_up: false,
            gone: false,
            unread: true,
            bench: Some(Mutex::new(bench)),
            newest: None,
            last_number: 0,
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

    /// Works until `shutdown`, or until a removed container has nothing left to judge. `news` may be missed: what counts is what
    /// the stream holds.
    pub(crate) async fn work(mut self, mut news: mpsc::Receiver<News>, shutdown: CancellationToken) {
        let (outcomes, mut outcome) = mpsc::channel(1);
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while !self.is_over() {
            tokio::select! {
                biased;
                () = shutdown.cancelled() => return,
                Some(done) = outcome.recv() => self.take_in(done).await,
                Some(told) = news.recv() => self.hear(told),
                () = std::future::ready(()), if self.unread => {}
                _ = tick.tick() => {}
            }
            if let Err(error) = self.step(&shutdown).await {
                tracing::error!(container = %self.identity, %error, "scoring stands still; it is tried again");
                pause(&shutdown).await;
            }
            self.train_if_due(&outcomes);
        }
    }

    fn hear(&mut self, told: News) {
        self.unread = true;
        self.caught_up |= told.caught_up;
        self.gone = told.gone;
    }

    fn is_over(&self) -> bool {
        let quiet = self.gone && self.caught_up && !self.unread && !self.training && self.pending.is_empty();
        quiet && !self.has_open_alerts()
    }

    fn has_open_alerts(&self) -> bool {
        let bench = self.bench.as_ref().map(|bench| bench.lock().unwrap_or_else(PoisonError::into_inner));
        bench.is_some_and(|bench| bench.has_open_alerts())
    }

    /// The newest generation that can still be used goes on; where there is none, the container learns again.
    async fn restore(&mut self) -> Result<(), WatchError> {
        let store = self.shared.store.clone();
        let known = store.generations(&self.identity).await?;
        self.last_number = known.first().map_or(0, |newest| newest.number);
        for meta in &known {
            match self.restore_from(meta.number).await? {
                Ok(()) => {
                    self.standing.successes = store.successful_cycles(&self.identity).await?;
                    self.standing.last_begun_ns = meta.made_ns;
                    self.learned_until_seq = store.learned_until_seq(&self.identity).await?;
                    return Ok(());
                }
                Err(why) => self.event("generation left out", why).await?,
            }
        }
        if !known.is_empty() {
            store.reset_learning(&self.identity).await?;
            self.event("learning again", "no generation that is kept can be used".into()).await?;
        }
        Ok(())
    }

    /// `Err` says why the generation cannot be used.
    async fn restore_from(&mut self, number: u64) -> Result<Result<(), String>, WatchError> {
        let Some(stored) = self.shared.store.generation(&self.identity, number).await? else {
            return Ok(Err(format!("generation {number} is gone")));
        };
        let generation = match generation_from_store(stored, &self.shared.pipeline) {
            Ok(generation) => Arc::new(generation),
            Err(error) => return Ok(Err(error.to_string())),
        };
        let serves = self.shared.store.successful_cycles(&self.identity).await? >= self.shared.settings.train.cycles;
        let gate = self.shared.store.thresholds_state(&self.identity).await?.map(gate_from_store);
        let mut bench = self.take_bench();
        let tried = Arc::clone(&generation);
        let (bench, opened) = blocking(move || {
            let opened = Live::open(tried).and_then(|live| match serves {
                true => bench.resume(live, gate.as_ref()),
                false => Ok(()),
            });
            (bench, opened)
        })
        .await;
        self.put_bench(bench);
        if let Err(error) = opened {
            return Ok(Err(format!("generation {number} could not be opened: {error}")));
        }
        self.newest = Some(generation);
        Ok(Ok(()))
    }

    async fn find_waiting(&mut self) -> Result<(), WatchError> {
        // Of the store alone: a start must not wait for a server, and what it keeps reaches back far enough to count.
        let windows = self.shared.store.windows_from(&self.identity, self.learned_until_seq, usize::MAX).await?;
        self.waiting = windows.iter().filter(|window| !window.in_alert).map(|window| window.first_seq).collect();
        Ok(())
    }

    /// Reads once and judges the windows that can be closed now.
    async fn step(&mut self, shutdown: &CancellationToken) -> Result<(), WatchError> {
        if self.unread {
            let from_seq = self.pending_seq + self.pending.len() as u64;
            let batch = self.shared.stream.read(&self.identity, from_seq, READ_LINES_MAX).await?;
            self.unread = batch.is_some();
            if let Some(batch) = batch {
                if batch.first_seq != from_seq {
                    self.close_before_gap(from_seq, batch.first_seq, shutdown).await?;
                }
                self.pending.extend_from(&batch.lines, 0..batch.lines.len());
            }
        }
        // While older lines are still to come, only lines close a window.
        let grace_ns = u64::try_from(CLOCK_GRACE.as_nanos()).unwrap_or(u64::MAX);
        let clock = (!self.unread && self.caught_up).then(|| now_ns().saturating_sub(grace_ns));
        let (cuts, taken) = cut(self.shared.settings.window, &self.pending, clock);
        if !cuts.is_empty() {
            self.judge(&cuts, taken, shutdown).await?;
        }
        if self.unread { Ok(()) } else { self.resolve_quiet().await }
    }

    /// Lines were dropped from the stream because nobody could keep them: what was read before them is judged, and the
    /// next window begins behind them.
    async fn close_before_gap(
        &mut self,
        from_seq: u64,
        first_seq: u64,
        shutdown: &CancellationToken,
    ) -> Result<(), WatchError> {
        let (cuts, taken) = cut(self.shared.settings.window, &self.pending, Some(u64::MAX));
        if !cuts.is_empty() {
            self.judge(&cuts, taken, shutdown).await?;
        }
        self.event("gap", format!("{} lines went before they could be scored", first_seq - from_seq)).await?;
        self.pending = Lines::default();
        self.pending_seq = first_seq;
        Ok(())
    }

    async fn judge(&mut self, cuts: &[Cut], taken: usize, shutdown: &CancellationToken) -> Result<(), WatchError> {
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
        self.commit(judgement, first_seq + taken as u64, shutdown).await?;
        let mut rest = Lines::default();
        rest.extend_from(&self.pending, taken..self.pending.len());
        self.pending = rest;
        self.pending_seq = first_seq + taken as u64;
        self.tell(alerts_changed);
        Ok(())
    }

    /// Stores until it is stored: the instances have gone on, so there is no way back but a restart.
    async fn commit(
        &self,
        judgement: Judgement,
        acknowledged_seq: u64,
        shutdown: &CancellationToken,
    ) -> Result<(), WatchError> {
        let commit = self.as_commit(judgement, acknowledged_seq)?;
        while let Err(error) = self.shared.store.commit_scored(commit.clone()).await {
            if shutdown.is_cancelled() || !error.is_transient() {
                return Err(error.into());
            }
            tracing::error!(container = %self.identity, %error, "results could not be stored; it is tried again");
            pause(shutdown).await;
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
            number: self.last_number + 1,
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
        self.last_number = generation.number;
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

/// Waits before something is tried again, unless the host is ending.
async fn pause(shutdown: &CancellationToken) {
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = tokio::time::sleep(RETRY_AFTER) => {}
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
