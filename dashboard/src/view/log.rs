//! The log of a container, a page at a time.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Line, Time};

/// Which lines are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogPlace {
    /// The newest ones.
    Newest,
    /// Those before the line with this number.
    Before(u64),
    /// Those after it.
    After(u64),
    /// Those from about this time on.
    At(Time),
}

/// Some lines in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Log {
    pub lines: Vec<NumberedLine>,
    /// Lines were read from this number up to, and without, that one: with a search, more than are given.
    pub read_from: u64,
    pub read_until: u64,
    /// There are older and newer lines than were read.
    pub older: bool,
    pub newer: bool,
}

/// A line with its number, which rises within its container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NumberedLine {
    pub number: u64,
    #[serde(flatten)]
    pub line: Line,
}

/// What a container says, grouped by template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Templates {
    /// Those with the most lines first.
    pub rows: Vec<Template>,
    /// How many there are.
    pub total: u64,
    /// How many of the newest lines were read, and from when.
    pub lines: u64,
    pub from: Option<Time>,
}

/// Lines that differ in their variable parts only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Template {
    /// The same in each alert and on each host.
    pub id: String,
    /// With variable parts masked. Hostile.
    pub text: String,
    /// `error`, `warning` or empty, by the words of its lines.
    pub level: String,
    pub lines: u64,
    /// Among the lines that were read.
    pub first_seen: Time,
    pub last_seen: Time,
    /// Number of its newest line.
    pub newest: u64,
}
