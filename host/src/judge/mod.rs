//! Where windows are judged: what serves a container, who is compared with it, and how the one comes to be the other.
//!
//! A window is judged by exactly one generation; a switch happens between two windows (`switch`). A plugin can only fail itself
//! (`serving`). Candidates, and the generation before a changed plugin, judge the same windows beside it and alert nobody (`rival`,
//! `comparison`); what people said of alerts holds for whoever serves next (`promises`), and trouble made on purpose must still be found (`canary`); a changed plugin that alarms far more often than the one before, or never, goes again (`probation`).
//!
//! Calls block and are meant for worker threads. Nothing here is stored: who judges hands out what is to be kept.

mod bench;
mod canary;
mod comparison;
mod drift;
mod probation;
mod promises;
mod report;
mod rival;
pub mod rules;
mod serving;
mod switch;
mod votes;

pub use bench::{Bench, Judgement};
pub use canary::{Canary, Tally};
pub use comparison::{Comparison, Effort, correlation};
pub use drift::{Drift, Reading};
pub use promises::{EXAMPLES_MAX, Example};
pub use report::{Fault, Report, faults_of};
pub use rival::{FAULTS_MAX, Rival};
pub use switch::{Next, NextGate, Probation, Retired, WentBack};
pub use votes::Vote;
