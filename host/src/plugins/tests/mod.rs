//! Real components in real wasmtime, bad ones above all. They come from `testplugins/`; where they were not built
//! (`cargo xtask test-plugins`), these tests say so and pass.

mod billed;
mod builtin;
mod cached;
mod catalogued;
pub(crate) mod components;
mod faults;
mod frozen;
mod loading;
mod native;
mod registered;
mod world;
