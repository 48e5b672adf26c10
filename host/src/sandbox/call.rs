//! One call of a connector: runs it in a fresh instance, within its limits and deadline, and reports on it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use stockbridge_journal::Entry;
use wasmtime::component::{Instance, InstancePre, Linker, ResourceTable};
use wasmtime::{ResourceLimiter, Store, Trap};
#[cfg(feature = "wasi")]
use wasmtime_wasi::{WasiCtxView, WasiView};

use super::Sandbox;
use super::clock::{Clock, ClockView};
use super::context::{CallContext, CallKind};
use super::contract::{self, Exports, clock, http, log, secrets, settings};
use super::fair_share::{Fair, FairShare};
use super::grants::Grants;
use super::http::{Http, HttpReport, HttpState, HttpView, Recorder};
use super::in_use::Counted;
use super::log::{Log, LogState, LogView};
use super::secrets::{Secrets, SecretsState, SecretsView};
use super::settings::{Settings, SettingsView};
use super::slots::SlotPermit;
#[cfg(feature = "wasi")]
use super::wasi::{self, WasiState};
use crate::box_future::{BoxFuture, boxed};
use crate::error::ConnectorFault;
use crate::limits::Limits;

/// Timeout for a component to describe itself, its start included.
const DESCRIBE_TIMEOUT: Duration = Duration::from_secs(5);
/// Maximum trap text kept, in characters. It is shortened for display after redaction.
const MAX_TRAP_TEXT: usize = 64 * 1024;
/// Maximum core instances of one call. wit-component builds a connector from three modules, a WASI connector from five.
pub(crate) const MOST_INSTANCES: usize = 16;
/// Maximum tables of one call.
pub(crate) const MOST_TABLES: usize = 16;
/// Maximum memories of one call.
pub(crate) const MOST_MEMORIES: usize = 1;

/// Write look-ups get one extra slot for every this many slots of their account.
const SLOTS_PER_LOOK_UP: usize = 10;

/// Purpose of a call, and what it is granted.
pub(crate) enum Purpose {
    /// A component describes itself. It is granted nothing: every import is refused.
    Describe,
    /// The operations that an account supports with its settings.
    Operations(Arc<Grants>),
    /// A query, or a check whether the provider accepts the account.
    Read { grants: Arc<Grants>, operation: &'static str, deadline: Deadline },
    /// A write, and its recorder.
    Write { grants: Arc<Grants>, operation: &'static str, deadline: Deadline, recorder: Recorder },
    /// A look-up of a write's outcome; with the journal's entry, if it has one.
    Resolve { grants: Arc<Grants>, deadline: Deadline, entry: Option<Box<Entry>> },
}

impl Purpose {
    fn kind(&self) -> CallKind {
        match self {
            Purpose::Operations(_) => CallKind::Silent,
            Purpose::Describe | Purpose::Read { .. } => CallKind::Read,
            Purpose::Write { .. } => CallKind::Write,
            Purpose::Resolve { .. } => CallKind::Resolve,
        }
    }

    /// Operation name for observers and logs: `query`, `adjust.count`.
    fn operation(&self) -> &'static str {
        match self {
            Purpose::Describe => "describe",
            Purpose::Operations(_) => "operations",
            Purpose::Read { operation, .. } | Purpose::Write { operation, .. } => operation,
            Purpose::Resolve { .. } => "resolve",
        }
    }

    fn deadline(&self) -> Deadline {
        match self {
            Purpose::Describe => Deadline::after(DESCRIBE_TIMEOUT),
            Purpose::Operations(grants) => Deadline::after(grants.limits.deadline),
            Purpose::Read { deadline, .. } | Purpose::Write { deadline, .. } | Purpose::Resolve { deadline, .. } => {
                *deadline
            }
        }
    }

    fn into_parts(self) -> (Option<Arc<Grants>>, Option<Recorder>) {
        match self {
            Purpose::Describe => (None, None),
            Purpose::Operations(grants) | Purpose::Read { grants, .. } => (Some(grants), None),
            Purpose::Write { grants, recorder, .. } => (Some(grants), Some(recorder)),
            Purpose::Resolve { grants, entry, .. } => (Some(grants), entry.map(Recorder::Journal)),
        }
    }
}

/// Store data of a call: the states of its capabilities.
pub(crate) struct CallState {
    context: CallContext,
    http: HttpState,
    secrets: SecretsState,
    log: LogState,
    #[cfg(feature = "wasi")]
    wasi: WasiState,
    growth: Growth,
    _counted: Counted,
}

/// Links the contract's interfaces, each to its capability.
pub(super) fn link(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    contract::link_types(linker)?;
    http::add_to_linker::<_, Http>(linker, |call| HttpView {
        context: &mut call.context,
        state: &mut call.http,
        renewals: &mut call.secrets.renewals,
    })?;
    settings::add_to_linker::<_, Settings>(linker, |call| SettingsView(&call.context))?;
    secrets::add_to_linker::<_, Secrets>(linker, |call| SecretsView {
        context: &mut call.context,
        state: &mut call.secrets,
    })?;
    clock::add_to_linker::<_, Clock>(linker, |call| ClockView(&call.context))?;
    log::add_to_linker::<_, Log>(linker, |call| LogView { context: &call.context, state: &mut call.log })
}

/// Links WASI, with nothing granted.
#[cfg(feature = "wasi")]
pub(super) fn link_wasi(linker: &mut Linker<CallState>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_async(linker)
}

#[cfg(feature = "wasi")]
impl WasiView for CallState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        self.wasi.view(&mut self.context, &mut self.log)
    }
}

/// Deadline of a call, and the time it was allowed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    pub(crate) at: Instant,
    pub(crate) allowed: Duration,
}

impl Deadline {
    /// The deadline `allowed` from now.
    pub(crate) fn after(allowed: Duration) -> Deadline {
        Deadline { at: Instant::now() + allowed, allowed }
    }
}

/// Result of a finished call.
pub(crate) struct CallReport<T> {
    pub(crate) answer: Result<T, ConnectorFault>,
    /// What the host observed of its requests.
    pub(crate) http: HttpReport,
}

/// The operation that a call performs on its instance.
pub(crate) type Operation<'a, T> = BoxFuture<'a, wasmtime::Result<T>>;

/// A component linked to its imports, ready to be called.
pub(crate) struct LinkedComponent {
    pub(crate) pre: InstancePre<CallState>,
    pub(crate) exports: Exports,
}

/// Runs one call. All of it ends at the deadline, including the wait for a slot.
pub(crate) async fn run<T>(
    sandbox: &Sandbox,
    component: &LinkedComponent,
    purpose: Purpose,
    operate: impl for<'a> FnOnce(&'a Exports, &'a mut Store<CallState>, Instance) -> Operation<'a, T> + Send,
) -> CallReport<T> {
    let Deadline { at: deadline, allowed } = purpose.deadline();
    let kind = purpose.kind();
    let mut store = Store::new(&sandbox.engine.wasmtime, CallState::new(sandbox, purpose, deadline));
    // `describe` has no account, so it shares its turns with no account.
    let share = store.data().context.grants.as_ref().map_or_else(FairShare::default, |grants| grants.share.clone());
    let limits = store.data().growth.limits;
    store.limiter(|state| &mut state.growth);
    store.set_hostcall_fuel(limits.hostcall_fuel);
    // A computing guest yields at each epoch tick, so that the deadline below takes effect.
    store.set_epoch_deadline(1);
    store.epoch_deadline_async_yield_and_update(1);

    let call_store = &mut store;
    let call: Operation<'_, T> = boxed(move || async move {
        let grants = call_store.data().context.grants.clone();
        let _permit = acquire_slot(sandbox, grants.as_deref(), kind).await;
        call_store.data_mut().context.waiting = false;
        let instance = component.pre.instantiate_async(&mut *call_store).await?;
        operate(&component.exports, call_store, instance).await
    });
    // A write is more than its call: the session takes its turn for the whole write. A rehearsal runs alone and needs no turn.
    let call = if kind == CallKind::Write { Fair::part(call) } else { share.of(call) };
    let answer = match tokio::time::timeout_at(deadline.into(), call).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(fault(&error, store.data())),
        Err(_) => Err(ConnectorFault::Deadline { allowed, waiting: store.data().context.waiting }),
    };
    let state = store.data_mut();
    state.log.end(&state.context);
    CallReport { answer, http: std::mem::take(&mut state.http).report() }
}

/// Acquires the call's slot. Calls made while a component is loaded do not queue behind other calls.
async fn acquire_slot<'r>(sandbox: &'r Sandbox, grants: Option<&Grants>, kind: CallKind) -> SlotPermit<'r> {
    match grants.filter(|grants| !grants.is_trial && kind != CallKind::Silent) {
        Some(grants) => {
            // Write look-ups have extra slots, for when calls hold all others.
            let extra = if kind == CallKind::Resolve { grants.limits.calls().div_ceil(SLOTS_PER_LOOK_UP) } else { 0 };
            sandbox.slots.acquire_for_call(&grants.account, grants.limits.calls() + extra).await
        }
        None => sandbox.slots.acquire_for_loading().await,
    }
}

fn fault(error: &wasmtime::Error, state: &CallState) -> ConnectorFault {
    if let Some(refused) = state.growth.refused.clone() {
        return refused;
    }
    #[cfg(feature = "wasi")]
    if let Some(status) = wasi::exit_status(error) {
        return ConnectorFault::Trapped(format!("it called exit with status {status}; a connector returns an answer"));
    }
    let text = match error.downcast_ref::<Trap>() {
        // The trap of a Rust guest that panics or aborts.
        Some(Trap::UnreachableCodeReached) => "it panicked or aborted".to_owned(),
        Some(Trap::StackOverflow) => with_engine_text("it called itself too deep", error),
        Some(Trap::MemoryOutOfBounds | Trap::HeapMisaligned) => with_engine_text("it reached beyond its memory", error),
        Some(_) => with_engine_text("it did what WebAssembly does not allow", error),
        None => error.root_cause().to_string(),
    };
    ConnectorFault::Trapped(text.chars().take(MAX_TRAP_TEXT).collect())
}

/// Our text, followed by the engine's in parentheses.
fn with_engine_text(text: &str, error: &wasmtime::Error) -> String {
    format!("{text} ({})", error.root_cause())
}

impl CallState {
    fn new(sandbox: &Sandbox, purpose: Purpose, deadline: Instant) -> CallState {
        let (kind, operation) = (purpose.kind(), purpose.operation());
        let (grants, recorder) = purpose.into_parts();
        let limits = grants.as_ref().map_or_else(Limits::default, |grants| grants.limits);
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles);
        let counters = sandbox.in_use.clone();
        CallState {
            log: LogState::new(&limits),
            context: CallContext { grants, kind, operation, deadline, table, waiting: true, counters },
            http: HttpState::recorded_by(recorder),
            secrets: SecretsState::default(),
            #[cfg(feature = "wasi")]
            wasi: WasiState::default(),
            growth: Growth { limits, refused: None },
            _counted: sandbox.in_use.calls.one(),
        }
    }
}

/// Limits on a guest's memory and tables, and the first refusal: to the guest, it looks like any other panic.
struct Growth {
    limits: Limits,
    refused: Option<ConnectorFault>,
}

impl ResourceLimiter for Growth {
    fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let granted = desired <= self.limits.memory;
        if !granted {
            self.refused = Some(ConnectorFault::Memory(self.limits.memory));
        }
        Ok(granted)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let granted = desired <= self.limits.table_elements;
        if !granted {
            self.refused = Some(ConnectorFault::Table(self.limits.table_elements));
        }
        Ok(granted)
    }

    fn instances(&self) -> usize {
        MOST_INSTANCES
    }

    fn tables(&self) -> usize {
        MOST_TABLES
    }

    fn memories(&self) -> usize {
        MOST_MEMORIES
    }
}
