//! What this project's own tests and campaigns change of a host, and no application does. With the feature `testing`.

use std::sync::Arc;
use std::time::Duration;

use stockbridge_journal::{Failpoint, SendWindows, WallClock};
use stockbridge_model::Timestamp;

use super::HostBuilder;

#[doc(hidden)]
impl HostBuilder {
    /// Calls this at each point of the life of a write, for tests that end the process there.
    #[must_use]
    pub fn on_failpoint(mut self, point: impl Fn(Failpoint) + Send + Sync + 'static) -> HostBuilder {
        self.journal.watched = Some(Arc::new(point));
        self
    }

    /// Has the journal go by this clock, for tests that set it.
    #[must_use]
    pub fn wall_clock(mut self, now: impl Fn() -> Timestamp + Send + Sync + 'static) -> HostBuilder {
        self.journal.clock = WallClock::showing(now);
        self
    }

    /// How long a write may take to leave once it is to be recorded, and whether that is kept to: for tests that show what
    /// it is good for. Five seconds by default, and it is.
    #[must_use]
    pub fn send_window(mut self, longest: Duration, enforced: bool) -> HostBuilder {
        self.journal.send_windows = SendWindows { longest, enforced };
        self
    }

    /// Leaves writes of unknown outcome alone, for tests that count requests. Long [waits](HostBuilder::recovery_waits) do
    /// not: where the provider says when to come back, recovery comes back then.
    #[must_use]
    pub fn without_recovery(mut self) -> HostBuilder {
        self.without_recovery = true;
        self
    }

    /// Runs under valgrind: with a pool for this few calls, since valgrind has some 60 GiB of address space, and with the
    /// monotonic clock for the whole process, since valgrind unmaps the kernel's code that the boot clock is read with.
    #[must_use]
    pub fn under_valgrind(mut self, calls: u32) -> HostBuilder {
        stockbridge_model::boot_clock::use_monotonic_clock();
        self.few_calls = Some(calls);
        self
    }
}
