//! What became of a container over a span of time, in steps: many windows as few points.

use serde::Serialize;
use utoipa::ToSchema;

use super::Time;

/// Scores and lines of a container from `from` until `until`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Trend {
    pub from: Time,
    pub until: Time,
    /// Length of a step.
    pub step_seconds: f64,
    /// Steps that have windows, in order of time.
    pub points: Vec<TrendPoint>,
    /// What happened meanwhile, in order of time.
    pub marks: Vec<Mark>,
}

/// The windows that begin in one step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct TrendPoint {
    pub begin: Time,
    pub windows: u64,
    /// The highest score; 1.0 is the threshold. `None` where nothing was scored.
    pub score_max: Option<f32>,
    pub score_mean: Option<f32>,
    pub lines: u64,
    pub stderr_lines: u64,
    /// Windows of each severity.
    pub info: u64,
    pub warning: u64,
    pub critical: u64,
}

/// Something on the axis of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Mark {
    pub time: Time,
    pub kind: MarkKind,
    /// One sentence in lowercase. Hostile: it may hold what a plugin said.
    pub text: String,
}

/// What a mark stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum MarkKind {
    /// A cycle made a generation.
    Training,
    /// A cycle failed, or its model was refused.
    Failure,
    /// Another plugin or generation serves.
    Plugin,
}

impl MarkKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Training => "training",
            Self::Failure => "failure",
            Self::Plugin => "plugin",
        }
    }
}
