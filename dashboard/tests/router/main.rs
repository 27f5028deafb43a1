//! The whole router without a socket, over a source in memory.

mod acts;
mod attend;
mod fake;
mod harness;
mod hostile;
mod live;
mod pages;
mod plugins;
mod reads;
mod safety;
mod upload;
