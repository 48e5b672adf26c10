//! One event for each request that a connector tries to send, allowed or not, under the target `stockbridge::egress`.

use std::sync::Arc;
use std::time::Instant;

use crate::contract::http::{Effect, HttpError, Request};
use crate::grants::Grants;
use crate::grants::secrets::Redactor;
use crate::transport::{InboundResponse, Progress, TransportError};

/// The most of a URL that is told, in characters.
const LONGEST_URL: usize = 200;
/// The most of a method that is told, in characters.
const LONGEST_METHOD: usize = 16;

/// Who tried to send what. Query, headers and body are told by nobody: secrets may stand in them.
///
/// One that is dropped before its end was told was given up, at the call's deadline perhaps, and says so.
pub(super) struct Attempt<'a> {
    account: &'a str,
    method: String,
    url: String,
    effect: &'static str,
    begun: Instant,
    /// None until it has a turn: till then nothing is sent.
    progress: Option<Progress>,
    told: bool,
    redactor: Arc<Redactor>,
}

impl<'a> Attempt<'a> {
    pub(super) fn of(grants: &'a Grants, request: &Request) -> Attempt<'a> {
        Attempt {
            account: &grants.account,
            method: request.method.chars().take(LONGEST_METHOD).collect(),
            url: grants.secrets.redactor().text(request.url.chars().take(LONGEST_URL).collect()),
            effect: match request.effect {
                Effect::Read => "read",
                Effect::Write(_) => "write",
            },
            begun: Instant::now(),
            progress: None,
            told: false,
            redactor: grants.secrets.redactor(),
        }
    }

    /// It goes to the transport, which says there how far it gets.
    pub(super) fn begins(&mut self, progress: &Progress) {
        self.begun = Instant::now();
        self.progress = Some(progress.clone());
    }

    pub(super) fn refused(mut self, refusal: &HttpError) {
        self.denied(refusal.message.clone());
    }

    pub(super) fn ended(mut self, answer: &Result<InboundResponse, TransportError>) {
        match answer {
            Ok(answer) => self.allowed(Some(answer.status), None),
            Err(TransportError::Refused(reason)) => self.denied(reason.clone()),
            Err(error) => self.allowed(None, Some(error.to_string())),
        }
    }

    fn denied(&mut self, reason: String) {
        self.told = true;
        let reason = self.redactor.text(reason);
        let Attempt { account, method, url, effect, .. } = self;
        tracing::warn!(target: "stockbridge::egress", account, ?method, ?url, effect, verdict = "denied", reason, "request");
    }

    fn allowed(&mut self, status: Option<u16>, error: Option<String>) {
        self.told = true;
        let error = error.map(|error| self.redactor.text(error));
        let Attempt { account, method, url, effect, progress, begun, .. } = self;
        let connection = progress.as_ref().and_then(Progress::connection);
        let (peer, reused) = connection.map(|(peer, reused)| (peer.to_string(), reused)).unzip();
        let sent = progress.as_ref().is_some_and(Progress::may_have_sent);
        let milliseconds = begun.elapsed().as_millis();
        tracing::debug!(target: "stockbridge::egress", account, ?method, ?url, effect, verdict = "allowed", peer, reused, sent, status, error, milliseconds, "request");
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if !self.told {
            self.allowed(None, Some("given up".to_owned()));
        }
    }
}
