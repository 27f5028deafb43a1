//! Plugins as the pages show them: what can be chosen, what was chosen for each container and why, what it costs, and how a
//! candidate compares.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Event, Listing, Plugin, Slot, Time};

/// All plugins that can be chosen, and what was left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Plugins {
    /// The directory that is watched; `None` where only the built-in plugins are used.
    pub directory: Option<String>,
    /// By slot, then by name, then by version.
    pub known: Vec<KnownPlugin>,
    /// Files that cannot be used.
    pub refused: Vec<RefusedFile>,
    /// What every container uses, by identity; as many as were asked for. The pages show those that differ from the default.
    pub choices: Listing<ContainerPlugins>,
    /// What happened lately, on all containers; the newest first.
    pub events: Vec<Event>,
}

/// One plugin of the catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct KnownPlugin {
    pub plugin: Plugin,
    /// One sentence of its author: hostile text.
    pub summary: String,
    pub size_bytes: u64,
    /// Interfaces that it asks of the host; empty for most.
    pub imports: Vec<String>,
    /// Version of the contract it was built for, such as `0.1.0`.
    pub contract: String,
    /// A path, or `built-in`.
    pub source: String,
    pub state_format: u32,
    /// Containers that it serves now.
    pub containers: u64,
    /// Why it may not be used any more.
    pub quarantine: Option<Quarantine>,
}

/// A plugin that failed too often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Quarantine {
    pub since: Time,
    /// One sentence in lowercase: the last fault.
    pub reason: String,
    pub faults: u64,
}

/// A file of the directory that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RefusedFile {
    pub path: String,
    /// One sentence in lowercase: what was found and what to do.
    pub reason: String,
}

/// The plugins of one container.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ContainerPlugins {
    pub identity: String,
    /// The generation that scores; `None` while it learns its first.
    pub generation: Option<u64>,
    /// The generation that `rollback` returns to; `None` where none is kept.
    pub previous: Option<u64>,
    /// In the order of the slots.
    pub slots: Vec<ChosenPlugin>,
    /// How far what was learned can be trusted.
    #[serde(default)]
    pub model: Model,
    /// A candidate that is tried beside what serves.
    pub shadow: Option<Shadow>,
    /// The generation before, which scores beside a switched one for a while: it is returned to when alerts explode or cease.
    pub probation: Option<Comparison>,
}

impl ContainerPlugins {
    /// Whether nothing else than the default plugins was chosen.
    pub fn is_default(&self) -> bool {
        self.slots.iter().all(|slot| slot.origin == "default" && slot.note.is_none())
    }
}

/// How far what was learned of a container can be trusted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Model {
    /// What a person should know, each one sentence in lowercase: too little to learn from, too repetitive, refused.
    pub notes: Vec<String>,
    /// New models that were refused since the host was started.
    pub refused: u64,
    /// `None` while too few windows were scored.
    pub drift: Option<Drift>,
}

/// How far the newest scores are from those of the training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Drift {
    /// 0 the same, 1 apart.
    pub distance: f64,
    /// The newest windows that were compared.
    pub windows: u64,
    /// What that means: `like the training`.
    pub words: String,
}

/// What fills one slot of a container.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChosenPlugin {
    pub plugin: Plugin,
    /// As it was written: `iforest@latest`.
    pub wanted: String,
    /// Where that was written: `pin`, `flag`, `label`, `file`, `default`.
    pub origin: String,
    /// What a person should know: that it is still being trained, or that the choice cannot be followed and why.
    pub note: Option<String>,
    pub cost: Cost,
}

/// What a plugin has used in one container since the host started, or since it began to serve there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Cost {
    pub calls: u64,
    pub faults: u64,
    /// Time of a call, microseconds: median and 99th percentile. `None` before the first call.
    pub p50_us: Option<f64>,
    pub p99_us: Option<f64>,
    /// Linear memory of its instance now, and the most it ever had, bytes.
    pub memory_bytes: u64,
    pub memory_peak_bytes: u64,
}

/// A candidate that scores the same windows and alerts nobody.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Shadow {
    pub candidate: Plugin,
    pub since: Time,
    pub phase: ShadowPhase,
    pub comparison: Comparison,
}

/// How far a candidate has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum ShadowPhase {
    /// It is being trained.
    Training,
    /// It scores.
    Scoring,
    /// It gave up.
    Failed {
        /// One sentence in lowercase.
        reason: String,
    },
}

/// Two generations on the same windows: what serves, and the other one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Comparison {
    /// Windows that both have scored.
    pub windows: u64,
    /// Windows on which they differ: one alarms, the other does not.
    pub differ: u64,
    /// Windows on which both alarm, on which only the other one does, and on which only what serves does.
    pub kept: u64,
    pub added: u64,
    pub removed: u64,
    /// Spearman's rank correlation of the newest scores, −1 to 1; `None` where there are too few.
    pub correlation: Option<f64>,
    /// Median time to score a window, microseconds.
    pub serving_us: Option<f64>,
    pub other_us: Option<f64>,
    /// Most linear memory of the instances, bytes.
    pub serving_memory_bytes: u64,
    pub other_memory_bytes: u64,
    /// Faults of the other one.
    pub faults: u64,
    /// The newest windows: score of what serves and score of the other one, 1.0 is the threshold of each.
    pub scores: Vec<(f32, f32)>,
}

impl Comparison {
    /// Windows on which what serves alarms.
    pub fn serving_alarms(&self) -> u64 {
        self.kept + self.removed
    }

    /// Windows on which the other one alarms.
    pub fn other_alarms(&self) -> u64 {
        self.kept + self.added
    }
}

/// One slot, as forms name it.
pub fn slot_of(text: &str) -> Option<Slot> {
    Slot::ALL.into_iter().find(|slot| slot.as_str() == text)
}
