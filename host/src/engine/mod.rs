//! The WebAssembly engine: one for a host, set up for a fresh instance on every call.
//!
//! Instances come out of a pool, so that a call costs microseconds; where the machine has not enough address space for
//! the pool, they are allocated on demand. Epochs interrupt a guest that only computes.

pub(crate) mod cache;
mod compile;
mod quiet;
mod source;

use std::ops::RangeInclusive;
use std::time::Duration;

use wasmtime::{Config, Enabled, EngineWeak, OptLevel, PoolingAllocationConfig};

use cache::Cache;
pub use cache::CacheConfig;
pub use compile::Compilations;
pub(crate) use compile::Compiler;
pub(crate) use source::ComponentBytes;
pub use source::ConnectorSource;

use crate::diagnostics;
use crate::error::{Error, ErrorKind};

/// Slots beside those of calls, for components that are loaded and tried out.
pub(crate) const LOADING: u32 = 8;

/// How often a guest that computes is interrupted, so that it cannot hold a thread beyond its deadline.
const EPOCH: Duration = Duration::from_millis(10);

/// Calls that run at the same time where the configuration does not say; more wait for their turn within their deadline. See
/// `sandbox::slots`.
const CALLS: u32 = 1000;
/// How many a configuration may ask for.
const ANY_CALLS: RangeInclusive<u32> = 16..=10_000;

/// What a slot's memory keeps between calls rather than returning to the system: what an ordinary call touches.
const RESIDENT: usize = 512 * 1024;

/// Slots that keep what they last held while they are not in use. Each version of a connector that comes along warms slots of
/// its own: without this bound a host whose connectors are swapped often would fill all of them.
const WARM: u32 = 100;

/// The guest's stack, in bytes. The fiber that it runs on has four times as much, for the host's part of a call.
const STACK: usize = 512 * 1024;

/// Where instances come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Allocation {
    /// Out of a pool that was reserved at the start.
    Pooling,
    /// Allocated for each call, because the machine has not enough address space for the pool. Several times slower.
    OnDemand,
}

/// The engine with its compiler, and how many calls it has room for.
pub(crate) struct Engine {
    pub(crate) wasmtime: wasmtime::Engine,
    pub(crate) compiler: Compiler,
    pub(crate) allocation: Allocation,
    pub(crate) calls: u32,
}

impl Engine {
    /// With a cache for what is compiled, or without, and for so many calls at the same time.
    pub(crate) fn new(cache: Option<&CacheConfig>, calls: Option<u32>) -> Result<Engine, Error> {
        let calls = calls.map_or(CALLS, |calls| calls.clamp(*ANY_CALLS.start(), *ANY_CALLS.end()));
        let (wasmtime, allocation) = match wasmtime::Engine::new(&config(Allocation::Pooling, calls)) {
            Ok(engine) => (engine, Allocation::Pooling),
            Err(error) => {
                tracing::warn!(target: diagnostics::ENGINE, %error, "no address space for an instance pool: instances are allocated on demand");
                let engine = wasmtime::Engine::new(&config(Allocation::OnDemand, calls)).map_err(unable)?;
                (engine, Allocation::OnDemand)
            }
        };
        tick(wasmtime.weak())?;
        let cache = cache.map(|cache| Cache::open(cache, &wasmtime)).transpose()?;
        Ok(Engine { compiler: Compiler::new(&wasmtime, cache), wasmtime, allocation, calls })
    }
}

fn config(allocation: Allocation, calls: u32) -> Config {
    let mut config = Config::new();
    config
        .cranelift_opt_level(OptLevel::Speed)
        .epoch_interruption(true)
        .max_wasm_stack(STACK)
        // Where in a module a trap was, and what lets a debugger walk a guest's stack: nobody here is told either, and it
        // is a sixth of what is loaded out of the cache.
        .generate_address_map(false)
        .native_unwind_info(false)
        // Component-model async is for components that run several tasks; ours answer one call. Off, each call is
        // cheaper by a microsecond.
        .concurrency_support(false);
    if allocation == Allocation::Pooling {
        let mut pool = PoolingAllocationConfig::new();
        let instances = calls + LOADING;
        pool.total_component_instances(instances)
            // A component is made of its module and of small ones that wit-component adds to wire it.
            .total_core_instances(4 * instances)
            .total_memories(instances)
            .total_tables(4 * instances)
            .total_stacks(instances)
            .max_unused_warm_slots(WARM)
            .linear_memory_keep_resident(RESIDENT)
            .table_keep_resident(RESIDENT)
            // Only pages that a call wrote are reset: measured as the largest single saving there is.
            .pagemap_scan(Enabled::Auto);
        config.allocation_strategy(pool);
    }
    config
}

/// Advances the epoch until the engine is gone. The thread holds the engine only while it ticks.
fn tick(engine: EngineWeak) -> Result<(), Error> {
    std::thread::Builder::new()
        .name("stockbridge-epoch".to_owned())
        .spawn(move || {
            while let Some(engine) = engine.upgrade() {
                engine.increment_epoch();
                drop(engine);
                std::thread::sleep(EPOCH);
            }
        })
        .map(drop)
        .map_err(|error| {
            Error::from(ErrorKind::Runtime(format!("no thread for the epoch ticker ({error})"))).caused_by(error)
        })
}

/// Why the engine, or what is linked to it, could not be set up.
pub(crate) fn unable(error: wasmtime::Error) -> Error {
    ErrorKind::Runtime(format!("{error:#}")).into()
}
