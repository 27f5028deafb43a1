//! Telling people: what is said of an alert, when, to whom, and by which way it goes out.
//!
//! Deciding is pure and apart from sending: `policy` decides what is said, `quiet` knows when nothing is, `notifier` asks both about each alert that
//! changed. `notice` is what is said, in words and figures of no particular receiver; `route` says who gets it, `sinks` write and send it, `deliver` does
//! so until it has arrived.

pub mod audience;
pub mod deliver;
pub mod link;
pub mod notice;
pub mod notifier;
pub mod policy;
pub mod quiet;
pub mod route;
pub mod sign;
pub mod sinks;
