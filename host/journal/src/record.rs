//! Records of a write: its order, its status, and its events.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use stockbridge_model::boot_clock::BootStamp;
use stockbridge_model::{
    ApplicationId, Attempt, Digest, Failure, OperationSupport, Receipt, Reference, Repetition, Timestamp, Write,
    WriteId,
};

use super::age::Age;

/// Tolerated difference between elapsed time and the clock, in milliseconds; beyond it the clock was set.
const CLOCK_TOLERANCE_MS: u64 = 1000;

/// Identity of a write at its provider: no other write of the same application has its reference.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IdempotencyKey {
    /// The application at the provider.
    pub application: ApplicationId,
    /// The order's reference.
    pub reference: Reference,
}

impl IdempotencyKey {
    /// The bytes of the key in the store.
    pub fn key(&self) -> Vec<u8> {
        [self.application.as_bytes().as_slice(), self.reference.as_str().as_bytes()].concat()
    }
}

/// The order, its account and its origin. It never changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Intent {
    /// The application under which it is sent.
    pub application: ApplicationId,
    /// The account that sends it.
    pub account: String,
    /// The account's provider.
    pub provider: String,
    /// `transfer`, `adjust.count` …
    pub operation: String,
    /// Requester of the write, as named by the caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_by: Option<String>,
    /// The caller's trace, in W3C `traceparent` form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// Origins granted to the account when it was sent; none in records of earlier versions. An account that finishes it in place
    /// of that one reaches only these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origins: Option<Vec<String>>,
    /// The order.
    pub write: Write,
}

impl Intent {
    /// Its identity among all writes: application and reference.
    pub fn name(&self) -> IdempotencyKey {
        IdempotencyKey { application: self.application, reference: self.write.reference().clone() }
    }
}

/// Status of a write.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct WriteStatus {
    /// Known state of the write.
    pub state: State,
    /// Retry terms of its sending: how it may be repeated, and by which of the provider's methods.
    pub terms: RetryTerms,
    /// Version of the connector that sent it last.
    pub connector: Digest,
    /// Key of the write at the provider, as the connector says.
    pub key: Option<String>,
    /// Time of the first sending.
    pub first_sent: Timestamp,
    /// Time of the last sending.
    pub last_sent: Timestamp,
    /// Time of the first sending by the boot clock, which cannot be set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_sent_boot: Option<BootStamp>,
    /// Time of the last sending by the boot clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_sent_boot: Option<BootStamp>,
    /// Limit until which its last sending may leave; none in records of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send_limit: Option<SendLimit>,
    /// Number of sendings.
    pub sendings: u32,
    /// Number of look-ups.
    pub lookups: u32,
    /// Time of this status.
    pub since: Timestamp,
    /// Number of recorded events.
    pub events: u32,
    /// Size of its events.
    #[serde(default, skip_serializing_if = "Extent::is_none")]
    pub story: Extent,
    /// Age of the journal at the first sending, and at this status: the basis of forgetting.
    #[serde(default)]
    pub first_sent_age: Age,
    #[serde(default)]
    pub(crate) since_age: Age,
    /// Epoch of the journal in which this status was recorded.
    #[serde(default)]
    pub epoch: u32,
}

/// Limit until which bytes of a sending may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SendLimit {
    /// This many milliseconds from when its intent was recorded.
    Within(u64),
    /// Nothing leaves any more: its sender saw its end, or its time was waited out.
    Over,
    /// At any time: the transport promises nothing.
    Unbounded,
}

/// How an operation could be repeated when a write was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RetryTerms {
    /// How it may be repeated.
    pub repetition: Repetition,
    /// The provider's methods that send it.
    pub methods: Vec<String>,
}

/// Known state of a write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum State {
    /// Being sent. A host that finds this at its start does not know how far the sending got.
    Sending,
    /// Outcome unknown: it may have been carried out.
    Unknown {
        /// Failure of its last sending.
        failure: Failure,
        /// The host's next step.
        next: Next,
    },
    /// Carried out.
    Applied {
        /// The provider's receipt.
        receipt: Receipt,
        /// How that is known.
        by: Evidence,
    },
    /// Not carried out.
    NotApplied {
        /// The reason.
        failure: Failure,
        /// How that is known.
        by: Evidence,
    },
}

/// Next step for a write of unknown outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Next {
    /// Send it again under the same reference.
    Repeat {
        /// Time of the step.
        at: Timestamp,
    },
    /// Have the connector look it up at the provider.
    LookUp {
        /// Time of the step.
        at: Timestamp,
    },
    /// Wait for an operator to decide.
    #[serde(rename = "person")]
    ManualReview {
        /// What an operator can check, and why the host cannot find out.
        why: String,
    },
}

impl Next {
    /// Time at which the host acts; none where it waits for an operator.
    pub fn at(&self) -> Option<Timestamp> {
        match self {
            Next::Repeat { at } | Next::LookUp { at } => Some(*at),
            Next::ManualReview { .. } => None,
        }
    }
}

/// Evidence for a write's end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Evidence {
    /// No byte of it left.
    NothingSent,
    /// The provider's answer to it.
    Answer,
    /// The provider's answer when it was sent again under the same reference.
    Repeat,
    /// The connector's look-up at the provider.
    LookUp,
    /// An operator's decision.
    #[serde(rename = "person")]
    Operator {
        /// Name of the operator.
        by: String,
        /// The operator's note.
        note: String,
    },
}

/// One event of a write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct WriteEvent {
    /// Time of the event.
    pub at: Timestamp,
    /// Kind of the event.
    pub what: WriteEventKind,
}

/// Kinds of events of a write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum WriteEventKind {
    /// Its intent was recorded, before its first byte left.
    Intended {
        /// Version of the connector.
        connector: Digest,
        /// Key of the write at the provider, as the connector says.
        key: Option<String>,
    },
    /// A request was about to be sent.
    Requested(Box<super::WireRequest>),
    /// The answer to a request.
    Answered(Box<super::WireAnswer>),
    /// It was carried out.
    Applied {
        /// The provider's receipt.
        receipt: Receipt,
    },
    /// It was not carried out.
    Rejected {
        /// The reason.
        failure: Failure,
    },
    /// Its outcome became unknown.
    Unknown {
        /// The failure that made it so.
        failure: Failure,
    },
    /// The host planned its next step.
    Planned {
        /// The next step.
        next: Next,
    },
    /// The connector looked it up.
    LookedUp {
        /// Description of the result.
        found: String,
    },
    /// An operator settled it.
    Settled {
        /// Whether it was carried out.
        applied: bool,
        /// Name of the operator.
        by: String,
        /// The operator's note.
        note: String,
        /// The provider's document that the operator named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        document: Option<String>,
    },
}

impl WriteStatus {
    /// Times of its sendings for a connector that looks it up, relative to the connector's clock. If the clock was set since,
    /// they are adjusted so that the elapsed time is right.
    pub fn attempt(&self, now: Timestamp, boot: Option<BootStamp>) -> Attempt {
        let adjusted = |sent: Timestamp, stamp: Option<BootStamp>| {
            let Some(passed) = boot.zip(stamp).and_then(|(now, then)| now.since(then)) else { return sent };
            let by_boot = now.earlier(passed);
            let difference = by_boot.as_millis().abs_diff(sent.as_millis());
            if difference > CLOCK_TOLERANCE_MS { by_boot } else { sent }
        };
        Attempt {
            first_sent: adjusted(self.first_sent, self.first_sent_boot),
            last_sent: adjusted(self.last_sent, self.last_sent_boot),
            key: self.key.clone(),
        }
    }
}

impl RetryTerms {
    /// The retry terms under which an account offers an operation.
    pub fn of(support: &OperationSupport) -> RetryTerms {
        RetryTerms { repetition: support.repetition, methods: support.methods.clone() }
    }

    /// Time after the first sending for which the provider guarantees them; none where it never does.
    pub fn window(&self) -> Option<Duration> {
        match self.repetition {
            Repetition::Deduplicated(window) | Repetition::Traceable(window) => Some(window),
            Repetition::Blind => None,
        }
    }
}

/// The journal's record of a write.
#[derive(Clone)]
pub(super) struct Recorded {
    pub(super) id: WriteId,
    pub(super) status: WriteStatus,
    /// Whether the journal already has the intent.
    pub(super) intent: bool,
}

/// Use of a story's limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Extent {
    /// Size of its recorded events, in bytes. Events of earlier versions count for nothing.
    pub bytes: u64,
    /// Number of events that lost their headers and bodies, or were omitted.
    pub cut: u32,
}

impl Extent {
    pub(super) fn is_none(&self) -> bool {
        *self == Extent::default()
    }
}
