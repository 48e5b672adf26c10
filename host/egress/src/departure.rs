//! Gate before sending: a request whose connection is ready waits here until it may leave.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use stockbridge_model::SendWindow;
use tokio::sync::Notify;

use super::failure::TransportError;

/// Gate at which a request waits, its connection made, until it may leave. See [`super::transport::OutboundRequest::departure`].
///
/// Clones belong to the same request.
#[derive(Clone, Default)]
pub struct Departure {
    /// None where the request need not wait.
    gate: Option<Arc<Gate>>,
    /// The call's deadline, and the time that has to be left before it; none where the request can never be too late.
    deadline: Option<(Instant, Duration)>,
}

#[derive(Default)]
struct Gate {
    requested: Notify,
    decided: Notify,
    verdict: OnceLock<Result<SendWindow, TransportError>>,
}

impl Departure {
    /// For a request that changes nothing, to be begun only while at least `least` remains until `deadline`.
    #[must_use]
    pub fn before(deadline: Instant, least: Duration) -> Departure {
        Departure { gate: None, deadline: Some((deadline, least)) }
    }

    /// For a request that carries a write and may leave within this window.
    #[must_use]
    pub fn within(window: SendWindow) -> Departure {
        let gate = Gate { verdict: OnceLock::from(Ok(window)), ..Gate::default() };
        Departure { gate: Some(Arc::new(gate)), deadline: None }
    }

    /// For a request that carries a write and waits for a verdict.
    #[must_use]
    pub fn gated() -> Departure {
        Departure { gate: Some(Arc::default()), deadline: None }
    }

    /// Returns when the request is ready to leave.
    pub async fn asked(&self) {
        match &self.gate {
            Some(gate) => gate.requested.notified().await,
            None => std::future::pending().await,
        }
    }

    /// Gives the verdict: the request may leave within this window, or not at all.
    pub fn tell(&self, verdict: Result<SendWindow, TransportError>) {
        if let Some(gate) = &self.gate {
            // The first verdict holds.
            drop(gate.verdict.set(verdict));
            gate.decided.notify_one();
        }
    }

    /// Waits until the request may leave: for a transport that has made its connection and is about to write the first
    /// byte. For a request that carries a write, its intent is recorded meanwhile, and it may leave within the returned window.
    ///
    /// # Errors
    /// It must not be sent. A transport passes this error on, and the connection may serve another request.
    pub async fn cleared(&self) -> Result<Option<SendWindow>, TransportError> {
        if let Some((deadline, least)) = self.deadline {
            let left = deadline.saturating_duration_since(Instant::now());
            if left < least {
                return Err(TransportError::TooLate { left, least });
            }
        }
        let Some(gate) = &self.gate else { return Ok(None) };
        loop {
            if let Some(verdict) = gate.verdict.get() {
                return verdict.clone().map(Some);
            }
            gate.requested.notify_one();
            gate.decided.notified().await;
        }
    }
}

impl fmt::Debug for Departure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = self.gate.as_ref().and_then(|gate| gate.verdict.get());
        formatter.debug_struct("Departure").field("verdict", &verdict).finish_non_exhaustive()
    }
}
