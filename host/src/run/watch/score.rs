//! The hot path of a watch: reads its stream, cuts windows, has them judged, stores the results.

use tokio_util::sync::CancellationToken;

use super::{CLOCK_GRACE, READ_BYTES, READ_LINES_MAX, Watch, WatchError, blocking, pause};
use crate::alert::Alert;
use crate::clock::now_ns;
use crate::identity::Identity;
use crate::judge::Judgement;
use crate::line::Lines;
use crate::run::saved::{alert_to_store, gate_to_store};
use crate::store::{ScoredCommit, StoreError};
use crate::window::{Cut, Windows, cut};

impl Watch {
    /// Reads once and judges the windows that can be closed now. Many lines wait for their turn, so that no container keeps others waiting for long.
    pub(super) async fn step(&mut self, shutdown: &CancellationToken) -> Result<(), WatchError> {
        self.unread |= self.reach.get().is_some_and(|end_seq| end_seq > self.read_until());
        let memory = self.shared.memory.clone();
        let _turn = if self.unread && !shutdown.is_cancelled() {
            memory.room().await;
            Some(memory.turn().await)
        } else {
            None
        };
        if self.unread {
            let from_seq = self.read_until();
            let batch = self.shared.stream.read(&self.identity, from_seq, self.read_lines).await?;
            // Where it is known how far the stream reaches, it need not be asked whether there is more.
            let is_end = |end_seq: u64| self.reach.get().is_some_and(|reach| end_seq >= reach);
            self.unread = batch.as_ref().is_some_and(|batch| !is_end(batch.end_seq()));
            if let Some(batch) = batch {
                if batch.first_seq != from_seq {
                    self.close_before_gap(from_seq, batch.first_seq, shutdown).await?;
                }
                self.read_lines =
                    next_read(batch.lines.len(), batch.lines.text_bytes(), self.shared.memory.share(READ_BYTES));
                self.sense_lines(batch.lines.times()).await?;
                self.pending.extend_from(&batch.lines, 0..batch.lines.len());
            }
        }
        // While older lines are still to come, only lines close a window.
        let grace_ns = u64::try_from(CLOCK_GRACE.as_nanos()).unwrap_or(u64::MAX);
        let clock = (!self.unread && self.caught_up).then(|| now_ns().saturating_sub(grace_ns));
        let (cuts, taken) = cut(self.shared.settings.window, &self.pending, clock);
        if !cuts.is_empty() {
            self.judge(&cuts, taken, shutdown).await?;
        }
        self.reach.wake_at(self.pending_seq + u64::from(self.shared.settings.window.lines_max));
        if self.unread { Ok(()) } else { self.resolve_quiet().await }
    }

    /// Lines were dropped from the stream because nobody could keep them: what was read before them is judged, and the
    /// next window begins behind them.
    async fn close_before_gap(
        &mut self,
        from_seq: u64,
        first_seq: u64,
        shutdown: &CancellationToken,
    ) -> Result<(), WatchError> {
        let (cuts, taken) = cut(self.shared.settings.window, &self.pending, Some(u64::MAX));
        if !cuts.is_empty() {
            self.judge(&cuts, taken, shutdown).await?;
        }
        self.event("gap", format!("{} lines went before they could be scored", first_seq - from_seq)).await?;
        self.pending = Lines::default();
        self.pending_seq = first_seq;
        Ok(())
    }

    async fn judge(&mut self, cuts: &[Cut], taken: usize, shutdown: &CancellationToken) -> Result<(), WatchError> {
        let mut windows = Windows::default();
        for cut in cuts {
            windows.push(&self.pending, cut);
        }
        let first_seq = self.pending_seq;
        let mut bench = self.take_bench();
        let (bench, mut judgement) = blocking(move || {
            let judgement = bench.judge(&windows, first_seq);
            (bench, judgement)
        })
        .await;
        self.put_bench(bench);
        let learnable = judgement.records.iter().filter(|record| !record.in_alert).map(|record| record.first_seq);
        self.waiting.extend(learnable);
        let alerts_changed = !judgement.alerts.is_empty();
        let (faults, went_back) = (std::mem::take(&mut judgement.faults), judgement.went_back.take());
        super::let_go(std::mem::take(&mut judgement.retired));
        self.commit(judgement, first_seq + taken as u64, shutdown).await?;
        let mut rest = Lines::default();
        rest.extend_from(&self.pending, taken..self.pending.len());
        self.pending = rest;
        self.pending_seq = first_seq + taken as u64;
        self.report(&faults).await?;
        self.went_back = went_back.or(self.went_back.take());
        self.settle_after_return().await?;
        self.publish();
        self.tell(alerts_changed);
        Ok(())
    }

    /// Stores until it is stored: the instances have gone on, so there is no way back but a restart.
    async fn commit(
        &self,
        judgement: Judgement,
        acknowledged_seq: u64,
        shutdown: &CancellationToken,
    ) -> Result<(), WatchError> {
        let commit = self.as_commit(judgement, acknowledged_seq)?;
        while let Err(error) = self.shared.store.commit_scored(commit.clone()).await {
            if shutdown.is_cancelled() || !error.is_transient() {
                return Err(error.into());
            }
            tracing::error!(container = %self.identity, %error, "results could not be stored; it is tried again");
            pause(shutdown).await;
        }
        Ok(())
    }

    fn as_commit(&self, judgement: Judgement, acknowledged_seq: u64) -> Result<ScoredCommit, StoreError> {
        for alert in &judgement.alerts {
            log_alert(&self.identity, alert);
        }
        let events = judgement.events.into_iter().map(|text| self.as_event("plugin", text)).collect();
        Ok(ScoredCommit {
            identity: self.identity.clone(),
            windows: judgement.records,
            thresholds_state: judgement.gate.map(gate_to_store),
            alerts: judgement
                .alerts
                .iter()
                .map(|alert| alert_to_store(&self.identity, alert))
                .collect::<Result<_, _>>()?,
            members: judgement.members,
            normal: judgement.normal,
            evidence: judgement.evidence,
            events,
            acknowledged_seq,
        })
    }

    /// Alerts end by the clock too, when a container has gone quiet.
    async fn resolve_quiet(&mut self) -> Result<(), WatchError> {
        if !self.caught_up {
            return Ok(());
        }
        let mut bench = self.take_bench();
        let resolved = bench.pass(now_ns());
        self.put_bench(bench);
        if resolved.is_empty() {
            return Ok(());
        }
        let mut stored = Vec::new();
        for alert in &resolved {
            log_alert(&self.identity, alert);
            stored.push(alert_to_store(&self.identity, alert)?);
        }
        self.shared.store.put_alerts(stored).await?;
        self.tell(true);
        Ok(())
    }
}

/// How many lines to read after so many of so many bytes, so that they are about `aim` bytes. A few: the next ones may be longer.
fn next_read(lines: usize, bytes: usize, aim: usize) -> usize {
    let fit = lines.max(1).saturating_mul(aim) / bytes.max(1);
    fit.clamp(1, READ_LINES_MAX)
}

fn log_alert(identity: &Identity, alert: &Alert) {
    if alert.windows <= 1 || alert.resolved_ns.is_some() {
        let (id, severity, reason) = (alert.id, alert.severity.as_str(), alert.reason.sentence.escape_debug());
        tracing::warn!(container = %identity, id, severity, status = ?alert.status, windows = alert.windows, %reason, "alert");
    }
}
