//! What judges the windows of one stream in a replay.

use std::sync::atomic::AtomicU64;
use std::time::Instant;

use super::series::{Done, Times};
use crate::alert::lifecycle::{Open, Strange};
use crate::alert::normal::Reference;
use crate::alert::{Reason, reason};
use crate::history::{Severity, Verdict};
use crate::pipeline::gate::Gate;
use crate::pipeline::live::Live;
use crate::train::cycle::CycleError;
use crate::window::Windows;

/// What judges one stream.
pub(super) struct Judging {
    pub(super) live: Live,
    pub(super) gate: Gate,
    pub(super) open: Open,
    pub(super) ids: AtomicU64,
    pub(super) reference: Reference,
}

impl Judging {
    pub(super) fn judge(&mut self, windows: &Windows, times: &mut Times) -> Result<Vec<Verdict>, CycleError> {
        let begun = Instant::now();
        let rows = self.live.rows(windows)?;
        times.vectorize += begun.elapsed();
        let begun = Instant::now();
        let scores = self.live.score_known(windows, &rows)?;
        let verdicts = self.gate.decide(&scores, &windows.ends)?;
        times.score += begun.elapsed();
        Ok(verdicts)
    }

    /// Explains a strange window and makes it part of an alert.
    pub(super) fn take_in(
        &mut self,
        windows: &Windows,
        index: usize,
        verdict: &Verdict,
        done: &mut Done,
    ) -> Result<Option<Reason>, CycleError> {
        self.open.pass(windows.begins[index]);
        if verdict.severity == Severity::None {
            return Ok(None);
        }
        let begun = Instant::now();
        let reason = self.explain(windows, index, verdict)?;
        done.times.explain += begun.elapsed();
        let range = windows.range(index);
        let strange = Strange::new(
            self.live.generation.number,
            self.live.generation.pipeline.labels(),
            verdict,
            range.start as u64 + 1..range.end as u64 + 1,
            windows.ends[index],
            reason.clone(),
        );
        let ids = &self.ids;
        let next_id = || ids.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        let taken = self.open.strange(&strange, next_id);
        done.alerts += taken.alerts.iter().filter(|alert| alert.windows == 1).count();
        Ok(Some(reason))
    }

    /// Why a window is strange, whether it alarmed or not.
    pub(super) fn explain(&mut self, windows: &Windows, index: usize, verdict: &Verdict) -> Result<Reason, CycleError> {
        Ok(reason::explain(&mut self.live, &windows.select([index]), verdict, &mut self.reference)?)
    }
}
