//! A call as it is seen from outside: its span, and what an observer is told at its end.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use tracing::field::Empty;
use tracing::instrument::Instrumented;
use tracing::{Instrument as _, Span};

use super::Account;
use crate::boxed::{Boxed, boxed};
use crate::component::Digest;
use crate::error::{Error, WriteFailure};
use crate::model::Reference;
use crate::observe::{CallEnded, CallOutcome, Observer};

/// A call from its beginning to its end. Where nobody listens it is a few moves.
pub(super) struct Observed<'a> {
    account: &'a Account,
    pub(super) operation: &'static str,
    /// What it has become when it is dropped without a word.
    lost: CallOutcome,
    recovery: bool,
    span: Span,
    /// None where nobody measures.
    begun: Option<Instant>,
    attempts: AtomicU32,
    connector: OnceLock<Digest>,
    ended: bool,
}

impl Account {
    /// A call that only reads.
    pub(super) fn reads(&self, operation: &'static str) -> Observed<'_> {
        Observed::new(self, operation, CallOutcome::Cancelled, self.span(operation, None))
    }

    /// A write, in the span that its caller made for it.
    pub(super) fn writes(&self, operation: &'static str, span: Span) -> Observed<'_> {
        Observed::new(self, operation, CallOutcome::Unknown, span)
    }

    /// A call that the host makes by itself.
    pub(super) fn recovers(&self, operation: &'static str, reference: &Reference) -> Observed<'_> {
        let mut observed = Observed::new(self, operation, CallOutcome::Unknown, self.span(operation, Some(reference)));
        observed.recovery = true;
        observed
    }

    /// The span of a call.
    pub(super) fn span(&self, operation: &'static str, reference: Option<&Reference>) -> Span {
        let (asked_by, trace) = (self.options.asked_by.as_deref(), self.options.trace.as_deref());
        tracing::info_span!(
            target: "stockbridge::call",
            "call",
            account = self.name(),
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

    fn observer(&self) -> &Observer {
        self.registry.observer()
    }
}

impl<'a> Observed<'a> {
    fn new(account: &'a Account, operation: &'static str, lost: CallOutcome, span: Span) -> Observed<'a> {
        Observed {
            account,
            operation,
            lost,
            recovery: false,
            span,
            begun: account.observer().listens().then(Instant::now),
            attempts: AtomicU32::new(0),
            connector: OnceLock::new(),
            ended: false,
        }
    }

    /// Runs the call inside its span. It is boxed first: instrumenting moves a future, and a call's is large.
    pub(super) fn in_span<'f, T, F: Future<Output = T> + Send + 'f>(
        &self,
        make: impl FnOnce() -> F,
    ) -> Instrumented<Boxed<'f, T>> {
        boxed(make).instrument(self.span.clone())
    }

    /// It is on this version.
    pub(super) fn on(&self, connector: Digest) {
        self.connector.get_or_init(|| connector);
    }

    /// The connector is asked, for the first time or again.
    pub(super) fn attempt(&self) {
        self.attempts.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn read<T>(mut self, came: Result<T, Error>) -> Result<T, Error> {
        match &came {
            Ok(_) => self.end(CallOutcome::Answered, None),
            Err(error) => self.end(CallOutcome::Failed, Some(error)),
        }
        came
    }

    pub(super) fn wrote<T>(mut self, came: Result<T, WriteFailure>) -> Result<T, WriteFailure> {
        match &came {
            Ok(_) => self.end(CallOutcome::Applied, None),
            Err(failure) => self.end(failure.outcome().into(), Some(failure.error())),
        }
        came
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
        let Some(begun) = self.begun else { return };
        self.account.observer().call_ended(&CallEnded {
            account: self.account.name(),
            operation: self.operation,
            outcome,
            code,
            class: error.map(Error::class),
            attempts,
            duration: begun.elapsed(),
            connector: self.connector.get().copied(),
            recovery: self.recovery,
        });
    }
}

impl Drop for Observed<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.end(self.lost, None);
        }
    }
}
