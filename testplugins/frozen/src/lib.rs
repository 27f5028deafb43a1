//! A small, honest detector that uses every function of its slot and of the host.
//!
//! A build of it lies in `host/src/plugins/tests/data/frozen-0.1.0.wasm`, made when the contract was `foghorn:plugin@0.1.0`, with
//! the place of the builder's crates masked. That file is never built again: it stands for the components of others, which
//! must go on working (docs/PLUGIN-CONTRACT.md). This is its source, so that one can see what the file does.
//!
//! A row's score is the sum, over all columns, of its distance from the mean of the training rows.

#[cfg(target_family = "wasm")]
mod component;
