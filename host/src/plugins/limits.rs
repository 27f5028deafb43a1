//! What a plugin may use: memory, time, and the size of what it answers. Everything has a bound, with a unit and a default.

use std::num::NonZero;
use std::thread;

/// Bounds of one instance's calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallLimits {
    /// All linear memories of an instance together, bytes.
    pub memory_bytes_max: usize,
    /// Time that one call may run, milliseconds. Counted in ticks of the engine: a machine that sleeps takes nothing away.
    pub deadline_ms: u64,
    /// Bytes that a plugin may hand to the host in one call, beside what `ROW_BYTES_MAX` allows for each row asked.
    pub answer_bytes_max: usize,
}

/// Bounds of the plugin host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Calls on the way of a line. Default: 64 MiB, 2,000 ms (a batch takes milliseconds; the rest is for a machine whose
    /// cores are all taken), 16 MiB.
    pub scoring: CallLimits,
    /// Calls on the way of a model. Default: 256 MiB, 60,000 ms, 64 MiB.
    pub training: CallLimits,
    /// What `save` may return and `load` may be given, bytes. Default: 32 MiB.
    pub state_bytes_max: usize,
    /// Size of a component's file, bytes. Default: 64 MiB.
    pub component_bytes_max: usize,
    /// Instances at the same time, on all threads. Default: 4,096. Three a container and a few for each training: 1,000 containers,
    /// and room to try another pipeline beside the own of a third of them. One costs 4 GiB of address space, of which there are
    /// 128 TiB, but no memory before it is used.
    pub instances_max: u32,
    /// Threads that compile. Default: half of the processor's, at least 1: scoring goes on beside it.
    pub compile_threads: usize,
}

impl Default for Limits {
    fn default() -> Self {
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        Self {
            scoring: CallLimits { memory_bytes_max: 64 << 20, deadline_ms: 2_000, answer_bytes_max: 16 << 20 },
            training: CallLimits { memory_bytes_max: 256 << 20, deadline_ms: 60_000, answer_bytes_max: 64 << 20 },
            state_bytes_max: 32 << 20,
            component_bytes_max: 64 << 20,
            instances_max: 4_096,
            compile_threads: (threads / 2).max(1),
        }
    }
}

/// Time for the calls that ask a plugin what it is and check its settings, milliseconds.
pub(super) const CARD_DEADLINE_MS: u64 = 1_000;

/// Bytes that one row of an answer may take on average: 4,096 values, with their columns.
pub(super) const ROW_BYTES_MAX: usize = 32 << 10;

impl CallLimits {
    /// Bytes that the host hands over in one call. The component copies them and works beside them.
    pub(super) fn input_bytes_max(&self) -> usize {
        self.memory_bytes_max / 4
    }

    /// Bytes that an answer about `rows` rows may take. Never more than thrice the memory: an honest answer of three
    /// columns is no larger, and lists that lie about one buffer are cut off here.
    pub(super) fn rows_bytes_max(&self, rows: usize) -> usize {
        self.answer_bytes_max
            .saturating_add(rows.saturating_mul(ROW_BYTES_MAX))
            .min(self.memory_bytes_max.saturating_mul(3))
    }
}
