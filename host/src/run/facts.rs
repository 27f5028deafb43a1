//! What a watch says of its plugins: written after each batch, read by the dashboard.

use crate::judge::{Comparison, Reading, Tally, Vote};
use crate::pipeline::Pipeline;
use crate::pipeline::resolve::Choice;

/// The plugins of one container.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    /// What was chosen.
    pub(crate) choice: Choice,
    /// What serves, or learns; differs from what was chosen while that is made ready.
    pub(crate) serving: Pipeline,
    /// The generation that scores; `None` while it learns.
    pub(crate) generation: Option<u64>,
    /// The generation to which a roll-back returns.
    pub(crate) previous: Option<u64>,
    pub(crate) model: ModelFacts,
    pub(crate) shadow: Option<ShadowFacts>,
    /// The generation before beside a changed plugin.
    pub(crate) probation: Option<Comparison>,
}

/// How far what was learned can be trusted.
#[derive(Debug, Clone, Default)]
pub(crate) struct ModelFacts {
    /// What a person should know: too little, too repetitive, refused.
    pub(crate) notes: Vec<String>,
    /// Models refused since the host was started.
    pub(crate) refused: u64,
    /// `None` while too few windows were scored.
    pub(crate) drift: Option<Reading>,
    /// How the generations that judge together voted since the newest serves.
    pub(crate) votes: Vec<Vote>,
    /// How trouble made on purpose was found since the host was started.
    pub(crate) canary: Tally,
}

/// A candidate that is tried.
#[derive(Debug, Clone)]
pub(crate) struct ShadowFacts {
    /// As it was written.
    pub(crate) wanted: String,
    /// `None` while it cannot be found.
    pub(crate) candidate: Option<crate::pipeline::Pinned>,
    pub(crate) since_ns: u64,
    pub(crate) phase: Phase,
    pub(crate) comparison: Comparison,
}

/// How far a candidate has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Phase {
    Training,
    Scoring,
    Failed(String),
}
