//! The whole way, as users get it: out of the spool, through the forwarder, into the server.

use std::time::{Duration, Instant};

use foghorn::spool::{Forwarder, Marks, Sink};
use foghorn::store::Store;
use tokio_util::sync::CancellationToken;

use crate::Outcome;
use crate::logs::{Log, lines};

/// A round that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(120);

/// Lines per second, from the start of the forwarder until it has put all lines of these containers.
pub(crate) async fn forward_all(forwarder: Forwarder, logs: &[Log]) -> Outcome<f64> {
    let taken = forwarder.taken();
    let shutdown = CancellationToken::new();
    let begun = Instant::now();
    let running = tokio::spawn(forwarder.run(shutdown.clone()));
    all_taken(&taken, logs).await?;
    let elapsed = begun.elapsed();
    shutdown.cancel();
    running.await?;
    Ok(lines(logs) as f64 / elapsed.as_secs_f64())
}

pub(crate) async fn all_taken(taken: &Marks, logs: &[Log]) -> Outcome<()> {
    for log in logs {
        if !taken.passes(&log.identity, log.len() as u64, PATIENCE).await {
            return Err(format!("{} was taken up to line {} only", log.identity, taken.get(&log.identity)).into());
        }
    }
    Ok(())
}

/// Has the sink begin again with the first line.
pub(crate) async fn begin_again(store: &Store, sink: &dyn Sink, takes_records: bool) -> Outcome<()> {
    store.use_sinks(vec![(sink.name(), takes_records)]).await?;
    Ok(store.reset_places(sink.name()).await?)
}
