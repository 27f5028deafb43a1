//! Windows, their lines and their scores.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Severity, Time};

/// A window as a table shows it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WindowRow {
    /// Rises with time within its container.
    pub id: u64,
    pub begin: Time,
    pub end: Time,
    pub lines: u64,
    /// Scaled: 1.0 is the threshold. `None` when it was not scored: the container was still learning.
    pub score: Option<f32>,
    /// As the plugin gave it, before scaling. `None` as for `score`.
    pub threshold_raw: Option<f32>,
    /// `None` when it is below the threshold, or was not scored.
    pub severity: Option<Severity>,
    /// The generation that scored it.
    pub generation: Option<u64>,
    /// The alert it belongs to.
    pub alert: Option<u64>,
}

impl WindowRow {
    /// Score and threshold as the plugins gave them.
    pub fn raw(&self) -> Option<(f32, f32)> {
        let threshold = self.threshold_raw?;
        Some((self.score? * threshold, threshold))
    }
}

/// A window with its lines.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Window {
    pub row: WindowRow,
    /// From its first; may be fewer than `row.lines`.
    pub lines: Vec<Line>,
}

/// One log line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Line {
    /// The engine's time stamp.
    pub time: Time,
    pub output: Output,
    /// From a log, hence hostile. Bytes that are not UTF-8 were replaced. A stack trace holds newlines.
    pub text: String,
}

/// Where a container wrote a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Output {
    Stdout,
    Stderr,
}

impl Output {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
        }
    }
}

/// One point of a score chart.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct ScorePoint {
    /// End of the window.
    pub time: Time,
    /// Scaled: 1.0 is the threshold.
    pub score: f32,
    pub severity: Option<Severity>,
}
