//! Bindings to the contract in `wit/`.
//!
//! The three worlds of the contract are bound as one, because their types are the same: one set of Rust types serves all
//! slots. An instance only ever takes the interfaces of its own slot out of it. Parameters are borrowed, so that packed
//! batches go to a component in one copy.

// Made by a macro: what is not used and how it is written is not ours to change.
#![allow(
    clippy::all,
    clippy::pedantic,
    unreachable_pub,
    missing_debug_implementations,
    unused_qualifications,
    dead_code
)]

wasmtime::component::bindgen!({
    inline: "
        package foghorn:slots;

        world slots {
            import foghorn:plugin/host@0.1.0;
            export foghorn:plugin/lifecycle@0.1.0;
            export foghorn:plugin/vectorizer@0.1.0;
            export foghorn:plugin/detector@0.1.0;
            export foghorn:plugin/thresholds@0.1.0;
        }
    ",
    path: "../wit",
    world: "foghorn:slots/slots",
    ownership: Borrowing { duplicate_if_necessary: true },
});

pub(super) use self::foghorn::plugin::{host, types};
pub(super) use exports::foghorn::plugin::{detector, lifecycle, thresholds, vectorizer};
