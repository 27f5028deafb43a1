//! One container under a real watch: store, stream, trainer and plugins are those of the host, the engine is left out. Lines are written by the
//! test; windows are closed by count, so that nothing depends on the clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::time::{Duration, Instant};

use foghorn_dashboard::{Action, Refusal};
use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::alert::Alert;
use crate::alert::attend::Deed;
use crate::clock::now_ns;
use crate::collect::{Happening, What};
use crate::history::{History as _, WindowRecord};
use crate::identity::Identity;
use crate::line::{Line, Lines, Output};
use crate::memory::Memory;
use crate::notify::link::Key;
use crate::pipeline::resolve::Resolver;
use crate::plugins::tests::components;
use crate::plugins::{Plugins, PluginsOptions, Registry};
use crate::run::desk::{Asked, Desk, Order};
use crate::run::facts::Facts;
use crate::run::quarantine::Quarantine;
use crate::run::saved::alert_from_store;
use crate::run::trainer::Trainer;
use crate::run::watch::{News, Shared, Watch};
use crate::settings::Layer;
use crate::store::{AlertFilter, ContainerInfo, ContainerState, EventRecord, Store, StoreOptions};
use crate::stream::{Append, Stream as _};
use crate::web::HostSource;
use crate::web::uploads::Uploads;

/// Lines of one window, where a test says nothing else.
pub(crate) const WINDOW_LINES: u64 = 10;
const WINDOW_LINES_SETTING: &str = "window-lines = 10";

/// How long anything may take on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(120);

/// A container and its watch.
pub(crate) struct Rig {
    pub(crate) store: Store,
    pub(crate) desk: Arc<Desk>,
    pub(crate) identity: Identity,
    shared: Shared,
    news: mpsc::Sender<News>,
    orders: mpsc::Sender<Order>,
    shutdown: CancellationToken,
    work: JoinHandle<()>,
    written: u64,
    begin_ns: u64,
    _dir: Arc<TempDir>,
}

/// The test components that are put into the plugins directory; `None`, said aloud, where they or the built-in ones are not built.
pub(crate) fn directory(names: &[&str]) -> Option<Arc<TempDir>> {
    let dir = TempDir::new().unwrap();
    let plugins = dir.path().join("plugins");
    std::fs::create_dir(&plugins).unwrap();
    for name in names {
        std::fs::write(plugins.join(format!("{name}.wasm")), components::component(name)?).unwrap();
    }
    if components::built_in_are_missing() {
        return None;
    }
    Some(Arc::new(dir))
}

impl Rig {
    /// A container that has learned and is watched. `settings` are those of a settings file.
    pub(crate) async fn watched(dir: &Arc<TempDir>, settings: &str) -> Self {
        let mut rig = Self::start(dir, settings).await;
        rig.write(60 * rig.window_lines()).await;
        rig.until("it is watched", |facts| facts.generation.is_some()).await;
        rig
    }

    /// Begins with what the directory holds.
    pub(crate) async fn start(dir: &Arc<TempDir>, settings: &str) -> Self {
        let settings = format!(
            "window-age = \"7d\"\nresolve-after = \"7d\"\ntrain-interval = \"1ms\"\n\
             train-windows-min = 8\ntrain-range = \"30d\"\nplugins-dir = {:?}\ndata-dir = {:?}\n{}\n{}\n{settings}",
            dir.path().join("plugins"),
            dir.path().join("data"),
            // What a test says goes before; it may end with a table.
            if settings.contains("window-lines") { "" } else { WINDOW_LINES_SETTING },
            if settings.contains("retrain-interval") { "" } else { "retrain-interval = \"30d\"" },
        );
        let layer: Layer = toml::from_str(&settings).unwrap();
        let settings = Arc::new(Layer::default().check(layer).unwrap());
        let store = Store::open(&StoreOptions::new(&settings.data_dir)).unwrap();
        let options = PluginsOptions { cache_dir: Some(dir.path().join("cache")), ..PluginsOptions::default() };
        let registry = Registry::open(Plugins::new(options).unwrap(), settings.plugins_dir.as_deref()).unwrap();
        let quarantine = Quarantine::open(&store, settings.plugin_faults).await.unwrap();
        let resolver = Resolver::new(settings.pipeline.clone());
        let desk = Arc::new(Desk::new(registry, resolver, quarantine));
        let shared = Shared {
            desk: Arc::clone(&desk),
            stream: Arc::new(store.clone()),
            trainer: Trainer::new(store.clone(), Arc::new(store.clone()), Memory::default()).unwrap(),
            alert_ids: Arc::new(AtomicU64::new(0)),
            engine_answers: Arc::new(AtomicBool::new(true)),
            changes: broadcast::channel(1_024).0,
            settings,
            store: store.clone(),
            memory: Memory::default(),
        };
        Self::begin(shared, Identity::of_name("host", "web"), Arc::clone(dir)).await
    }

    /// Another container on the same host.
    pub(crate) async fn beside(&self, name: &str) -> Self {
        Self::begin(self.shared.clone(), Identity::of_name("host", name), Arc::clone(&self._dir)).await
    }

    async fn begin(shared: Shared, identity: Identity, dir: Arc<TempDir>) -> Self {
        let watch = Watch::begin(shared.clone(), identity.clone()).await.unwrap();
        let (news, told) = mpsc::channel(4);
        let (orders, asked) = mpsc::channel(16);
        let shutdown = CancellationToken::new();
        let work = tokio::spawn(watch.work(told, asked, shutdown.clone()));
        let written = shared.store.container(&identity).await.unwrap().map_or(0, |known| known.lines);
        Self {
            store: shared.store.clone(),
            desk: Arc::clone(&shared.desk),
            identity,
            shared,
            news,
            orders,
            shutdown,
            work,
            written,
            begin_ns: now_ns(),
            _dir: dir,
        }
    }

    /// Ends the watch as the host does when it stops, and begins it again.
    pub(crate) async fn restart(self) -> Self {
        self.shutdown.cancel();
        self.work.await.unwrap();
        Self::begin(self.shared, self.identity, self._dir).await
    }

    /// The host stops, and begins again with other settings.
    pub(crate) async fn restart_with(self, settings: &str) -> Self {
        self.shutdown.cancel();
        self.work.await.unwrap();
        let (dir, written) = (Arc::clone(&self._dir), self.begin_ns);
        drop((self.store, self.desk, self.shared));
        let mut rig = Self::start(&dir, settings).await;
        rig.begin_ns = written;
        rig
    }

    /// Writes usual lines.
    pub(crate) async fn write(&mut self, count: u64) {
        self.write_as(count, usual).await;
    }

    /// Writes lines nobody ever saw.
    pub(crate) async fn write_strange(&mut self, count: u64) {
        self.write_as(count, |seq| {
            format!("FATAL core meltdown in sector {seq}: containment lost, evacuate all decks now")
        })
        .await;
    }

    async fn write_as(&mut self, count: u64, text: fn(u64) -> String) {
        let mut lines = Lines::default();
        for seq in self.written..self.written + count {
            let text = text(seq);
            lines.push(Line { time_ns: self.begin_ns + seq * 1_000, output: Output::Stdout, text: text.as_bytes() });
        }
        self.written += count;
        let append = Append { identity: self.identity.clone(), lines, cursor: self.written.to_le_bytes().to_vec() };
        self.store.append(vec![append]).await.unwrap();
        // A full queue means that the watch will look anyway.
        let _ = self.news.try_send(News { caught_up: true, ..News::default() });
    }

    pub(crate) fn window_lines(&self) -> u64 {
        self.shared.settings.window.lines_max.into()
    }

    /// What the dashboard reads.
    pub(crate) fn source(&self) -> HostSource {
        HostSource {
            store: self.store.clone(),
            history: Arc::new(self.store.clone()),
            servers: Vec::new(),
            settings: Arc::clone(&self.shared.settings),
            desk: Arc::clone(&self.desk),
            started_ns: now_ns(),
            engine: watch::channel(None).1,
            changes: self.shared.changes.clone(),
            runtime: Handle::current(),
            link_key: Key::open(self._dir.path()).unwrap(),
            memory: Memory::default(),
            uploads: Arc::new(Uploads::new(None, None)),
        }
    }

    /// The engine tells of a label.
    pub(crate) async fn label(&self, label: &str, value: &str) {
        let info = ContainerInfo {
            identity: self.identity.clone(),
            name: "web".into(),
            container_id: "c0ffee".into(),
            image: "web:1".into(),
            image_id: String::new(),
            log_driver: "json-file".into(),
            labels: [(label.to_owned(), value.to_owned())].into(),
            state: ContainerState::Running,
        };
        self.store.upsert_container(info, now_ns()).await.unwrap();
        self.news.send(News { caught_up: true, relabelled: true, ..News::default() }).await.unwrap();
    }

    /// The engine tells something of the container.
    pub(crate) async fn happens(&self, what: What) {
        let happened = vec![Happening { time_ns: now_ns(), what }];
        self.news.send(News { happened, ..News::default() }).await.unwrap();
    }

    /// Another image runs from now on.
    pub(crate) async fn deploy(&self, from: &str, to: &str) {
        let deployed = Some((from.to_owned(), to.to_owned()));
        self.news.send(News { caught_up: true, deployed, ..News::default() }).await.unwrap();
    }

    /// Waits until an alert, the newest first, is so.
    pub(crate) async fn until_alert(&self, what: &str, is: impl Fn(&Alert) -> bool) -> Alert {
        let end = Instant::now() + PATIENCE;
        loop {
            let alerts = self.alerts().await;
            if let Some(alert) = alerts.iter().find(|alert| is(alert)) {
                return alert.clone();
            }
            assert!(Instant::now() < end, "no alert that {what}: {alerts:#?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// The dashboard finds its watch.
    pub(crate) fn enrol(&self) {
        self.desk.enrol(&self.identity, self.orders.clone());
    }

    /// What a person asks.
    pub(crate) async fn ask(&self, action: Action) -> Result<String, Refusal> {
        let (answer, answered) = oneshot::channel();
        self.orders.send(Order { asked: Asked::Plugins(action), answer }).await.unwrap();
        answered.await.unwrap()
    }

    /// What a person does with an alert.
    pub(crate) async fn attend(&self, id: u64, deed: Deed) -> Result<String, Refusal> {
        let (answer, answered) = oneshot::channel();
        self.orders.send(Order { asked: Asked::Alert { id, deed }, answer }).await.unwrap();
        answered.await.unwrap()
    }

    /// All alerts, the newest first.
    pub(crate) async fn alerts(&self) -> Vec<Alert> {
        let stored = self.store.alerts(AlertFilter::default()).await.unwrap();
        stored.into_iter().map(|stored| alert_from_store(stored).unwrap()).collect()
    }

    pub(crate) fn container(&self) -> String {
        self.identity.to_string()
    }

    pub(crate) async fn pin(&self, plugin: &str, settings: &[(&str, &str)]) -> Result<String, Refusal> {
        let settings = settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        self.ask(Action::Pin { container: self.container(), plugin: plugin.into(), settings }).await
    }

    pub(crate) async fn shadow(&self, plugin: &str, settings: &[(&str, &str)]) -> Result<String, Refusal> {
        let settings = settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        self.ask(Action::Shadow { container: self.container(), plugin: plugin.into(), settings }).await
    }

    /// Waits for what the watch says of its plugins.
    pub(crate) async fn until(&self, what: &str, is: impl Fn(&Facts) -> bool) -> Arc<Facts> {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(facts) = self.desk.facts_of(&self.identity).filter(|facts| is(facts)) {
                return facts;
            }
            assert!(!self.work.is_finished(), "the watch ended; waited until {what}");
            if Instant::now() > end {
                let events: Vec<_> = self.events().await.into_iter().map(|event| event.text).collect();
                panic!("waited too long until {what}: {:#?}\n{events:#?}", self.desk.facts_of(&self.identity));
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Waits until all lines written are judged.
    pub(crate) async fn drained(&self) {
        let end = Instant::now() + PATIENCE;
        let judged = self.written - self.written % self.window_lines();
        while self.store.container(&self.identity).await.unwrap().is_none_or(|known| known.acknowledged_seq <= judged) {
            assert!(Instant::now() < end, "lines are not judged: {:?}", self.events().await);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(crate) async fn windows(&self) -> Vec<WindowRecord> {
        self.store.windows(&self.identity, 0, u64::MAX, usize::MAX >> 1).await.unwrap()
    }

    /// Newest first.
    pub(crate) async fn events(&self) -> Vec<EventRecord> {
        self.store.events(1_000, Some(&self.identity)).await.unwrap()
    }

    /// Waits for an event of this kind whose text holds `text`.
    pub(crate) async fn until_event(&self, kind: &str, text: &str) -> EventRecord {
        let end = Instant::now() + PATIENCE;
        loop {
            let events = self.events().await;
            if let Some(event) = events.iter().find(|event| event.kind == kind && event.text.contains(text)) {
                return event.clone();
            }
            assert!(Instant::now() < end, "no event {kind} with {text:?}: {events:#?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Each line written stands in one window, and each window from the first that was scored on has a verdict.
    pub(crate) async fn assert_judged_once(&self) {
        self.drained().await;
        let windows = self.windows().await;
        let mut next_seq = 1;
        for window in &windows {
            assert_eq!(window.first_seq, next_seq, "a window is missing or there twice");
            assert_eq!(window.end_seq - window.first_seq, self.window_lines());
            next_seq = window.end_seq;
        }
        assert_eq!(next_seq, self.written - self.written % self.window_lines() + 1);
        let first = windows.iter().position(|window| window.verdict.is_some()).expect("something was scored");
        let gap = windows[first..].iter().find(|window| window.verdict.is_none());
        assert_eq!(gap, None, "not scored, though others before it were");
    }
}

fn usual(seq: u64) -> String {
    match seq * 7919 % 10 {
        0 => format!("cache refreshed, {} entries", 800 + seq % 50),
        1 | 2 => format!("order {} stored with {} items", 10_000 + seq, 1 + seq % 7),
        _ => format!("GET /item/{} 200 in {} ms", seq % 100, 3 + seq * 31 % 80),
    }
}
