//! The vectorizer from outside: what rows, terms and states promise.

mod detection;
mod explain;
mod hostile;
mod learning;
mod novelty;
mod windows;
