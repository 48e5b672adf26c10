//! How a journal works, wherever it is kept.

use std::sync::Arc;
use std::time::Duration;

use super::clock::WallClock;
use super::plan::RecoveryBackoff;
use crate::application::Applications;

/// How a journal works, wherever it is kept.
#[derive(Clone, Default)]
pub struct JournalOptions {
    /// How long it waits before it acts on a write of unknown outcome.
    pub waits: RecoveryBackoff,
    /// The clock that it goes by.
    pub clock: WallClock,
    /// In what time a write leaves.
    pub send_windows: SendWindows,
    /// Is called at each point of the life of a write, for tests.
    pub watched: Option<Watched>,
    /// Learns which applications the accounts of the journal are and were.
    pub applications: Applications,
}

/// A place in the life of a write at which a process may end, for tests that end it there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Failpoint {
    /// Its intent is about to be made durable.
    Intending,
    /// Its intent is durable, and nothing was sent.
    Intended,
    /// A byte of it is about to be handed to the system, if it is not too late for that.
    Leaving,
    /// The provider answered, and nothing of that is durable.
    Answered,
    /// What came of it is about to be made durable.
    Ending,
    /// What came of it is durable, and nobody was told.
    Ended,
    /// The host is about to act on what nobody knows the end of.
    TakenUp,
}

impl Failpoint {
    /// All of them.
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

/// Is called at each point.
pub(crate) type Watched = Arc<dyn Fn(Failpoint) + Send + Sync>;

/// In what time a write leaves once its intent is to be recorded.
#[derive(Clone, Copy, Debug)]
pub struct SendWindows {
    /// The longest: the provider's own window may be shorter.
    pub longest: Duration,
    /// Whether they are kept to.
    pub enforced: bool,
}

impl Default for SendWindows {
    fn default() -> SendWindows {
        SendWindows { longest: Duration::from_secs(5), enforced: true }
    }
}
