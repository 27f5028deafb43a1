//! What is known without any model: the engine tells of the container, and its lines come as they usually do or do not.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::Instant;

use super::{News, Watch, WatchError};
use crate::alert::cadence::Cadence;
use crate::alert::release::Release;
use crate::alert::signal::{Signal, SignalKind};
use crate::alert::vitals::Vitals;
use crate::clock::now_ns;
use crate::collect::{Happening, What};
use crate::history::Severity;
use crate::run::saved::alert_to_store;
use crate::store::StoreError;

/// How often the cadence is stored.
const STORE_EVERY: Duration = Duration::from_secs(60);

/// What is watched beside the lines' text.
#[derive(Debug)]
pub(super) struct Senses {
    vitals: Vitals,
    cadence: Cadence,
    /// Whether the clock may say something of silence.
    is_live: bool,
    stored: Instant,
    /// What lasted when the host stopped, and is not known to any more.
    lost: Vec<SignalKind>,
}

impl Senses {
    /// `lasting` is what lasted when the host stopped.
    pub(super) fn new(cadence: Cadence, lasting: &[SignalKind]) -> Self {
        let known: Vec<SignalKind> = cadence.lasting().collect();
        let of_cadence = [SignalKind::Silent, SignalKind::Surge, SignalKind::Ebb];
        let is_lost = |kind: &SignalKind| of_cadence.contains(kind) && !known.contains(kind);
        let lost = lasting.iter().copied().filter(is_lost).collect();
        let vitals = Vitals::resumed(lasting.iter().copied());
        Self { vitals, cadence, is_live: false, stored: Instant::now(), lost }
    }

    /// What the cadence of the last minute knew went with the host: what still holds is said again.
    fn give_up_lost(&mut self, now_ns: u64) -> Vec<Signal> {
        let text = "the host was started again";
        let over = |kind| Signal { kind, time_ns: now_ns, severity: Severity::None, text: text.into(), over: true };
        self.lost.drain(..).map(over).collect()
    }
}

impl Watch {
    /// The engine told of the container.
    pub(super) async fn hear_engine(&mut self, told: &News) -> Result<(), WatchError> {
        if let Some((from, to)) = told.deployed.clone() {
            let until_ns = now_ns().saturating_add(self.shared.settings.quiet.deploy_grace.as_ns());
            self.event("deployed", format!("the image {to} runs instead of {from}")).await?;
            let mut bench = self.take_bench();
            bench.deployed(Release::new(from, to, until_ns));
            self.put_bench(bench);
        }
        let mut signals = Vec::new();
        for &happening in &told.happened {
            signals.extend(self.senses.vitals.hear(happening));
        }
        if told.gone {
            let removed = Happening { time_ns: now_ns(), what: What::Removed };
            signals.extend(self.senses.vitals.hear(removed));
            signals.extend(self.senses.cadence.interrupt(removed.time_ns));
        }
        Ok(self.raise(&signals).await?)
    }

    /// Lines came, with these times.
    pub(super) async fn sense_lines(&mut self, times: &[u64]) -> Result<(), StoreError> {
        let signals = self.senses.cadence.lines(times);
        self.raise(&signals).await
    }

    /// Time passes.
    pub(super) async fn sense_clock(&mut self) -> Result<(), StoreError> {
        let now = now_ns();
        let mut signals = self.senses.give_up_lost(now);
        signals.extend(self.senses.vitals.pass(now));
        let is_live = self.caught_up
            && !self.unread
            && self.senses.vitals.is_running()
            && self.shared.engine_answers.load(Ordering::Relaxed);
        let senses = &mut self.senses;
        signals.extend(match (is_live, std::mem::replace(&mut senses.is_live, is_live)) {
            (true, true) => senses.cadence.pass(now),
            // Lines that the engine had stored are not late, and what does not run is not silent.
            (true, false) | (false, true) => senses.cadence.interrupt(now),
            (false, false) => Vec::new(),
        });
        self.raise(&signals).await?;
        if self.senses.stored.elapsed() >= STORE_EVERY {
            self.keep_cadence().await?;
        }
        Ok(())
    }

    pub(super) async fn keep_cadence(&mut self) -> Result<(), StoreError> {
        self.senses.stored = Instant::now();
        self.shared.store.put_cadence(&self.identity, self.senses.cadence.clone()).await
    }

    /// Signals become alerts, or parts of some.
    pub(super) async fn raise(&mut self, signals: &[Signal]) -> Result<(), StoreError> {
        if signals.is_empty() {
            return Ok(());
        }
        let mut bench = self.take_bench();
        let changed: Vec<_> = signals.iter().filter_map(|signal| bench.signal(signal)).collect();
        self.put_bench(bench);
        for signal in signals {
            let (kind, text, over) = (signal.kind.as_str(), &signal.text, signal.over);
            tracing::warn!(container = %self.identity, kind, text, over, "signal");
        }
        let mut stored = Vec::new();
        for alert in &changed {
            stored.push(alert_to_store(&self.identity, alert)?);
        }
        if !stored.is_empty() {
            self.shared.store.put_alerts(stored).await?;
            self.tell(true);
        }
        Ok(())
    }
}
