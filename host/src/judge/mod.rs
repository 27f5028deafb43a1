//! Where windows are judged: what serves a container, who is compared with it, and how the one comes to be the other.
//!
//! A window is judged by exactly one generation; a switch happens between two windows (`switch`). A plugin can only fail itself
//! (`serving`). Candidates, and the generation before a changed plugin, judge the same windows beside it and alert nobody (`rival`,
//! `comparison`); a changed plugin that alarms far more often than the one before, or never, goes again (`probation`).
//!
//! Calls block and are meant for worker threads. Nothing here is stored: who judges hands out what is to be kept.

mod bench;
mod comparison;
mod drift;
mod probation;
mod report;
mod rival;
mod serving;
mod switch;

pub use bench::{Bench, Judgement};
pub use comparison::{Comparison, Effort, correlation};
pub use drift::{Drift, Reading};
pub use report::{Fault, Report, faults_of};
pub use rival::{FAULTS_MAX, Rival};
pub use switch::{Next, NextGate, Probation, Retired, WentBack};
