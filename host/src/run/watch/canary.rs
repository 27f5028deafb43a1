//! When the canary flies, and what comes of it.

use std::time::Duration;

use tokio::time::Instant;

use super::{Watch, WatchError, blocking};
use crate::alert::signal::SignalKind;
use crate::clock::now_ns;
use crate::judge::{Tally, faults_of};

/// The first one after a start of the host does not wait for the whole interval.
const FIRST_AFTER: Duration = Duration::from_secs(600);

#[derive(Debug)]
pub(super) struct Cage {
    pub(super) tally: Tally,
    due: Instant,
}

impl Cage {
    /// `lasting` is what lasted when the host stopped.
    pub(super) fn new(interval: Option<Duration>, lasting: &[SignalKind]) -> Self {
        let tally = if lasting.contains(&SignalKind::Blind) { Tally::blind() } else { Tally::default() };
        Self { tally, due: Instant::now() + interval.unwrap_or(FIRST_AFTER).min(FIRST_AFTER) }
    }
}

impl Watch {
    /// Lets the canary fly if it is time, between two batches.
    pub(super) async fn fly_canary(&mut self) -> Result<(), WatchError> {
        let Some(interval) = self.shared.settings.canary else { return Ok(()) };
        if Instant::now() < self.cage.due || self.unread || self.serving_generation().is_none() {
            return Ok(());
        }
        self.cage.due = Instant::now() + interval.as_duration();
        let mut bench = self.take_bench();
        let (bench, flown) = blocking(move || {
            let flown = bench.canary(now_ns());
            (bench, flown)
        })
        .await;
        self.put_bench(bench);
        match flown {
            Ok(Some(canary)) => {
                tracing::info!(container = %self.identity, found = canary.found, took = ?canary.took, "canary");
                let signal = self.cage.tally.take(canary, now_ns());
                self.raise(signal.as_slice()).await?;
                self.publish();
            }
            Ok(None) => {}
            Err(error) => {
                self.event("canary", format!("the plugins failed on trouble made on purpose: {error}")).await?;
                self.report(&faults_of(&error)).await?;
            }
        }
        Ok(())
    }
}
