//! What every capability knows of the call that uses it.

use std::sync::Arc;
use std::time::Instant;

use wasmtime::component::ResourceTable;

use super::grants::Grants;
use super::in_use::Counters;

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

/// A call, as its capabilities see it.
pub(super) struct CallContext {
    /// None while a component describes itself: then every import is refused.
    pub(super) grants: Option<Arc<Grants>>,
    pub(super) kind: CallKind,
    /// For who listens: `query`, `adjust.count`.
    pub(super) operation: &'static str,
    pub(super) deadline: Instant,
    /// What the guest holds, of whichever capability.
    pub(super) table: ResourceTable,
    /// Whether it waits for a provider, a renewal or a turn, and not for the connector.
    pub(super) waiting: bool,
    /// Where its handles and requests are counted.
    pub(super) counters: Arc<Counters>,
}
