//! What the end-to-end tests share: the host as a process, containers that write what we tell them, a browser.
//!
//! The tests see Foghorn as a user does: by its commands, its dashboard and its JSON. Nothing here opens its files.

pub mod axe;
pub mod browser;
pub mod cast;
pub mod exactly;
pub mod fixture;
pub mod host;
pub mod kept;
pub mod stack;
pub mod wait;
pub mod webdriver;
