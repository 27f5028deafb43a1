//! What happened to Foghorn itself: a training that failed, a plugin that was switched, quarantined or rolled back.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Time;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Event {
    pub time: Time,
    /// Identity of the container; `None` where it concerns the host.
    pub container: Option<String>,
    /// A word or two, such as `quarantined`; an open list.
    pub kind: String,
    /// One sentence in lowercase. Hostile: it may hold what a plugin said.
    pub text: String,
}
