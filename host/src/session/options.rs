//! Options of a caller for its calls: deadline, requester, trace and time of the order.

use std::time::Duration;

use stockbridge_model::{Invalid, Timestamp};

/// Maximum text of an option, in bytes.
const LONGEST: usize = 256;

/// Options of a caller for its calls: see [`crate::Account::with`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallOptions {
    pub(crate) deadline: Option<Duration>,
    pub(crate) asked_by: Option<String>,
    pub(crate) trace: Option<String>,
    pub(crate) ordered_at: Option<Timestamp>,
}

impl CallOptions {
    /// Options with all defaults.
    #[must_use]
    pub fn new() -> CallOptions {
        CallOptions::default()
    }

    /// Maximum duration of a call, waits and further attempts included; capped by the account's limit.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> CallOptions {
        self.deadline = Some(deadline);
        self
    }

    /// Requester of the call, for the journal: at most 256 bytes, without control characters.
    #[must_use]
    pub fn asked_by(mut self, who: impl Into<String>) -> CallOptions {
        self.asked_by = Some(who.into());
        self
    }

    /// Trace of the caller, for the journal and the host's events: W3C's `traceparent`, or the application's equivalent; at most
    /// 256 bytes, without control characters. It is not sent to the provider.
    #[must_use]
    pub fn trace(mut self, trace: impl Into<String>) -> CallOptions {
        self.trace = Some(trace.into());
        self
    }

    /// Time at which the order was made, from the system that keeps it; the order must never have been sent before. It matters
    /// after the journal was restored or repaired: an order that the journal does not have is then sent only if it was made after
    /// that. A reference made by the host contains the time itself.
    #[must_use]
    pub fn ordered_at(mut self, at: Timestamp) -> CallOptions {
        self.ordered_at = Some(at);
        self
    }

    pub(crate) fn validate(&self) -> Result<(), Invalid> {
        for (path, text) in [("options.asked-by", &self.asked_by), ("options.trace", &self.trace)] {
            if text.as_ref().is_some_and(|text| text.len() > LONGEST || text.chars().any(char::is_control)) {
                let problem = format!("has control characters, or more than {LONGEST} bytes");
                return Err(Invalid::new(path, problem));
            }
        }
        Ok(())
    }
}
