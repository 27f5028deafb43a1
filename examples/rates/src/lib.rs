//! An example detector: rates that are far outside of what training saw. Made for `examples/rules`.
//!
//! A column is described by the median and the deviation of its training rates. The deviation is the median absolute one, but
//! never less than chance alone would give: a count that comes with a steady rate scatters by its root (Poisson), so a rate of
//! `r` a minute, counted over `m` minutes, scatters by `sqrt(r / m)`; one single event in a window counts for itself. A row's score is
//! the largest distance `d` of its columns in these deviations, as `sqrt(1 + d²)`: beginning at 1 keeps differences between usual rows
//! small. Both sides count: a rate that falls to nothing is strange too.
//!
//! Promises: no chance, so the same rows give the same bytes; hostile rows and states end in an error; incidents in less than half of
//! the training rows do not move the medians far. Nothing is imported. Left out: days and weeks, columns that go together.

#[cfg(target_family = "wasm")]
mod component;
mod model;
mod settings;

pub use model::{FORMAT, Model};
pub use settings::Settings;
