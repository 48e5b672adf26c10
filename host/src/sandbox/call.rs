//! One call of a connector: a fresh instance, within its limits and its deadline, and what is known when it ends.

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
use super::slots::Turn;
#[cfg(feature = "wasi")]
use super::wasi::{self, WasiState};
use crate::box_future::{BoxFuture, boxed};
use crate::error::ConnectorFault;
use crate::limits::Limits;

/// How long a component may take to describe itself, its start included.
const DESCRIBING: Duration = Duration::from_secs(5);
/// The longest text of a trap that is kept, in characters. It is cut for people once its secrets are struck out.
const LONGEST_TRAP: usize = 64 * 1024;
/// The most core instances of one call. wit-component makes a connector of three modules, that of a WASI build of five.
pub(crate) const MOST_INSTANCES: usize = 16;
/// The most tables of one call.
pub(crate) const MOST_TABLES: usize = 16;
/// The most memories of one call.
pub(crate) const MOST_MEMORIES: usize = 1;

/// Look-ups of writes have one extra turn for each so many turns of their account.
const LOOK_UPS: usize = 10;

/// What a call is for, and what it is given for that.
pub(crate) enum Purpose {
    /// A component says what it is. It is granted nothing: every import is refused.
    Describe,
    /// An account says what it can do with its settings.
    Operations(Arc<Grants>),
    /// A query, or a look at whether the provider accepts the account.
    Read { grants: Arc<Grants>, operation: &'static str, deadline: Deadline },
    /// A write, and who records it.
    Write { grants: Arc<Grants>, operation: &'static str, deadline: Deadline, recorder: Recorder },
    /// A look-up of what became of a write; of one that the journal has, with its entry.
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

    /// For who listens: `query`, `adjust.count`.
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
            Purpose::Describe => Deadline::after(DESCRIBING),
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

/// What a call carries with it: the states of its capabilities.
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

/// Links the contract's interfaces, each to its capability: this is where they are composed.
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

/// Links WASI, in which nothing is granted.
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

/// When a call ends, and how long it was given.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    pub(crate) at: Instant,
    pub(crate) allowed: Duration,
}

impl Deadline {
    /// So long from now.
    pub(crate) fn after(allowed: Duration) -> Deadline {
        Deadline { at: Instant::now() + allowed, allowed }
    }
}

/// What is known when a call has ended.
pub(crate) struct CallReport<T> {
    pub(crate) answer: Result<T, ConnectorFault>,
    /// What was seen of its requests.
    pub(crate) http: HttpReport,
}

/// What a call does with its instance.
pub(crate) type Operation<'a, T> = BoxFuture<'a, wasmtime::Result<T>>;

/// A component, linked to what it may import: it can be called.
pub(crate) struct LinkedComponent {
    pub(crate) pre: InstancePre<CallState>,
    pub(crate) exports: Exports,
}

/// Runs one call. Everything in it, the wait for a turn included, ends at the deadline.
pub(crate) async fn run<T>(
    sandbox: &Sandbox,
    component: &LinkedComponent,
    purpose: Purpose,
    operate: impl for<'a> FnOnce(&'a Exports, &'a mut Store<CallState>, Instance) -> Operation<'a, T> + Send,
) -> CallReport<T> {
    let Deadline { at: deadline, allowed } = purpose.deadline();
    let kind = purpose.kind();
    let mut store = Store::new(&sandbox.engine.wasmtime, CallState::new(sandbox, purpose, deadline));
    // A component that describes itself has nothing to wait for.
    let share = store.data().context.grants.as_ref().map_or_else(FairShare::default, |grants| grants.share.clone());
    let limits = store.data().growth.limits;
    store.limiter(|state| &mut state.growth);
    store.set_hostcall_fuel(limits.hostcall_fuel);
    // A guest that computes gives way at each tick of the epoch, so that the deadline below is seen.
    store.set_epoch_deadline(1);
    store.epoch_deadline_async_yield_and_update(1);

    let for_call = &mut store;
    let call: Operation<'_, T> = boxed(move || async move {
        let grants = for_call.data().context.grants.clone();
        let _turn = turn(sandbox, grants.as_deref(), kind).await;
        for_call.data_mut().context.waiting = false;
        let instance = component.pre.instantiate_async(&mut *for_call).await?;
        operate(&component.exports, for_call, instance).await
    });
    // A write is more than its call: it has its turn as a whole. A rehearsal runs alone, and needs none.
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

/// The call's turn. What is asked of a component as it is loaded does not wait behind calls.
async fn turn<'r>(sandbox: &'r Sandbox, grants: Option<&Grants>, kind: CallKind) -> Turn<'r> {
    match grants.filter(|grants| !grants.is_trial && kind != CallKind::Silent) {
        Some(grants) => {
            // Look-ups of writes keep extra turns, for when calls hold all others.
            let more = if kind == CallKind::Resolve { grants.limits.calls().div_ceil(LOOK_UPS) } else { 0 };
            sandbox.slots.for_call(&grants.account, grants.limits.calls() + more).await
        }
        None => sandbox.slots.for_loading().await,
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
        // What a Rust guest does when it panics or aborts.
        Some(Trap::UnreachableCodeReached) => "it panicked or aborted".to_owned(),
        Some(Trap::StackOverflow) => with_engines_words("it called itself too deep", error),
        Some(Trap::MemoryOutOfBounds | Trap::HeapMisaligned) => {
            with_engines_words("it reached beyond its memory", error)
        }
        Some(_) => with_engines_words("it did what WebAssembly does not allow", error),
        None => error.root_cause().to_string(),
    };
    ConnectorFault::Trapped(text.chars().take(LONGEST_TRAP).collect())
}

/// Our words, and the engine's behind them.
fn with_engines_words(words: &str, error: &wasmtime::Error) -> String {
    format!("{words} ({})", error.root_cause())
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

/// How far a guest's memory and tables may grow, and whether it wanted more: to the guest, that looks like any panic.
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
