//! What a caller says of a call beside the order: by when, for whom, and as part of what.

use std::time::Duration;

use stockbridge_model::{Invalid, Timestamp};

/// The longest text of an option, in bytes.
const LONGEST: usize = 256;

/// What a caller says of its calls: see [`crate::Account::with`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallOptions {
    pub(crate) deadline: Option<Duration>,
    pub(crate) asked_by: Option<String>,
    pub(crate) trace: Option<String>,
    pub(crate) ordered_at: Option<Timestamp>,
}

impl CallOptions {
    /// Nothing in particular.
    #[must_use]
    pub fn new() -> CallOptions {
        CallOptions::default()
    }

    /// How long a call may take, waits and further attempts included; never longer than the account's limit.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> CallOptions {
        self.deadline = Some(deadline);
        self
    }

    /// Who asks, for the journal: at most 256 bytes, without control characters.
    #[must_use]
    pub fn asked_by(mut self, who: impl Into<String>) -> CallOptions {
        self.asked_by = Some(who.into());
        self
    }

    /// The caller's trace, for the journal and for the host's events: W3C's `traceparent`, or what the application has in
    /// its place; at most 256 bytes, without control characters. It is not sent to the provider.
    #[must_use]
    pub fn trace(mut self, trace: impl Into<String>) -> CallOptions {
        self.trace = Some(trace.into());
        self
    }

    /// When the order was made, by whoever keeps it: never sent before then. It counts where the journal was restored or
    /// repaired, and an order that it does not know goes out only if it is younger than that. A reference that the host
    /// makes says it itself.
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
