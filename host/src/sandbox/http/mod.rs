//! HTTP within the operator's grant: each request is authorized, sent once, and its sanitized answer returned.

mod answer;
mod attempt;
mod capture;
mod exchange;
mod failure;
mod judge;
mod progress;
mod record;
mod turns;

use std::sync::Arc;
use std::time::{Duration, Instant};

use answer::sanitize;
use attempt::Attempt;
pub(crate) use exchange::ExchangeObserved;
use failure::{denied, failed, late, unpromised, unsendable};
pub(super) use progress::HttpState;
pub(crate) use progress::{HttpReport, Late, Recorder, WriteProgress};
use record::{Unredacted, no_answer, response};
use stockbridge_egress::Target;
use stockbridge_egress::transport::{Departure, Exchange, InboundResponse, OutboundRequest, TransportError};
use stockbridge_model::SendWindow;
use tokio::sync::SemaphorePermit;
use turns::turn;
use wasmtime::component::HasData;
use zeroize::Zeroizing;

use super::context::{CallContext, CallKind};
use super::grants::Grants;
use super::secrets::Renewal;
use crate::limits::Limits;
use crate::sandbox::contract::http::{self, Capture, Effect, HttpError, Request, Response};
use crate::sandbox::contract::secrets::{Part, Refusal};

/// Minimum timeout of a request, whatever the guest asks for.
const SHORTEST: Duration = Duration::from_millis(1);
/// Maximum idle time of a connection that carries a write. Providers close connections after some seconds or minutes idle; if
/// one closes as a write arrives, the write's outcome is unknown.
const MAX_WRITE_IDLE: Duration = Duration::from_secs(1);
/// Maximum refused requests of a call.
const MOST_REFUSALS: u32 = 100;
/// Maximum bytes that are searched for secrets on the runtime's own thread. Longer texts go to the blocking pool, and so do
/// answers with a capture, because the search for the new token is prepared there.
const MAX_INLINE: usize = 32 * 1024;
/// Maximum query, in bytes.
const LONGEST_QUERY: usize = 16 * 1024;

/// The capability.
pub(super) struct Http;

impl HasData for Http {
    type Data<'a> = HttpView<'a>;
}

/// HTTP of a running call.
pub(super) struct HttpView<'a> {
    pub(super) context: &'a mut CallContext,
    pub(super) state: &'a mut HttpState,
    /// Captured secrets that the call is renewing: an answer with the new secret ends its renewal.
    pub(super) renewals: &'a mut Vec<Renewal>,
}

impl http::Host for HttpView<'_> {
    async fn send(&mut self, request: Request) -> wasmtime::Result<Result<Response, HttpError>> {
        // Each refusal logs an event for the operator, so a guest that causes too many is trapped.
        if self.state.refusals >= MOST_REFUSALS {
            return Err(wasmtime::Error::msg(format!("{MOST_REFUSALS} of its requests were refused")));
        }
        Ok(self.exchange(&request).await)
    }
}

impl HttpView<'_> {
    /// Sends a request, if it is authorized, and returns the sanitized answer.
    ///
    /// This future is moved on each request, so large and rare parts of it are boxed, and parts that never wait are plain
    /// functions.
    async fn exchange(&mut self, request: &Request) -> Result<Response, HttpError> {
        let grants = self.context.grants.clone().ok_or_else(|| denied("`describe` sends nothing"))?;
        let mut attempt = Attempt::of(&grants, request, self.context.operation);
        let mut outbound = match self.authorize(request, &grants) {
            Ok(outbound) => outbound,
            Err(refusal) => {
                self.state.refusals += 1;
                attempt.refused(&refusal);
                return Err(refusal);
            }
        };
        let _counted = self.context.counters.requests.one();
        self.state.observed = ExchangeObserved::default();
        let captures = capture::of_answer(&request.capture, &outbound.target, &grants.captures);
        self.context.waiting = true;
        self.record_request(request, &grants).await;
        self.state.late = None;
        let answer = match (self.acquire_slot(&mut outbound, &grants).await, &request.effect) {
            (Ok(_slot), Effect::Write(key)) => {
                Box::pin(self.send_write(outbound, key.as_ref(), &grants, &mut attempt)).await
            }
            (Ok(_slot), Effect::Read) => self.send_once(outbound, &grants, &mut attempt).await,
            (Err(error), _) => Err(error),
        };
        let gave_up = matches!(answer, Err(TransportError::TimedOut { .. }));
        attempt.ended(&answer);
        let response = match self.record_result(answer, request, &grants) {
            Ok(answer) => self.sanitize(answer, &captures, is_write(request), grants).await,
            Err(error) => Err(error),
        };
        self.context.waiting = false;
        if let Some(Recorder::Journal(entry)) = &mut self.state.recorder {
            let answer = response.as_ref().map_or_else(no_answer, self::response);
            entry.answered(answer, is_write(request), !gave_up);
        }
        response
    }

    /// Records the request in its write's history. A long one is searched for secrets on the blocking pool.
    async fn record_request(&mut self, request: &Request, grants: &Grants) {
        let Some(Recorder::Journal(entry)) = &mut self.state.recorder else { return };
        let (request, redactor) = (Unredacted::of(request), grants.secrets.redactor());
        let redacted = if request.size() <= MAX_INLINE {
            Some(request.redacted(&redactor))
        } else {
            let work = tokio::task::spawn_blocking(move || request.redacted(&redactor));
            Box::pin(work).await.ok()
        };
        redacted.into_iter().for_each(|request| entry.requested(request));
    }

    /// Waits for a request's slot.
    async fn acquire_slot<'g>(
        &mut self,
        outbound: &mut OutboundRequest,
        grants: &'g Grants,
    ) -> Result<SemaphorePermit<'g>, TransportError> {
        self.check_time_left(grants)?;
        let until = self.context.deadline.checked_sub(grants.limits.min_time_left).unwrap_or(self.context.deadline);
        let slot = turn(grants, self.context.kind, outbound, until).await?;
        self.check_time_left(grants)?;
        Ok(slot)
    }

    /// Hands a write to the transport, which connects first. Then the journal records the intent, and the write is sent.
    async fn send_write(
        &mut self,
        mut outbound: OutboundRequest,
        key: Option<&String>,
        grants: &Grants,
        attempt: &mut Attempt<'_>,
    ) -> Result<InboundResponse, TransportError> {
        if !grants.transport.keeps_send_windows() {
            let started = Instant::now();
            let window = self.record_intent(key, grants).await?;
            outbound.timeout = outbound.timeout.saturating_sub(started.elapsed()).max(SHORTEST);
            let repeat_left = match &self.state.recorder {
                Some(Recorder::Journal(entry)) => entry.send_window_left(),
                Some(Recorder::Rehearsal(_)) | None => None,
            };
            outbound.timeout = outbound.timeout.min(repeat_left.unwrap_or(Duration::MAX));
            outbound.departure = Departure::within(window);
            return self.send_once(outbound, grants, attempt).await.map_err(unpromised);
        }
        let departure = Departure::gated();
        outbound.departure = departure.clone();
        let mut exchange = self.send_once(outbound, grants, attempt);
        let early = tokio::select! {
            biased;
            answer = &mut exchange => Some(answer),
            () = departure.asked() => None,
        };
        match early {
            Some(answer) => answer,
            None => {
                departure.tell(self.record_intent(key, grants).await);
                exchange.await
            }
        }
    }

    /// Records in the journal that a write is about to be sent, and returns its send window. The checks are repeated here: the
    /// waits before may have been long, and the provider may have announced a limit meanwhile.
    async fn record_intent(&mut self, key: Option<&String>, grants: &Grants) -> Result<SendWindow, TransportError> {
        self.check_time_left(grants)?;
        let refused = |reason: String| TransportError::Refused(reason);
        let entry = match &mut self.state.recorder {
            Some(Recorder::Journal(entry)) => entry,
            Some(Recorder::Rehearsal(window)) if grants.is_trial && !window.is_zero() => {
                return Ok(SendWindow::beginning(*window, true, None));
            }
            Some(Recorder::Rehearsal(_)) => return Err(refused("a rehearsal sends nothing".to_owned())),
            None => return Err(refused("no journal has the write".to_owned())),
        };
        let promised = grants.transport.keeps_send_windows();
        let window = entry.intend(key.cloned(), promised).await.map_err(refused)?;
        if let Some(room_in) = grants.pacer.pause_left(entry.methods()) {
            return Err(TransportError::Throttled { room_in });
        }
        if window.length().is_zero() {
            return Err(refused("the time within which the provider drops a duplicate is over".to_owned()));
        }
        Ok(window)
    }

    /// Refuses to begin when too little of the call's time is left.
    fn check_time_left(&self, grants: &Grants) -> Result<(), TransportError> {
        let (left, least) =
            (self.context.deadline.saturating_duration_since(Instant::now()), grants.limits.min_time_left);
        if left < least { Err(TransportError::TooLate { left, least }) } else { Ok(()) }
    }

    /// Hands a request to the transport.
    fn send_once<'g>(
        &mut self,
        mut outbound: OutboundRequest,
        grants: &'g Grants,
        attempt: &mut Attempt<'_>,
    ) -> Exchange<'g> {
        attempt.sending(&outbound);
        self.state.observed.begin(&outbound.target.origin);
        if outbound.carries_write {
            // Set before the first byte can leave: from now on the write may be applied, however the call ends.
            self.state.write = WriteProgress::Unanswered;
            // "Nothing sent so far" stays true only if the transport promises to send nothing after the exchange is dropped.
            self.state.carried = grants.transport.keeps_send_windows().then(|| outbound.progress.clone());
        } else {
            outbound.departure = Departure::before(self.context.deadline, grants.limits.min_time_left);
        }
        grants.transport.send(outbound)
    }

    /// Records the progress and outcome of a request.
    fn record_result(
        &mut self,
        answer: Result<InboundResponse, TransportError>,
        request: &Request,
        grants: &Grants,
    ) -> Result<InboundResponse, HttpError> {
        self.state.answered = answer.is_ok();
        match &answer {
            Ok(answer) => self.state.observed.answered(answer, grants),
            Err(error) => self.state.observed.failed(error),
        }
        self.state.late = answer.as_ref().err().and_then(late);
        if is_write(request) {
            self.state.write = match &answer {
                Ok(answer) => WriteProgress::Answered(answer.status),
                Err(error) if error.sent() => WriteProgress::Unanswered,
                Err(_) => WriteProgress::NothingSent,
            };
        }
        let origin = self.state.observed.origin();
        answer.map_err(|error| failed(&error, origin, &grants.secrets.redactor()))
    }

    /// Sanitizes a response for the guest, and ends the renewals whose secrets it contained.
    async fn sanitize(
        &mut self,
        answer: InboundResponse,
        captures: &[Capture],
        is_write: bool,
        grants: Arc<Grants>,
    ) -> Result<Response, HttpError> {
        let sanitized = if answer.body.len() <= MAX_INLINE && captures.is_empty() {
            sanitize(answer, captures, &grants)
        } else {
            let captures = captures.to_vec();
            let work = tokio::task::spawn_blocking(move || sanitize(answer, &captures, &grants));
            Box::pin(work).await.unwrap_or_else(|_| Err(capture::malformed("the answer could not be read")))
        };
        if sanitized.is_ok() {
            self.renewals.retain(|renewal| !captures.iter().any(|capture| capture.name == renewal.name));
        } else if is_write {
            // The connector gets no answer to decide the outcome by.
            self.state.write = WriteProgress::Unanswered;
        }
        sanitized
    }

    /// Checks a request, and builds the outbound request from it.
    fn authorize(&mut self, request: &Request, grants: &Grants) -> Result<OutboundRequest, HttpError> {
        let limits = grants.limits;
        if self.context.kind == CallKind::Silent {
            return Err(denied("`operations` sends nothing"));
        }
        if self.state.requests >= limits.requests {
            return Err(denied(format!("the call has sent its {} requests", limits.requests)));
        }
        let is_write = is_write(request);
        if is_write {
            self.may_write()?;
        }
        if let Effect::Write(Some(key)) = &request.effect {
            judge::key(key).map_err(denied)?;
        }
        self.may_send(request)?;
        capture::authorize(&request.capture, &grants.secrets).map_err(denied)?;
        let target = Target::parse(&request.url).map_err(|problem| denied(problem.to_string()))?;
        let grant = stockbridge_egress::grant_for(&grants.allowed, &target).cloned().ok_or_else(|| {
            denied(stockbridge_egress::PolicyViolation::Origin { origin: target.origin.to_string() }.to_string())
        })?;
        capture::as_configured(&request.capture, &target, &grants.captures).map_err(denied)?;
        if !is_write && let Err(reads) = grant.may_read(&request.method, &target.path) {
            return Err(denied(format!(
                "{} {target} is no read by the grant of the origin, which has {reads}; add it to the grant's `reads` if it changes \
                 nothing",
                request.method
            )));
        }
        let headers = self.headers(request, &limits)?;
        let mut body = self.assembled(&request.body, "body", limits.request_body)?;
        let left = self.context.deadline.saturating_duration_since(Instant::now());
        let wish = request.timeout.map_or(left, Duration::from_millis);
        let mut outbound = OutboundRequest::post(target, grant);
        outbound.sender = grants.sender.clone();
        outbound.method = judge::method(&request.method).map_err(denied)?;
        judge::body(outbound.method, body.len()).map_err(denied)?;
        outbound.query = self.query(request)?;
        outbound.headers = headers;
        outbound.body = std::mem::take(&mut *body).into();
        outbound.timeout = wish.clamp(SHORTEST, left.max(SHORTEST));
        outbound.response_limit = limits.response_body;
        outbound.carries_write = is_write;
        outbound.idle_at_most = is_write.then_some(MAX_WRITE_IDLE);
        self.state.requests += 1;
        Ok(outbound)
    }

    fn assembled(&self, parts: &[Part], what: &str, limit: usize) -> Result<Zeroizing<Vec<u8>>, HttpError> {
        self.context.assemble(parts, limit).map_err(|refusal| match refusal {
            Refusal::Limit => denied(format!("the {what} has more than {limit} bytes")),
            Refusal::Missing | Refusal::Expired => denied(format!("the {what} names a secret that is not held")),
        })
    }

    fn query(&self, request: &Request) -> Result<String, HttpError> {
        let mut query = self.assembled(&request.query, "query", LONGEST_QUERY)?;
        if !stockbridge_egress::is_query(&query) {
            return Err(denied("the query is not written plainly: percent-encode it"));
        }
        String::from_utf8(std::mem::take(&mut *query)).map_err(|_| denied("the query is no text"))
    }

    /// Allows one write for each call of a write operation, and none in other calls.
    fn may_write(&self) -> Result<(), HttpError> {
        match (self.context.kind, self.state.write) {
            (CallKind::Silent | CallKind::Read | CallKind::Resolve, _) => {
                Err(denied("a read-only operation asked for a write"))
            }
            (CallKind::Write, WriteProgress::None | WriteProgress::NothingSent) => Ok(()),
            (CallKind::Write, _) => Err(denied("the call has sent its one write")),
        }
    }

    /// Refuses secrets that are only for signing, and secrets in more than one encoding.
    fn may_send(&self, request: &Request) -> Result<(), HttpError> {
        let headers = request.headers.iter().flat_map(|(_, value)| self.context.held(value));
        let mut all = self.context.held(&request.query).chain(self.context.held(&request.body)).chain(headers);
        all.try_for_each(|(held, encoding)| match held {
            held if !held.is_sendable() => Err(denied(unsendable(held))),
            // Encoded twice, it could not be recognised in an answer that repeats it.
            held if held.encodings(encoding.into()) > 1 => Err(denied(
                "a secret goes into a request in one encoding at most: join it with others as `plain`, or send what was \
                 joined as `plain`",
            )),
            _ => Ok(()),
        })
    }

    fn headers(&self, request: &Request, limits: &Limits) -> Result<Vec<(String, Vec<u8>)>, HttpError> {
        if request.headers.len() > limits.headers {
            let many = request.headers.len();
            return Err(denied(format!("the request has {many} headers; the limit is {}", limits.headers)));
        }
        let mut headers = Vec::with_capacity(request.headers.len());
        let mut left = limits.header_bytes;
        for (name, parts) in &request.headers {
            let too_many = || denied(format!("the headers have more than {} bytes", limits.header_bytes));
            left = left.checked_sub(name.len()).ok_or_else(too_many)?;
            let mut value = match self.context.assemble(parts, left) {
                Err(Refusal::Limit) => return Err(too_many()),
                other => other.map_err(|_| denied("a header names a secret that is not held"))?,
            };
            left = left.saturating_sub(self.context.counted(parts));
            headers.push((judge::header(name, &value).map_err(denied)?, std::mem::take(&mut *value)));
        }
        Ok(headers)
    }
}

fn is_write(request: &Request) -> bool {
    matches!(request.effect, Effect::Write(_))
}
