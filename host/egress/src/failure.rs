//! Reasons why a transport returns no answer.

use std::time::Duration;

use crate::setup_failure::SetupFailure;

/// Reason why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// The host is at an address that the grant does not allow. Nothing was sent.
    #[error("{0}")]
    Refused(String),
    /// No connection was made, or it ended before anything was sent.
    #[error("no connection: {0}")]
    Unreachable(String),
    /// Wrong set-up: the connection cannot work until it is corrected.
    #[error("{0}")]
    Setup(SetupFailure),
    /// No complete answer arrived in time.
    #[error("no answer within {} ms", .after.as_millis())]
    TimedOut {
        /// Time waited for the answer.
        after: Duration,
        /// Whether any byte of the request was written.
        sent: bool,
    },
    /// A limit of the host or of a gateway has no room for the request in time. Nothing was sent.
    #[error("the request limit has no room for it in time, so nothing was sent")]
    Throttled {
        /// Time until there is room.
        room_in: Duration,
    },
    /// Too little of the call's time is left for the request. Nothing was sent.
    #[error(
        "{} ms of the call's time are left, and a request needs at least {} ms",
        .left.as_millis(), .least.as_millis()
    )]
    TooLate {
        /// Time left.
        left: Duration,
        /// Minimum time required.
        least: Duration,
    },
    /// The write's send window was over before a byte of it left, for example because the process was stopped or its machine
    /// suspended. Nothing was sent.
    #[error("the write did not leave within its send window of {} ms, so it was given up", .window.as_millis())]
    WindowOver {
        /// Length of the window.
        window: Duration,
    },
    /// The connection broke after something was sent.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// The answer's body is larger than allowed.
    #[error("the answer has more than {0} bytes")]
    TooLarge(usize),
}

impl TransportError {
    /// Stable name for metrics, such as `timed-out`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            TransportError::Refused(_) => "denied",
            TransportError::Unreachable(_) => "unreachable",
            TransportError::Setup(_) => "setup",
            TransportError::TimedOut { .. } => "timed-out",
            TransportError::Throttled { .. } => "throttled",
            TransportError::TooLate { .. } => "too-late",
            TransportError::WindowOver { .. } => "window-over",
            TransportError::Broken(_) => "broken",
            TransportError::TooLarge(_) => "too-large",
        }
    }

    /// Whether any byte of the request may have reached the provider.
    #[must_use]
    pub fn sent(&self) -> bool {
        match self {
            TransportError::Refused(_)
            | TransportError::Unreachable(_)
            | TransportError::Throttled { .. }
            | TransportError::TooLate { .. }
            | TransportError::WindowOver { .. } => false,
            TransportError::TimedOut { sent, .. } => *sent,
            TransportError::Setup(failure) => failure.sent,
            TransportError::Broken(_) | TransportError::TooLarge(_) => true,
        }
    }
}
