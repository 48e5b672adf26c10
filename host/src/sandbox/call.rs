//! One call of a connector: a fresh instance, within its limits and its deadline, and what is known when it ends.

use std::sync::Arc;
use std::time::{Duration, Instant};

use wasmtime::component::{Instance, InstancePre, ResourceTable};
use wasmtime::{ResourceLimiter, Store, Trap};

use crate::box_future::{BoxFuture, boxed};
use crate::egress::transport::Progress;
use crate::error::{ConnectorFault, Error, ErrorKind};
use crate::journal::Entry;
use crate::model::Limits;
use crate::sandbox::contract::Exports;
use crate::sandbox::fair_share::{Fair, FairShare};
use crate::sandbox::http::exchange::Exchanged;
use crate::sandbox::in_use::{Counted, Counters};
use crate::sandbox::secrets::Renewal;
use crate::sandbox::slots::Turn;
use crate::sandbox::wasi::{self, Wasi};
use crate::sandbox::{Grants, Sandbox};

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

/// Who records what a call does about a write.
pub(crate) enum Recorder {
    /// The journal, before the first byte leaves.
    Journal(Box<Entry>),
    /// Nobody: a component shows what it would send, and nothing leaves.
    Rehearsal,
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
    /// Who records the write that it is about; none of a call that is about none.
    pub(crate) recorder: Option<Recorder>,
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
pub(crate) struct CallReport<T> {
    pub(crate) answer: Result<T, ConnectorFault>,
    pub(crate) write: WriteProgress,
    /// Who records the write that it was about.
    pub(crate) recorder: Option<Recorder>,
    /// Whether its latest request was answered, so that what the connector says of limits is the provider's word.
    pub(crate) answered: bool,
    /// What was seen of that request besides.
    pub(crate) observed: Exchanged,
    /// Why its latest request was not sent, where it came too late: the connector has no better reason for its failure.
    pub(crate) late: Option<Late>,
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
    let share = store.data().grants.as_ref().map_or_else(FairShare::default, |grants| grants.share.clone());
    let limits = store.data().growth.limits;
    store.limiter(|state| &mut state.growth);
    store.set_hostcall_fuel(limits.hostcall_fuel);
    // A guest that computes gives way at each tick of the epoch, so that the deadline below is seen.
    store.set_epoch_deadline(1);
    store.epoch_deadline_async_yield_and_update(1);

    let for_call = &mut store;
    let call: Operation<'_, T> = boxed(move || async move {
        let grants = for_call.data().grants.clone();
        let _turn = turn(sandbox, grants.as_deref(), kind).await;
        for_call.data_mut().waiting = false;
        let instance = component.pre.instantiate_async(&mut *for_call).await?;
        operate(&component.exports, for_call, instance).await
    });
    // A write is more than its call: it has its turn as a whole.
    let call = if kind == CallKind::Write { Fair::part(call) } else { share.of(call) };
    let answer = match tokio::time::timeout_at(deadline.into(), call).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(fault(&error, store.data())),
        Err(_) => Err(ConnectorFault::Deadline { allowed, waiting: store.data().waiting }),
    };
    store.data_mut().end_stdio();
    let recorder = store.data_mut().recorder.take();
    let observed = std::mem::take(&mut store.data_mut().observed);
    let state = store.data();
    if state.log_dropped > 0 {
        let account = state.grants.as_ref().map_or("", |grants| &*grants.account);
        tracing::warn!(account, dropped = state.log_dropped, "a connector logged more lines than its limit");
    }
    let (answered, late) = (state.answered, state.late);
    CallReport { answer, write: state.written(), answered, observed, late, recorder }
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

    fn new(sandbox: &Sandbox, purpose: Purpose, deadline: Instant) -> CallState {
        let (kind, operation) = (purpose.kind(), purpose.operation());
        let (grants, recorder) = purpose.into_parts();
        let limits = grants.as_ref().map_or_else(Limits::default, |grants| grants.limits);
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles);
        CallState {
            grants,
            kind,
            operation,
            deadline,
            table,
            write: WriteProgress::None,
            recorder,
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
            counters: sandbox.in_use.clone(),
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
