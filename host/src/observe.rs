//! Observation of calls and requests by an application: each is reported where it ends.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use stockbridge_model::{Digest, ErrorClass, Outcome};

use crate::diagnostics;

/// Observer of the end of each call and each request of a host, for an application's metrics: see
/// [`HostBuilder::observe_calls`](crate::HostBuilder::observe_calls).
///
/// Both methods are called in the task that made the call, before its caller has the answer: they must be as cheap as counting,
/// and must not wait. A panic in one is caught and logged as a `tracing` error; the call ends as it would have.
pub trait CallObserver: Send + Sync + 'static {
    /// A call has ended: of the application, or of the host itself during the recovery of a write.
    fn call_ended(&self, call: &CallEnded<'_>) {
        let _ = call;
    }

    /// A request has ended, or was refused before it left.
    fn request_ended(&self, request: &RequestEnded<'_>) {
        let _ = request;
    }
}

impl<T: CallObserver + ?Sized> CallObserver for Arc<T> {
    fn call_ended(&self, call: &CallEnded<'_>) {
        (**self).call_ended(call);
    }

    fn request_ended(&self, request: &RequestEnded<'_>) {
        (**self).request_ended(request);
    }
}

/// A call that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallEnded<'a> {
    /// The account's name.
    pub account: &'a str,
    /// `query`, `check`, `resolve`, or a write: `transfer`, `adjust.count`.
    pub operation: &'a str,
    /// Its outcome.
    pub outcome: CallOutcome,
    /// The error's stable code, if it failed: see [`crate::Error::code`].
    pub code: Option<&'static str>,
    /// The error's class, if it failed.
    pub class: Option<ErrorClass>,
    /// Number of calls of the connector: 0 if the call was refused before, or answered from the journal.
    pub attempts: u32,
    /// Time from its beginning to its end, waits included.
    pub duration: Duration,
    /// The version of the connector, if one was involved.
    pub connector: Option<Digest>,
    /// Whether the host made the call itself, for the recovery of a write.
    pub recovery: bool,
}

/// Outcome of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallOutcome {
    /// A read-only call was answered.
    Answered,
    /// A read-only call failed.
    Failed,
    /// A write was applied.
    Applied,
    /// A write was not applied.
    NotApplied,
    /// A write may have been applied.
    Unknown,
    /// The caller dropped the call before its end. Never the outcome of a write, which continues without its caller.
    Cancelled,
}

impl CallOutcome {
    /// The outcome as recorded in spans: `not-applied`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            CallOutcome::Answered => "answered",
            CallOutcome::Failed => "failed",
            CallOutcome::Applied => "applied",
            CallOutcome::NotApplied => "not-applied",
            CallOutcome::Unknown => "unknown",
            CallOutcome::Cancelled => "cancelled",
        }
    }
}

impl From<Outcome> for CallOutcome {
    fn from(outcome: Outcome) -> CallOutcome {
        match outcome {
            Outcome::NotApplied => CallOutcome::NotApplied,
            Outcome::Unknown => CallOutcome::Unknown,
        }
    }
}

/// A request that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestEnded<'a> {
    /// The account's name.
    pub account: &'a str,
    /// The operation of its call.
    pub operation: &'a str,
    /// `https://api.example.com`. None for a request that was refused before its origin was authorized.
    pub origin: Option<&'a str>,
    /// Whether it carried a write.
    pub write: bool,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// Why there was no answer: `denied`, `unreachable`, `timed-out`, `throttled`, `broken`, `too-large`, `given-up`.
    pub failure: Option<&'static str>,
    /// Whether any byte of it may have left.
    pub sent: bool,
    /// Time from its hand-over to the transport to its end.
    pub duration: Duration,
    /// Size of its body, in bytes.
    pub bytes_sent: usize,
    /// Size of the answer's body, in bytes.
    pub bytes_received: usize,
}

/// The application's observer, if it has one.
#[derive(Clone, Default)]
pub(crate) struct Observer(Option<Arc<dyn CallObserver>>);

impl Observer {
    pub(crate) fn new(observer: impl CallObserver) -> Observer {
        Observer(Some(Arc::new(observer)))
    }

    pub(crate) fn listens(&self) -> bool {
        self.0.is_some()
    }

    pub(crate) fn call_ended(&self, call: &CallEnded<'_>) {
        self.notify(|observer| observer.call_ended(call));
    }

    pub(crate) fn request_ended(&self, request: &RequestEnded<'_>) {
        self.notify(|observer| observer.request_ended(request));
    }

    fn notify(&self, notify: impl FnOnce(&dyn CallObserver)) {
        let Some(observer) = self.0.as_deref() else { return };
        // Unwind safe: the observer's own state may be inconsistent after a panic, but no state of the host.
        if catch_unwind(AssertUnwindSafe(|| notify(observer))).is_err() {
            tracing::error!(target: diagnostics::CALL, "the application's CallObserver panicked; the call ends as it would have");
        }
    }
}
