//! Connector execution: one call in a fresh instance, and the capabilities linked into it.
//!
//! | module | what it is responsible for |
//! |---|---|
//! | `contract` | the generated bindings, and conversions between them and the `model` |
//! | `call` | one call: its purpose, limits, capabilities and final report |
//! | `http`, `secrets`, `settings`, `clock`, `log` | the capabilities: each implements an interface of the contract on a view of its own state |
//! | `wasi` | WASI 0.2 with nothing granted, for components whose toolchain needs it |
//! | `context` | the call as every capability sees it; `held_secret`: a guest's handle of a secret |
//! | `grants` | what an account's calls may use; `skew`: clock differences between this machine and providers |
//! | `slots`, `request_slots`, `fair_share`, `in_use` | limits on concurrent calls and requests, their fair order, and counters of what they hold |

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

use crate::engine::{CacheConfig, Engine, Pool, unable};
use crate::error::Error;

/// The engine, the linkers of components, and the slots of calls.
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
    /// Makes a sandbox with a pool of this size, with or without a cache of compiled code.
    pub(crate) fn new(cache: Option<&CacheConfig>, pool: Pool) -> Result<Sandbox, Error> {
        let engine = Engine::new(cache, pool)?;
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
