//! What can go wrong with a write and with a look-up.

use std::sync::Arc;
use std::time::Duration;

/// A write or a look-up as it came in, for a script to decide by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// The application.
    pub app: String,
    /// The caller's reference.
    pub reference: String,
    /// How many of the same kind came before with this reference.
    pub earlier: usize,
}

/// How a write goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Carried out and answered.
    Well,
    /// Read and dropped with its connection.
    DroppedBefore,
    /// Carried out, and the connection dropped.
    DroppedAfter,
    /// Carried out, and answered so much later.
    AnsweredAfter(Duration),
    /// Taken, and carried out and answered so much later. Meanwhile look-ups say that it is being worked on.
    CarriedOutAfter(Duration),
    /// Refused for good.
    Rejected,
    /// Refused for now: to come back after so long.
    RateLimited(Duration),
}

/// How a write goes, and when look-ups see that it was carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Course {
    /// How it goes.
    pub how: How,
    /// So long after it was carried out, look-ups still know nothing of it.
    pub hidden: Duration,
}

impl From<How> for Course {
    fn from(how: How) -> Course {
        Course { how, hidden: Duration::ZERO }
    }
}

impl How {
    /// The same, and look-ups know nothing of it for so long.
    #[must_use]
    pub fn hidden_for(self, hidden: Duration) -> Course {
        Course { how: self, hidden }
    }
}

/// How a look-up is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookUp {
    /// With what the ledger has.
    Truth,
    /// That the write is being worked on, to come back after so long.
    Working(Duration),
    /// That the record was archived.
    Archived,
    /// With an answer whose connection ends before its body does.
    CutOff,
    /// With a whole answer whose JSON ends half-way.
    HalfJson,
    /// With the state of another reference.
    OfAnother,
    /// With the HTTP status 503.
    Unavailable,
}

/// Decides of each request how it goes.
type Deciding<C> = Arc<dyn Fn(&Incoming) -> C + Send + Sync>;

/// What decides.
pub(super) struct Script {
    pub(super) writes: Deciding<Course>,
    pub(super) look_ups: Deciding<LookUp>,
}

/// All goes well.
impl Default for Script {
    fn default() -> Script {
        Script { writes: Arc::new(|_| How::Well.into()), look_ups: Arc::new(|_| LookUp::Truth) }
    }
}
