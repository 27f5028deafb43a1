//! One watch for each container that the collector tells of.
//!
//! To begin a watch takes milliseconds, and after a start there may be hundreds: they are begun one by one while the collector has nothing to tell, so
//! that what it tells is not kept waiting. What is told of a container before its watch has begun waits for it (`Waiting`).

use std::collections::{HashMap, HashSet};
use std::sync::atomic::Ordering;
use std::time::Duration;

use foghorn_dashboard::Change;
use tokio::sync::{mpsc, watch as engine_watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::waiting::Waiting;
use super::watch::{News, Reach, Shared, Watch};
use crate::clock::now_ns;
use crate::collect::{self, Collector, Engine, EngineInfo, Happening, Notice, ReadState, What};
use crate::identity::Identity;
use crate::store::{ContainerInfo, ContainerRecord, ContainerState, EventRecord};
use crate::web::{EngineFacts, EngineState};

/// News that wait for one watch. Of those that only say "look again" more are not needed.
const NEWS_MAX: usize = 16;

/// Orders of people that wait for one watch.
const ORDERS_MAX: usize = 16;

/// A watch that could not begin is tried again after this.
const AGAIN_AFTER: Duration = Duration::from_secs(2);

/// A container that was known and is not told of for this long after the engine answers is gone.
const GONE_AFTER: Duration = Duration::from_secs(30);

/// Runs the collector and the watches until `shutdown`.
pub(super) async fn run(
    shared: Shared,
    engine_state: engine_watch::Sender<EngineState>,
    shutdown: CancellationToken,
) -> anyhow::Result<()> {
    let settings = &shared.settings;
    let engine = Engine::new(settings.engine.as_deref())?;
    let options = collect::Settings {
        host: settings.host_name.clone(),
        range: settings.train.range.as_duration(),
        labelled_only: settings.only_enabled,
        log_files: settings.log_files.clone(),
        memory: shared.memory.clone(),
        ..collect::Settings::default()
    };
    let (collector, mut notices) = Collector::new(options, engine, shared.stream.clone());
    let tasks = TaskTracker::new();
    tasks.spawn(collector.run(shutdown.clone()));
    let mut supervisor = Supervisor {
        shared,
        engine_state,
        shutdown: shutdown.clone(),
        tasks: tasks.clone(),
        watches: HashMap::new(),
        waiting: Waiting::default(),
        told: HashSet::new(),
        gone_at: None,
        again_at: None,
    };
    supervisor.resume_known().await?;
    loop {
        let (gone_at, again_at) = (supervisor.gone_at, supervisor.again_at);
        tokio::select! {
            biased;
            // The collector ends with the shutdown token, and with it the notices: what it still appends is told.
            notice = notices.recv() => match notice {
                Some(notice) => supervisor.take(notice).await?,
                None => break,
            },
            () = tokio::time::sleep_until(gone_at.unwrap_or_else(Instant::now)), if gone_at.is_some() => {
                supervisor.settle_gone().await;
            }
            () = std::future::ready(()), if supervisor.waiting.is_due() => supervisor.begin_next().await,
            () = tokio::time::sleep_until(again_at.unwrap_or_else(Instant::now)), if again_at.is_some() => {
                supervisor.again_at = None;
                supervisor.waiting.retry();
            }
        }
    }
    shutdown.cancel();
    tasks.close();
    tasks.wait().await;
    Ok(())
}

/// The way to a watch.
#[derive(Debug)]
struct Told {
    news: mpsc::Sender<News>,
    reach: Reach,
}

struct Supervisor {
    shared: Shared,
    engine_state: engine_watch::Sender<EngineState>,
    shutdown: CancellationToken,
    tasks: TaskTracker,
    watches: HashMap<Identity, Told>,
    /// Those that have not begun.
    waiting: Waiting,
    /// Whom the collector has told of since the start.
    told: HashSet<Identity>,
    /// When those not told of count as gone; asked once each time the engine answers.
    gone_at: Option<Instant>,
    /// When watches that could not begin are tried again.
    again_at: Option<Instant>,
}

impl Supervisor {
    /// Lines that were stored and not scored when the host stopped are scored even where the container is gone.
    async fn resume_known(&mut self) -> anyhow::Result<()> {
        for known in self.shared.store.containers().await? {
            let is_done = known.acknowledged_seq > known.lines;
            let lasts = !self.shared.store.open_alerts(&known.info.identity).await?.is_empty();
            if !is_done || lasts || known.info.state == ContainerState::Running {
                self.waiting.put(&known.info.identity, News::default());
            }
            // Until the engine says otherwise.
            let info = ContainerInfo { state: stopped_unless_unreadable(known.info.state.clone()), ..known.info };
            self.shared.store.upsert_container(info, known.last_seen_ns).await?;
        }
        Ok(())
    }

    /// No line will come any more from a container that is gone: its last window is closed by the clock.
    async fn settle_gone(&mut self) {
        self.gone_at = None;
        let gone = || News { caught_up: true, gone: true, ..News::default() };
        for (identity, watch) in &self.watches {
            if !self.told.contains(identity) {
                // A watch that ended is one that needs no news.
                let _ = watch.news.send(gone()).await;
            }
        }
        let waiting: Vec<_> =
            self.waiting.identities().filter(|identity| !self.told.contains(*identity)).cloned().collect();
        waiting.iter().for_each(|identity| self.waiting.put(identity, gone()));
    }

    async fn take(&mut self, notice: Notice) -> anyhow::Result<()> {
        match notice {
            Notice::Engine(Ok(info)) => self.engine_answers(&info),
            Notice::Engine(Err(error)) => self.engine_fails(error.to_string()).await?,
            Notice::Seen { identity, container } => self.seen(identity, container).await?,
            Notice::Way { identity, way } => {
                tracing::info!(container = %identity, ?way, "how its log is read");
                self.shared.desk.read_by(&identity, way);
                let _ = self.shared.changes.send(Change::Containers);
            }
            Notice::Gap { identity, text } => {
                tracing::warn!(container = %identity, "{text}");
                let event = EventRecord { time_ns: now_ns(), identity: Some(identity), kind: "gap".into(), text };
                self.shared.store.put_events(vec![event]).await?;
            }
            Notice::Happened { identity, happening } => {
                // The engine says it once.
                self.tell(&identity, News { happened: vec![happening], ..News::default() }).await;
            }
            Notice::Collected { identity, end_seq, caught_up } => {
                let news = News { caught_up, ..News::default() };
                match self.watch(&identity) {
                    Some(watch) if !caught_up => {
                        if watch.reach.set(end_seq) {
                            // A full queue means that the watch will look anyway.
                            let _ = watch.news.try_send(news);
                        }
                    }
                    // Without it the container would never begin to learn.
                    _ => self.tell(&identity, news).await,
                }
            }
        }
        Ok(())
    }

    fn engine_answers(&mut self, info: &EngineInfo) {
        self.shared.engine_answers.store(true, Ordering::Relaxed);
        self.gone_at = Some(Instant::now() + GONE_AFTER);
        let detail = format!(
            "engine {} (API {}) at {}, {} containers running",
            info.engine_version, info.api_version, info.endpoint, info.containers_running
        );
        tracing::info!(host = info.host, engine = info.engine_version, endpoint = %info.endpoint, "engine answers");
        let host_name = self.shared.settings.host_name.clone().unwrap_or_else(|| info.host.clone());
        self.engine_state.send_replace(Some(Ok(EngineFacts { host_name, detail })));
        let _ = self.shared.changes.send(Change::Containers);
    }

    async fn engine_fails(&self, why: String) -> anyhow::Result<()> {
        self.shared.engine_answers.store(false, Ordering::Relaxed);
        tracing::error!(why, "the engine does not answer; it is tried again");
        let event = EventRecord { time_ns: now_ns(), identity: None, kind: "engine".into(), text: why.clone() };
        self.shared.store.put_events(vec![event]).await?;
        self.engine_state.send_replace(Some(Err(why)));
        let _ = self.shared.changes.send(Change::Containers);
        Ok(())
    }

    async fn seen(&mut self, identity: Identity, container: collect::ContainerInfo) -> anyhow::Result<()> {
        let is_gone = container.state == ReadState::Gone;
        let known = self.shared.store.container(&identity).await?;
        let (happened, deployed) = news_of(&container, known.as_ref());
        let state = match container.state {
            ReadState::Running => ContainerState::Running,
            ReadState::Stopped | ReadState::Gone => ContainerState::Stopped,
            ReadState::Unreadable { reason } => ContainerState::Unreadable { reason },
            ReadState::Ignored { reason } => {
                tracing::debug!(container = %identity, reason, "not watched");
                return Ok(());
            }
        };
        tracing::info!(container = %identity, ?state, "container");
        self.told.insert(identity.clone());
        let info = ContainerInfo {
            identity: identity.clone(),
            name: container.name,
            container_id: container.id,
            image: container.image,
            image_id: container.image_id,
            log_driver: container.driver,
            labels: container.labels,
            state,
        };
        self.shared.store.upsert_container(info, now_ns()).await?;
        let (caught_up, relabelled) = (is_gone, true);
        self.tell(&identity, News { caught_up, gone: is_gone, relabelled, happened, deployed }).await;
        let _ = self.shared.changes.send(Change::Containers);
        Ok(())
    }

    /// The watch of a container, where it has begun and has not ended.
    fn watch(&self, identity: &Identity) -> Option<&Told> {
        self.watches.get(identity).filter(|watch| !watch.news.is_closed())
    }

    /// Must arrive: what there is no watch for waits until it has begun.
    async fn tell(&mut self, identity: &Identity, news: News) {
        match self.watch(identity) {
            // A watch that ends meanwhile has nothing left to do.
            Some(watch) => drop(watch.news.send(news).await),
            None => self.waiting.put(identity, news),
        }
    }

    /// Begins the watch that waits for the longest.
    async fn begin_next(&mut self) {
        let Some((identity, news)) = self.waiting.take() else { return };
        match Watch::begin(self.shared.clone(), identity.clone()).await {
            Ok(begun) => self.start(identity, begun, news).await,
            Err(error) => {
                tracing::error!(container = %identity, %error, "the container cannot be watched; it is tried again");
                self.waiting.put_back(identity, news);
                self.again_at.get_or_insert_with(|| Instant::now() + AGAIN_AFTER);
            }
        }
    }

    async fn start(&mut self, identity: Identity, begun: Watch, first: News) {
        let (news, told) = mpsc::channel(NEWS_MAX);
        let (orders, asked) = mpsc::channel(ORDERS_MAX);
        let way = Told { news, reach: begun.reach() };
        self.shared.desk.enrol(&identity, orders);
        let (work, shutdown) = (begun.work(told, asked, self.shutdown.clone()), self.shutdown.clone());
        self.tasks.spawn(async move {
            // A panic is a bug; a host that goes on with one container unwatched would hide it.
            if let Err(error) = tokio::spawn(work).await {
                tracing::error!(%error, "a watch broke off; the host ends");
                shutdown.cancel();
            }
        });
        // The queue is empty.
        let _ = way.news.send(first).await;
        self.watches.insert(identity, way);
    }
}

/// What a container's state tells beside itself: an end that nobody listened to, and another image.
fn news_of(
    container: &collect::ContainerInfo,
    known: Option<&ContainerRecord>,
) -> (Vec<Happening>, Option<(String, String)>) {
    let seen_ns = known.map_or(u64::MAX, |known| known.last_seen_ns);
    let is_news = |happening: &&Happening| !matches!(happening.what, What::Died { .. }) || happening.time_ns > seen_ns;
    // That a check fails is seen now, however long it does.
    let seen = |happening: &Happening| match happening.what {
        What::Healthy | What::Unhealthy => Happening { time_ns: now_ns(), ..*happening },
        _ => *happening,
    };
    let happened = container.happened.iter().filter(is_news).map(seen).collect();
    let deployed = known.filter(|known| {
        let (before, now) = (&known.info.image_id, &container.image_id);
        container.state == ReadState::Running && !before.is_empty() && !now.is_empty() && before != now
    });
    let named = |image: &str, id: &str| {
        let digest: String = id.trim_start_matches("sha256:").chars().take(12).collect();
        format!("{image} ({digest})")
    };
    let names = |known: &ContainerRecord| {
        (named(&known.info.image, &known.info.image_id), named(&container.image, &container.image_id))
    };
    (happened, deployed.map(names))
}

fn stopped_unless_unreadable(state: ContainerState) -> ContainerState {
    match state {
        ContainerState::Running => ContainerState::Stopped,
        other => other,
    }
}
