//! Foghorn's built-in vectorizer.
pub mod error;
pub mod packed;
mod bag;
mod bytes;
mod counter;
mod features;
mod hash;
mod json;
mod learned;
mod line;
mod scan;
pub mod session;
mod severity;
mod shape;
mod terms;
mod text;
