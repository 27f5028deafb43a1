//! End-to-end tests: the built host, a real Docker engine, a real browser.
//!
//! One binary, so that it is linked once. `cargo xtask build` comes first; `cargo xtask test` does both. A test that needs an
//! engine or a browser where there is none says that it was skipped.

mod alert;
mod chaos;
mod components;
mod dashboard;
mod examples;
mod generator;
mod image;
mod kill;
mod labelled;
mod memory;
mod moving;
mod plugins;
mod proxy;
mod replay;
mod scaffold;
