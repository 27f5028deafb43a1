//! What the thresholds promise, from the outside.

mod hostile;
mod month;
mod repeatable;
mod shift;
mod stream;
