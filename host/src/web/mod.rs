//! Answers the dashboard out of the store.
//!
//! `HostSource` makes the reads, `show` turns what is stored into what is shown (pure). The dashboard calls from its own blocking threads.

pub(crate) mod control;
mod excerpt;
mod host_metrics;
mod log;
mod metrics;
mod models;
mod notices;
pub(crate) mod plugins;
mod rivals;
mod show;
mod system;
mod templates;
mod trend;
pub(crate) mod uploads;

use std::collections::HashMap;
use std::sync::Arc;

use foghorn_dashboard::view::{
    Alert, AlertCard, AlertQuery, Check, Container, ContainerCard, Delivery, Event, Listing, Log, LogPlace,
    ModelReport, ModelRow, Mute, Pipeline, Plugins, ScorePoint, Status, System, Templates, Time, Trend, Window,
};
use foghorn_dashboard::{Change, ReadError, Source};
use tokio::runtime::Handle;
use tokio::sync::{broadcast, watch};

use crate::clock::now_ns;
use crate::history::{History, WindowRecord, window_lines};
use crate::identity::Identity;
use crate::memory::Memory;
use crate::notify::link::Key;
use crate::run::desk::Desk;
use crate::run::facts::{Facts, ModelFacts};
use crate::run::saved::alert_from_store;
use crate::run::servers::ServerView;
use crate::run::watch::own_of;
use crate::settings::Settings;
use crate::spool::words;
use crate::store::{AlertFilter, AlertRecord, AlertStatus, ContainerRecord, Store};
use crate::train::schedule::Standing;
use control::HostControl;
use host_metrics::HostFigures;
use uploads::Uploads;

/// Windows in a sparkline, and around an alert.
const SPARK_WINDOWS: usize = 60;
const ALERT_WINDOWS: usize = 240;

/// Lines a minute are counted over this many newest windows.
const RATE_WINDOWS: usize = 10;

/// Notices on the page of an alert.
const NOTICES_SHOWN: usize = 50;

/// Events on a page.
const EVENTS_SHOWN: usize = 30;

/// An engine that answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EngineFacts {
    /// The name under which identities of this host begin.
    pub(crate) host_name: String,
    /// One sentence: what answers, and where.
    pub(crate) detail: String,
}

/// How the engine is doing, or why it is not; `None` while it was not asked yet.
pub(crate) type EngineState = Option<Result<EngineFacts, String>>;

/// What the dashboard reads.
pub(crate) struct HostSource {
    pub(crate) store: Store,
    /// Where windows and lines are read that may be older than what the store keeps.
    pub(crate) history: Arc<dyn History>,
    pub(crate) servers: Vec<ServerView>,
    pub(crate) settings: Arc<Settings>,
    pub(crate) desk: Arc<Desk>,
    pub(crate) started_ns: u64,
    pub(crate) engine: watch::Receiver<EngineState>,
    pub(crate) changes: broadcast::Sender<Change>,
    pub(crate) runtime: Handle,
    pub(crate) link_key: Key,
    pub(crate) memory: Memory,
    pub(crate) uploads: Arc<Uploads>,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

impl HostSource {
    /// Runs a read to its end on the calling thread, one of the dashboard's blocking ones.
    fn read<T>(&self, context: &'static str, work: impl Future<Output = Result<T, Failure>>) -> Result<T, ReadError> {
        self.runtime.block_on(work).map_err(|cause| ReadError::new(context, cause))
    }

    async fn alert_cards(&self, filter: AlertFilter) -> Result<Vec<AlertCard>, Failure> {
        let stored = self.store.alerts(filter).await?;
        stored.into_iter().map(card_of).collect()
    }

    /// All open alerts of a container, and the newest of the others. One that came back may be older than all of these.
    async fn alerts_of(&self, identity: &Identity, limit: usize) -> Result<Vec<AlertCard>, Failure> {
        let of = |filter| AlertFilter { identity: Some(identity.clone()), limit, ..filter };
        let mut cards = self.alert_cards(of(AlertFilter::open())).await?;
        let over = AlertFilter { status: Some(AlertStatus::Resolved), ..AlertFilter::default() };
        cards.extend(self.alert_cards(of(over)).await?);
        cards.sort_by_key(|card| std::cmp::Reverse(card.id));
        Ok(cards)
    }

    /// The plugins of a container; of one that nobody watches now, those that would serve it.
    async fn pipeline_of(&self, identity: &Identity) -> Result<Pipeline, Failure> {
        if let Some(facts) = self.desk.facts_of(identity) {
            let plugins = plugins::container(identity, &facts, &self.desk.costs);
            return Ok(show::pipeline(plugins, &facts.serving, &self.settings));
        }
        let own = own_of(&self.store, identity).await?;
        let choice = self.desk.resolve(&own, None)?;
        let generation = self.store.generations(identity).await?.first().map(|newest| newest.number);
        let serving = choice.pipeline();
        let model = ModelFacts::default();
        let facts = Facts { choice, serving, generation, previous: None, model, shadow: None, probation: None };
        let plugins = plugins::container(identity, &facts, &self.desk.costs);
        Ok(show::pipeline(plugins, &facts.serving, &self.settings))
    }

    async fn events(&self, identity: Option<&Identity>) -> Result<Vec<Event>, Failure> {
        let events = self.store.events(EVENTS_SHOWN, identity).await?;
        Ok(events.into_iter().map(plugins::event).collect())
    }

    /// Who does what is asked of the same host.
    pub(crate) fn control(&self) -> HostControl {
        HostControl {
            desk: Arc::clone(&self.desk),
            store: self.store.clone(),
            changes: self.changes.clone(),
            runtime: self.runtime.clone(),
            link_key: self.link_key.clone(),
            uploads: Arc::clone(&self.uploads),
        }
    }

    /// What a tile shows of each container.
    async fn container_cards(&self, records: &[ContainerRecord]) -> Result<Vec<ContainerCard>, Failure> {
        let worst = self.worst_open().await?;
        let identities = records.iter().map(|record| record.info.identity.clone()).collect();
        let windows = self.store.newest_windows(identities, SPARK_WINDOWS).await?;
        let mut cards = Vec::with_capacity(records.len());
        for (record, windows) in records.iter().zip(windows) {
            cards.push(self.container_card(record, &windows, &worst).await?);
        }
        Ok(cards)
    }

    /// `windows` are its newest.
    async fn container_card(
        &self,
        record: &ContainerRecord,
        windows: &[WindowRecord],
        worst: &HashMap<Identity, crate::history::Severity>,
    ) -> Result<ContainerCard, Failure> {
        let identity = &record.info.identity;
        let ready_ns = self.ready_ns(record).await?;
        let state = show::state(record, &self.settings, ready_ns, windows, now_ns());
        Ok(ContainerCard {
            identity: identity.to_string(),
            state,
            scores: windows.iter().filter_map(show::score_point).collect(),
            lines_per_minute: show::lines_per_minute(&windows[windows.len().saturating_sub(RATE_WINDOWS)..]),
            last_line: (record.last_line_ns > 0).then_some(Time(record.last_line_ns)),
            worst_open: worst.get(identity).copied().and_then(show::severity),
        })
    }

    /// When a learning container is expected to be watched; `None` once it is.
    async fn ready_ns(&self, record: &ContainerRecord) -> Result<Option<u64>, Failure> {
        let rule = &self.settings.train;
        if record.successful_cycles >= rule.cycles {
            return Ok(None);
        }
        let last = self.store.trainings(&record.info.identity, 1).await?.pop();
        let standing = Standing {
            successes: record.successful_cycles,
            last_begun_ns: last.as_ref().map_or(record.first_seen_ns, |run| run.begun_ns),
            failed: last.is_some_and(|run| run.failure.is_some()),
            waiting: 0,
        };
        Ok(crate::train::schedule::ready_at_ns(rule, now_ns(), standing))
    }

    /// How the host itself is doing. What cannot be read is a check that is not good.
    async fn status_now(&self) -> Status {
        let engine = self.engine.borrow().clone();
        let host_name = match &engine {
            Some(Ok(facts)) => facts.host_name.clone(),
            _ => String::new(),
        };
        let engine = match engine {
            None => Check { name: "docker engine".into(), good: false, detail: "not asked yet".into() },
            Some(Ok(facts)) => Check { name: "docker engine".into(), good: true, detail: facts.detail },
            Some(Err(detail)) => Check { name: "docker engine".into(), good: false, detail },
        };
        let store = match self.store.sizes().await {
            Ok(sizes) => {
                let bound = self.store.options().retention_bytes;
                Check { name: "store".into(), good: true, detail: show::store(&sizes, bound) }
            }
            Err(error) => Check { name: "store".into(), good: false, detail: error.to_string() },
        };
        let mut servers = Vec::new();
        for server in &self.servers {
            servers.push(self.server_check(server).await);
        }
        let plugins = Check { name: "plugins".into(), good: true, detail: show::plugins(&self.desk) };
        Status {
            host: host_name,
            host_version: env!("CARGO_PKG_VERSION").into(),
            started: Time(self.started_ns),
            checks: [engine, store, plugins].into_iter().chain(servers).collect(),
        }
    }

    /// How a server is doing, and what waits for it.
    async fn server_check(&self, server: &ServerView) -> Check {
        let health = server.health.borrow().clone();
        let name = server.sink.name();
        match self.store.backlog(name).await {
            Ok(backlog) => {
                let (good, detail) = words::of_server(&health, &backlog, server.sink.set_aside(), now_ns());
                Check { name: name.into(), good, detail }
            }
            Err(error) => Check { name: name.into(), good: false, detail: error.to_string() },
        }
    }

    /// The worst severity among each container's open alerts.
    async fn worst_open(&self) -> Result<HashMap<Identity, crate::history::Severity>, Failure> {
        let filter = AlertFilter { limit: 10_000, ..AlertFilter::open() };
        let mut worst = HashMap::new();
        for alert in self.store.alerts(filter).await? {
            let entry = worst.entry(alert.identity).or_insert(alert.severity);
            *entry = alert.severity.max(*entry);
        }
        Ok(worst)
    }

    async fn full_alert(&self, stored: AlertRecord, lines_limit: usize) -> Result<Alert, Failure> {
        let identity = stored.identity.clone();
        let alert = alert_from_store(stored)?;
        let receipt = &alert.receipt;
        let told = show::ToldOf {
            deliveries: self.store.deliveries(Some(alert.id), NOTICES_SHOWN).await?,
            suppressions: self.store.suppressions(alert.id).await?,
        };
        let window = self.history.windows_from(&identity, receipt.first_seq, 1).await?.pop();
        let window = window.filter(|window| window.first_seq == receipt.first_seq);
        let lines = match &window {
            Some(window) => window_lines(&*self.history, &identity, window).await?,
            None => crate::line::Lines::default(),
        };
        let scores = self.scores_around(&identity, &alert).await?;
        Ok(show::alert(&identity, &alert, window.as_ref(), &lines, scores, told, lines_limit))
    }

    async fn scores_around(
        &self,
        identity: &Identity,
        alert: &crate::alert::Alert,
    ) -> Result<Vec<ScorePoint>, Failure> {
        let half = self.settings.window.age_ns.saturating_mul(ALERT_WINDOWS as u64 / 4);
        let until = alert.last_ns.saturating_add(half);
        let windows =
            self.history.windows(identity, alert.opened_ns.saturating_sub(half), until, ALERT_WINDOWS).await?;
        Ok(windows.iter().filter_map(show::score_point).collect())
    }
}

fn card_of(stored: AlertRecord) -> Result<AlertCard, Failure> {
    let identity = stored.identity.clone();
    Ok(show::alert_card(&identity, &alert_from_store(stored)?))
}

impl Source for HostSource {
    fn status(&self) -> Result<Status, ReadError> {
        Ok(self.runtime.block_on(self.status_now()))
    }

    fn open_alerts(&self, limit: usize) -> Result<Listing<AlertCard>, ReadError> {
        self.read("reading open alerts", async {
            let total = self.store.alert_counts().await?.open;
            let filter = AlertFilter { limit: limit.max(1_000), ..AlertFilter::open() };
            let mut rows = self.alert_cards(filter).await?;
            rows.sort_by_key(|alert| std::cmp::Reverse((alert.severity, alert.opened)));
            rows.truncate(limit);
            Ok(Listing { rows, total })
        })
    }

    fn alerts(&self, query: &AlertQuery, limit: usize) -> Result<Listing<AlertCard>, ReadError> {
        self.read("reading alerts", async {
            let filter = show::filter(query, limit);
            let total = self.store.alerts_total(filter.clone()).await?;
            let rows = self.alert_cards(filter).await?;
            Ok(Listing { rows, total })
        })
    }

    fn alert(&self, id: u64, lines_limit: usize) -> Result<Option<Alert>, ReadError> {
        self.read("reading an alert", async {
            match self.store.alert(id).await? {
                Some(stored) => Ok(Some(self.full_alert(stored, lines_limit).await?)),
                None => Ok(None),
            }
        })
    }

    fn containers(&self, limit: usize) -> Result<Listing<ContainerCard>, ReadError> {
        self.read("reading containers", async {
            let records = self.store.containers().await?;
            let rows = self.container_cards(&records[..records.len().min(limit)]).await?;
            Ok(Listing { rows, total: records.len() as u64 })
        })
    }

    fn container(&self, identity: &str, limit: usize) -> Result<Option<Container>, ReadError> {
        self.read("reading a container", async {
            let identity = Identity::from_text(identity);
            let Some(record) = self.store.container(&identity).await? else {
                return Ok(None);
            };
            let Some(card) = self.container_cards(std::slice::from_ref(&record)).await?.pop() else {
                return Ok(None);
            };
            let alerts = self.alerts_of(&identity, limit).await?;
            let mut windows = self.history.windows(&identity, 0, u64::MAX, limit).await?;
            windows.reverse();
            let mut cycles = self.history.trainings(&identity, limit).await?;
            cycles.reverse();
            Ok(Some(Container {
                card,
                way: self.desk.way_of(&identity).map(show::way),
                cycles: cycles.iter().map(show::cycle).collect(),
                windows: windows.iter().map(|window| show::window_row(window, &alerts)).collect(),
                windows_total: self.store.windows_total(&identity).await?,
                alerts,
                pipeline: self.pipeline_of(&identity).await?,
                events: self.events(Some(&identity)).await?,
            }))
        })
    }

    fn window(&self, identity: &str, id: u64, lines_limit: usize) -> Result<Option<Window>, ReadError> {
        self.read("reading a window", async {
            let identity = Identity::from_text(identity);
            let window = self.history.windows_from(&identity, id, 1).await?.pop();
            let Some(window) = window.filter(|window| window.first_seq == id) else {
                return Ok(None);
            };
            let lines = window_lines(&*self.history, &identity, &window).await?;
            let filter = AlertFilter { identity: Some(identity.clone()), limit: 100, ..AlertFilter::default() };
            let row = show::window_row(&window, &self.alert_cards(filter).await?);
            Ok(Some(Window { row, lines: show::lines(&lines, lines_limit) }))
        })
    }

    fn trend(&self, identity: &str, from: Time, until: Time, steps: usize) -> Result<Option<Trend>, ReadError> {
        self.read("reading a trend", self.trend_of(&Identity::from_text(identity), from, until, steps))
    }

    fn log(&self, identity: &str, place: LogPlace, search: &str, limit: usize) -> Result<Option<Log>, ReadError> {
        self.read("reading a log", self.log_of(&Identity::from_text(identity), place, search, limit))
    }

    fn templates(&self, identity: &str, limit: usize) -> Result<Option<Templates>, ReadError> {
        self.read("grouping lines", self.templates_of(&Identity::from_text(identity), limit))
    }

    fn models(&self, limit: usize) -> Result<Listing<ModelRow>, ReadError> {
        self.read("reading models", self.model_rows(limit))
    }

    fn model(&self, identity: &str) -> Result<Option<ModelReport>, ReadError> {
        self.read("reading a model", self.model_report(&Identity::from_text(identity)))
    }

    fn system(&self) -> Result<System, ReadError> {
        self.read("reading figures", self.system_now())
    }

    fn plugins(&self, limit: usize) -> Result<Plugins, ReadError> {
        let events = self.read("reading events", self.events(None))?;
        Ok(plugins::all(&self.desk, limit, events))
    }

    fn deliveries(&self, limit: usize) -> Result<Vec<Delivery>, ReadError> {
        self.read("reading notices", async {
            let found = self.store.deliveries(None, limit).await?;
            Ok(found.into_iter().map(notices::delivery).collect())
        })
    }

    fn mutes(&self) -> Result<Vec<Mute>, ReadError> {
        self.read("reading silence", async {
            Ok(self.store.mutes(now_ns()).await?.into_iter().map(notices::mute).collect())
        })
    }

    fn metrics(&self) -> Result<String, ReadError> {
        let (notices, host) = self.read("reading figures", async {
            let sent = self.store.delivery_counts().await?;
            let notices = metrics::Notices { sent, suppressed: self.store.suppressed_by_reason().await? };
            let containers = self.store.containers().await?;
            let cycles_needed = self.settings.train.cycles;
            Ok((notices, HostFigures { system: self.system_now().await?, containers, cycles_needed }))
        })?;
        metrics::text(&self.desk, notices, host).map_err(|error| ReadError::new("writing figures", error))
    }

    fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }
}
