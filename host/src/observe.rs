//! What an application measures: how calls and requests ended, told where they end.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use stockbridge_model::{Digest, ErrorClass, Outcome};

use crate::diagnostics;

/// Is told how each call and each request of a host ended, for an application's metrics: see
/// [`HostBuilder::observe_calls`](crate::HostBuilder::observe_calls).
///
/// Both are called in the task that made the call, before its caller has the answer: they must be as cheap as counting is,
/// and must not wait. A panic in one is contained and told as a `tracing` error; the call ends as it would have.
pub trait CallObserver: Send + Sync + 'static {
    /// A call has ended: of the application, or of the host itself when it finds out what became of a write.
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
    /// `query`, `check`, `resolve`, or what was ordered: `transfer`, `adjust.count`.
    pub operation: &'a str,
    /// How it ended.
    pub outcome: CallOutcome,
    /// The error's stable name, where there is one: see [`crate::Error::code`].
    pub code: Option<&'static str>,
    /// The error's class, where there is one.
    pub class: Option<ErrorClass>,
    /// How often the connector was asked: none for what was refused before that, or answered from the journal.
    pub attempts: u32,
    /// From its beginning to its end, waits included.
    pub duration: Duration,
    /// The version of the connector, where there was one.
    pub connector: Option<Digest>,
    /// Whether the host made it by itself, to find out what became of a write.
    pub recovery: bool,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallOutcome {
    /// What only reads has an answer.
    Answered,
    /// What only reads has none.
    Failed,
    /// A write was carried out.
    Applied,
    /// A write was not carried out.
    NotApplied,
    /// A write may have been carried out.
    Unknown,
    /// Who made it went away before it ended. A write goes on without its caller, and does not end like this.
    Cancelled,
}

impl CallOutcome {
    /// As it stands in a span: `not-applied`.
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
    /// `https://api.example.com`. None for one that was refused before it was known where it may go.
    pub origin: Option<&'a str>,
    /// Whether it carried a write.
    pub write: bool,
    /// The HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// Why there was none: `denied`, `unreachable`, `timed-out`, `throttled`, `broken`, `too-large`, `given-up`.
    pub failure: Option<&'static str>,
    /// Whether any byte of it may have left.
    pub sent: bool,
    /// From when it could leave to its end.
    pub duration: Duration,
    /// The bytes of its body.
    pub bytes_sent: usize,
    /// The bytes of the answer's body.
    pub bytes_received: usize,
}

/// Who is told, if anybody is.
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
        self.tell(|observer| observer.call_ended(call));
    }

    pub(crate) fn request_ended(&self, request: &RequestEnded<'_>) {
        self.tell(|observer| observer.request_ended(request));
    }

    fn tell(&self, tell: impl FnOnce(&dyn CallObserver)) {
        let Some(observer) = self.0.as_deref() else { return };
        // What it was doing is its own, and is not looked at again here.
        if catch_unwind(AssertUnwindSafe(|| tell(observer))).is_err() {
            tracing::error!(target: diagnostics::CALL, "the application's CallObserver panicked; the call ends as it would have");
        }
    }
}
