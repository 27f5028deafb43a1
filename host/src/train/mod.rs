//! Training: when a cycle is due (`schedule`), what it reads (`material`) and what it does (`cycle`).
//!
//! A new model is examined before it may serve: `probe` makes trouble up, `examiner` asks the components, `separation` and `variety` are the figures,
//! `exam` decides. `refusals` counts.

pub mod cycle;
pub mod exam;
mod examiner;
pub mod material;
pub(crate) mod probe;
pub mod refusals;
pub mod schedule;
pub mod separation;
pub mod variety;

#[cfg(test)]
mod tests;
