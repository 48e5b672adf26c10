//! One call of a connector: a fresh instance, within its limits and its deadline, and what is known when it ends.

use std::sync::Arc;
use std::time::{Duration, Instant};

use wasmtime::component::{Instance, ResourceTable};
use wasmtime::{ResourceLimiter, Store, Trap};

use crate::boxed::{Boxed, boxed};
use crate::component::Connector;
use crate::engine::Runtime;
use crate::error::{ConnectorFault, Error, ErrorKind};
use crate::exchange::Exchanged;
use crate::fair::{Fair, FairShare};
use crate::grants::Grants;
use crate::grants::secrets::Renewal;
use crate::grants::wasi::{self, Wasi};
use crate::in_use::{Counted, Counters};
use crate::journal::Entry;
use crate::limits::Limits;
use crate::slots::Turn;
use crate::transport::Progress;

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

/// What the operation that a call is for may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallKind {
    /// Send nothing: an account says what it can do.
    Silent,
    /// Send no write.
    Read,
    /// Send one write.
    Write,
    /// Send no write, and find out what became of one: what is kept for that is there for it.
    Resolve,
}

/// What a call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Purpose {
    pub(crate) kind: CallKind,
    /// For who listens: `query`, `adjust.count`.
    pub(crate) operation: &'static str,
}

/// How far the request that carries a call's write got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WriteProgress {
    /// There was none.
    None,
    /// No byte of it left.
    NothingSent,
    /// It may have reached the provider, and no answer came.
    Unanswered,
    /// The provider answered, with this HTTP status.
    Answered(u16),
}

/// Why a request of a call was not sent in time: nothing of it left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Late {
    /// Too little of the call's time was left to begin it.
    TooLittleTime { left: Duration, least: Duration },
    /// The time in which the write might leave was over.
    WindowOver { window: Duration },
}

impl Late {
    /// What the call fails with, of this account.
    pub(crate) fn error(self, account: &str) -> Error {
        let account = account.to_owned();
        match self {
            Late::TooLittleTime { left, least } => ErrorKind::TooLate { account, left, least }.into(),
            Late::WindowOver { window } => ErrorKind::WindowOver { account, window }.into(),
        }
    }
}

/// What a call carries with it. The capabilities under `grants` are implemented for it.
pub(crate) struct CallState {
    /// None while a component describes itself: then every import is refused.
    pub(crate) grants: Option<Arc<Grants>>,
    pub(crate) kind: CallKind,
    pub(crate) operation: &'static str,
    pub(crate) deadline: Instant,
    pub(crate) table: ResourceTable,
    pub(crate) write: WriteProgress,
    /// The write that it is about, as the journal has it.
    pub(crate) entry: Option<Box<Entry>>,
    /// What the transport says of the request that carries the write, if its word holds also where the request was given
    /// up.
    pub(crate) carried: Option<Progress>,
    /// Whether it waits for somebody other than the connector.
    pub(crate) waiting: bool,
    /// Whether the latest request was answered.
    pub(crate) answered: bool,
    /// What was seen of it besides.
    pub(crate) observed: Exchanged,
    /// Why the latest request was not sent, where it came too late.
    pub(crate) late: Option<Late>,
    pub(crate) requests: u32,
    pub(crate) refusals: u32,
    pub(crate) digests: u32,
    /// Bytes of the secrets that were derived so far.
    pub(crate) derived: usize,
    /// Lines and bytes that it may still log.
    pub(crate) log_lines: u32,
    pub(crate) log_bytes: usize,
    pub(crate) log_dropped: u64,
    /// Captured secrets that this call is renewing.
    pub(crate) renewals: Vec<Renewal>,
    /// None until the guest uses it, which most cannot.
    pub(crate) wasi: Option<Box<Wasi>>,
    growth: Growth,
    /// Where its handles and requests are counted, and that it is counted itself.
    pub(crate) counters: Arc<Counters>,
    _counted: Counted,
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
pub(crate) struct Ended<T> {
    pub(crate) answer: Result<T, ConnectorFault>,
    pub(crate) write: WriteProgress,
    /// Whether it ended while it waited for somebody other than the connector: a provider, a renewal, a turn.
    pub(crate) waiting: bool,
    /// The write that it was about.
    pub(crate) entry: Option<Box<Entry>>,
    /// Whether its latest request was answered, so that what the connector says of limits is the provider's word.
    pub(crate) answered: bool,
    /// What was seen of that request besides.
    pub(crate) observed: Exchanged,
    /// Why its latest request was not sent, where it came too late: the connector has no better reason for its failure.
    pub(crate) late: Option<Late>,
}

/// What a call does with its instance.
pub(crate) type Operation<'a, T> = Boxed<'a, wasmtime::Result<T>>;

/// Runs one call. Everything in it, the wait for a turn included, ends at the deadline: by its limits from now on, if there
/// is no other.
pub(crate) async fn run<T>(
    runtime: &Runtime,
    connector: &Connector,
    grants: Option<Arc<Grants>>,
    purpose: Purpose,
    deadline: Option<Deadline>,
    entry: Option<Box<Entry>>,
    operate: impl for<'a> FnOnce(&'a Connector, &'a mut Store<CallState>, Instance) -> Operation<'a, T> + Send,
) -> Ended<T> {
    // A component that describes itself has nothing to wait for.
    let limits = grants.as_ref().map_or_else(|| Limits::default().deadline(DESCRIBING), |grants| grants.limits);
    let share = grants.as_ref().map_or_else(FairShare::default, |grants| grants.share.clone());
    let Deadline { at: deadline, allowed } = deadline.unwrap_or_else(|| Deadline::after(limits.deadline));
    let mut store = Store::new(&runtime.engine, CallState::new(runtime, grants, purpose, deadline, limits));
    store.data_mut().entry = entry;
    store.limiter(|state| &mut state.growth);
    store.set_hostcall_fuel(limits.hostcall_fuel);
    // A guest that computes gives way at each tick of the epoch, so that the deadline below is seen.
    store.set_epoch_deadline(1);
    store.epoch_deadline_async_yield_and_update(1);

    let for_call = &mut store;
    let call: Operation<'_, T> = boxed(move || async move {
        let (grants, kind) = (for_call.data().grants.clone(), for_call.data().kind);
        let _turn = turn(runtime, grants.as_deref(), kind).await;
        for_call.data_mut().waiting = false;
        let instance = connector.pre.instantiate_async(&mut *for_call).await?;
        operate(connector, for_call, instance).await
    });
    // A write is more than its call: it has its turn as a whole.
    let call = if purpose.kind == CallKind::Write { Fair::part(call) } else { share.of(call) };
    let answer = match tokio::time::timeout_at(deadline.into(), call).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(fault(&error, store.data())),
        Err(_) => Err(ConnectorFault::Deadline(allowed)),
    };
    store.data_mut().end_stdio();
    let entry = store.data_mut().entry.take();
    let observed = std::mem::take(&mut store.data_mut().observed);
    let state = store.data();
    if state.log_dropped > 0 {
        let account = state.grants.as_ref().map_or("", |grants| &*grants.account);
        tracing::warn!(account, dropped = state.log_dropped, "a connector logged more lines than its limit");
    }
    let (answered, late) = (state.answered, state.late);
    Ended { answer, write: state.written(), waiting: state.waiting, answered, observed, late, entry }
}

/// The call's turn. What is asked of a component as it is loaded does not wait behind calls.
async fn turn<'r>(runtime: &'r Runtime, grants: Option<&Grants>, kind: CallKind) -> Turn<'r> {
    match grants.filter(|grants| !grants.is_trial && kind != CallKind::Silent) {
        Some(grants) => {
            // Look-ups of writes keep extra turns, for when calls hold all others.
            let more = if kind == CallKind::Resolve { grants.limits.calls().div_ceil(LOOK_UPS) } else { 0 };
            runtime.slots.for_call(&grants.account, grants.limits.calls() + more).await
        }
        None => runtime.slots.for_loading().await,
    }
}

fn fault(error: &wasmtime::Error, state: &CallState) -> ConnectorFault {
    if let Some(refused) = state.growth.refused.clone() {
        return refused;
    }
    if let Some(status) = wasi::exit_status(error) {
        return ConnectorFault::Trapped(format!("it called exit with status {status}; a connector returns an answer"));
    }
    let text = match error.downcast_ref::<Trap>() {
        // What a Rust guest does when it panics or aborts.
        Some(Trap::UnreachableCodeReached) => "it panicked or aborted".to_owned(),
        Some(Trap::StackOverflow) => told("it called itself too deep", error),
        Some(Trap::MemoryOutOfBounds | Trap::HeapMisaligned) => told("it reached beyond its memory", error),
        Some(_) => told("it did what WebAssembly does not allow", error),
        None => error.root_cause().to_string(),
    };
    ConnectorFault::Trapped(text.chars().take(LONGEST_TRAP).collect())
}

/// Our words, and the engine's behind them.
fn told(words: &str, error: &wasmtime::Error) -> String {
    format!("{words} ({})", error.root_cause())
}

impl CallState {
    /// How far the write got, with what the transport knows of a request that was given up.
    fn written(&self) -> WriteProgress {
        match (self.write, &self.carried) {
            (WriteProgress::Unanswered, Some(carried)) if !carried.may_have_sent() => WriteProgress::NothingSent,
            (write, _) => write,
        }
    }

    fn new(
        runtime: &Runtime,
        grants: Option<Arc<Grants>>,
        purpose: Purpose,
        deadline: Instant,
        limits: Limits,
    ) -> CallState {
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles);
        CallState {
            grants,
            kind: purpose.kind,
            operation: purpose.operation,
            deadline,
            table,
            write: WriteProgress::None,
            entry: None,
            carried: None,
            waiting: true,
            answered: false,
            observed: Exchanged::default(),
            late: None,
            requests: 0,
            refusals: 0,
            digests: 0,
            derived: 0,
            log_lines: limits.log_lines,
            log_bytes: limits.log_bytes,
            log_dropped: 0,
            renewals: Vec::new(),
            wasi: None,
            growth: Growth { limits, refused: None },
            counters: runtime.in_use.clone(),
            _counted: runtime.in_use.calls.one(),
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
