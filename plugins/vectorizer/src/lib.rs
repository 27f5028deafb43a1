//! Foghorn's built-in vectorizer.
mod bag;
mod bytes;
mod counter;
pub mod error;
mod features;
mod hash;
mod json;
mod learned;
mod line;
pub mod packed;
mod scan;
pub mod session;
mod severity;
mod shape;
mod terms;
mod text;
