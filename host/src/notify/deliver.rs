//! Gets notices to their sinks: one task a sink, in order, again and again until each has arrived or is given up.
//!
//! A notice that arrived and whose answer was lost, or was not stored before the host ended, is sent again: its key is the same, so a receiver can
//! tell. A sink that is slow or away delays nobody but itself.

use std::time::Duration;

use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::notice::Notice;
use super::sinks::{Outcome, Sink};
use crate::clock::now_ns;
use crate::store::{Attempt, Delivery, EventRecord, Store, StoreError};
use foghorn_dashboard::Change;

/// Between two attempts: the first, doubled each time, and the most.
const WAIT_FIRST: Duration = Duration::from_secs(1);
const WAIT_MAX: Duration = Duration::from_secs(600);

/// How long a notice is tried: a day, in nanoseconds. Whoever was away for longer looks at the dashboard anyway.
const TRY_NS: u64 = 86_400_000_000_000;

/// How often it is looked whether something waits.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Begins a task for each sink.
pub fn start(
    sinks: Vec<Sink>,
    store: &Store,
    changes: &broadcast::Sender<Change>,
    tasks: &TaskTracker,
    shutdown: &CancellationToken,
) {
    for sink in sinks {
        let courier = Courier { sink, store: store.clone(), changes: changes.clone() };
        tasks.spawn(courier.run(shutdown.clone()));
    }
}

struct Courier {
    sink: Sink,
    store: Store,
    changes: broadcast::Sender<Change>,
}

impl Courier {
    async fn run(self, shutdown: CancellationToken) {
        loop {
            let wait = match self.deliver_next(&shutdown).await {
                Ok(wait) => wait,
                Err(error) => {
                    tracing::error!(sink = self.sink.name(), %error, "notices cannot be delivered; it is tried again");
                    WAIT_FIRST
                }
            };
            if shutdown.run_until_cancelled(tokio::time::sleep(wait)).await.is_none() {
                return;
            }
        }
    }

    /// Sends the oldest notice, if one waits and its time has come; returns how long there is nothing to do.
    async fn deliver_next(&self, shutdown: &CancellationToken) -> Result<Duration, StoreError> {
        let Some(delivery) = self.store.next_delivery(self.sink.name()).await? else { return Ok(LOOK_EVERY) };
        let wait_ns = delivery.next_ns.saturating_sub(now_ns());
        if wait_ns > 0 {
            return Ok(Duration::from_nanos(wait_ns).min(LOOK_EVERY));
        }
        let notice: Notice = match serde_json::from_value(delivery.notice.clone()) {
            Ok(notice) => notice,
            Err(error) => {
                let why = format!("it cannot be read: {error}");
                self.store.put_attempt(delivery.id, Attempt::Failed, why, now_ns()).await?;
                return Ok(Duration::ZERO);
            }
        };
        // What was begun when the host ends is done again after the next start.
        let Some(outcome) = shutdown.run_until_cancelled(self.sink.send(&notice, now_ns() / 1_000_000_000)).await
        else {
            return Ok(Duration::ZERO);
        };
        self.settle(&delivery, outcome).await?;
        Ok(Duration::ZERO)
    }

    async fn settle(&self, delivery: &Delivery, outcome: Outcome) -> Result<(), StoreError> {
        let (sink, now_ns) = (self.sink.name(), now_ns());
        let (attempt, answer) = match outcome {
            Outcome::Delivered(answer) => (Attempt::Delivered, answer),
            Outcome::Refused(why) => (Attempt::Failed, why),
            Outcome::Later { why, .. } if now_ns.saturating_sub(delivery.made_ns) >= TRY_NS => {
                (Attempt::Failed, format!("given up after a day: {why}"))
            }
            Outcome::Later { why, after } => {
                let wait = after.unwrap_or_default().max(backoff(delivery.id, delivery.attempts));
                let wait_ns = u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX);
                (Attempt::Later { next_ns: now_ns.saturating_add(wait_ns) }, why)
            }
        };
        match &attempt {
            Attempt::Delivered => tracing::info!(sink, alert = delivery.alert, "notice delivered"),
            Attempt::Later { .. } => {
                tracing::warn!(sink, alert = delivery.alert, answer, "notice not delivered; it is tried again");
            }
            Attempt::Failed => {
                let text = format!("a notice of alert {} did not reach {sink}: {answer}", delivery.alert);
                tracing::error!("{text}");
                let event = EventRecord { time_ns: now_ns, identity: None, kind: "notice".into(), text };
                self.store.put_events(vec![event]).await?;
            }
        }
        self.store.put_attempt(delivery.id, attempt, answer, now_ns).await?;
        // Nobody listens while no page is open.
        let _ = self.changes.send(Change::Alerts);
        Ok(())
    }
}

/// After so many attempts that failed; up to a quarter less, so that what failed together does not come back together.
fn backoff(id: u64, attempts: u64) -> Duration {
    let doubled = WAIT_FIRST.saturating_mul(1 << attempts.min(16));
    let wait = doubled.min(WAIT_MAX);
    let spread = id.wrapping_add(attempts).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56;
    wait - wait.mul_f64(0.25 * spread as f64 / 256.0)
}

#[cfg(test)]
mod tests;
