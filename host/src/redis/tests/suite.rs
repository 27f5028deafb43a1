//! The suite of all streams, over lines that come the way they do in a host: into the store, forwarded, and then taken
//! away from the store, so that only Redis has them.

use std::sync::Arc;

use rusqlite::Connection;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::spool::{Forwarder, Marks};
use crate::store::{Store, StoreOptions};
use crate::stream::{self, Append, Far, SpooledStream, Stream, StreamError};

const LIMIT: Duration = Duration::from_secs(30);

struct OnlyInRedis {
    stream: SpooledStream,
    taken: Arc<Marks>,
    dir: TempDir,
}

#[async_trait::async_trait]
impl Stream for OnlyInRedis {
    async fn append(&self, entries: Vec<Append>) -> Result<Vec<u64>, StreamError> {
        let ends: Vec<_> = entries.iter().map(|entry| (entry.identity.clone(), entry.lines.len() as u64)).collect();
        let firsts = self.stream.append(entries).await?;
        for ((identity, lines), first) in ends.iter().zip(&firsts) {
            assert!(
                *lines == 0 || self.taken.passes(identity, first + lines - 1, LIMIT).await,
                "{identity} is forwarded"
            );
        }
        Connection::open(self.dir.path().join("foghorn.db")).unwrap().execute("DELETE FROM block", []).unwrap();
        Ok(firsts)
    }

    async fn cursor(&self, identity: &Identity) -> Result<Option<Vec<u8>>, StreamError> {
        self.stream.cursor(identity).await
    }

    async fn read(&self, identity: &Identity, from_seq: u64, lines_max: usize) -> Result<Option<Batch>, StreamError> {
        self.stream.read(identity, from_seq, lines_max).await
    }

    async fn acknowledge(&self, identity: &Identity, seq: u64) -> Result<(), StreamError> {
        self.stream.acknowledge(identity, seq).await
    }

    async fn acknowledged(&self, identity: &Identity) -> Result<u64, StreamError> {
        self.stream.acknowledged(identity).await
    }
}

async fn run(url: &str) {
    let dir = TempDir::new().unwrap();
    let store = Store::open(&StoreOptions::new(dir.path())).unwrap();
    store.use_sinks(vec![("Redis", false)]).await.unwrap();
    let redis = Arc::new(open(url));
    let appended: Arc<Marks> = Arc::default();
    let forwarder = Forwarder::new(store.clone(), redis.clone(), Arc::clone(&appended));
    let (taken, health) = (forwarder.taken(), forwarder.health());
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(forwarder.run(shutdown.clone()));
    let far = Far { reader: redis, sink: "Redis", taken: Arc::clone(&taken), health };
    let stream = SpooledStream::new(store, appended, Some(far));
    stream::suite::run(&OnlyInRedis { stream, taken, dir }).await;
    shutdown.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn redis_is_a_stream() {
    let Some(server) = server() else { return };
    run(&server.url()).await;
}

#[tokio::test]
async fn a_cluster_is_a_stream() {
    if is_installed() {
        run(&fixture::Cluster::start(3).unwrap().url()).await;
    }
}
