//! An example vectorizer: columns that you write yourself.
//!
//! Each rule is a name and a regular expression; its column is how many lines a minute match. One column more counts all
//! lines. Nothing is guessed: what no rule speaks of is not seen. Made for `examples/rates`, works with any detector.
//!
//! Promises: time linear in the text whatever the expressions are (`regex-lite` never backtracks); any bytes are taken, those
//! that are not UTF-8 match as U+FFFD. Left out: captured numbers, rules over several lines.

#[cfg(target_family = "wasm")]
mod component;
mod rule;
mod session;
mod settings;

pub use session::{FORMAT, Session, Term};
pub use settings::Settings;
