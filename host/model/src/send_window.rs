//! Send window of a write: how long after its intent it may leave.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::boot_clock::BootInstant;

/// The time in which a request that carries a write may leave, counted from just before its intent is recorded.
///
/// A process that was stopped, or whose machine was suspended, may resume long after another process concluded that nothing was
/// sent. So the window is recorded with the intent, and a process that takes the journal over waits for its end before it
/// concludes that. It is measured by a clock that runs while the machine is suspended (`CLOCK_BOOTTIME`).
#[derive(Clone)]
pub struct SendWindow(Arc<Window>);

struct Window {
    begun: BootInstant,
    length: Duration,
    /// Whether the window is enforced: a test may show what happens without it.
    enforced: bool,
    /// Called right before each read of the clock, for tests that stop the process there.
    failpoint: Option<FailpointHook>,
}

/// A test's action at a certain place in the code.
pub type FailpointHook = Arc<dyn Fn() + Send + Sync>;

impl SendWindow {
    /// A window that begins now.
    pub fn beginning(length: Duration, enforced: bool, failpoint: Option<FailpointHook>) -> SendWindow {
        SendWindow(Arc::new(Window { begun: BootInstant::now(), length, enforced, failpoint }))
    }

    /// Length of the window: five seconds at most.
    #[must_use]
    pub fn length(&self) -> Duration {
        self.0.length
    }

    /// Time left in the window.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.0.length.saturating_sub(self.0.begun.elapsed())
    }

    /// Whether the window is over. Check right before each byte is handed to the system, and nowhere else: anything in between
    /// can take any time.
    #[must_use]
    pub fn is_over(&self) -> bool {
        if let Some(failpoint) = &self.0.failpoint {
            failpoint();
        }
        self.0.enforced && self.left().is_zero()
    }
}

impl fmt::Debug for SendWindow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SendWindow").field("length", &self.0.length).field("left", &self.left()).finish()
    }
}
