//! Which containers there are, and a reading for each that is wanted.
//!
//! Events say when to look; what is true is asked of the engine each time (`examine`). Events can be missed, so containers are
//! also listed: at the start, whenever the event stream has ended, and every [`LIST_EVERY`].
//!
//! A stopped container is read too, once, when lines of it may be missing: it was being read when we stopped, or it carries on
//! an identity that was read and stopped only after that.

mod events;
mod roster;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::{StreamExt as _, stream};
use tokio::task::JoinError;
use tokio_util::sync::CancellationToken;

use super::backoff::Backoff;
use super::cursor::Place;
use super::engine::{Engine, EngineError, EngineInfo, Happened, Listed};
use super::facts::{Facts, Verdict, Wanted, own_id};
use super::files::{LogFiles, Wakes};
use super::follow::{Ended, Follow};
use super::happening::Happening;
use super::ledger::Ledger;
use super::{ContainerInfo, Notice, NoticeSender, ReadState, Settings};
use crate::identity::Identity;
use crate::memory::Memory;
use crate::stream::Stream;
use events::watch_events;
use roster::{Finished, Roster};

const LIST_EVERY: Duration = Duration::from_secs(30);
const INSPECTED_AT_ONCE: usize = 8;

pub(super) struct Watch {
    engine: Arc<Engine>,
    stream: Arc<dyn Stream>,
    notices: NoticeSender,
    wanted: Wanted,
    host: Option<String>,
    range: Duration,
    files: Arc<LogFiles>,
    wakes: Arc<Wakes>,
    memory: Memory,
    roster: Roster,
}

/// What the engine said about itself.
type Answer = Result<EngineInfo, EngineError>;

/// Why a container is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    Listed,
    /// It has been started just now, even if it has stopped again already.
    Started,
    /// Its reading has ended, so a stopped container is done.
    Ended,
}

impl Watch {
    pub(super) fn new(settings: Settings, engine: Engine, stream: Arc<dyn Stream>, notices: NoticeSender) -> Self {
        let own = settings.own_container.or_else(find_own);
        Self {
            engine: Arc::new(engine),
            stream,
            notices,
            wanted: Wanted { labelled_only: settings.labelled_only, skipped: settings.skipped, own },
            host: settings.host,
            range: settings.range,
            files: Arc::new(settings.log_files),
            wakes: Arc::new(Wakes::start()),
            memory: settings.memory,
            roster: Roster::new(settings.containers_max),
        }
    }

    pub(super) async fn run(mut self, shutdown: CancellationToken) {
        let mut backoff = Backoff::default();
        let mut told = None;
        loop {
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = self.connect(&mut told, &mut backoff, &shutdown) => {}
            }
            if shutdown.is_cancelled() || backoff.wait(&shutdown).await.is_err() {
                break;
            }
        }
        self.roster.stop(&shutdown).await;
    }

    /// One connection to the engine, as long as it lasts.
    async fn connect(&mut self, told: &mut Option<Answer>, backoff: &mut Backoff, shutdown: &CancellationToken) {
        let found = self.engine.info().await;
        self.tell_engine(&found, told).await;
        let Ok(info) = found else { return };
        backoff.reset();
        let host = self.host.clone().unwrap_or(info.host);
        if let Err(error) = self.session(&host, shutdown).await {
            tracing::warn!(%error, "the engine's events have ended; connecting again");
        }
    }

    /// Tells about the engine when something has changed since the last time.
    async fn tell_engine(&self, found: &Answer, told: &mut Option<Answer>) {
        if told.as_ref() == Some(found) {
            return;
        }
        if let Err(error) = found {
            tracing::warn!(%error, "the engine cannot be read");
        }
        *told = Some(found.clone());
        self.tell(Notice::Engine(found.clone())).await;
    }

    /// As long as one stream of events lasts.
    async fn session(&mut self, host: &str, shutdown: &CancellationToken) -> Result<(), EngineError> {
        // While nobody listened, a container may have run and stopped.
        self.roster.forget_all();
        self.roster.tell_all();
        let mut events = watch_events(self.engine.clone());
        let mut list = tokio::time::interval(LIST_EVERY);
        list.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                event = events.recv() => match event {
                    None => return Ok(()),
                    Some(event) => self.on_event(host, event?, shutdown).await?,
                },
                Some((finished, ended)) = self.roster.finished() => self.on_end(host, finished, ended, shutdown).await?,
                _ = list.tick() => self.list(host, shutdown).await?,
            }
        }
    }

    async fn list(&mut self, host: &str, shutdown: &CancellationToken) -> Result<(), EngineError> {
        let listed = self.engine.list().await?;
        self.roster.retain_seen(|id| listed.iter().any(|container| container.id == id));
        let news: Vec<_> = listed.into_iter().filter(|container| self.roster.is_news(container)).collect();
        let engine = Arc::clone(&self.engine);
        let inspect = |container: Listed| {
            let engine = &engine;
            async move { (engine.inspect(&container.id).await, container) }
        };
        // One after the other they would make the last of many wait for seconds.
        let mut inspected = stream::iter(news).map(inspect).buffered(INSPECTED_AT_ONCE);
        while let Some((found, container)) = inspected.next().await {
            self.roster.saw(&container);
            self.act_on(host, &container.id, found, Cause::Listed, shutdown).await?;
        }
        Ok(())
    }

    async fn on_event(&mut self, host: &str, event: Happened, shutdown: &CancellationToken) -> Result<(), EngineError> {
        self.tell_happened(host, &event).await;
        match event.action.as_str() {
            "start" => self.examine(host, &event.id, Cause::Started, shutdown).await.map(drop),
            "rename" => self.examine(host, &event.id, Cause::Listed, shutdown).await.map(drop),
            // The reading finds out by itself what it means, after the last line.
            _ => {
                self.roster.tell(&event.id);
                Ok(())
            }
        }
    }

    /// The event holds what is needed to know who it is about: the container itself may be gone already.
    async fn tell_happened(&self, host: &str, event: &Happened) {
        let Some(happening) = Happening::of(event) else { return };
        let labels = event.attributes.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        let name = event.attributes.get("name").cloned().unwrap_or_default();
        let facts = Facts { id: event.id.clone(), name, labels, ..Facts::default() };
        if !matches!(facts.verdict(&self.wanted), Verdict::Ignore { .. }) {
            self.tell(Notice::Happened { identity: facts.identity(host), happening }).await;
        }
    }

    async fn on_end(
        &mut self,
        host: &str,
        finished: Finished,
        ended: Result<Ended, JoinError>,
        shutdown: &CancellationToken,
    ) -> Result<(), EngineError> {
        let state = match ended {
            Ok(Ended::Gone) => ReadState::Gone,
            Ok(Ended::Unreadable { reason }) => {
                tracing::warn!(container = %finished.facts.name, reason, "the log cannot be read");
                ReadState::Unreadable { reason }
            }
            // Renamed.
            Ok(Ended::Cancelled) => {
                self.roster.carry_over(&finished, &self.stream).await;
                return self.examine(host, &finished.facts.id, Cause::Listed, shutdown).await.map(drop);
            }
            // It may have been started again meanwhile, and even have stopped again, or have been removed.
            Ok(Ended::Stopped) => {
                let cause = if finished.has_restarted { Cause::Started } else { Cause::Ended };
                if self.examine(host, &finished.facts.id, cause, shutdown).await? {
                    return Ok(());
                }
                ReadState::Gone
            }
            Err(error) => {
                tracing::error!(container = %finished.facts.name, %error, "the reading broke down; it begins again");
                self.roster.forget(&finished.facts.id);
                return Ok(());
            }
        };
        self.tell_seen(finished.identity, &finished.facts, state).await;
        Ok(())
    }

    /// Looks at a container and does what is due; `false` where there is none.
    async fn examine(
        &mut self,
        host: &str,
        id: &str,
        cause: Cause,
        shutdown: &CancellationToken,
    ) -> Result<bool, EngineError> {
        let found = self.engine.inspect(id).await;
        self.act_on(host, id, found, cause, shutdown).await
    }

    async fn act_on(
        &mut self,
        host: &str,
        id: &str,
        found: Result<Facts, EngineError>,
        cause: Cause,
        shutdown: &CancellationToken,
    ) -> Result<bool, EngineError> {
        let facts = match found {
            Ok(facts) => facts,
            Err(error) if error.is_connection() => return Err(error),
            // Between the list and now.
            Err(EngineError::Gone) => return Ok(false),
            Err(error) => {
                tracing::warn!(container = id, %error, "the container could not be inspected; trying again with the next list");
                self.roster.forget(id);
                return Ok(true);
            }
        };
        let identity = facts.identity(host);
        match self.roster.identity_of(id) {
            Some(read) if *read == identity => {
                if cause == Cause::Started {
                    self.roster.restarted(id);
                }
                return Ok(true);
            }
            // Renamed: when the reading has ended it begins under the new name.
            Some(_) => {
                self.roster.cancel(id);
                return Ok(true);
            }
            None => {}
        }
        match facts.verdict(&self.wanted) {
            Verdict::Ignore { reason } => self.tell_seen(identity, &facts, ReadState::Ignored { reason }).await,
            Verdict::Unreadable { reason } => self.tell_seen(identity, &facts, ReadState::Unreadable { reason }).await,
            Verdict::Read => self.read(identity, facts, cause, shutdown).await,
        }
        Ok(true)
    }

    async fn read(&mut self, identity: Identity, facts: Facts, cause: Cause, shutdown: &CancellationToken) {
        if !facts.is_running && cause == Cause::Ended {
            return self.tell_seen(identity, &facts, ReadState::Stopped).await;
        }
        if self.roster.is_full() {
            let reason = format!("{} containers are read already, which is the limit", self.roster.len());
            return self.tell_seen(identity, &facts, ReadState::Unreadable { reason }).await;
        }
        let ledger = match self.roster.ledger(&identity, &self.stream).await {
            Ok(ledger) => ledger,
            Err(error) => {
                tracing::error!(%identity, %error, "the cursor cannot be read");
                self.roster.forget(&facts.id);
                return self.tell_seen(identity, &facts, ReadState::Unreadable { reason: error.to_string() }).await;
            }
        };
        let place = match self.roster.carried(&facts.id) {
            Some(carried) => Some(carried),
            None => self.place(&facts, &ledger, facts.is_running || cause == Cause::Started).await,
        };
        let Some(place) = place else { return };
        let state = if facts.is_running { ReadState::Running } else { ReadState::Stopped };
        self.tell_seen(identity.clone(), &facts, state).await;
        let follow = Follow {
            engine: self.engine.clone(),
            facts: facts.clone(),
            ledger,
            place,
            notices: self.notices.clone(),
            files: Arc::clone(&self.files),
            memory: self.memory.clone(),
            wakes: Arc::clone(&self.wakes),
            news: Arc::default(),
            shutdown: shutdown.child_token(),
        };
        self.roster.start(identity, facts, follow);
    }

    /// Where the reading begins; `None` when nothing of a stopped container can be missing.
    async fn place(&self, facts: &Facts, ledger: &Ledger, is_live: bool) -> Option<Place> {
        if let Some(place) = ledger.place(&facts.id).await {
            return Some(place);
        }
        match ledger.newest_ns().await {
            // A recreated container: all it wrote is new.
            Some(newest_ns) if is_live || facts.finished_ns > Some(newest_ns) => Some(Place::start(&facts.id, 0)),
            None if is_live => Some(Place::start(&facts.id, now_ns().saturating_sub(as_ns(self.range)))),
            _ => None,
        }
    }

    async fn tell_seen(&self, identity: Identity, facts: &Facts, state: ReadState) {
        let container = ContainerInfo {
            id: facts.id.clone(),
            name: facts.name.clone(),
            image: facts.image.clone(),
            image_id: facts.image_id.clone(),
            happened: facts.happened(),
            driver: facts.driver.clone(),
            tty: facts.tty,
            state,
            labels: facts.own_labels(),
        };
        self.tell(Notice::Seen { identity, container }).await;
    }

    async fn tell(&self, notice: Notice) {
        // Nobody listens any more only when the host ends.
        let _ = self.notices.send(notice).await;
    }
}

fn find_own() -> Option<String> {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    own_id(&read("/proc/self/mountinfo"), &read("/proc/self/cgroup"))
}

fn now_ns() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, as_ns)
}

fn as_ns(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").field("engine", &self.engine).finish_non_exhaustive()
    }
}
