//! `foghorn run`: knows all parts; the parts do not know each other.
//!
//! The collector fills streams and tells who is there; each container gets a `watch`, which judges and learns; the dashboard reads the
//! store. Everything ends with the shutdown token, and what is not finished by then is done again after the next start.

pub(crate) mod desk;
mod door;
pub(crate) mod facts;
mod keeper;
pub(crate) mod quarantine;
mod recall;
pub(crate) mod saved;
pub(crate) mod servers;
pub(crate) mod socket;
mod supervise;
#[cfg(test)]
pub(crate) mod tests;
mod trainer;
mod waiting;
pub(crate) mod watch;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use anyhow::Context as _;
use foghorn_dashboard::Change;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::{broadcast, watch as engine_watch};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::desk::Desk;
use self::quarantine::Quarantine;
use self::servers::Servers;
use crate::clock::now_ns;
use crate::memory::Memory;
use crate::notify::audience::Audience;
use crate::notify::deliver;
use crate::notify::link::Key;
use crate::notify::notifier::Notifier;
use crate::notify::sinks::Sink;
use crate::pipeline::Pipeline;
use crate::pipeline::resolve::Resolver;
use crate::plugins::{Catalogue, Plugins, PluginsOptions, Registry};
use crate::settings::Settings;
use crate::settings::units::Size;
use crate::store::{Store, StoreError};
use crate::web::HostSource;
use crate::web::uploads::Uploads;

/// Changes kept for a dashboard that is slow to read them; older ones are dropped and the page takes all as changed.
const CHANGES_MAX: usize = 1_024;

/// How often old data is dropped, and how often it is looked whether there is too much.
const RETAIN_EVERY: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The plugins that can be used: built-in ones and those of the plugins directory. Blocks: it may compile.
pub fn plugins(settings: &Settings) -> anyhow::Result<Catalogue> {
    Ok(Catalogue::open(plugin_host(settings)?, settings.plugins_dir.as_deref())?)
}

fn plugin_host(settings: &Settings) -> anyhow::Result<Plugins> {
    let cache = settings.data_dir.join("cache");
    Ok(Plugins::new(PluginsOptions { cache_dir: Some(cache), ..PluginsOptions::default() })?)
}

/// Runs until `shutdown` is cancelled. `listening` is told the dashboard's address once it can be asked.
pub async fn run(
    settings: Settings,
    shutdown: CancellationToken,
    listening: impl FnOnce(SocketAddr),
) -> anyhow::Result<()> {
    let settings = Arc::new(settings);
    // What can fail for a bad setting comes first, before anything is begun.
    let listener = TcpListener::bind(settings.listen).await.with_context(|| port_taken(settings.listen))?;
    let (store, registry) = open_parts(&settings).await?;
    let servers = Servers::named(&settings, store.store_id().await?)?;
    match shutdown.run_until_cancelled(servers.check()).await {
        Some(checked) => checked?,
        None => return Ok(()),
    }
    servers.check_room(&settings, &store).await?;
    servers.register(&store).await?;
    let tasks = TaskTracker::new();
    let backends = servers.start(&settings, &store, &tasks, &shutdown);
    let (changes, _) = broadcast::channel(CHANGES_MAX);
    let (engine_state, engine) = engine_watch::channel(None);
    let quarantine = Quarantine::open(&store, settings.plugin_faults).await?;
    let memory = Memory::limited(settings.memory_limit.map(|size| size.bytes));
    let desk = Arc::new(Desk::new(registry, Resolver::new(settings.pipeline.clone()), quarantine));
    let shared = watch::Shared {
        desk: Arc::clone(&desk),
        stream: Arc::clone(&backends.stream),
        trainer: trainer::Trainer::new(store.clone(), backends.history, memory.clone())?,
        alert_ids: Arc::new(AtomicU64::new(store.last_alert_id().await?)),
        engine_answers: Arc::default(),
        changes: changes.clone(),
        settings: Arc::clone(&settings),
        store: store.clone(),
        memory: memory.clone(),
    };
    let source = HostSource {
        store: store.clone(),
        history: backends.quick_history,
        servers: backends.servers,
        settings: Arc::clone(&settings),
        desk: Arc::clone(&desk),
        started_ns: now_ns(),
        engine,
        changes,
        runtime: Handle::current(),
        link_key: Key::open(&settings.data_dir)?,
        memory: memory.clone(),
        uploads: Arc::new(Uploads::new(settings.plugins_dir.clone(), settings.admin_token)),
    };
    let notifier = start_notices(&settings, &store, &shared.changes, &tasks, &shutdown)?;
    tasks.spawn(notifier.run(shared.changes.subscribe(), shutdown.clone()));
    listening(listener.local_addr()?);
    tasks.spawn(serve(listener, source, shutdown.clone()));
    tasks.spawn(retain(store.clone(), shutdown.clone()));
    tasks.spawn(memory.watch(shutdown.clone(), tell_of_memory));
    tasks.spawn(Arc::clone(&desk.registry).watch(shutdown.clone()));
    tasks.spawn(tell_of_plugins(Arc::clone(&desk), shared.changes.clone(), shutdown.clone()));
    let supervised = supervise::run(shared, engine_state, shutdown.clone()).await;
    shutdown.cancel();
    tasks.close();
    tasks.wait().await;
    supervised
}

/// Begins to deliver notices, and returns what decides on them.
fn start_notices(
    settings: &Settings,
    store: &Store,
    changes: &broadcast::Sender<Change>,
    tasks: &TaskTracker,
    shutdown: &CancellationToken,
) -> anyhow::Result<Notifier> {
    let sinks = settings.notifications.sinks.iter().cloned().map(Sink::new).collect::<Result<Vec<_>, _>>()?;
    deliver::start(sinks, store, changes, tasks, shutdown);
    Ok(Notifier {
        store: store.clone(),
        patience: settings.quiet.patience,
        maintenance: settings.quiet.maintenance.clone(),
        audience: Audience::new(&settings.notifications, Key::open(&settings.data_dir)?),
    })
}

/// Opens the store and the plugins, off the asynchronous threads: both read files, and a component may be compiled.
async fn open_parts(settings: &Arc<Settings>) -> anyhow::Result<(Store, Arc<Registry>)> {
    let settings = Arc::clone(settings);
    let opened = tokio::task::spawn_blocking(move || -> anyhow::Result<_> {
        let store = Store::open(&crate::cli::store_options(&settings))?;
        let registry = Registry::open(plugin_host(&settings)?, settings.plugins_dir.as_deref())?;
        let catalogue = registry.current();
        for (path, fault) in catalogue.refused() {
            tracing::warn!(path = %path.display(), %fault, "a plugin cannot be used");
        }
        // What the settings choose must be there: a typo is told at the start, not container by container.
        Pipeline::resolve(&catalogue, &settings.pipeline)?;
        Ok((store, registry))
    });
    opened.await?
}

/// Whoever wonders why reading is slow finds it in the log.
fn tell_of_memory(resident: u64, waited: Duration) {
    let (resident, waited_ms) = (Size::from_mib(resident >> 20), waited.as_millis());
    let why = "memory is near its limit: reading and training wait until there is room; nothing is lost";
    tracing::warn!(%resident, waited_ms, "{why}");
}

/// Pages show plugins that came or went.
async fn tell_of_plugins(desk: Arc<Desk>, changes: broadcast::Sender<Change>, shutdown: CancellationToken) {
    let mut plugins = desk.registry.changes();
    while let Some(Ok(())) = shutdown.run_until_cancelled(plugins.changed()).await {
        // Nobody listens while no page is open.
        let _ = changes.send(Change::Plugins);
    }
}

fn port_taken(listen: SocketAddr) -> String {
    format!(
        "cannot serve the dashboard on {listen}; another Foghorn may be running, else choose an address with --listen"
    )
}

async fn serve(listener: TcpListener, source: HostSource, shutdown: CancellationToken) {
    let settings = &source.settings;
    let public = settings.notifications.public_url.as_ref().and_then(|url| url.host_str()).map(str::to_owned);
    let allowed_hosts = settings.allow_hosts.iter().cloned().chain(public).collect();
    let options = foghorn_dashboard::Options { allowed_hosts, ..Default::default() };
    let (control, data_dir) = (Arc::new(source.control()), source.settings.data_dir.clone());
    let source = Arc::new(source);
    let router = foghorn_dashboard::router(source.clone(), control.clone(), &options);
    let local = foghorn_dashboard::local_router(source, control, &options);
    let pages = async {
        // Event streams never end by themselves; pages come back when the host does.
        shutdown.run_until_cancelled(door::serve(listener, router, door::Limits::default())).await;
    };
    let commands = async {
        let served = match socket::path_in(&data_dir) {
            Ok(path) => socket::serve(path, local, shutdown.clone()).await,
            Err(error) => Err(error),
        };
        if let Err(error) = served {
            tracing::warn!(%error, "commands such as foghorn plugin pin cannot reach this host; its dashboard can be used");
        }
    };
    tokio::join!(pages, commands);
}

/// Drops what is too old once a minute, and what is too much as soon as it is.
async fn retain(store: Store, shutdown: CancellationToken) {
    let mut tick = interval(LOOK_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut retained: Option<Instant> = None;
    while shutdown.run_until_cancelled(tick.tick()).await.is_some() {
        let is_due = retained.is_none_or(|at| at.elapsed() >= RETAIN_EVERY);
        if let Err(error) = retain_if(&store, is_due, &mut retained).await {
            tracing::warn!(%error, "old data could not be dropped; it is tried again");
        }
    }
}

async fn retain_if(store: &Store, is_due: bool, retained: &mut Option<Instant>) -> Result<(), StoreError> {
    if is_due || store.is_over_bound().await? {
        store.retain(now_ns()).await?;
        *retained = Some(Instant::now());
    }
    Ok(())
}
