//! Until when a write may leave: the send window that its intent names.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::boot_clock::BootInstant;

/// The time in which a request that carries a write may leave, from when its intent was about to be recorded.
///
/// A process that is stopped, or whose machine is suspended, may go on long after somebody concluded that nothing was
/// sent. So the window is part of what is recorded, and whoever takes the journal over waits for its end before it
/// concludes that. It is measured by a clock that runs while the machine is suspended (`CLOCK_BOOTTIME`).
#[derive(Clone)]
pub struct SendWindow(Arc<Window>);

struct Window {
    begun: BootInstant,
    length: Duration,
    /// Whether it is kept to: a test may show what comes of it if not.
    enforced: bool,
    /// Is called right before each look at the clock, for tests that stop the process there.
    failpoint: Option<FailpointHook>,
}

/// Something that a test does at a certain place.
pub type FailpointHook = Arc<dyn Fn() + Send + Sync>;

impl SendWindow {
    /// One that begins now.
    pub fn beginning(length: Duration, enforced: bool, failpoint: Option<FailpointHook>) -> SendWindow {
        SendWindow(Arc::new(Window { begun: BootInstant::now(), length, enforced, failpoint }))
    }

    /// How long it is: five seconds at most.
    #[must_use]
    pub fn length(&self) -> Duration {
        self.0.length
    }

    /// What is left of it.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.0.length.saturating_sub(self.0.begun.elapsed())
    }

    /// Whether it is over. To be asked right before each byte is handed to the system, and nowhere else: whatever lies
    /// between can take any time.
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
