//! Foghorn's built-in vectorizer: learns what lines usually look like and turns windows into rows of numbers.
//!
//! A line is masked and hashed in one pass (`scan`, `line`), a window is counted (`bag`), what was learned is plain
//! counts (`learned`), and a row says how far the window's counts are from the usual ones (`columns`). Plain TF-IDF is blind
//! to what was never seen, to what did not come, and to usual lines in an unusual relation; the figures before the TF-IDF
//! buckets are for these.
//!
//! Promises: no chance and no clock; the same calls give the same bytes natively and as a component; any bytes are taken;
//! every table is bounded. Nothing is imported from the host. Left out: grouping templates by similarity, other
//! languages' words of failure, the meaning of numbers.

mod bag;
mod bytes;
mod classes;
mod columns;
#[cfg(target_family = "wasm")]
mod component;
mod counter;
mod error;
mod explain;
mod habits;
mod hash;
mod json;
mod lanes;
mod learned;
mod line;
mod ln;
mod novelty;
mod packed;
mod ratios;
#[cfg(not(target_family = "wasm"))]
pub mod reading;
mod scan;
mod session;
pub mod settings;
mod severity;
mod shape;
mod sizes;
mod state;
mod terms;
mod text;
mod view;

pub use columns::Without;
pub use error::Error;
pub use explain::Term;
pub use packed::Windows;
pub use session::{Rows, Session};
pub use settings::Settings;
pub use severity::Level;
pub use state::FORMAT;
