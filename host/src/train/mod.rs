//! Training: when a cycle is due (`schedule`), and what it does (`cycle`).

pub mod schedule;
