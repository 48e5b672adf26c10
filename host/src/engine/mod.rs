//! The WebAssembly engine: one for each host, set up for a fresh instance on every call.
//!
//! Instances come from a pool, so that a call costs microseconds; if the machine has too little address space for the pool, they
//! are allocated on demand. Epochs interrupt a guest that only computes.

pub(crate) mod cache;
mod compile;
mod quiet;
mod source;

use std::ops::RangeInclusive;
use std::time::Duration;

use serde::Serialize;
use wasmtime::{Config, Enabled, EngineWeak, OptLevel, PoolingAllocationConfig};

use cache::Cache;
pub use cache::CacheConfig;
pub use compile::Compilations;
pub(crate) use compile::Compiler;
pub(crate) use source::ComponentBytes;
pub use source::ConnectorSource;

use crate::diagnostics;
use crate::error::{Error, ErrorKind};

/// Extra slots for components that are being loaded and checked.
pub(crate) const LOADING: u32 = 8;

/// Interval at which a computing guest is interrupted, so that it cannot hold a thread beyond its deadline.
const EPOCH: Duration = Duration::from_millis(10);

/// Default for concurrent calls; further calls wait for a slot within their deadline. See `sandbox::slots`.
const CALLS: u32 = 1000;
/// Range of concurrent calls that a configuration may choose.
const ANY_CALLS: RangeInclusive<u32> = 16..=10_000;

/// Bytes of a slot's memory that are kept between calls rather than returned to the system: what an ordinary call touches.
const RESIDENT: usize = 512 * 1024;

/// Default memory of all unused slots together: 100 slots. Each version of a connector warms slots of its own: without a bound, a
/// host whose connectors are swapped often would fill all slots.
const IDLE_MEMORY: usize = 100 * RESIDENT;

/// The guest's stack, in bytes. Its fiber has four times as much, for the host's part of a call.
const STACK: usize = 512 * 1024;

/// Allocation of instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Allocation {
    /// From a pool that is reserved at the start.
    Pooling,
    /// For each call, because the machine has too little address space for the pool. Several times slower.
    OnDemand,
}

/// Size of the pool of instances.
#[derive(Clone, Copy)]
pub(crate) struct Pool {
    /// Maximum concurrent calls.
    calls: u32,
    /// Maximum unused slots that keep their last image.
    warm: u32,
}

impl Default for Pool {
    fn default() -> Pool {
        Pool::of(None, None)
    }
}

impl Pool {
    /// A pool for so many calls, and so many bytes of unused slots, each by default if the configuration has none.
    pub(crate) fn of(calls: Option<u32>, idle_memory: Option<usize>) -> Pool {
        let calls = calls.map_or(CALLS, |calls| calls.clamp(*ANY_CALLS.start(), *ANY_CALLS.end()));
        let warm = u32::try_from(idle_memory.unwrap_or(IDLE_MEMORY) / RESIDENT).unwrap_or(u32::MAX);
        Pool { calls, warm: warm.min(calls + LOADING) }
    }

    /// The same, for fewer calls than a configuration may choose.
    #[cfg(feature = "testing")]
    pub(crate) fn small(self, calls: u32) -> Pool {
        Pool { calls, warm: self.warm.min(calls + LOADING) }
    }
}

/// The engine with its compiler, and its capacity in calls.
pub(crate) struct Engine {
    pub(crate) wasmtime: wasmtime::Engine,
    pub(crate) compiler: Compiler,
    pub(crate) allocation: Allocation,
    pub(crate) calls: u32,
}

impl Engine {
    /// Makes an engine with a pool of this size, with or without a cache of compiled code.
    pub(crate) fn new(cache: Option<&CacheConfig>, pool: Pool) -> Result<Engine, Error> {
        let (wasmtime, allocation) = match wasmtime::Engine::new(&config(Allocation::Pooling, pool)) {
            Ok(engine) => (engine, Allocation::Pooling),
            Err(error) => {
                tracing::warn!(target: diagnostics::ENGINE, %error, "no address space for an instance pool: instances are allocated on demand");
                let engine = wasmtime::Engine::new(&config(Allocation::OnDemand, pool)).map_err(unable)?;
                (engine, Allocation::OnDemand)
            }
        };
        tick(wasmtime.weak())?;
        let cache = cache.map(|cache| Cache::open(cache, &wasmtime)).transpose()?;
        Ok(Engine { compiler: Compiler::new(&wasmtime, cache), wasmtime, allocation, calls: pool.calls })
    }
}

fn config(allocation: Allocation, size: Pool) -> Config {
    let mut config = Config::new();
    config
        .cranelift_opt_level(OptLevel::Speed)
        .epoch_interruption(true)
        .max_wasm_stack(STACK)
        // Trap locations and unwind information for debuggers are not used here, and take a sixth of what is loaded from the
        // cache.
        .generate_address_map(false)
        .native_unwind_info(false)
        // Component-model async is for components that run several tasks; ours answer one call. Off, each call is
        // cheaper by a microsecond.
        .concurrency_support(false);
    if allocation == Allocation::Pooling {
        let mut pool = PoolingAllocationConfig::new();
        let instances = size.calls + LOADING;
        pool.total_component_instances(instances)
            // A component consists of its module and of small ones that wit-component adds to wire it.
            .total_core_instances(4 * instances)
            .total_memories(instances)
            .total_tables(4 * instances)
            .total_stacks(instances)
            .max_unused_warm_slots(size.warm)
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

/// Error for an engine or linker that could not be set up.
pub(crate) fn unable(error: wasmtime::Error) -> Error {
    ErrorKind::Runtime(format!("{error:#}")).into()
}
