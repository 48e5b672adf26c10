//! Options of a journal, whatever its storage.

use std::sync::Arc;
use std::time::Duration;

use super::clock::WallClock;
use super::plan::RecoveryBackoff;
use crate::application::Applications;

/// Options of a journal, whatever its storage.
#[derive(Clone, Default)]
pub struct JournalOptions {
    /// Backoff of the recovery of writes of unknown outcome.
    pub waits: RecoveryBackoff,
    /// The wall clock.
    pub clock: WallClock,
    /// Limits of send windows.
    pub send_windows: SendWindows,
    /// Called at each failpoint of a write, for tests.
    pub watched: Option<Watched>,
    /// Collects the applications that the journal's accounts are and were.
    pub applications: Applications,
}

/// A point in the life of a write at which a test may end the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Failpoint {
    /// Its intent is about to be made durable.
    Intending,
    /// Its intent is durable, and nothing was sent.
    Intended,
    /// A byte of it is about to be handed to the system, if its send window is not over.
    Leaving,
    /// The provider answered, and nothing of the answer is durable.
    Answered,
    /// Its outcome is about to be made durable.
    Ending,
    /// Its outcome is durable, and not yet returned.
    Ended,
    /// The host is about to act on a write of unknown outcome.
    TakenUp,
}

impl Failpoint {
    /// All failpoints.
    pub const ALL: [Failpoint; 7] = [
        Failpoint::Intending,
        Failpoint::Intended,
        Failpoint::Leaving,
        Failpoint::Answered,
        Failpoint::Ending,
        Failpoint::Ended,
        Failpoint::TakenUp,
    ];
}

/// Called at each failpoint.
pub(crate) type Watched = Arc<dyn Fn(Failpoint) + Send + Sync>;

/// Limits of send windows: the time in which a write leaves once its intent is to be recorded.
#[derive(Clone, Copy, Debug)]
pub struct SendWindows {
    /// Maximum length: the provider's own window may be shorter.
    pub longest: Duration,
    /// Whether windows are enforced.
    pub enforced: bool,
}

impl Default for SendWindows {
    fn default() -> SendWindows {
        SendWindows { longest: Duration::from_secs(5), enforced: true }
    }
}
