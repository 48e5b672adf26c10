//! The call as every capability sees it.

use std::sync::Arc;
use std::time::Instant;

use wasmtime::component::ResourceTable;

use super::grants::Grants;
use super::in_use::Counters;

/// What the operation of a call may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallKind {
    /// No request at all: `operations` of an account.
    Silent,
    /// Requests, none of them a write.
    Read,
    /// Requests, one of them a write.
    Write,
    /// Requests that look up a write's outcome, none of them a write. It may use the capacity reserved for look-ups.
    Resolve,
}

/// A call, as its capabilities see it.
pub(super) struct CallContext {
    /// None while a component describes itself: then every import is refused.
    pub(super) grants: Option<Arc<Grants>>,
    pub(super) kind: CallKind,
    /// Operation name for observers and logs: `query`, `adjust.count`.
    pub(super) operation: &'static str,
    pub(super) deadline: Instant,
    /// The guest's handles, of all capabilities.
    pub(super) table: ResourceTable,
    /// Whether the call waits for a provider, a renewal or a slot rather than for the connector.
    pub(super) waiting: bool,
    /// Counters of its handles and requests.
    pub(super) counters: Arc<Counters>,
}
