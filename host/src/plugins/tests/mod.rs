//! Real components in real wasmtime, bad ones above all. They come from `testplugins/`; where they were not built
//! (`cargo xtask test-plugins`), these tests say so and pass.

mod builtin;
mod cached;
mod catalogued;
mod components;
mod faults;
mod loading;
mod native;
mod world;
