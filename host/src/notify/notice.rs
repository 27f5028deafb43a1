//! What is told of an alert: the same for every sink, which writes it for its receiver.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::alert::Kind;
use crate::history::Severity;

/// Why something is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Say {
    /// It is new.
    Opened,
    /// It was over, and is there again.
    Regressed,
    /// It became worse.
    Escalated,
    /// It still lasts.
    Ongoing,
    /// It is over.
    Resolved,
    /// It came and went before anything could be told.
    Passed,
    /// Nothing is wrong: somebody tries the way.
    Test,
}

impl Say {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Regressed => "regressed",
            Self::Escalated => "escalated",
            Self::Ongoing => "ongoing",
            Self::Resolved => "resolved",
            Self::Passed => "passed",
            Self::Test => "test",
        }
    }

    /// Whether nothing lasts any more after it.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Resolved | Self::Passed)
    }
}

/// A link that does one thing, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// What a button says: `real`, `normal`, `snooze`.
    pub verb: String,
    pub url: String,
}

/// One thing to tell. Text of `reason` and `lines` comes from logs and is hostile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// The same however often it is sent: receivers may drop a second one.
    pub key: String,
    pub say: Say,
    pub alert: u64,
    /// Stays the same for the same failure of the same container, over restarts of both.
    pub fingerprint: String,
    pub kind: Kind,
    pub severity: Severity,
    /// Identity of the container: host, project and service, or host and name.
    pub container: String,
    /// Its labels that begin with `foghorn.`, without that.
    pub labels: BTreeMap<String, String>,
    /// Why, in one sentence.
    pub reason: String,
    /// The two or three lines that made it.
    pub lines: Vec<String>,
    /// Windows that showed it since it was opened last, and how often it was opened.
    pub windows: u64,
    pub episodes: u32,
    /// The highest score, scaled so that 1.0 is the threshold.
    pub peak: f32,
    /// Nanoseconds since the Unix epoch.
    pub opened_ns: u64,
    pub last_ns: u64,
    pub resolved_ns: Option<u64>,
    /// What was not told of it since the last notice.
    pub suppressed: u64,
    /// Its page, where the address of the dashboard is known.
    pub url: Option<String>,
    pub links: Vec<Link>,
}
