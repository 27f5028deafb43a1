//! The suite of all histories, over lines that come the way they do in a host: into the store first, then sent on.

use foghorn_test_servers::influx2::Influx2;

use super::*;
use crate::history;
use crate::store::{Store, StoreOptions};
use crate::stream::{Append, Stream, StreamError};

struct Forwarded<'a> {
    store: Store,
    influx: &'a Influx,
}

#[async_trait::async_trait]
impl Stream for Forwarded<'_> {
    async fn append(&self, entries: Vec<Append>) -> Result<Vec<u64>, StreamError> {
        let firsts = self.store.append(entries.clone()).await?;
        for entry in entries {
            let mut place = Place::default();
            while let Some(batch) = self.store.read(&entry.identity, place.next_seq, 7).await? {
                place = put_from(self.influx, &batch, place).await;
            }
        }
        Ok(firsts)
    }

    async fn cursor(&self, identity: &Identity) -> Result<Option<Vec<u8>>, StreamError> {
        self.store.cursor(identity).await
    }

    async fn read(&self, identity: &Identity, from_seq: u64, lines_max: usize) -> Result<Option<Batch>, StreamError> {
        self.store.read(identity, from_seq, lines_max).await
    }

    async fn acknowledge(&self, identity: &Identity, seq: u64) -> Result<(), StreamError> {
        self.store.acknowledge(identity, seq).await
    }

    async fn acknowledged(&self, identity: &Identity) -> Result<u64, StreamError> {
        self.store.acknowledged(identity).await
    }
}

async fn run(options: real::Options, change: impl Fn(&mut InfluxSettings)) {
    let Some((server, _, dir)) = begin(options) else { return };
    let mut settings = settings(server.url());
    change(&mut settings);
    is_a_history(&settings, dir).await;
}

async fn is_a_history(settings: &InfluxSettings, dir: TempDir) {
    let influx = open(settings, dir.path());
    let store = Store::open(&StoreOptions::new(dir.path())).unwrap();
    history::suite::run(&influx, &Forwarded { store, influx: &influx }).await;
    assert_eq!(influx.rejected_points(), 0);
}

#[tokio::test]
async fn influxdb_1_is_a_history() {
    run(real::Options::default(), |_| {}).await;
}

#[tokio::test]
async fn influxdb_1_is_a_history_with_gzip_and_one_line_a_request() {
    run(real::Options::default(), |settings| {
        settings.gzip = true;
        settings.batch_lines = 1;
        settings.api = InfluxApi::V1;
    })
    .await;
}

/// What is sent in bodies of one line is refused as a whole by no server; the stand-in for 2.x sees both sizes.
#[tokio::test]
async fn the_stand_in_for_influxdb_2_is_a_history() {
    let server = Influx2::start().unwrap();
    for batch_lines in [1, 5_000] {
        server.wipe();
        let dir = TempDir::new().unwrap();
        let token_file = dir.path().join("token");
        std::fs::write(&token_file, Influx2::TOKEN).unwrap();
        let settings = InfluxSettings {
            org: Some("acme".into()),
            token_file: Some(token_file),
            gzip: batch_lines == 1,
            batch_lines,
            ..settings(server.url())
        };
        is_a_history(&settings, dir).await;
    }
}
