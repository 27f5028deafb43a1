//! Telling people: what is said of an alert, when, to whom, and by which way it goes out.
//!
//! Deciding is pure and apart from sending. `notice` is what is said, in words and figures of no particular receiver.

pub mod notice;
