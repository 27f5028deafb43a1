//! Alerts: one for each thing that goes wrong, not one for each window.
//!
//! `reason` says why a window is strange, in terms of its lines: against the nearest usual one (`normal`), by changing the window (`edit`), as
//! little as will do (`fewest`), in a `sentence`. `lifecycle` turns strange windows and signals into alerts that are opened, last, are over and come
//! back; `attend` is what people do with them.

pub mod attend;
pub mod cadence;
mod edit;
mod episode;
mod fewest;
mod home;
mod keys;
pub mod lifecycle;
pub mod normal;
mod order;
mod past;
pub mod reason;
pub mod release;
mod sentence;
pub mod signal;
mod signs;
mod suspects;
#[cfg(test)]
mod tests;
pub mod vitals;

use crate::history::Severity;
use crate::line::Output;

/// An alert is worse when its highest score is so many times what it was when that was last said.
pub const WORSE: f32 = 2.0;

/// Most places of a term that an alert keeps.
pub const TERM_LINES_MAX: usize = 64;

/// Something in a window that helped to make it strange.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Term {
    /// A masked template, a token or the name of a column. Text from logs: hostile.
    pub text: String,
    /// `template`, `token`, `column` (a count), `missing` (a usual template that did not come), `frequency` (a usual template that came more or
    /// less often than in the nearest normal window) or `order` (of lines).
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
    /// The score without this term, scaled so that 1.0 is the threshold; `None` where nothing can be changed for it or where no line would be
    /// left.
    pub without: Option<f32>,
    /// What "without" means here.
    #[serde(default)]
    pub change: Option<Change>,
}

/// What is done to a window so that a term stands in it as in the nearest normal one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// All lines of the term go.
    TakenOut,
    /// Of `from` lines `to` stay.
    Fewer { from: usize, to: usize },
    /// So many lines of the normal window come.
    Added { lines: usize },
    /// The count is as it is there.
    AsUsual,
    /// The lines stand in the order that they have there.
    Ordered,
}

impl Term {
    /// Counts, shares and silence are signs of many failures; only what was written tells two failures apart.
    pub fn is_written(&self) -> bool {
        matches!(self.kind.as_str(), "template" | "token")
    }
}

/// For people, behind a term.
impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TakenOut => f.write_str("taken out"),
            Self::Fewer { from, to: 1 } => write!(f, "1 line instead of {from}"),
            Self::Fewer { from, to } => write!(f, "{to} lines instead of {from}"),
            Self::Added { lines: 1 } => f.write_str("1 more line"),
            Self::Added { lines } => write!(f, "{lines} more lines"),
            Self::AsUsual => f.write_str("with a usual value"),
            Self::Ordered => f.write_str("in the usual order"),
        }
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
    /// The score without all terms, scaled so that 1.0 is the threshold.
    pub without_all: Option<f32>,
    /// The fewest terms that it takes.
    #[serde(default)]
    pub counterfactual: Option<Counterfactual>,
    /// What the window is held against.
    #[serde(default)]
    pub normal: Option<NormalWindow>,
}

/// What the window would score without some of its terms.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Counterfactual {
    /// Places in `Reason::terms`, rising: the fewest without which the score is below 1.0, or those without which it is lowest.
    pub terms: Vec<u32>,
    /// Scaled so that 1.0 is the threshold.
    pub score: f32,
}

/// The normal window that is most like a strange one.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct NormalWindow {
    pub begin_ns: u64,
    pub end_ns: u64,
    /// Scaled so that 1.0 is the threshold of the strange window.
    pub score: f32,
    /// The first ones.
    pub lines: Vec<ShownLine>,
    pub lines_total: u64,
}

impl Reason {
    /// Whether the terms it names are the whole reason: without them the window is below its threshold.
    pub fn is_faithful(&self) -> bool {
        self.counterfactual.as_ref().is_some_and(|found| found.score < 1.0)
    }
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

/// Where in its life an alert is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Seen once.
    New,
    Ongoing,
    /// It became worse a short time ago.
    Escalating,
    Resolved,
    /// It was over, and is there again.
    Regressed,
}

impl Phase {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Ongoing => "ongoing",
            Self::Escalating => "escalating",
            Self::Resolved => "resolved",
            Self::Regressed => "regressed",
        }
    }
}

/// What an alert is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Windows that scored at or above their threshold.
    #[default]
    Log,
    /// What the engine told of the container, or the pace of its lines.
    Signal,
    /// What a new image says that the one before did not.
    Release,
    /// A detector that does not find trouble made on purpose.
    Blind,
}

/// What a person said of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Label {
    Real,
    Normal,
}

/// What a person wants to hear of an alert.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase", tag = "state")]
pub enum Attention {
    #[default]
    Wanted,
    /// Somebody takes care of it: no reminders.
    Acknowledged { since_ns: u64 },
    /// Nothing until then.
    Snoozed { until_ns: u64 },
    /// Nothing until it is worse than it was then.
    Archived { severity: Severity, peak: f32 },
}

/// The plugins and the window by which an alert's score can be computed again. Without plugins there was no window.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Receipt {
    pub generation: u64,
    /// `name@version sha256:digest` of vectorizer, detector and thresholds.
    pub plugins: Vec<String>,
    /// The window's lines in the stream: `first_seq .. end_seq`.
    pub first_seq: u64,
    pub end_seq: u64,
    /// Digest of the case (`receipt`) by which it is computed again; `None` where what serves did not judge alone.
    #[serde(default)]
    pub case: Option<String>,
}

/// Something strange that lasts, or lasted.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Alert {
    /// Counts up over all containers of a data directory.
    pub id: u64,
    /// Made of the container and what was strange first.
    pub fingerprint: String,
    #[serde(default)]
    pub kind: Kind,
    pub status: Status,
    /// The highest there was since it was opened last.
    pub severity: Severity,
    /// When it was opened first, and how often it was.
    #[serde(default)]
    pub first_ns: u64,
    #[serde(default = "once")]
    pub episodes: u32,
    /// End of the first window and of the newest one since it was opened last, nanoseconds since the Unix epoch.
    pub opened_ns: u64,
    pub last_ns: u64,
    pub resolved_ns: Option<u64>,
    /// Windows that showed it since it was opened last, and before.
    pub windows: u64,
    #[serde(default)]
    pub windows_before: u64,
    /// When it became worse last: a higher severity, or twice the score, since it was opened last.
    #[serde(default)]
    pub escalated_ns: Option<u64>,
    /// What the engine told, or the pace of lines, since it was opened last.
    #[serde(default)]
    pub signs: Vec<signal::Sign>,
    /// Of these, what is still wrong until it is said to be right: so long the alert lasts.
    #[serde(default)]
    pub lasting: Vec<signal::SignalKind>,
    #[serde(default)]
    pub label: Option<Label>,
    #[serde(default)]
    pub attention: Attention,
    /// The highest score, scaled so that 1.0 is the threshold.
    pub peak: f32,
    /// What the score is measured by to tell whether it became worse.
    #[serde(default)]
    pub rise_from: f32,
    /// How often in a row it came back soon after it was over.
    #[serde(default)]
    pub flaps: u32,
    /// Of the strangest window that is no other alert's too.
    pub reason: Reason,
    pub receipt: Receipt,
    /// What it is known by (`keys`): what was written, and counts.
    pub term_ids: Vec<u64>,
    #[serde(default)]
    pub marks: Vec<u64>,
    /// Of the kind `Release`: what it collects.
    #[serde(default)]
    pub release: Option<release::Release>,
}

impl Alert {
    pub fn phase(&self) -> Phase {
        episode::phase(self)
    }

    /// What the engine or the pace of lines told since it was opened last, each kind once.
    pub fn kinds_of_signs(&self) -> Vec<signal::SignalKind> {
        let mut kinds: Vec<_> = self.signs.iter().map(|sign| sign.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }
}

fn once() -> u32 {
    1
}
