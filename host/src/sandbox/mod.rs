//! Where a connector's code runs: one call in a fresh instance, and the capabilities that it finds there.
//!
//! | where | what |
//! |---|---|
//! | `contract` | the generated bindings, and conversions between them and the `model` |
//! | `call` | one call: its purpose, its limits, the capabilities that it is composed of, and what is known when it ends |
//! | `http`, `secrets`, `settings`, `clock`, `log` | the capabilities: each implements an interface of the contract on a view of its own state |
//! | `wasi` | what components of other origins find instead: WASI 0.2 with nothing granted |
//! | `context` | what every capability knows of the call; `held_secret`: what a guest holds |
//! | `grants` | what an account's calls may use; `skew`: how wrong the clocks are |
//! | `slots`, `request_slots`, `fair_share`, `in_use` | how many calls and requests there are at the same time, whose turn it is, and what they hold |

pub(crate) mod call;
mod clock;
mod context;
pub(crate) mod contract;
pub(crate) mod fair_share;
mod grants;
pub(crate) mod held_secret;
pub(crate) mod http;
pub(crate) mod in_use;
mod log;
mod request_slots;
mod secrets;
mod settings;
mod skew;
pub(crate) mod slots;
pub(crate) mod wasi;

use std::sync::Arc;

use wasmtime::component::Linker;

use call::CallState;
pub(crate) use grants::{Grants, HostServices, OperatorCapture};
use in_use::Counters;
pub(crate) use request_slots::RequestSlots;
use slots::Slots;

use crate::engine::{CacheConfig, Engine, unable};
use crate::error::Error;

/// The engine, what a component may link to, and the turns.
pub(crate) struct Sandbox {
    pub(crate) engine: Engine,
    /// The contract.
    pub(crate) linker: Linker<CallState>,
    /// The contract and WASI with nothing granted.
    #[cfg(feature = "wasi")]
    pub(crate) linker_with_wasi: Linker<CallState>,
    pub(crate) slots: Slots,
    pub(crate) in_use: Arc<Counters>,
}

impl Sandbox {
    /// With a cache for what is compiled, or without, and for so many calls at the same time.
    pub(crate) fn new(cache: Option<&CacheConfig>, calls: Option<u32>) -> Result<Sandbox, Error> {
        let engine = Engine::new(cache, calls)?;
        let mut linker = Linker::new(&engine.wasmtime);
        call::link(&mut linker).map_err(unable)?;
        #[cfg(feature = "wasi")]
        let linker_with_wasi = {
            let mut linker = linker.clone();
            call::link_wasi(&mut linker).map_err(unable)?;
            linker
        };
        Ok(Sandbox {
            slots: Slots::new(engine.calls),
            engine,
            linker,
            #[cfg(feature = "wasi")]
            linker_with_wasi,
            in_use: Arc::default(),
        })
    }
}
