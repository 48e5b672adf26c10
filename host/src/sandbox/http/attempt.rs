//! One event for each request that a connector tries to send, allowed or denied, under the target `stockbridge::egress`.

use std::fmt;
use std::time::Instant;

use stockbridge_egress::transport::{InboundResponse, OutboundRequest, Progress, TransportError};

use crate::diagnostics;
use crate::observe::RequestEnded;
use crate::sandbox::contract::http::{Effect, HttpError, Request};
use crate::sandbox::grants::Grants;

/// Maximum URL in an event, in bytes.
const LONGEST_URL: usize = 200;
/// Maximum method in an event, in characters.
const LONGEST_METHOD: usize = 16;

/// A request attempt to report. Query, headers and body are left out: they may contain secrets.
///
/// An attempt that is dropped unreported was given up, for example at the call's deadline, and is reported as such.
///
/// An event without listeners costs nothing: this code is on the path of every call.
pub(super) struct Attempt<'a> {
    grants: &'a Grants,
    request: &'a Request,
    operation: &'static str,
    started: Instant,
    /// None until the request is handed to the transport: nothing is sent before.
    progress: Option<Progress>,
    /// Its origin and body size, if an observer listens.
    measured: Option<(String, usize)>,
    reported: bool,
}

impl<'a> Attempt<'a> {
    pub(super) fn of(grants: &'a Grants, request: &'a Request, operation: &'static str) -> Attempt<'a> {
        Attempt { grants, request, operation, started: Instant::now(), progress: None, measured: None, reported: false }
    }

    /// Records that the request goes to the transport, and where the transport reports its progress.
    pub(super) fn sending(&mut self, outbound: &OutboundRequest) {
        self.started = Instant::now();
        self.progress = Some(outbound.progress.clone());
        let observed = self.grants.observer.listens();
        self.measured = observed.then(|| (outbound.target.origin.to_string(), outbound.body.len()));
    }

    pub(super) fn refused(mut self, refusal: &HttpError) {
        self.observed(None, Some("denied"), 0);
        self.denied(&refusal.message);
    }

    pub(super) fn ended(mut self, answer: &Result<InboundResponse, TransportError>) {
        match answer {
            Ok(answer) => self.observed(Some(answer.status), None, answer.body.len()),
            Err(error) => self.observed(None, Some(error.name()), 0),
        }
        match answer {
            Ok(answer) => self.allowed(Some(answer.status), None),
            Err(TransportError::Refused(reason)) => self.denied(reason),
            Err(error) => self.allowed(None, Some(error)),
        }
    }

    fn observed(&self, status: Option<u16>, failure: Option<&'static str>, bytes_received: usize) {
        if !self.grants.observer.listens() {
            return;
        }
        let measured = self.measured.as_ref();
        self.grants.observer.request_ended(&RequestEnded {
            account: &self.grants.account,
            operation: self.operation,
            origin: measured.map(|(origin, _)| origin.as_str()),
            write: matches!(self.request.effect, Effect::Write(_)),
            status,
            failure,
            sent: self.progress.as_ref().is_some_and(Progress::may_have_sent),
            duration: self.started.elapsed(),
            bytes_sent: measured.map_or(0, |(_, bytes)| *bytes),
            bytes_received,
        });
    }

    fn denied(&mut self, reason: &str) {
        self.reported = true;
        if self.grants.is_trial {
            return;
        }
        let (account, method, url, effect) = (&*self.grants.account, self.method(), self.url(), self.effect());
        let operation = self.operation;
        let reason = self.grants.secrets.redactor().text(reason.to_owned());
        tracing::warn!(target: diagnostics::EGRESS, account, operation, ?method, ?url, effect, verdict = "denied", reason, "request");
    }

    fn allowed(&mut self, status: Option<u16>, error: Option<&dyn fmt::Display>) {
        self.reported = true;
        // A trial sends nothing: an operator who reads of it would look for the request at the provider.
        if self.grants.is_trial || !tracing::enabled!(target: diagnostics::EGRESS, tracing::Level::DEBUG) {
            return;
        }
        let (account, method, url, effect) = (&*self.grants.account, self.method(), self.url(), self.effect());
        let operation = self.operation;
        let error = error.map(|error| self.grants.secrets.redactor().text(error.to_string()));
        let progress = self.progress.as_ref();
        let connection = progress.and_then(Progress::connection);
        let (peer, reused) = connection.map(|(peer, reused)| (peer.to_string(), reused)).unzip();
        let sent = progress.is_some_and(Progress::may_have_sent);
        let milliseconds = self.started.elapsed().as_millis();
        tracing::debug!(target: diagnostics::EGRESS, account, operation, ?method, ?url, effect, verdict = "allowed", peer, reused, sent, status, error, milliseconds, "request");
    }

    fn method(&self) -> String {
        self.request.method.chars().take(LONGEST_METHOD).collect()
    }

    fn url(&self) -> String {
        self.grants.secrets.redactor().beginning(&self.request.url, LONGEST_URL)
    }

    fn effect(&self) -> &'static str {
        match self.request.effect {
            Effect::Read => "read",
            Effect::Write(_) => "write",
        }
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if !self.reported {
            self.observed(None, Some("given-up"), 0);
            self.allowed(None, Some(&"given up"));
        }
    }
}
