//! Watches what an instance takes, and remembers that it was denied more: a trap alone does not say why.

use wasmtime::ResourceLimiter;

use super::engine::TABLE_ELEMENTS_MAX;

/// Core instances, tables and memories of one component. A guest with an interpreter inside is linked of a dozen or more.
const PARTS_MAX: usize = 64;

/// Limits of one store.
#[derive(Debug)]
pub(super) struct Meter {
    memory_bytes_max: usize,
    /// All linear memories together; they never shrink.
    pub(super) memory_bytes: usize,
    pub(super) denied: bool,
}

impl Meter {
    pub(super) fn new(memory_bytes_max: usize) -> Self {
        Self { memory_bytes_max, memory_bytes: 0, denied: false }
    }

    /// What all memories of the instance take. They never shrink, so this is also the most they took.
    pub(super) fn memory_bytes(&self) -> usize {
        self.memory_bytes
    }
}

impl ResourceLimiter for Meter {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        let more = self.memory_bytes.saturating_add(desired.saturating_sub(current));
        let allowed = more <= self.memory_bytes_max && maximum.is_none_or(|maximum| desired <= maximum);
        if allowed {
            self.memory_bytes = more;
        } else {
            self.denied = true;
        }
        Ok(allowed)
    }

    fn table_growing(&mut self, _: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= TABLE_ELEMENTS_MAX && maximum.is_none_or(|maximum| desired <= maximum))
    }

    fn instances(&self) -> usize {
        PARTS_MAX
    }

    fn tables(&self) -> usize {
        PARTS_MAX
    }

    fn memories(&self) -> usize {
        PARTS_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_memories_together_are_limited() {
        let mut meter = Meter::new(100);
        assert!(meter.memory_growing(0, 60, None).unwrap());
        assert!(meter.memory_growing(0, 40, None).unwrap());
        assert!(!meter.denied);
        assert!(!meter.memory_growing(60, 61, None).unwrap());
        assert!(meter.denied);
        assert_eq!(meter.memory_bytes(), 100, "what was denied was not taken");
    }

    #[test]
    fn a_memory_that_sets_itself_a_maximum_is_held_to_it() {
        assert!(!Meter::new(100).memory_growing(0, 60, Some(50)).unwrap());
    }
}
