//! What the host keeps beside each instance.

use std::fmt;

use super::bindings::types;
use super::fault::Label;
use super::log::Log;
use super::meter::Meter;
use super::wasi::Wasi;

/// The data of one store.
pub(super) struct State {
    pub(super) meter: Meter,
    pub(super) log: Log,
    /// Made at the first look: most plugins never look.
    wasi: Option<Box<Wasi>>,
}

impl State {
    pub(super) fn new(plugin: Label, memory_bytes_max: usize) -> Self {
        Self { meter: Meter::new(memory_bytes_max), log: Log::new(plugin), wasi: None }
    }

    pub(super) fn wasi(&mut self) -> &mut Wasi {
        self.wasi.get_or_insert_with(|| Box::new(Wasi::new()))
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("meter", &self.meter).field("log", &self.log).finish_non_exhaustive()
    }
}

/// The interface holds only types.
impl types::Host for State {}
