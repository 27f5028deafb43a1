//! The life of an alert: where in it it is, what people said, what was told of it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Time;

/// Where in its life an alert is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    #[default]
    New,
    Ongoing,
    /// It became worse a short time ago.
    Escalating,
    /// It was over, and is there again.
    Regressed,
    Resolved,
}

impl Phase {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Ongoing => "ongoing",
            Self::Escalating => "escalating",
            Self::Regressed => "regressed",
            Self::Resolved => "resolved",
        }
    }
}

/// What a person said that it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Label {
    Real,
    Normal,
}

impl Label {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Real => "real",
            Self::Normal => "normal",
        }
    }
}

/// What people want to hear of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase", tag = "state")]
pub enum Attention {
    #[default]
    Wanted,
    Acknowledged {
        since: Time,
    },
    Snoozed {
        until: Time,
    },
    /// Until it is worse.
    Archived,
}

/// What the engine told, or the pace of lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Sign {
    pub time: Time,
    /// One word or two, such as `died`.
    pub kind: String,
    pub text: String,
}

/// A notice to one sink.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Delivery {
    pub id: u64,
    pub alert: u64,
    /// Why it was told: `opened`, `escalated`, `resolved` …
    pub say: String,
    pub sink: String,
    pub made: Time,
    /// `waiting`, `delivered` or `failed`.
    pub state: String,
    pub attempts: u64,
    /// What the receiver said last. Hostile.
    pub answer: String,
}

/// What was not told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Suppressed {
    pub reason: String,
    pub first: Time,
    pub last: Time,
    pub times: u64,
}

/// Silence that a person asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Mute {
    pub id: u64,
    /// Identity, where `*` stands for any text. Hostile.
    pub container: String,
    pub until: Time,
    /// Hostile.
    pub reason: String,
}
