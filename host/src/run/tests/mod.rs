//! Plugins that are replaced, tried, rolled back and quarantined while lines flow, with built components in the real host.

mod canary;
mod faults;
mod labels;
mod links;
mod many;
mod pages;
mod promises;
pub(crate) mod rig;
mod signals;
mod swapping;
mod trials;
mod trust;
