//! A sink alone: lines that lie in memory, in so many lanes as the forwarder would use.

use std::sync::Arc;
use std::time::Instant;

use foghorn::spool::{Place, Sink};
use foghorn::stream::Batch;
use tokio::task::JoinSet;

use crate::Outcome;
use crate::logs::{EACH, Log, lines};

/// What one lane puts, one after the other; always the same containers in the same order.
type Lane = Vec<Vec<(Batch, Place)>>;

/// Lines per second. Each lane has its own containers, and each `put` the next `lines_each` lines of all of them.
pub(crate) async fn put_all(sink: Arc<dyn Sink>, logs: &[Log], lines_each: usize) -> Outcome<f64> {
    let lanes: Vec<_> = logs.chunks(logs.len().div_ceil(sink.lanes())).map(|logs| lane(logs, lines_each)).collect();
    let begun = Instant::now();
    let mut under_way = JoinSet::new();
    for lane in lanes {
        under_way.spawn(run(Arc::clone(&sink), lane));
    }
    while let Some(ended) = under_way.join_next().await {
        ended??;
    }
    Ok(lines(logs) as f64 / begun.elapsed().as_secs_f64())
}

fn lane(logs: &[Log], lines_each: usize) -> Lane {
    let put = |from: usize| {
        let batch = |log: &Log| (log.batch(from..EACH.min(from + lines_each)), Place::default());
        logs.iter().map(batch).collect()
    };
    (0..EACH).step_by(lines_each).map(put).collect()
}

async fn run(sink: Arc<dyn Sink>, lane: Lane) -> Outcome<()> {
    let mut places = vec![Place::default(); lane[0].len()];
    for mut put in lane {
        for ((_, place), known) in put.iter_mut().zip(places) {
            *place = known;
        }
        places = sink.put(&put).await.into_iter().collect::<Result<_, _>>()?;
    }
    Ok(())
}
