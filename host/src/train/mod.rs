//! Training: when a cycle is due (`schedule`), what it reads (`material`) and what it does (`cycle`).

pub mod cycle;
pub mod material;
pub mod schedule;
