//! Faults of writes and look-ups.

use std::sync::Arc;
use std::time::Duration;

/// A received write or look-up, as input for a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// The application.
    pub app: String,
    /// The caller's reference.
    pub reference: String,
    /// Number of earlier requests of the same kind with this reference.
    pub earlier: usize,
}

/// Course of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Applied and answered.
    Well,
    /// Read and dropped with its connection.
    DroppedBefore,
    /// Applied, and the connection dropped.
    DroppedAfter,
    /// Applied, and answered after this time.
    AnsweredAfter(Duration),
    /// Accepted; applied and answered after this time. Meanwhile look-ups report it as in progress.
    CarriedOutAfter(Duration),
    /// Rejected permanently.
    Rejected,
    /// Rejected temporarily: to be retried after this time.
    RateLimited(Duration),
}

/// Course of a write, and the time from which look-ups see its application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Course {
    /// The course.
    pub how: How,
    /// Time after the application during which look-ups do not see it.
    pub hidden: Duration,
}

impl From<How> for Course {
    fn from(how: How) -> Course {
        Course { how, hidden: Duration::ZERO }
    }
}

impl How {
    /// The same, with this delay before look-ups see it.
    #[must_use]
    pub fn hidden_for(self, hidden: Duration) -> Course {
        Course { how: self, hidden }
    }
}

/// Answer to a look-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookUp {
    /// The ledger's content.
    Truth,
    /// The write is in progress; retry after this time.
    Working(Duration),
    /// The record was archived.
    Archived,
    /// An answer whose connection ends before its body.
    CutOff,
    /// A complete answer whose JSON is truncated.
    HalfJson,
    /// The state of another reference.
    OfAnother,
    /// The HTTP status 503.
    Unavailable,
}

/// Decides about each request.
type Deciding<C> = Arc<dyn Fn(&Incoming) -> C + Send + Sync>;

/// The present decisions.
pub(super) struct Script {
    pub(super) writes: Deciding<Course>,
    pub(super) look_ups: Deciding<LookUp>,
}

/// Without faults.
impl Default for Script {
    fn default() -> Script {
        Script { writes: Arc::new(|_| How::Well.into()), look_ups: Arc::new(|_| LookUp::Truth) }
    }
}
