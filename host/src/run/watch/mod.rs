//! One container under watch: reads its stream, cuts windows, has them judged, stores the results, lets it learn, and follows what is
//! chosen for it.
//!
//! Results, thresholds, alerts and the acknowledgement are one write: after a crash the same lines are judged again from
//! the same state, or not at all. A watch never waits for training or for a plugin; what was made ready is taken in between two batches.
//!
//! The files: `score` is the hot path, `learn` and `follow` have things made, `shadow` tries candidates, `orders` answers people, `restore`
//! goes on after a restart.

mod canary;
mod follow;
mod learn;
mod news;
mod orders;
mod promises;
mod restore;
mod score;
mod shadow;
mod signals;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{broadcast, mpsc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::desk::{Desk, Order};
use super::facts::{Facts, ModelFacts};
use super::recall::recall;
use super::saved::alert_from_store;
use super::trainer::{Outcome, Trainer};
use crate::alert::Alert;
use crate::alert::lifecycle::{Open, REMEMBERED_MAX};
use crate::clock::now_ns;
use crate::identity::Identity;
use crate::judge::{Bench, NextGate, Retired, Rival, WentBack};
use crate::line::Lines;
use crate::memory::Memory;
use crate::pipeline::choice::Own;
use crate::pipeline::costs::Costs;
use crate::pipeline::gate::GateState;
use crate::pipeline::generation::Generation;
use crate::pipeline::resolve::Choice;
use crate::pipeline::{Pinned, PipelineError};
use crate::plugins::{PluginError, Slot};
use crate::settings::Settings;
use crate::settings::units::Span;
use crate::store::{EventRecord, Store, StoreError};
use crate::stream::Stream;
use crate::train::exam::Exam;
use crate::train::refusals::Refusals;
use crate::train::schedule::{self, Standing};
use canary::Cage;
pub(crate) use news::{News, Reach};
use shadow::Trial;
use signals::Senses;

pub(crate) use restore::own_of;

/// Most lines read and judged at once, and about how many bytes of text.
const READ_LINES_MAX: usize = 8_192;
const READ_BYTES: usize = 4 << 20;

/// How many lines are read before it is known how long they are.
const READ_LINES_FIRST: usize = 64;

/// How long after its end a window is closed by the clock: lines are still on their way, and stack traces are held back
/// until they are whole.
const CLOCK_GRACE: Duration = Duration::from_millis(600);

/// How often the clock is looked at, and how long a failed write is left alone.
const TICK: Duration = Duration::from_millis(250);
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// How often pages that follow a log are told of new lines.
const LINES_TOLD_EVERY: Duration = Duration::from_millis(500);

/// What all watches share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) settings: Arc<Settings>,
    pub(crate) desk: Arc<Desk>,
    pub(crate) store: Store,
    pub(crate) stream: Arc<dyn Stream>,
    pub(crate) trainer: Trainer,
    /// The id that was given to an alert last.
    pub(crate) alert_ids: Arc<AtomicU64>,
    pub(crate) changes: broadcast::Sender<foghorn_dashboard::Change>,
    /// While it does not, nothing can be said of what does not come.
    pub(crate) engine_answers: Arc<AtomicBool>,
    pub(crate) memory: Memory,
}

/// What was made beside the stream.
#[derive(Debug)]
enum Made {
    Generation(Box<Outcome>),
    Gate(Result<Box<NextGate>, PluginError>),
    /// What made it broke off: a bug of ours.
    Broken,
    /// Thresholds to be tried.
    Candidate(Result<Box<Rival>, PluginError>),
}

/// What is being made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    Cycle,
    Replacement,
    Candidate,
    Gate,
}

/// One container under watch.
pub(crate) struct Watch {
    shared: Shared,
    identity: Identity,
    /// Lines read and not yet judged, and the number of the first.
    pending: Lines,
    pending_seq: u64,
    /// How many lines are read next: fewer where they are long.
    read_lines: usize,
    caught_up: bool,
    gone: bool,
    /// Whether the stream may hold lines that were not read.
    unread: bool,
    reach: Reach,
    /// How far the stream reached when pages were told of lines, and when that was.
    told_until: Option<u64>,
    lines_told: Instant,
    /// `None` while a worker has it. The mutex is never contended: instances may move between threads, not be shared by them.
    bench: Option<Mutex<Bench>>,
    /// The newest generation, which serves once there were enough cycles.
    newest: Option<Arc<Generation>>,
    /// The generations that vote with the next one, the newest first.
    recent: Vec<Arc<Generation>>,
    /// The highest number ever given to a generation, usable or not.
    last_number: u64,
    standing: Standing,
    learned_until_seq: u64,
    /// First lines of the windows that wait to be learned, so that what a cycle took can be told from what came after.
    waiting: VecDeque<u64>,
    /// What is being made beside the stream; one thing at a time.
    work: Option<Work>,
    /// What was said for this container alone, and what comes of that and of the settings.
    own: Own,
    choice: Choice,
    /// A choice that could not be followed is left alone until then: that of thresholds, that of what learns.
    gate_held_off_until: Option<Instant>,
    held_off_until: Option<Instant>,
    /// A way back that is not stored yet.
    went_back: Option<WentBack>,
    /// The generation to which a roll-back returns.
    previous: Option<u64>,
    refusals: Refusals,
    trial: Option<Trial>,
    senses: Senses,
    cage: Cage,
    costs: Costs,
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
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    #[error(transparent)]
    Plugin(#[from] PluginError),
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
        let lasting: Vec<_> = open.iter().flat_map(|alert| alert.lasting.clone()).collect();
        let past = shared.store.past_alerts(&identity, REMEMBERED_MAX).await?;
        let past: Vec<Alert> = past.into_iter().filter_map(|stored| alert_from_store(stored).ok()).collect();
        let open = Open::new(identity.clone(), shared.settings.alert_rule(), open).with_past(&past);
        let own = own_of(&shared.store, &identity).await?;
        let (desk, said) = (Arc::clone(&shared.desk), own.clone());
        let choice = blocking(move || desk.resolve(&said, None)).await?;
        let (costs, thresholds) = (shared.desk.costs_of(&identity), choice.thresholds.pinned.clone());
        let bench = Bench::new(thresholds, open, Arc::clone(&shared.alert_ids), costs.clone())
            .with_recall(recall(shared.trainer.history(), identity.clone()));
        let standing = Standing { successes: 0, last_begun_ns: now_ns(), failed: false, waiting: 0 };
        let mut watch = Self {
            pending: Lines::default(),
            read_lines: READ_LINES_FIRST,
            pending_seq: shared.stream.acknowledged(&identity).await?,
            caught_up: false,
            gone: false,
            unread: true,
            reach: Reach::default(),
            told_until: None,
            lines_told: Instant::now(),
            bench: Some(Mutex::new(bench)),
            newest: None,
            recent: Vec::new(),
            last_number: 0,
            standing,
            learned_until_seq: 1,
            waiting: VecDeque::new(),
            work: None,
            own,
            choice,
            gate_held_off_until: None,
            held_off_until: None,
            went_back: None,
            previous: None,
            refusals: Refusals::default(),
            trial: None,
            cage: Cage::new(shared.settings.canary.map(Span::as_duration), &lasting),
            senses: Senses::new(shared.store.cadence(&identity).await?.unwrap_or_default(), &lasting),
            costs,
            shared,
            identity,
        };
        watch.restore().await?;
        watch.trial = watch.shared.store.shadow(&watch.identity).await?.map(Trial::resumed);
        watch.publish();
        Ok(watch)
    }

    /// How far the stream reaches; the collector's side says so.
    pub(crate) fn reach(&self) -> Reach {
        self.reach.clone()
    }

    /// Works until `shutdown`, or until a removed container has nothing left to judge. `news` may be missed: what counts is what
    /// the stream holds.
    pub(crate) async fn work(
        mut self,
        mut news: mpsc::Receiver<News>,
        mut orders: mpsc::Receiver<Order>,
        shutdown: CancellationToken,
    ) {
        let (made, mut ready) = mpsc::channel(1);
        let mut plugins = self.shared.desk.registry.changes();
        let mut barred = self.shared.desk.quarantine.changes();
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while !self.is_over() {
            let done = tokio::select! {
                biased;
                () = shutdown.cancelled() => return self.end().await,
                Some(made) = ready.recv() => self.take_in(made).await,
                Some(order) = orders.recv() => { self.obey(order).await; Ok(()) }
                Some(told) = news.recv() => self.hear(told).await,
                Ok(()) = plugins.changed() => self.choose().await,
                Ok(()) = barred.changed() => self.leave_barred().await,
                () = std::future::ready(()), if self.unread => Ok(()),
                _ = tick.tick() => Ok(()),
            };
            let done = match done {
                Ok(()) => self.go_on(&made, &shutdown).await,
                Err(error) => Err(error),
            };
            if let Err(error) = done {
                tracing::error!(container = %self.identity, %error, "scoring stands still; it is tried again");
                pause(&shutdown).await;
            }
        }
        // Its last words are told too.
        self.lines_told = self.lines_told.checked_sub(LINES_TOLD_EVERY).unwrap_or(self.lines_told);
        self.tell_of_lines();
        self.shared.desk.leave(&self.identity);
    }

    /// The host ends.
    async fn end(&mut self) {
        if let Err(error) = self.keep_cadence().await {
            tracing::warn!(container = %self.identity, %error, "the cadence of the last minute is lost");
        }
    }

    /// Scores what there is, and has made what is due: what is chosen comes before a cycle, a candidate after it.
    async fn go_on(&mut self, made: &mpsc::Sender<Made>, shutdown: &CancellationToken) -> Result<(), WatchError> {
        self.settle_after_return().await?;
        self.tell_of_lines();
        self.step(shutdown).await?;
        self.sense_clock().await?;
        self.follow(made).await?;
        self.train_if_due(made);
        self.follow_trial(made).await?;
        self.keep_trial().await?;
        self.fly_canary().await
    }

    /// Behind the last line that was read.
    fn read_until(&self) -> u64 {
        self.pending_seq + self.pending.len() as u64
    }

    async fn hear(&mut self, told: News) -> Result<(), WatchError> {
        self.hear_engine(&told).await?;
        self.unread = true;
        self.caught_up |= told.caught_up;
        self.gone = told.gone;
        if told.relabelled {
            let own = own_of(&self.shared.store, &self.identity).await?;
            self.relabel(own).await?;
        }
        Ok(())
    }

    fn is_over(&self) -> bool {
        let quiet = self.gone && self.caught_up && !self.unread && self.work.is_none() && self.pending.is_empty();
        quiet && !self.bench_view(Bench::has_open_alerts)
    }

    /// What serves; `None` while learning.
    fn serving_generation(&self) -> Option<Arc<Generation>> {
        self.bench_view(|bench| bench.generation().cloned())
    }

    /// What the thresholds know; `None` while learning.
    fn gate_state(&self) -> Option<GateState> {
        self.bench_view(|bench| bench.gate_state().cloned())
    }

    /// The thresholds that decide, or will.
    fn thresholds(&self) -> Pinned {
        self.bench_view(|bench| Some(bench.thresholds().clone()))
            .unwrap_or_else(|| self.choice.thresholds.pinned.clone())
    }

    /// A plugin by its name, and the slot it is for.
    async fn named(&self, plugin: &str, settings: &[(String, String)]) -> Result<(Slot, Pinned), PipelineError> {
        let (desk, plugin, settings) = (Arc::clone(&self.shared.desk), plugin.to_owned(), settings.to_owned());
        blocking(move || desk.named(&plugin, &settings)).await
    }

    /// Whether the plugin serves this container now.
    fn serves(&self, slot: Slot, pinned: &Pinned) -> bool {
        let serving = self.serving_generation();
        serving.is_some_and(|serving| match slot {
            Slot::Thresholds => self.thresholds().is(pinned),
            _ => serving.pipeline.slot(slot).is(pinned),
        })
    }

    /// Tells the dashboard which plugins serve, and how others compare.
    fn publish(&self) {
        let serving = self.serving_generation();
        let learned = serving.as_ref().or(self.newest.as_ref());
        let pipeline = learned.map_or_else(|| self.choice.pipeline(), |learned| learned.pipeline.clone());
        let facts = Facts {
            choice: self.choice.clone(),
            serving: pipeline.with(Slot::Thresholds, self.thresholds()),
            generation: serving.as_ref().map(|serving| serving.number),
            previous: self.previous,
            model: self.model_facts(learned.map(|learned| &**learned)),
            shadow: self.trial_facts(),
            probation: self.bench_view(|bench| bench.probation().map(|rival| rival.comparison().clone())),
        };
        self.shared.desk.publish(&self.identity, facts);
    }

    fn model_facts(&self, learned: Option<&Generation>) -> ModelFacts {
        let rule = &self.shared.settings.train;
        let waits = schedule::waits(rule, Standing { waiting: self.waiting_count(), ..self.standing });
        let notes = learned.and_then(|learned| learned.exam.as_ref()).map(Exam::notes).unwrap_or_default();
        ModelFacts {
            notes: waits.into_iter().chain(self.refusals.last.clone()).chain(notes).collect(),
            refused: self.refusals.total,
            drift: self.bench_view(Bench::drift),
            votes: self.bench_view(Bench::votes),
            canary: self.cage.tally,
        }
    }

    /// Has something made beside the stream; what comes of it is taken in between two batches.
    fn beside(&self, made: &mpsc::Sender<Made>, work: impl Future<Output = Made> + Send + 'static) {
        let made = made.clone();
        tokio::spawn(async move {
            // A panic is a bug; the watch must not wait for ever for what will not come.
            let ready = tokio::spawn(work).await.unwrap_or(Made::Broken);
            // The watch is gone when the host is ending.
            let _ = made.send(ready).await;
        });
    }

    /// Plugins that were used here and will not come back so soon need no account.
    fn close_accounts(&self) {
        let serving = self.serving_generation();
        let used = self.bench_view(Bench::plugins);
        if serving.is_some() {
            self.costs.retain(|slot, digest| used.contains(&(slot, *digest)));
        }
    }

    /// A look at the bench, which nobody else has now. What it cannot see is as if it were not there.
    fn bench_view<T>(&self, look: impl FnOnce(&Bench) -> T) -> T
    where
        T: Default,
    {
        let bench = self.bench.as_ref().map(|bench| bench.lock().unwrap_or_else(PoisonError::into_inner));
        bench.map_or_else(T::default, |bench| look(&bench))
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

    /// Tells pages that follow the log, now and then.
    fn tell_of_lines(&mut self) {
        let until = self.reach.get();
        if until != self.told_until && self.lines_told.elapsed() >= LINES_TOLD_EVERY {
            (self.told_until, self.lines_told) = (until, Instant::now());
            let _ = self.shared.changes.send(foghorn_dashboard::Change::Lines(self.identity.as_str().into()));
        }
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

/// Letting go of instances unmaps their memory, which takes longer than a switch: it is done elsewhere.
fn let_go(retired: Retired) {
    if !retired.is_empty() {
        tokio::task::spawn_blocking(move || drop(retired));
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
