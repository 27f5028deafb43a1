//! Alerts: one for each thing that goes wrong, not one for each window.
//!
//! `reason` says why a window is strange, in terms of its lines; `lifecycle` turns strange windows into alerts that are opened,
//! updated and resolved.

pub mod lifecycle;
pub mod reason;

use crate::history::Severity;
use crate::line::Output;

/// Most places of a term that an alert keeps.
pub const TERM_LINES_MAX: usize = 64;

/// Something in a window that helped to make it strange.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Term {
    /// A masked template, a token or the name of a column. Text from logs: hostile.
    pub text: String,
    /// `template`, `token`, `column` (a count) or `missing` (a usual template that did not come).
    pub kind: String,
    /// The same in every generation and on every host.
    pub id: u64,
    /// In how many of the `of` windows learned it stood.
    pub seen: u64,
    pub of: u64,
    /// Lines of the window where it stands, counted from 0; at most `TERM_LINES_MAX`.
    pub lines: Vec<u32>,
    /// Its share in what is strange, 0 to 1.
    pub weight: f32,
    /// The score without the lines of this term, scaled so that 1.0 is the threshold; `None` where no line carries it or where
    /// nothing would be left.
    pub without: Option<f32>,
}

impl Term {
    /// Counts, shares and silence are signs of many failures; only what was written tells two failures apart.
    pub fn is_written(&self) -> bool {
        matches!(self.kind.as_str(), "template" | "token")
    }
}

/// A line that is shown in a reason.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ShownLine {
    pub time_ns: u64,
    pub output: Output,
    /// Hostile, as all log text; cut where it was long.
    pub text: String,
}

/// Why a window is strange.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Reason {
    /// One sentence for people. Holds text from logs.
    pub sentence: String,
    /// The two or three lines that made it, as they were written.
    pub lines: Vec<ShownLine>,
    /// The heaviest first.
    pub terms: Vec<Term>,
    /// The score without the lines of all written terms, scaled so that 1.0 is the threshold.
    pub without_all: Option<f32>,
}

/// Whether an alert still lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Open,
    Resolved,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Resolved => "resolved",
        }
    }
}

/// The plugins and the window by which an alert's score can be computed again.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Receipt {
    pub generation: u64,
    /// `name@version sha256:digest` of vectorizer, detector and thresholds.
    pub plugins: Vec<String>,
    /// The window's lines in the stream: `first_seq .. end_seq`.
    pub first_seq: u64,
    pub end_seq: u64,
}

/// Something strange that lasts, or lasted.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Alert {
    /// Counts up over all containers of a data directory.
    pub id: u64,
    /// Made of the container and the terms of the first window.
    pub fingerprint: String,
    pub status: Status,
    /// The highest there was.
    pub severity: Severity,
    /// End of the first window and of the newest one, nanoseconds since the Unix epoch.
    pub opened_ns: u64,
    pub last_ns: u64,
    pub resolved_ns: Option<u64>,
    /// Windows that showed it.
    pub windows: u64,
    /// The highest score, scaled so that 1.0 is the threshold.
    pub peak: f32,
    /// Of the strangest window.
    pub reason: Reason,
    pub receipt: Receipt,
    /// Ids of all written terms that ever belonged to it: by them later windows are told to be the same failure.
    pub term_ids: Vec<u64>,
}
