//! What the pages show, as plain data.
//!
//! The host fills these structs, the templates draw them, `/api/v1` writes them as JSON: one shape for all three. Text
//! that comes from logs is named so; it is hostile, is stored here as it was collected, and becomes harmless where it is
//! drawn (`crate::text`). Scores are scaled: 1.0 is the threshold that held for the window.

mod alert;
mod container;
mod event;
mod life;
mod log;
mod model;
mod plugin;
mod query;
mod system;
mod time;
mod trend;
mod window;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use alert::{Alert, AlertCard, NormalWindow, Receipt, Term, TermKind};
pub use container::{Container, ContainerCard, Cycle, CycleOutcome, Pipeline, Plugin, Setting, Slot, State, Way};
pub use event::Event;
pub use life::{Attention, Delivery, Label, Mute, Phase, Sign, Suppressed};
pub use log::{Log, LogPlace, NumberedLine, Template, Templates};
pub use model::{GenerationReport, Histogram, JudgeReport, ModelReport, ModelRow, RuleReport, VoteRow};
pub use plugin::{
    ChosenPlugin, Comparison, ContainerPlugins, Cost, Drift, KnownPlugin, Model, Plugins, Quarantine, RefusedFile,
    Shadow, ShadowPhase, slot_of,
};
pub use query::AlertQuery;
pub use system::{Behind, ServerFigures, StoreFigures, System};
pub use time::Time;
pub use trend::{Mark, MarkKind, Trend, TrendPoint};
pub use window::{Line, Output, ScorePoint, Window, WindowRow};

/// Some rows of how many there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Listing<T> {
    pub rows: Vec<T>,
    pub total: u64,
}

impl<T> Default for Listing<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), total: 0 }
    }
}

impl<T> Listing<T> {
    /// How many are not among the rows.
    pub fn hidden(&self) -> u64 {
        self.total.saturating_sub(self.rows.len() as u64)
    }
}

/// How bad an alert or a score is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Info,
    Warning,
    Critical,
}

impl Severity {
    /// From the number of the plugin contract; 0, nothing, is `None`, and so is what the contract does not know.
    pub fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Info),
            2 => Some(Self::Warning),
            3 => Some(Self::Critical),
            _ => None,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// How the host itself is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Status {
    /// The name under which identities of this host begin.
    pub host: String,
    /// Version of Foghorn.
    pub host_version: String,
    pub started: Time,
    /// What must work for Foghorn to do its job: engine, store, plugins. Ready means that all are good.
    pub checks: Vec<Check>,
}

impl Status {
    pub fn is_ready(&self) -> bool {
        self.checks.iter().all(|check| check.good)
    }
}

/// One thing that must work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Check {
    /// `docker engine`, `store`, `plugins`.
    pub name: String,
    pub good: bool,
    /// One sentence in lowercase: what is wrong and what to do; or, when good, what is there.
    pub detail: String,
}
