//! One event for each request that a connector tries to send, allowed or not, under the target `stockbridge::egress`.

use std::fmt;
use std::time::Instant;

use crate::contract::http::{Effect, HttpError, Request};
use crate::grants::Grants;
use crate::transport::{InboundResponse, Progress, TransportError};

/// The most of a URL that is told, in characters.
const LONGEST_URL: usize = 200;
/// The most of a method that is told, in characters.
const LONGEST_METHOD: usize = 16;

/// Who tried to send what. Query, headers and body are told by nobody: secrets may stand in them.
///
/// One that is dropped before its end was told was given up, at the call's deadline perhaps, and says so.
///
/// Nothing is put together for an event that nobody listens to: this stands on the path of every call.
pub(super) struct Attempt<'a> {
    grants: &'a Grants,
    request: &'a Request,
    begun: Instant,
    /// None until it has a turn: till then nothing is sent.
    progress: Option<Progress>,
    told: bool,
}

impl<'a> Attempt<'a> {
    pub(super) fn of(grants: &'a Grants, request: &'a Request) -> Attempt<'a> {
        Attempt { grants, request, begun: Instant::now(), progress: None, told: false }
    }

    /// It goes to the transport, which says there how far it gets.
    pub(super) fn begins(&mut self, progress: &Progress) {
        self.begun = Instant::now();
        self.progress = Some(progress.clone());
    }

    pub(super) fn refused(mut self, refusal: &HttpError) {
        self.denied(&refusal.message);
    }

    pub(super) fn ended(mut self, answer: &Result<InboundResponse, TransportError>) {
        match answer {
            Ok(answer) => self.allowed(Some(answer.status), None),
            Err(TransportError::Refused(reason)) => self.denied(reason),
            Err(error) => self.allowed(None, Some(error)),
        }
    }

    fn denied(&mut self, reason: &str) {
        self.told = true;
        let (account, method, url, effect) = (&self.grants.account, self.method(), self.url(), self.effect());
        let reason = self.grants.secrets.redactor().text(reason.to_owned());
        tracing::warn!(target: "stockbridge::egress", account, ?method, ?url, effect, verdict = "denied", reason, "request");
    }

    fn allowed(&mut self, status: Option<u16>, error: Option<&dyn fmt::Display>) {
        self.told = true;
        if !tracing::enabled!(target: "stockbridge::egress", tracing::Level::DEBUG) {
            return;
        }
        let (account, method, url, effect) = (&self.grants.account, self.method(), self.url(), self.effect());
        let error = error.map(|error| self.grants.secrets.redactor().text(error.to_string()));
        let progress = self.progress.as_ref();
        let connection = progress.and_then(Progress::connection);
        let (peer, reused) = connection.map(|(peer, reused)| (peer.to_string(), reused)).unzip();
        let sent = progress.is_some_and(Progress::may_have_sent);
        let milliseconds = self.begun.elapsed().as_millis();
        tracing::debug!(target: "stockbridge::egress", account, ?method, ?url, effect, verdict = "allowed", peer, reused, sent, status, error, milliseconds, "request");
    }

    fn method(&self) -> String {
        self.request.method.chars().take(LONGEST_METHOD).collect()
    }

    fn url(&self) -> String {
        self.grants.secrets.redactor().text(self.request.url.chars().take(LONGEST_URL).collect())
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
        if !self.told {
            self.allowed(None, Some(&"given up"));
        }
    }
}
