//! The place where a request waits, its connection made, until it may leave.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use stockbridge_model::SendWindow;
use tokio::sync::Notify;

use super::failure::TransportError;

/// Where a request waits, its connection made, until it may leave. See [`super::transport::OutboundRequest::departure`].
///
/// Clones are of the same request.
#[derive(Clone, Default)]
pub struct Departure {
    /// None where there is nothing to wait for.
    gate: Option<Arc<Gate>>,
    /// When it is too late to begin it, and how much of the call's time has to be left: none where it never is.
    latest: Option<(Instant, Duration)>,
}

#[derive(Default)]
struct Gate {
    asked: Notify,
    told: Notify,
    verdict: OnceLock<Result<SendWindow, TransportError>>,
}

impl Departure {
    /// Of a request that changes nothing, and is to be begun while so much is left until this deadline.
    #[must_use]
    pub fn before(deadline: Instant, least: Duration) -> Departure {
        Departure { gate: None, latest: Some((deadline, least)) }
    }

    /// Of one that carries a write and may leave within this window.
    #[must_use]
    pub fn within(window: SendWindow) -> Departure {
        let gate = Gate { verdict: OnceLock::from(Ok(window)), ..Gate::default() };
        Departure { gate: Some(Arc::new(gate)), latest: None }
    }

    /// Of one that carries a write and waits until it is told.
    #[must_use]
    pub fn gated() -> Departure {
        Departure { gate: Some(Arc::default()), latest: None }
    }

    /// Returns when the request could leave.
    pub async fn asked(&self) {
        match &self.gate {
            Some(gate) => gate.asked.notified().await,
            None => std::future::pending().await,
        }
    }

    /// The request may leave, or not.
    pub fn tell(&self, verdict: Result<SendWindow, TransportError>) {
        if let Some(gate) = &self.gate {
            // The first word holds.
            drop(gate.verdict.set(verdict));
            gate.told.notify_one();
        }
    }

    /// Waits until the request may leave: for a transport that has made its connection and is about to write the first
    /// byte. Where the request carries a write, its intent is recorded meanwhile, and it may leave within the window that
    /// comes back.
    ///
    /// # Errors
    /// It is not to be sent. A transport hands this on, and the connection may serve another request.
    pub async fn cleared(&self) -> Result<Option<SendWindow>, TransportError> {
        if let Some((deadline, least)) = self.latest {
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
            gate.asked.notify_one();
            gate.told.notified().await;
        }
    }
}

impl fmt::Debug for Departure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = self.gate.as_ref().and_then(|gate| gate.verdict.get());
        formatter.debug_struct("Departure").field("verdict", &verdict).finish_non_exhaustive()
    }
}
