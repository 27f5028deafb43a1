//! Servers that keep streams and history, as configured: opened, asked, given what they lack.
//!
//! A server that refuses us is a setting to be mended, and stops the start; one that is away is waited for while the host
//! runs.

use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::keeper;
use crate::history::{History, SpooledHistory};
use crate::influx::Influx;
use crate::redis::RedisStreams;
use crate::settings::Settings;
use crate::settings::servers::Servers as Named;
use crate::spool::{Forwarder, Health, Marks, ServerError, Sink};
use crate::store::{Store, StoreError};
use crate::stream::{Far, Reader, SpooledStream, Stream};

/// How long training and commands wait for InfluxDB, and how long pages do.
pub(crate) const PATIENT: Duration = Duration::from_secs(60);
const QUICK: Duration = Duration::from_secs(2);

/// How long lines for Redis wait for company: less than anyone notices, and a tenth of the writes for a host of many
/// quiet containers.
const REDIS_LINGER: Duration = Duration::from_millis(10);

/// Above this part of `spool_size` the store was never held to it.
const NEVER_BOUND: f64 = 1.25;

/// The servers that the settings name.
pub(crate) struct Servers {
    redis: Option<Arc<RedisStreams>>,
    influx: Option<Arc<Influx>>,
}

/// A server as the dashboard sees it.
#[derive(Debug, Clone)]
pub(crate) struct ServerView {
    pub(crate) name: &'static str,
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

    /// Asks each server whether it can be used. One that is away does not stop the start.
    pub(crate) async fn check(&self) -> anyhow::Result<()> {
        for sink in self.sinks() {
            match sink.check().await {
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
        let redis = self.redis.iter().map(|redis| (redis.name(), false));
        let influx = self.influx.iter().map(|influx| (influx.name(), true));
        store.use_sinks(redis.chain(influx).collect()).await
    }

    /// Refuses to start where the bound on the spool would drop lines that InfluxDB never saw.
    pub(crate) async fn check_room(&self, settings: &Settings, store: &Store) -> anyhow::Result<()> {
        let Some(influx) = &self.influx else {
            return Ok(());
        };
        let (held, backlog) = (store.line_bytes().await?, store.backlog(influx.name()).await?);
        let bound = settings.servers.spool_size;
        if backlog.lines > 0 && held as f64 > bound.bytes as f64 * NEVER_BOUND {
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
                let kept = keeper::keep(store.clone(), Arc::clone(redis), health.clone());
                let shutdown = shutdown.clone();
                tasks.spawn(async move { shutdown.run_until_cancelled(kept).await });
            }
            servers.push(ServerView { name, health });
            tasks.spawn(forwarder.run(shutdown.clone()));
        }
        let stream = Arc::new(SpooledStream::new(store.clone(), appended, far));
        let quick_history = self.history(store, QUICK);
        Backends { stream, history: self.history(store, PATIENT), quick_history, servers }
    }

    /// Where history is read: in InfluxDB too where it is configured.
    pub(crate) fn history(&self, store: &Store, patience: Duration) -> Arc<dyn History> {
        match &self.influx {
            Some(influx) => Arc::new(SpooledHistory::new(store.clone(), influx.clone(), patience)),
            None => Arc::new(store.clone()),
        }
    }
}
