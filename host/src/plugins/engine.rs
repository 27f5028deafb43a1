//! The one wasmtime engine of the process, and the clock by which calls are stopped.
//!
//! Choices that were measured: synchronous calls without support for concurrency cost a third of the default; epochs cost
//! 18 to 30 % and are the price of stopping any loop; the reservation of 4 GiB a memory stays, or bounds checks double the
//! cost of loops. Instances come from a pool (a third of the time of on-demand ones); where the address space for the pool
//! cannot be had, they are made on demand.

use std::time::Duration;
use std::{io, thread};

use wasmtime::{Config, Enabled, Engine, EngineWeak, PoolingAllocationConfig};

use super::limits::Limits;

/// Time between two ticks of the clock, milliseconds.
const TICK_MS: u64 = 5;

/// Stack of a component, bytes. Recursion deeper than that is a fault.
const STACK_BYTES_MAX: usize = 512 << 10;

/// Elements of a component's tables: function pointers. Guests with an interpreter inside need thousands.
pub(super) const TABLE_ELEMENTS_MAX: usize = 20_000;

/// Memory of a slot in the pool that stays with the process when an instance goes, bytes. With 16 MiB, 1.65 GiB stayed after 400.
const KEEP_RESIDENT_BYTES: usize = 256 << 10;

/// Why there is no plugin host.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error("wasmtime cannot start: {0}")]
    Wasmtime(String),
    #[error("the thread that stops late plugins cannot start: {0}")]
    Ticker(#[source] io::Error),
    #[error("the threads that compile plugins cannot start: {0}")]
    Compilers(#[from] rayon::ThreadPoolBuildError),
}

/// Makes the engine and starts its clock.
pub(super) fn start(limits: &Limits) -> Result<Engine, EngineError> {
    let engine = make(limits, &config())?;
    let weak = engine.weak();
    thread::Builder::new().name("plugin-clock".into()).spawn(move || tick(&weak)).map_err(EngineError::Ticker)?;
    Ok(engine)
}

/// Makes an engine whose calls nothing can stop.
pub(super) fn start_without_deadlines(limits: &Limits) -> Result<Engine, EngineError> {
    make(limits, config().epoch_interruption(false))
}

fn make(limits: &Limits, config: &Config) -> Result<Engine, EngineError> {
    match Engine::new(config.clone().allocation_strategy(pool(limits))) {
        Ok(engine) => Ok(engine),
        Err(error) => {
            tracing::warn!(error = %error, instances_max = limits.instances_max, "no pool for plugin instances; making them on demand");
            Engine::new(config).map_err(|error| EngineError::Wasmtime(error.to_string()))
        }
    }
}

/// Ticks to allow for a deadline. One more than fit, because the first may come at once.
pub(super) fn ticks(deadline_ms: u64) -> u64 {
    deadline_ms.div_ceil(TICK_MS) + 1
}

fn config() -> Config {
    let mut config = Config::new();
    config
        .concurrency_support(false)
        .epoch_interruption(true)
        .max_wasm_stack(STACK_BYTES_MAX)
        .wasm_relaxed_simd(false)
        .wasm_memory64(false);
    config
}

/// A component with resources or imports is several core instances, each with tables of its own.
fn pool(limits: &Limits) -> PoolingAllocationConfig {
    let instances = limits.instances_max;
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(instances)
        .total_core_instances(instances.saturating_mul(4))
        .total_memories(instances)
        .total_tables(instances.saturating_mul(4))
        .total_stacks(1)
        .table_elements(TABLE_ELEMENTS_MAX)
        .max_memory_size(limits.scoring.memory_bytes_max.max(limits.training.memory_bytes_max))
        .linear_memory_keep_resident(KEEP_RESIDENT_BYTES)
        .pagemap_scan(Enabled::Auto);
    pool
}

/// Runs until the engine is gone.
fn tick(engine: &EngineWeak) {
    while let Some(engine) = engine.upgrade() {
        engine.increment_epoch();
        drop(engine);
        thread::sleep(Duration::from_millis(TICK_MS));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn the_clock_ends_with_the_engine() {
        let engine = Engine::new(&config()).unwrap();
        let weak = engine.weak();
        let clock = thread::spawn(move || tick(&weak));
        drop(engine);
        let waiting = Instant::now();
        while !clock.is_finished() && waiting.elapsed() < Duration::from_secs(5) {
            thread::sleep(Duration::from_millis(1));
        }
        assert!(clock.is_finished());
    }

    #[test]
    fn a_pool_too_large_for_the_address_space_is_done_without() {
        let limits = Limits { instances_max: 1_000_000, ..Limits::default() };
        assert!(start(&limits).unwrap().pooling_allocator_metrics().is_none());
        assert!(start(&Limits::default()).unwrap().pooling_allocator_metrics().is_some());
    }

    #[test]
    fn a_deadline_is_never_cut_short() {
        assert_eq!([ticks(0), ticks(1), ticks(5), ticks(6)], [1, 2, 2, 3]);
    }
}
