//! The empty world for components that import `wasi:*`, such as those with a Python or JavaScript interpreter inside.
//!
//! Nothing is reachable: no files, no network, no environment, no arguments; stdin is closed, stdout and stderr go nowhere.
//! Time and chance are the same in every run, so that an alert can be replayed: the wall clock stands still, the other
//! clock goes on by itself at each look, randomness is a fixed sequence. Nobody sleeps: waiting for a time moves the clock
//! there, because a wait inside the host could not be stopped by a deadline.

use sha2::{Digest as _, Sha256};
use std::time::Duration;
use wasmtime::component::{HasSelf, Linker, Resource, ResourceTable};
use wasmtime_wasi::p2::bindings::clocks::monotonic_clock;
use wasmtime_wasi::p2::{DynPollable, Pollable, subscribe};
use wasmtime_wasi::random::Deterministic;
use wasmtime_wasi::{HostWallClock, WasiCtx, WasiCtxView, WasiView};

use super::state::State;

/// What the wall clock shows: 2000-01-01, seconds since the Unix epoch.
const WALL_CLOCK_S: u64 = 946_684_800;

/// How far the monotonic clock goes at each look, nanoseconds.
const STEP_NS: u64 = 1_000;

/// Handles that a component may hold in the host's table.
const HANDLES_MAX: usize = 1_024;

/// Bytes of chance that a component may ask for at once.
const RANDOM_BYTES_MAX: u64 = 1 << 20;

/// One instance's view of the empty world.
pub(super) struct Wasi {
    context: WasiCtx,
    table: ResourceTable,
    monotonic_ns: u64,
}

impl Wasi {
    pub(super) fn new() -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(HANDLES_MAX);
        let context = WasiCtx::builder()
            .allow_tcp(false)
            .allow_udp(false)
            .wall_clock(StoppedClock)
            .secure_random(Deterministic::new(chance(b"secure")))
            .insecure_random(Deterministic::new(chance(b"insecure")))
            .insecure_random_seed(0)
            .max_random_size(RANDOM_BYTES_MAX)
            .build();
        Self { context, table, monotonic_ns: 0 }
    }
}

/// Adds the empty world to what components can be linked with.
pub(super) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_sync(linker)?;
    linker.allow_shadowing(true);
    monotonic_clock::add_to_linker::<State, HasSelf<State>>(linker, |state| state)
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let wasi = self.wasi();
        WasiCtxView { ctx: &mut wasi.context, table: &mut wasi.table }
    }
}

impl monotonic_clock::Host for State {
    fn now(&mut self) -> wasmtime::Result<u64> {
        let wasi = self.wasi();
        wasi.monotonic_ns = wasi.monotonic_ns.saturating_add(STEP_NS);
        Ok(wasi.monotonic_ns)
    }

    fn resolution(&mut self) -> wasmtime::Result<u64> {
        Ok(STEP_NS)
    }

    fn subscribe_instant(&mut self, when: u64) -> wasmtime::Result<Resource<DynPollable>> {
        let wasi = self.wasi();
        wasi.monotonic_ns = wasi.monotonic_ns.max(when);
        let over = wasi.table.push(Over)?;
        subscribe(&mut wasi.table, over)
    }

    fn subscribe_duration(&mut self, duration_ns: u64) -> wasmtime::Result<Resource<DynPollable>> {
        let when = self.wasi().monotonic_ns.saturating_add(duration_ns);
        self.subscribe_instant(when)
    }
}

/// A wait that is over.
struct Over;

#[async_trait::async_trait]
impl Pollable for Over {
    async fn ready(&mut self) {}
}

struct StoppedClock;

impl HostWallClock for StoppedClock {
    fn resolution(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn now(&self) -> Duration {
        Duration::from_secs(WALL_CLOCK_S)
    }
}

/// 4 KiB that look like chance and are the same for ever; given again from the start when used up.
fn chance(purpose: &[u8]) -> Vec<u8> {
    (0..128_u32)
        .flat_map(|block| Sha256::new().chain_update(purpose).chain_update(block.to_le_bytes()).finalize())
        .collect()
}
