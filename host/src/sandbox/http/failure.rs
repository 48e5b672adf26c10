//! Failures of requests as a guest gets them: why a request was refused, or got no answer.

use std::time::Duration;

use stockbridge_egress::Origin;
use stockbridge_egress::transport::TransportError;

use super::progress::Late;
use crate::sandbox::contract::http::{Failure, HttpError};
use crate::sandbox::held_secret::HeldSecret;
use crate::secrets::Redactor;

/// Marks a timeout of a write as possibly sent: a transport without the promise of send windows may still send it later.
pub(super) fn unpromised(error: TransportError) -> TransportError {
    match error {
        TransportError::TimedOut { after, sent: _ } => TransportError::TimedOut { after, sent: true },
        other => other,
    }
}

pub(super) fn late(error: &TransportError) -> Option<Late> {
    match error {
        TransportError::TooLate { left, least } => Some(Late::TooLittleTime { left: *left, least: *least }),
        TransportError::WindowOver { window } => Some(Late::WindowOver { window: *window }),
        _ => None,
    }
}

pub(super) fn unsendable(held: &HeldSecret) -> String {
    match held.name() {
        "" => "a secret derived from one that is only for signing does not go into a request".to_owned(),
        name => format!("the secret `{name}` is only for signing and does not go into a request"),
    }
}

pub(super) fn denied(message: impl Into<String>) -> HttpError {
    HttpError {
        failure: Failure::Denied,
        sent: false,
        retry_after: None,
        message: format!("the host refused the request: {}", message.into()),
    }
}

/// Converts a transport's failure. `origin`: where the request went, if it was handed to the transport.
pub(super) fn failed(error: &TransportError, origin: Option<&Origin>, redactor: &Redactor) -> HttpError {
    HttpError {
        failure: match error {
            TransportError::Refused(_) => Failure::Denied,
            TransportError::Unreachable(_) | TransportError::Setup(_) => Failure::Unreachable,
            TransportError::TimedOut { .. } | TransportError::TooLate { .. } | TransportError::WindowOver { .. } => {
                Failure::TimedOut
            }
            TransportError::Throttled { .. } => Failure::Throttled,
            TransportError::TooLarge(_) => Failure::TooLarge,
            // Also failures that later transports add: each says by itself whether anything was sent.
            TransportError::Broken(_) | _ => Failure::Broken,
        },
        sent: error.sent(),
        retry_after: match error {
            TransportError::Throttled { room_in } => Some(milliseconds(*room_in)),
            _ => None,
        },
        message: match error {
            TransportError::Refused(reason) => return denied(redactor.text(reason.clone())),
            other => redactor.text(message(other, origin)),
        },
    }
}

/// Why there is no answer, and from which origin.
fn message(error: &TransportError, origin: Option<&Origin>) -> String {
    match (error, origin) {
        (TransportError::TimedOut { after, sent: true }, Some(origin)) => {
            format!("the provider at {origin} did not answer within {} ms", after.as_millis())
        }
        (TransportError::TimedOut { after, sent: false }, Some(origin)) => {
            format!("no connection to {origin} within {} ms", after.as_millis())
        }
        (TransportError::TimedOut { after, .. }, None) => {
            format!("no free slot within {} ms: too many requests of the account are in flight", after.as_millis())
        }
        (other, _) => other.to_string(),
    }
}

/// Milliseconds, rounded up: a retry even a moment earlier would be refused again.
fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}
