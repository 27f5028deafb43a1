//! Plugins from elsewhere: a file, an HTTPS address, a registry; brought into the plugins directory.
//!
//! Promises:
//! - Nothing is written before the bytes were checked against the digest that was named, loaded and asked what they are
//!   (`plugins::Plugins::load`), and shown to who may still say no (`Candidate`).
//! - No answer is larger than a component may be, no transfer takes longer than `Bounds` say, and no byte goes over plain
//!   HTTP to another machine.
//! - A name means one thing: a component of the same name and version with another digest is refused, never replaced.
//! - A login goes to the registry it was given for, and nowhere else.
//!
//! `source`, `layout` and `follow` decide without asking anybody; `http` and `registry` fetch; `shelf` is the plugins directory. Left
//! out: signatures, and pushing.

mod candidate;
mod fetch;
mod follow;
mod http;
mod layout;
mod login;
mod provenance;
mod registry;
mod shelf;
mod source;

#[cfg(test)]
mod tests;

pub use candidate::{Candidate, Installed};
pub use fetch::{Bounds, FetchError, Fetched, Fetcher};
pub use http::HttpError;
pub use layout::LayoutError;
pub use login::{Login, LoginError, Logins};
pub use provenance::Provenance;
pub use shelf::{Shelf, ShelfError};
pub use source::{Source, SourceError, Wanted};
