//! Observation of a call: its span, and the report to observers at its end.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use stockbridge_model::{Digest, Reference};
use tracing::field::Empty;
use tracing::instrument::Instrumented;
use tracing::{Instrument as _, Span};

use super::options::CallOptions;
use crate::box_future::{BoxFuture, boxed};
use crate::diagnostics;
use crate::error::{Error, WriteFailure};
use crate::observe::{CallEnded, CallOutcome, Observer};

/// A call under observation, from beginning to end. Without listeners it costs a few moves.
pub(crate) struct Observed<'a> {
    pub(crate) caller: Caller<'a>,
    pub(crate) operation: &'static str,
    /// Outcome reported if the call is dropped before its end.
    outcome_if_dropped: CallOutcome,
    recovery: bool,
    span: Span,
    /// None if no observer listens.
    started: Option<Instant>,
    attempts: AtomicU32,
    connector: OnceLock<Digest>,
    ended: bool,
}

/// The account and options of a call, and the observer of its end.
#[derive(Clone, Copy)]
pub(crate) struct Caller<'a> {
    pub(crate) account: &'a str,
    pub(crate) options: &'a CallOptions,
    pub(crate) observer: &'a Observer,
}

impl<'a> Caller<'a> {
    /// A read-only call.
    pub(crate) fn reads(self, operation: &'static str) -> Observed<'a> {
        Observed::new(self, operation, CallOutcome::Cancelled, self.span(operation, None))
    }

    /// A write, in the span that its caller made.
    pub(crate) fn writes(self, operation: &'static str, span: Span) -> Observed<'a> {
        Observed::new(self, operation, CallOutcome::Unknown, span)
    }

    /// A call that the host makes for recovery.
    pub(crate) fn recovers(self, operation: &'static str, reference: &Reference) -> Observed<'a> {
        let mut observed = Observed::new(self, operation, CallOutcome::Unknown, self.span(operation, Some(reference)));
        observed.recovery = true;
        observed
    }

    /// The span of a call.
    pub(crate) fn span(self, operation: &'static str, reference: Option<&Reference>) -> Span {
        let (asked_by, trace) = (self.options.asked_by.as_deref(), self.options.trace.as_deref());
        tracing::info_span!(
            target: diagnostics::CALL,
            "call",
            account = self.account,
            operation,
            reference = reference.map(tracing::field::display),
            asked_by,
            trace,
            connector = Empty,
            attempt = Empty,
            outcome = Empty,
            code = Empty,
        )
    }
}

impl<'a> Observed<'a> {
    fn new(caller: Caller<'a>, operation: &'static str, outcome_if_dropped: CallOutcome, span: Span) -> Observed<'a> {
        Observed {
            caller,
            operation,
            outcome_if_dropped,
            recovery: false,
            span,
            started: caller.observer.listens().then(Instant::now),
            attempts: AtomicU32::new(0),
            connector: OnceLock::new(),
            ended: false,
        }
    }

    /// Runs the call inside its span. It is boxed first: instrumenting moves a future, and a call's is large.
    pub(crate) fn in_span<'f, T, F: Future<Output = T> + Send + 'f>(
        &self,
        make: impl FnOnce() -> F,
    ) -> Instrumented<BoxFuture<'f, T>> {
        boxed(make).instrument(self.span.clone())
    }

    /// Records the version of the call.
    pub(crate) fn on(&self, connector: Digest) {
        self.connector.get_or_init(|| connector);
    }

    /// Counts an attempt.
    pub(crate) fn attempt(&self) {
        self.attempts.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn read<T>(mut self, result: Result<T, Error>) -> Result<T, Error> {
        match &result {
            Ok(_) => self.end(CallOutcome::Answered, None),
            Err(error) => self.end(CallOutcome::Failed, Some(error)),
        }
        result
    }

    pub(crate) fn wrote<T>(mut self, result: Result<T, WriteFailure>) -> Result<T, WriteFailure> {
        match &result {
            Ok(_) => self.end(CallOutcome::Applied, None),
            Err(failure) => self.end(failure.outcome().into(), Some(failure.error())),
        }
        result
    }

    fn end(&mut self, outcome: CallOutcome, error: Option<&Error>) {
        self.ended = true;
        let (attempts, code) = (self.attempts.load(Ordering::Relaxed), error.map(Error::code));
        if !self.span.is_disabled() {
            if let Some(connector) = self.connector.get() {
                self.span.record("connector", tracing::field::display(connector));
            }
            self.span.record("attempt", attempts).record("outcome", outcome.as_str()).record("code", code);
        }
        let Some(started) = self.started else { return };
        self.caller.observer.call_ended(&CallEnded {
            account: self.caller.account,
            operation: self.operation,
            outcome,
            code,
            class: error.map(Error::class),
            attempts,
            duration: started.elapsed(),
            connector: self.connector.get().copied(),
            recovery: self.recovery,
        });
    }
}

impl Drop for Observed<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.end(self.outcome_if_dropped, None);
        }
    }
}
