//! Why a transport brings no answer.

use std::time::Duration;

use crate::setup_failure::SetupFailure;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// The host turned out to be at an address that the grant does not allow. Nothing was sent.
    #[error("{0}")]
    Refused(String),
    /// No connection was made, or it ended before anything was sent.
    #[error("no connection: {0}")]
    Unreachable(String),
    /// The provider cannot be talked to as it is set up: that lasts until somebody mends it.
    #[error("{0}")]
    Setup(SetupFailure),
    /// The answer did not come, or not whole, in time.
    #[error("no answer within {} ms", .after.as_millis())]
    TimedOut {
        /// How long it was waited for.
        after: Duration,
        /// Whether any byte of the request was written.
        sent: bool,
    },
    /// There is no room for it in time, at a limit of the host's own or of a gateway's. Nothing was sent.
    #[error("the limit of requests has no room for it in time, so nothing was sent")]
    Throttled {
        /// When there is.
        room_in: Duration,
    },
    /// Too little of the call's time is left for it. Nothing was sent.
    #[error(
        "{} ms are left of the call's time, and with less than {} ms no request is begun",
        .left.as_millis(), .least.as_millis()
    )]
    TooLate {
        /// What is left.
        left: Duration,
        /// What must be.
        least: Duration,
    },
    /// The time in which the write might leave was over before a byte of it did: the process was stopped, perhaps, or its
    /// machine suspended. Nothing was sent.
    #[error("the write was to leave within {} ms and did not, so it was given up", .window.as_millis())]
    WindowOver {
        /// How long it was.
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
    /// A name for metrics that stays the same: `timed-out`.
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
