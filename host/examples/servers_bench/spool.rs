//! The spool: what an append costs alone, and beside forwarders that read what was just written.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use foghorn::spool::{Forwarder, Marks, Sink as _};
use foghorn::store::{Store, StoreOptions};
use foghorn::stream::{SpooledStream, Stream};
use foghorn_test_servers::influx::Influx;
use foghorn_test_servers::redis::Redis;
use tokio_util::sync::CancellationToken;

use crate::forward::all_taken;
use crate::logs::{Log, lines};
use crate::table::{Row, heading};
use crate::{Outcome, influx, redis};

/// Lines of one container in one append.
const BATCH: usize = 500;
const ROUNDS: usize = 5;

/// Logs, and a store that holds them.
pub(crate) struct Filled {
    pub(crate) store: Store,
    pub(crate) logs: Vec<Log>,
}

pub(crate) async fn filled(dir: &Path, logs: Vec<Log>) -> Outcome<Filled> {
    let store = Store::open(&StoreOptions::new(dir))?;
    append_all(&store, &logs).await?;
    Ok(Filled { store, logs })
}

pub(crate) async fn measure(dir: &Path, logs: &[Log]) -> Outcome<()> {
    println!("\nSpool, appends of {BATCH} lines of each container; {ROUNDS} rounds");
    let mut rows =
        ["append alone", "append while both servers are fed", "append, and until both have all"].map(Row::new);
    for _ in 0..ROUNDS {
        rows[0].add(alone(dir, logs).await?);
        let (appended, taken) = fed(dir, logs).await?;
        rows[1].add(appended);
        rows[2].add(taken);
    }
    heading(&["append alone"]);
    let [alone, appended, taken] = &rows;
    alone.print(&[]);
    appended.print(&[alone]);
    taken.print(&[alone]);
    Ok(())
}

async fn alone(dir: &Path, logs: &[Log]) -> Outcome<f64> {
    let store = Store::open(&StoreOptions::new(dir))?;
    let rate = append_all(&store, logs).await?;
    drop(store);
    std::fs::remove_dir_all(dir)?;
    Ok(rate)
}

/// Lines per second of appending, and of appending and forwarding.
async fn fed(dir: &Path, logs: &[Log]) -> Outcome<(f64, f64)> {
    let (redis_server, influx_server) = (Redis::start()?, Influx::start()?);
    let (redis, influx) = (redis::open(&redis_server)?, influx::open(influx_server.url())?);
    let store = Store::open(&StoreOptions::new(dir))?;
    store.use_sinks(vec![(redis.name(), false), (influx.name(), true)]).await?;
    let appended = Arc::new(Marks::default());
    let forwarders = [
        Forwarder::new(store.clone(), redis, Arc::clone(&appended)),
        influx::forwarder(&store, &influx, Arc::clone(&appended)),
    ];
    let shutdown = CancellationToken::new();
    let taken = forwarders.each_ref().map(Forwarder::taken);
    let running = forwarders.map(|forwarder| tokio::spawn(forwarder.run(shutdown.clone())));
    let begun = Instant::now();
    let rate = append_all(&SpooledStream::new(store, appended, None), logs).await?;
    for taken in taken {
        all_taken(&taken, logs).await?;
    }
    let elapsed = begun.elapsed();
    shutdown.cancel();
    for ended in running {
        ended.await?;
    }
    influx::all_are_there(&influx_server, logs)?;
    std::fs::remove_dir_all(dir)?;
    Ok((rate, lines(logs) as f64 / elapsed.as_secs_f64()))
}

/// Lines per second. All containers in one append, one append at a time.
async fn append_all(stream: &dyn Stream, logs: &[Log]) -> Outcome<f64> {
    let begun = Instant::now();
    for from in (0..logs[0].len()).step_by(BATCH) {
        stream.append(logs.iter().map(|log| log.append(from..from + BATCH)).collect()).await?;
    }
    Ok(lines(logs) as f64 / begun.elapsed().as_secs_f64())
}
