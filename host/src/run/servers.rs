//! Servers that keep streams and history, as configured: opened, asked, given what they lack.
//!
//! A server that refuses us is a setting to be mended, and stops the start; one that is away is waited for while the host
//! runs.

use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use futures_util::future::join_all;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::keeper::Keeper;
use crate::history::{History, Patience, SpooledHistory};
use crate::influx::Influx;
use crate::redis::RedisStreams;
use crate::settings::Settings;
use crate::settings::servers::Servers as Named;
use crate::spool::{Forwarder, Health, Marks, ServerError, Sink};
use crate::store::{Store, StoreError};
use crate::stream::{Far, Reader, SpooledStream, Stream};

/// How long training waits for InfluxDB, and how long pages do.
const PATIENT: Duration = Duration::from_secs(60);
const QUICK: Duration = Duration::from_secs(2);

/// How long lines for Redis wait for company: less than anyone notices, and a tenth of the writes for a host of many
/// quiet containers.
const REDIS_LINGER: Duration = Duration::from_millis(10);

/// How long a server is asked at the start, and by `doctor`.
const ASK_MAX: Duration = Duration::from_secs(5);

/// Asks a server whether it can be used, for a short while.
pub(crate) async fn ask(sink: &dyn Sink) -> Result<String, ServerError> {
    let silent = || ServerError::Away(format!("{} does not answer within {} s", sink.name(), ASK_MAX.as_secs()));
    timeout(ASK_MAX, sink.check()).await.unwrap_or_else(|_| Err(silent()))
}

/// The servers that the settings name.
pub(crate) struct Servers {
    redis: Option<Arc<RedisStreams>>,
    influx: Option<Arc<Influx>>,
}

/// A server as the dashboard sees it.
#[derive(Debug, Clone)]
pub(crate) struct ServerView {
    pub(crate) sink: Arc<dyn Sink>,
    pub(crate) health: watch::Receiver<Health>,
}

/// What the host runs on.
pub(crate) struct Backends {
    pub(crate) stream: Arc<dyn Stream>,
    pub(crate) history: Arc<dyn History>,
    /// For pages: a browser would rather see less than wait.
    pub(crate) quick_history: Arc<dyn History>,
    pub(crate) servers: Vec<ServerView>,
}

impl Servers {
    /// Opens what the settings name, without asking the servers. They get the data of the store with this id.
    pub(crate) fn named(settings: &Settings, store_id: u64) -> Result<Self, ServerError> {
        let Named { redis, influx, .. } = &settings.servers;
        let redis = redis.as_ref().map(|redis| RedisStreams::open(redis, store_id)).transpose()?;
        let influx = influx.as_ref().map(|influx| Influx::open(influx, store_id, &settings.data_dir)).transpose()?;
        Ok(Self { redis: redis.map(Arc::new), influx: influx.map(Arc::new) })
    }

    pub(crate) fn sinks(&self) -> Vec<Arc<dyn Sink>> {
        let redis = self.redis.clone().map(|redis| redis as Arc<dyn Sink>);
        let influx = self.influx.clone().map(|influx| influx as Arc<dyn Sink>);
        redis.into_iter().chain(influx).collect()
    }

    /// Asks all servers whether they can be used. One that is away, or silent, does not stop the start.
    pub(crate) async fn check(&self) -> anyhow::Result<()> {
        let sinks = self.sinks();
        for (sink, answer) in sinks.iter().zip(join_all(sinks.iter().map(|sink| ask(&**sink))).await) {
            match answer {
                Ok(detail) => tracing::info!(server = sink.name(), detail, "server answers"),
                Err(ServerError::Away(why)) => {
                    tracing::warn!(server = sink.name(), why, "the server is away; lines wait in the spool");
                }
                Err(ServerError::Refused(why)) => bail!(why),
            }
        }
        Ok(())
    }

    /// From now on the store keeps what these servers lack.
    pub(crate) async fn register(&self, store: &Store) -> Result<(), StoreError> {
        store.use_sinks(self.names()).await
    }

    /// Makes the servers known, without anything being kept for them yet.
    pub(crate) async fn introduce(&self, store: &Store) -> Result<(), StoreError> {
        store.know_sinks(self.names()).await
    }

    /// The name of each, and whether it takes records beside lines.
    fn names(&self) -> Vec<(&'static str, bool)> {
        let redis = self.redis.iter().map(|redis| (redis.name(), false));
        redis.chain(self.influx.iter().map(|influx| (influx.name(), true))).collect()
    }

    /// Refuses to move to InfluxDB where the bound on the spool would drop lines that were never copied there.
    pub(crate) async fn check_room(&self, settings: &Settings, store: &Store) -> anyhow::Result<()> {
        let Some(influx) = &self.influx else {
            return Ok(());
        };
        if store.uses_sink(influx.name()).await? {
            return Ok(());
        }
        let (held, backlog) = (store.line_bytes().await?, store.backlog(influx.name()).await?);
        let bound = settings.servers.spool_size;
        if backlog.lines > 0 && held > bound.bytes {
            bail!(
                "the data directory holds {} MiB of lines, {} of which are not in InfluxDB, and the spool may hold {bound}: copy \
                 them first with `foghorn history copy`, or allow more with --spool-size",
                held >> 20,
                backlog.lines,
            );
        }
        Ok(())
    }

    /// The forwarder of each server.
    pub(crate) fn forwarders(&self, settings: &Settings, store: &Store, appended: &Arc<Marks>) -> Vec<Forwarder> {
        let forwarder = |sink: Arc<dyn Sink>| Forwarder::new(store.clone(), sink, Arc::clone(appended));
        let redis = self.redis.clone().map(|redis| forwarder(redis).with_linger(REDIS_LINGER));
        let linger = settings.servers.influx.as_ref().map(|influx| influx.flush_interval.as_duration());
        let influx = self
            .influx
            .clone()
            .map(|influx| forwarder(influx.clone()).with_records(influx).with_linger(linger.unwrap_or_default()));
        redis.into_iter().chain(influx).collect()
    }

    /// Starts to forward; gives the stream and the history to run on.
    pub(crate) fn start(
        &self,
        settings: &Settings,
        store: &Store,
        tasks: &TaskTracker,
        shutdown: &CancellationToken,
    ) -> Backends {
        let appended = Arc::new(Marks::default());
        let mut servers = Vec::new();
        let mut far = None;
        for forwarder in self.forwarders(settings, store, &appended) {
            let (name, health) = (forwarder.name(), forwarder.health());
            if let Some(redis) = self.redis.as_ref().filter(|redis| redis.name() == name) {
                let reader: Arc<dyn Reader> = redis.clone();
                far = Some(Far { reader, sink: name, taken: forwarder.taken(), health: health.clone() });
                let stream_lines = settings.servers.redis.as_ref().map_or(u32::MAX, |redis| redis.stream_lines);
                let keeper = Keeper::new(store.clone(), Arc::clone(redis), health.clone(), stream_lines);
                let shutdown = shutdown.clone();
                tasks.spawn(async move { shutdown.run_until_cancelled(keeper.run()).await });
            }
            servers.push(ServerView { sink: forwarder.sink(), health });
            tasks.spawn(forwarder.run(shutdown.clone()));
        }
        let stream = Arc::new(SpooledStream::new(store.clone(), appended, far));
        let history = |limit| match servers.last() {
            Some(server) => self.history(store, Patience::UpTo(limit, server.health.clone())),
            None => self.history(store, Patience::Strict),
        };
        Backends { stream, history: history(PATIENT), quick_history: history(QUICK), servers }
    }

    /// Where history is read: in InfluxDB too where it is configured.
    pub(crate) fn history(&self, store: &Store, patience: Patience) -> Arc<dyn History> {
        match &self.influx {
            Some(influx) => Arc::new(SpooledHistory::new(store.clone(), influx.clone(), patience)),
            None => Arc::new(store.clone()),
        }
    }
}
