//! The vectorizer from outside: what rows, terms and states promise.

mod explain;
mod hostile;
mod learning;
mod novelty;
mod windows;
