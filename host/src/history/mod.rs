//! History: lines, scored windows and training runs over time, for training, for people, for alerts.
//!
//! Promises of every backend, checked by one suite (`history::suite`):
//! - `put_windows` with the same windows again changes nothing: a window is keyed by its container and its first line.
//! - Reads are bounded by a limit and come in order.
//!
//! Left out: how lines come into history. Where it is embedded they are there with the stream's `append`; a server takes
//! them out of the spool.

mod embedded;
mod passage;
mod spooled;
mod step;
#[cfg(test)]
pub(crate) mod suite;
#[cfg(test)]
mod tests;

use crate::identity::Identity;
use crate::line::Lines;
use crate::spool::ServerError;
use crate::stream::Batch;
pub use passage::Passage;
pub use spooled::{Patience, SpooledHistory};
pub use step::{Step, Steps};

/// 0 nothing, then by rising alarm. What the thresholds plugin answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Severity {
    #[default]
    None = 0,
    Info = 1,
    Warning = 2,
    Critical = 3,
}

impl Severity {
    pub fn from_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::None),
            1 => Some(Self::Info),
            2 => Some(Self::Warning),
            3 => Some(Self::Critical),
            _ => None,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// What a generation said of a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// As the detector gave it; higher is stranger.
    pub score: f32,
    /// The threshold that held, on the same scale.
    pub threshold: f32,
    pub severity: Severity,
    /// The generation that scored.
    pub generation: u64,
}

impl Verdict {
    /// The score as it is published: 1.0 is the threshold.
    pub fn scaled(&self) -> f32 {
        self.score / self.threshold
    }
}

/// A window as history keeps it. Its lines are `first_seq .. end_seq` of the container.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowRecord {
    pub first_seq: u64,
    pub end_seq: u64,
    pub begin_ns: u64,
    pub end_ns: u64,
    /// How many of the lines were written to stderr.
    pub stderr_lines: u32,
    /// `None` while the container is still learning.
    pub verdict: Option<Verdict>,
    /// Part of an alert: left out of training.
    pub in_alert: bool,
}

/// How one cycle went.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct TrainingRecord {
    /// The generation that was made, or would have been.
    pub generation: u64,
    pub begun_ns: u64,
    pub duration_ms: u64,
    /// Windows learned in this cycle.
    pub windows: u64,
    pub lines: u64,
    /// `None` when it succeeded; else what went wrong, for people.
    pub failure: Option<String>,
    /// Figures of the plugins (`stats`), for people.
    pub stats: Vec<(String, f64)>,
}

/// Lines, windows and training runs of all containers, over time.
#[async_trait::async_trait]
pub trait History: Send + Sync {
    /// The lines `from_seq .. end_seq` of a container that are still kept, at most `lines_max`. The batch begins at the
    /// first line kept; `None` where none is. It may end early where the text is long (64 MiB).
    async fn lines(
        &self,
        identity: &Identity,
        from_seq: u64,
        end_seq: u64,
        lines_max: usize,
    ) -> Result<Option<Batch>, HistoryError>;

    /// Stores windows of a container; windows stored before under the same first line are replaced.
    async fn put_windows(&self, identity: &Identity, windows: Vec<WindowRecord>) -> Result<(), HistoryError>;

    /// Windows that begin in `from_ns .. until_ns`, oldest first; the newest `limit` of them.
    async fn windows(
        &self,
        identity: &Identity,
        from_ns: u64,
        until_ns: u64,
        limit: usize,
    ) -> Result<Vec<WindowRecord>, HistoryError>;

    /// Windows whose first line is `from_seq` or later, oldest first, the oldest `limit` of them: what a cycle learns from.
    async fn windows_from(
        &self,
        identity: &Identity,
        from_seq: u64,
        limit: usize,
    ) -> Result<Vec<WindowRecord>, HistoryError>;

    /// The windows that begin in `steps`, summed up step by step.
    async fn steps(&self, identity: &Identity, steps: Steps) -> Result<Vec<Step>, HistoryError> {
        steps.read(self, identity).await
    }

    async fn put_training(&self, identity: &Identity, run: TrainingRecord) -> Result<(), HistoryError>;

    /// The newest `limit` cycles of a container, oldest first.
    async fn trainings(&self, identity: &Identity, limit: usize) -> Result<Vec<TrainingRecord>, HistoryError>;
}

/// The lines of one stored window, for a page or for a reason.
pub async fn window_lines(
    history: &dyn History,
    identity: &Identity,
    window: &WindowRecord,
) -> Result<Lines, HistoryError> {
    let lines_max = usize::try_from(window.end_seq - window.first_seq).unwrap_or(usize::MAX);
    let batch = history.lines(identity, window.first_seq, window.end_seq, lines_max).await?;
    Ok(batch.map(|batch| batch.lines).unwrap_or_default())
}

/// Why history could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    #[error(transparent)]
    Server(#[from] ServerError),
}
