//! What the journal keeps of a write: what was ordered, how it stands, and its story.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use stockbridge_model::boot_clock::BootStamp;
use stockbridge_model::{
    ApplicationId, Attempt, Failure, OperationSupport, Receipt, Reference, Repetition, Timestamp, Write, WriteId,
};

use super::age::Age;

/// How far the time that has passed may lie from what the clock shows, in milliseconds, and it was not set.
const SAME_CLOCK: u64 = 1000;

/// What a write is known by at its provider: no other write of the same application has its reference.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IdempotencyKey {
    /// The application at the provider.
    pub application: ApplicationId,
    /// The order's reference.
    pub reference: Reference,
}

impl IdempotencyKey {
    /// The key that it is found by.
    pub fn key(&self) -> Vec<u8> {
        [self.application.as_bytes().as_slice(), self.reference.as_str().as_bytes()].concat()
    }
}

/// What was ordered, by whom and of whom. It never changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Intent {
    /// The application that it is sent under.
    pub application: ApplicationId,
    /// The account that sends it.
    pub account: String,
    /// The account's provider.
    pub provider: String,
    /// `transfer`, `adjust.count` …
    pub operation: String,
    /// Who asked for it, as the caller said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_by: Option<String>,
    /// The caller's trace, as W3C's `traceparent` writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// What the account was granted when it was sent; nothing in what versions of before wrote. Who finishes it in that one's
    /// place reaches no more than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origins: Option<Vec<String>>,
    /// What is ordered.
    pub write: Write,
}

impl Intent {
    /// Its identity among all writes: application and reference.
    pub fn name(&self) -> IdempotencyKey {
        IdempotencyKey { application: self.application, reference: self.write.reference().clone() }
    }
}

/// How a write stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct WriteStatus {
    /// What is known of it.
    pub state: State,
    /// Under what terms it was sent: how it may be repeated, and by which of the provider's methods.
    pub terms: RetryTerms,
    /// The version of the connector that sent it last.
    pub connector: String,
    /// The key under which the connector says that the provider knows it.
    pub key: Option<String>,
    /// When it was first sent.
    pub first_sent: Timestamp,
    /// When it was last sent.
    pub last_sent: Timestamp,
    /// The same by the clock that nobody can set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_sent_boot: Option<BootStamp>,
    /// The same of the last sending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_sent_boot: Option<BootStamp>,
    /// Until when its last sending may leave; none in what an earlier version wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send_limit: Option<SendLimit>,
    /// How often it was sent, and how often it was looked for.
    pub sendings: u32,
    /// How often it was looked for.
    pub lookups: u32,
    /// When this came to be.
    pub since: Timestamp,
    /// How many events its story has.
    pub events: u32,
    /// What they come to.
    #[serde(default, skip_serializing_if = "Extent::is_none")]
    pub story: Extent,
    /// How old the journal was when it was first sent, and when this came to be: what forgetting goes by.
    #[serde(default)]
    pub first_sent_age: Age,
    #[serde(default)]
    pub(crate) since_age: Age,
    /// The epoch of the journal in which it was recorded so.
    #[serde(default)]
    pub epoch: u32,
}

/// Until when something of a sending may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SendLimit {
    /// So many milliseconds from when its intent was recorded.
    Within(u64),
    /// Nothing leaves any more: whoever sent it saw its end, or its time was waited out.
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
    /// The provider's methods that it is sent by.
    pub methods: Vec<String>,
}

/// What is known of a write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum State {
    /// It is on its way. Found so by a host that starts: nobody knows how far it came.
    Sending,
    /// It may have been carried out.
    Unknown {
        /// What was told of its last sending.
        failure: Failure,
        /// What the host does about it.
        next: Next,
    },
    /// It was carried out.
    Applied {
        /// What the provider said.
        receipt: Receipt,
        /// How that is known.
        by: Evidence,
    },
    /// It was not.
    NotApplied {
        /// Why.
        failure: Failure,
        /// How that is known.
        by: Evidence,
    },
}

/// What is done about a write of which nobody knows whether it was carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Next {
    /// It is sent again under the same reference.
    Repeat {
        /// When.
        at: Timestamp,
    },
    /// The connector looks for it at the provider.
    LookUp {
        /// When.
        at: Timestamp,
    },
    /// It waits for a person.
    #[serde(rename = "person")]
    ManualReview {
        /// What a person can look at, and why the host cannot tell.
        why: String,
    },
}

impl Next {
    /// When the host acts; none where it waits for a person.
    pub fn at(&self) -> Option<Timestamp> {
        match self {
            Next::Repeat { at } | Next::LookUp { at } => Some(*at),
            Next::ManualReview { .. } => None,
        }
    }
}

/// What a write's end is known by.
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
    /// The connector found out at the provider.
    LookUp,
    /// An operator's word.
    #[serde(rename = "person")]
    Operator {
        /// Who.
        by: String,
        /// What they wrote beside it.
        note: String,
    },
}

/// One thing that happened to a write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct WriteEvent {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: WriteEventKind,
}

/// What can happen to a write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum WriteEventKind {
    /// It was recorded, before the first byte of it left.
    Intended {
        /// By which version of the connector: the digest of its component.
        connector: String,
        /// The key under which the connector says that the provider knows it.
        key: Option<String>,
    },
    /// A request was about to be sent.
    Requested(Box<super::WireRequest>),
    /// What came back.
    Answered(Box<super::WireAnswer>),
    /// It was carried out.
    Applied {
        /// What the provider said.
        receipt: Receipt,
    },
    /// It was not carried out.
    Rejected {
        /// Why.
        failure: Failure,
    },
    /// Nobody knows whether it was carried out.
    Unknown {
        /// What is known.
        failure: Failure,
    },
    /// What the host does about it now.
    Planned {
        /// What.
        next: Next,
    },
    /// The connector looked for it, and what it said.
    LookedUp {
        /// In words.
        found: String,
    },
    /// A person closed it.
    Settled {
        /// Whether it was carried out.
        applied: bool,
        /// Who.
        by: String,
        /// What they wrote beside it.
        note: String,
        /// The provider's document that they name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        document: Option<String>,
    },
}

impl WriteStatus {
    /// What a connector that looks for it is told of its sending, at a time of its own clock. Where that clock was set
    /// meanwhile, what it shows and what is told are as far apart as the time that has passed.
    pub fn attempt(&self, now: Timestamp, boot: Option<BootStamp>) -> Attempt {
        let told = |sent: Timestamp, stamp: Option<BootStamp>| {
            let Some(passed) = boot.zip(stamp).and_then(|(now, then)| now.since(then)) else { return sent };
            let by_boot = now.earlier(passed);
            let apart = by_boot.as_millis().abs_diff(sent.as_millis());
            if apart > SAME_CLOCK { by_boot } else { sent }
        };
        Attempt {
            first_sent: told(self.first_sent, self.first_sent_boot),
            last_sent: told(self.last_sent, self.last_sent_boot),
            key: self.key.clone(),
        }
    }
}

impl RetryTerms {
    /// Those under which an account offers an operation.
    pub fn of(support: &OperationSupport) -> RetryTerms {
        RetryTerms { repetition: support.repetition, methods: support.methods.clone() }
    }

    /// For how long after the first sending the provider keeps its side of them; none where it never did.
    pub fn window(&self) -> Option<Duration> {
        match self.repetition {
            Repetition::Deduplicated(window) | Repetition::Traceable(window) => Some(window),
            Repetition::Blind => None,
        }
    }
}

/// What the journal has of a write.
#[derive(Clone)]
pub(super) struct Recorded {
    pub(super) id: WriteId,
    pub(super) standing: WriteStatus,
    /// Whether the journal has the intent itself.
    pub(super) intent: bool,
}

/// How much of its limit a story takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Extent {
    /// The bytes of its events, as they are recorded. What an earlier version recorded counts for nothing.
    pub bytes: u64,
    /// How many events lost their headers and bodies, or were left out.
    pub cut: u32,
}

impl Extent {
    pub(super) fn is_none(&self) -> bool {
        *self == Extent::default()
    }
}
