//! Containers: the row that the landing page shows, and the whole of one.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AlertCard, ContainerPlugins, Event, ScorePoint, Severity, Time, WindowRow};

/// A container as the landing page shows it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ContainerCard {
    /// `host/project/service` or `host/name`.
    pub identity: String,
    pub state: State,
    /// Its last scores in order of time, at most about 60; empty while it learns.
    pub scores: Vec<ScorePoint>,
    /// Mean over the last minutes. `None` when nothing was read yet.
    pub lines_per_minute: Option<f64>,
    pub last_line: Option<Time>,
    /// The worst severity among its open alerts.
    pub worst_open: Option<Severity>,
}

/// What Foghorn does with a container.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum State {
    /// Lines are collected; nothing is scored before `cycles_needed` cycles succeeded.
    Learning {
        cycles_done: u32,
        cycles_needed: u32,
        /// When the last cycle is expected to be done, if that can be said.
        ready_expected: Option<Time>,
    },
    /// Every window is scored.
    Watching,
    /// It runs and could be scored, but has written nothing for longer than usual.
    Silent { since: Time },
    /// It does not run.
    Stopped { since: Time },
    /// Its log cannot be read.
    Unreadable {
        /// One sentence in lowercase: what was found and what to do.
        reason: String,
    },
}

/// One container with what is known of it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Container {
    pub card: ContainerCard,
    /// How its log is read; `None` where it was not since the host was started.
    pub way: Option<Way>,
    /// Its cycles, the newest first.
    pub cycles: Vec<Cycle>,
    /// Its windows, the newest first.
    pub windows: Vec<WindowRow>,
    pub windows_total: u64,
    /// Its alerts, open and resolved, the newest first.
    pub alerts: Vec<AlertCard>,
    pub pipeline: Pipeline,
    /// What happened to its plugins and models lately; the newest first.
    pub events: Vec<Event>,
}

impl Container {
    /// Its alerts that last.
    pub fn open_alerts(&self) -> Vec<&AlertCard> {
        self.alerts.iter().filter(|card| card.resolved.is_none()).collect()
    }

    /// Its alerts that are over.
    pub fn past_alerts(&self) -> Vec<&AlertCard> {
        self.alerts.iter().filter(|card| card.resolved.is_some()).collect()
    }
}

/// How a log is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "by", rename_all = "lowercase")]
pub enum Way {
    /// Out of the engine's files: nothing is missed.
    Files,
    /// Through the engine's API, which leaves lines out where files are rotated faster than they are read.
    Engine {
        /// Why not out of the files: completes "because".
        because: String,
    },
}

/// One training, successful or not.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Cycle {
    /// Counted from 1 over the life of the container, failed ones too.
    pub number: u64,
    /// When it ended.
    pub ended: Time,
    pub seconds: f64,
    pub outcome: CycleOutcome,
}

/// How a cycle ended.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum CycleOutcome {
    /// It made a generation.
    Succeeded { generation: u64, windows: u64, lines: u64 },
    /// It changed nothing.
    Failed {
        /// One sentence in lowercase.
        reason: String,
    },
}

/// The plugins of a container, and their settings.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Pipeline {
    pub plugins: ContainerPlugins,
    /// Effective settings of the container.
    pub settings: Vec<Setting>,
}

/// One plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Plugin {
    pub slot: Slot,
    pub name: String,
    pub plugin_version: String,
    /// Of its bytes, in hex.
    pub digest: String,
}

/// What a plugin is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Slot {
    Vectorizer,
    Detector,
    Thresholds,
}

impl Slot {
    /// In the order in which a window passes them.
    pub const ALL: [Self; 3] = [Self::Vectorizer, Self::Detector, Self::Thresholds];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vectorizer => "vectorizer",
            Self::Detector => "detector",
            Self::Thresholds => "thresholds",
        }
    }
}

/// One setting in effect. Never a secret: the host leaves those out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Setting {
    pub key: String,
    pub value: String,
    /// Where it comes from: `default`, `file`, `label`, `environment`, `flag`.
    pub origin: String,
}
