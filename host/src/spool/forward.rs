//! Sends a sink what the store holds, in order, for as long as the host runs.
//!
//! A sink that is away is asked again and again, with growing pauses; what was sent and not answered is sent again, which
//! changes nothing. Where the store had to drop lines before they could be sent, the sink goes on behind them and the
//! lines are counted. A container that a sink refuses waits alone; the others go on.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::round::{Loads, Standing};
use super::{Health, Marks, Records, ServerError, Sink};
use crate::clock::now_ns;
use crate::identity::Identity;
use crate::store::{EventRecord, SinkPlace, Store, StoreError};

/// Pauses while a server is away.
const PAUSE_MIN: Duration = Duration::from_millis(200);
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// How often records are looked for, and whether the server still has what it was given.
const RECORDS_EVERY: Duration = Duration::from_secs(1);
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// One sink and all that is sent to it.
pub struct Forwarder {
    pub(super) store: Store,
    pub(super) sink: Arc<dyn Sink>,
    pub(super) records: Option<Arc<dyn Records>>,
    /// Up to where the store holds lines.
    pub(super) appended: Arc<Marks>,
    /// Up to where the sink has them.
    pub(super) taken: Arc<Marks>,
    pub(super) health: watch::Sender<Health>,
    /// How long less than a full load waits for company.
    linger: Duration,
    pub(super) standings: HashMap<Identity, Standing>,
    /// The container that was served last: the next round begins behind it.
    pub(super) served: Option<Identity>,
    /// Read while the last round was on its way.
    pub(super) ahead: Loads,
    /// Scored lines below these are more than the sink keeps: it begins there.
    pub(super) skips: HashMap<Identity, u64>,
    /// What answered when the server was asked last.
    detail: String,
}

/// Why sending stopped.
pub(super) enum Stop {
    Shutdown,
    Away(String),
    Store(StoreError),
}

impl From<ServerError> for Stop {
    fn from(error: ServerError) -> Self {
        Self::Away(error.to_string())
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Forwarder {
    pub fn new(store: Store, sink: Arc<dyn Sink>, appended: Arc<Marks>) -> Self {
        Self {
            store,
            sink,
            records: None,
            appended,
            taken: Arc::default(),
            health: watch::Sender::new(Health::Unknown),
            linger: Duration::ZERO,
            standings: HashMap::new(),
            served: None,
            ahead: Vec::new(),
            skips: HashMap::new(),
            detail: String::new(),
        }
    }

    /// Sends windows, cycles and alerts too.
    #[must_use]
    pub fn with_records(mut self, records: Arc<dyn Records>) -> Self {
        self.records = Some(records);
        self
    }

    /// Lets less than a full load wait for company.
    #[must_use]
    pub fn with_linger(mut self, linger: Duration) -> Self {
        self.linger = linger;
        self
    }

    /// The sink's name.
    pub fn name(&self) -> &'static str {
        self.sink.name()
    }

    pub fn sink(&self) -> Arc<dyn Sink> {
        Arc::clone(&self.sink)
    }

    /// How the sink is doing.
    pub fn health(&self) -> watch::Receiver<Health> {
        self.health.subscribe()
    }

    /// Up to where the sink has lines.
    pub fn taken(&self) -> Arc<Marks> {
        Arc::clone(&self.taken)
    }

    /// Sends until `shutdown`.
    pub async fn run(mut self, shutdown: CancellationToken) {
        let mut pause = PAUSE_MIN;
        loop {
            let begun = Instant::now();
            let why = match self.session(&shutdown).await {
                Stop::Shutdown => return,
                Stop::Away(why) => why,
                Stop::Store(error) => error.to_string(),
            };
            self.tell_down(why).await;
            // One that came back for a while is asked quickly again.
            pause = if begun.elapsed() > PAUSE_MAX { PAUSE_MIN } else { (pause * 2).min(PAUSE_MAX) };
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = sleep(pause) => {}
            }
        }
    }

    /// Sends until all that the store holds now is taken.
    pub async fn drain(mut self, progress: impl Fn(u64)) -> Result<(), ServerError> {
        let stopped = |stop| match stop {
            Stop::Away(why) => ServerError::Away(why),
            Stop::Store(error) => ServerError::Away(error.to_string()),
            Stop::Shutdown => ServerError::Away("stopped".into()),
        };
        self.connect().await.map_err(stopped)?;
        loop {
            let sent = self.send_some().await.map_err(stopped)?;
            let records = self.send_records().await.map_err(stopped)?;
            progress(sent.lines as u64);
            if !sent.moved && !records {
                break;
            }
        }
        let held = self.standings.values().find_map(|standing| standing.refused.as_ref());
        held.map_or(Ok(()), |(_, why)| Err(ServerError::Refused(why.clone())))
    }

    /// From the first answer to the first that fails.
    async fn session(&mut self, shutdown: &CancellationToken) -> Stop {
        let session = async {
            self.connect().await?;
            loop {
                self.forward().await?;
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => Stop::Shutdown,
            stopped = session => match stopped {
                Ok::<std::convert::Infallible, _>(never) => match never {},
                Err(stop) => stop,
            },
        }
    }

    async fn connect(&mut self) -> Result<(), Stop> {
        self.detail = self.sink.check().await?;
        self.take_places().await?;
        self.look().await
    }

    /// A server that has nothing any more of what it was given gets all that is kept.
    async fn look(&mut self) -> Result<(), Stop> {
        let sent = self.standings.values().any(|standing| !standing.place.note.is_empty());
        if !sent || !self.sink.is_empty().await? {
            return Ok(());
        }
        let name = self.sink.name();
        self.tell(
            "server lost its data",
            format!("{name} holds nothing any more: all that is kept here is sent again"),
        )
        .await?;
        self.store.reset_places(name).await?;
        Ok(self.take_places().await?)
    }

    /// Goes on from where the store says that the sink stands.
    async fn take_places(&mut self) -> Result<(), StoreError> {
        self.ahead.clear();
        let places = self.store.sink_places(self.sink.name()).await?;
        self.skips = self.sink.keeps_lines().map_or_else(HashMap::new, |most| skips(&places, most));
        self.appended.raise(places.iter().map(|known| (known.identity.clone(), known.end_seq)));
        self.taken.raise(places.iter().map(|known| (known.identity.clone(), known.place.next_seq)));
        self.standings = places.into_iter().map(|known| (known.identity, Standing::from(known.place))).collect();
        Ok(())
    }

    /// Sends for a while, then looks whether the server still has what it was given.
    async fn forward(&mut self) -> Result<(), Stop> {
        let until = Instant::now() + LOOK_EVERY;
        while Instant::now() < until {
            let appended = Arc::clone(&self.appended);
            // Asked to be told before looking, so that nothing that comes in between is missed.
            let moved = appended.moved();
            let sent = self.send_some().await?;
            self.send_records().await?;
            self.show_up();
            if sent.full {
                continue;
            }
            sleep(self.linger).await;
            tokio::select! {
                () = moved => {}
                () = sleep(RECORDS_EVERY) => {}
            }
        }
        self.look().await
    }

    /// Up is a server that took what waited, or for which nothing waits: one that only answers questions is not.
    fn show_up(&self) {
        if matches!(*self.health.borrow(), Health::Up { .. }) {
            return;
        }
        if matches!(*self.health.borrow(), Health::Down { .. }) {
            tracing::info!(sink = self.sink.name(), detail = self.detail, "the server is back");
        }
        self.health.send_replace(Health::Up { detail: self.detail.clone(), refused: None });
    }

    async fn tell_down(&self, why: String) {
        let since_ns = match &*self.health.borrow() {
            Health::Down { since_ns, .. } => Some(*since_ns),
            _ => None,
        };
        if since_ns.is_none() {
            let text = format!("{why}; lines wait in the spool");
            if let Err(error) = self.tell("server away", text).await {
                tracing::error!(%error, "an event could not be stored");
            }
        }
        self.health.send_replace(Health::Down { since_ns: since_ns.unwrap_or_else(now_ns), why });
    }

    async fn tell(&self, kind: &str, text: String) -> Result<(), StoreError> {
        self.tell_of(None, kind, text).await
    }

    pub(super) async fn tell_of(&self, identity: Option<Identity>, kind: &str, text: String) -> Result<(), StoreError> {
        tracing::warn!(sink = self.sink.name(), container = identity.as_ref().map(Identity::as_str), kind, "{text}");
        self.store.put_events(vec![EventRecord { time_ns: now_ns(), identity, kind: kind.into(), text }]).await
    }
}

/// Where each container begins for a sink that keeps no more than `most` lines of it.
fn skips(places: &[SinkPlace], most: u64) -> HashMap<Identity, u64> {
    let skip = |known: &SinkPlace| known.acknowledged_seq.min(known.end_seq.saturating_sub(most));
    places.iter().map(|known| (known.identity.clone(), skip(known))).collect()
}

impl std::fmt::Debug for Forwarder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Forwarder").field("sink", &self.sink).finish_non_exhaustive()
    }
}
