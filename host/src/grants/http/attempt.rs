//! One event for each request that a connector tries to send, allowed or not, under the target `stockbridge::egress`.

use std::time::Duration;

use crate::contract::http::{Effect, HttpError, Request};
use crate::grants::Grants;
use crate::transport::{InboundResponse, Progress, TransportError};

/// The most of a URL that is told, in characters.
const LONGEST_URL: usize = 200;

/// Who tried to send what. Query, headers and body are told by nobody: secrets may stand in them.
pub(super) struct Attempt<'a> {
    account: &'a str,
    method: &'a str,
    url: String,
    effect: &'static str,
}

impl<'a> Attempt<'a> {
    pub(super) fn of(grants: &'a Grants, request: &'a Request) -> Attempt<'a> {
        Attempt {
            account: &grants.account,
            method: request.method.get(..16).unwrap_or(&request.method),
            url: grants.secrets.redactor().text(request.url.chars().take(LONGEST_URL).collect()),
            effect: match request.effect {
                Effect::Read => "read",
                Effect::Write(_) => "write",
            },
        }
    }

    pub(super) fn refused(&self, refusal: &HttpError) {
        let Attempt { account, method, url, effect } = self;
        tracing::warn!(target: "stockbridge::egress", account, ?method, ?url, effect, verdict = "denied", reason = refusal.message, "request");
    }

    pub(super) fn ended(&self, answer: &Result<InboundResponse, TransportError>, progress: &Progress, took: Duration) {
        let Attempt { account, method, url, effect } = self;
        let (peer, reused) =
            progress.connection().map_or((None, None), |(peer, reused)| (Some(peer.to_string()), Some(reused)));
        let sent = progress.may_have_sent();
        let milliseconds = took.as_millis();
        match answer {
            Ok(answer) => {
                tracing::debug!(target: "stockbridge::egress", account, ?method, ?url, effect, verdict = "allowed", peer, reused, sent, status = answer.status, milliseconds, "request")
            }
            Err(TransportError::Refused(reason)) => {
                tracing::warn!(target: "stockbridge::egress", account, ?method, ?url, effect, verdict = "denied", reason, "request")
            }
            Err(error) => {
                tracing::debug!(target: "stockbridge::egress", account, ?method, ?url, effect, verdict = "allowed", peer, reused, sent, %error, milliseconds, "request")
            }
        }
    }
}
