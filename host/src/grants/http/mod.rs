//! HTTP as far as the operator granted it: each request is judged, sent once, and its answer handed back.

mod capture;
mod judge;

use std::time::{Duration, Instant};

pub(crate) use judge::{Origins, origin_problem};

use crate::call::{CallKind, CallState, WriteProgress};
use crate::contract::http::{self, Effect, Failure, HttpError, Request, Response};
use crate::grants::secrets::HeldSecret;
use crate::transport::{OutboundRequest, TransportError};

impl http::Host for CallState {
    async fn send(&mut self, request: Request) -> wasmtime::Result<Result<Response, HttpError>> {
        Ok(self.exchange(request).await)
    }
}

impl CallState {
    async fn exchange(&mut self, request: Request) -> Result<Response, HttpError> {
        let grants = self.grants.clone().ok_or_else(|| denied("`describe` sends nothing"))?;
        let outbound = self.judged(&request)?;
        let is_write = matches!(request.effect, Effect::Write(_));
        if is_write {
            // Set before the first byte can leave: a call that ends now, however it ends, may have been carried out.
            self.write = WriteProgress::Unanswered;
        }
        let (method, place) = (outbound.method, request.url.as_str());
        let begun = Instant::now();
        let _counted = self.counters.requests.one();
        let answer = grants.transport.send(outbound).await;
        if is_write {
            self.write = match &answer {
                Ok(_) => WriteProgress::Answered,
                Err(error) if error.sent() => WriteProgress::Unanswered,
                Err(_) => WriteProgress::NothingSent,
            };
        }
        let took = begun.elapsed().as_millis();
        match answer {
            Ok(answer) => {
                tracing::debug!(account = grants.account, method, url = place, status = answer.status, took, "http");
                let body = capture::taken(answer.body, &request.capture, &grants.secrets).inspect_err(|_| {
                    // The connector gets no answer to judge by.
                    if is_write {
                        self.write = WriteProgress::Unanswered;
                    }
                })?;
                self.renewals.retain(|renewal| !request.capture.iter().any(|capture| capture.name == renewal.name));
                Ok(Response { status: answer.status, headers: answer.headers, body })
            }
            Err(error) => {
                tracing::debug!(account = grants.account, method, url = place, %error, took, "http");
                Err(failed(&error))
            }
        }
    }

    /// The request as it may leave, or why it may not.
    fn judged(&mut self, request: &Request) -> Result<OutboundRequest, HttpError> {
        let grants = self.grants.clone().ok_or_else(|| denied("`describe` sends nothing"))?;
        let limits = grants.limits;
        if self.requests >= limits.requests {
            return Err(denied(format!("the call has sent its {} requests", limits.requests)));
        }
        if matches!(request.effect, Effect::Write(_)) {
            self.may_write()?;
        }
        self.may_send(request)?;
        capture::judged(&request.capture, &grants.secrets).map_err(denied)?;
        let method = judge::method(&request.method).map_err(denied)?;
        let mut query = Vec::new();
        self.assemble(&request.query, &mut query).map_err(|_| denied("the query names a secret that is not held"))?;
        let url = judge::url(&request.url, query, &grants.origins).map_err(denied)?;
        let headers = self.headers(request)?;
        let mut body = Vec::new();
        self.assemble(&request.body, &mut body).map_err(|_| denied("the body names a secret that is not held"))?;
        if body.len() > limits.request_body {
            return Err(denied(format!("the body has {} bytes; the limit is {}", body.len(), limits.request_body)));
        }
        let left = self.deadline.saturating_duration_since(Instant::now());
        let wish = request.timeout.map_or(left, Duration::from_millis);
        self.requests += 1;
        Ok(OutboundRequest {
            method,
            url,
            headers,
            body,
            timeout: wish.clamp(Duration::from_millis(1), left.max(Duration::from_millis(1))),
            response_limit: limits.response_body,
        })
    }

    /// One write a call, and none in a call that only reads.
    fn may_write(&self) -> Result<(), HttpError> {
        match (self.kind, self.write) {
            (CallKind::Read, _) => Err(denied("a write was asked for in an operation that only reads")),
            (CallKind::Write, WriteProgress::None | WriteProgress::NothingSent) => Ok(()),
            (CallKind::Write, _) => Err(denied("the call has sent its one write")),
        }
    }

    /// A secret that is only for signing stays here.
    fn may_send(&self, request: &Request) -> Result<(), HttpError> {
        let headers = request.headers.iter().flat_map(|(_, value)| self.held(value));
        match self.held(&request.query).chain(self.held(&request.body)).chain(headers).find(|held| !held.is_sendable())
        {
            Some(held) => Err(denied(unsendable(held))),
            None => Ok(()),
        }
    }

    fn headers(&self, request: &Request) -> Result<Vec<(String, Vec<u8>)>, HttpError> {
        let mut headers = Vec::with_capacity(request.headers.len());
        for (name, parts) in &request.headers {
            let mut value = Vec::new();
            self.assemble(parts, &mut value).map_err(|_| denied("a header names a secret that is not held"))?;
            headers.push((judge::header(name, &value).map_err(denied)?, value));
        }
        Ok(headers)
    }
}

fn unsendable(held: &HeldSecret) -> String {
    match held.name() {
        "" => "a secret derived from one that is only for signing does not go into a request".to_owned(),
        name => format!("the secret `{name}` is only for signing and does not go into a request"),
    }
}

fn denied(message: impl Into<String>) -> HttpError {
    HttpError {
        failure: Failure::Denied,
        sent: false,
        retry_after: None,
        message: format!("the host refused the request: {}", message.into()),
    }
}

fn failed(error: &TransportError) -> HttpError {
    HttpError {
        failure: match error {
            TransportError::Unreachable(_) => Failure::Unreachable,
            TransportError::TimedOut(_) => Failure::TimedOut,
            TransportError::Broken(_) => Failure::Broken,
            TransportError::TooLarge(_) => Failure::TooLarge,
        },
        sent: error.sent(),
        retry_after: None,
        message: error.to_string(),
    }
}
