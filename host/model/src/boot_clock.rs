//! A clock that also runs while the machine is suspended and cannot be set, for promises that a change of the wall
//! clock would break.

use std::sync::OnceLock;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A reading of the boot clock: `CLOCK_BOOTTIME` on Linux, its equivalent on Apple's systems. Elsewhere the monotonic clock,
/// which may stop while the machine is suspended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BootInstant(Duration);

impl BootInstant {
    /// The current time.
    #[must_use]
    pub fn now() -> BootInstant {
        BootInstant(since_boot())
    }

    /// Time passed since this instant.
    pub fn elapsed(self) -> Duration {
        since_boot().saturating_sub(self.0)
    }

    /// Time left until this instant; zero once it has passed.
    pub fn left(self) -> Duration {
        self.0.saturating_sub(since_boot())
    }

    /// The instant this much later; none beyond the clock's range.
    pub fn later(self, by: Duration) -> Option<BootInstant> {
        self.0.checked_add(by).map(BootInstant)
    }
}

/// A boot-clock reading to be stored: comparable within the same boot of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BootStamp {
    /// Identifier of the boot.
    boot: u64,
    /// Milliseconds since the boot.
    at: u64,
}

impl BootStamp {
    /// The current time; none where the system does not identify its boots.
    pub fn now() -> Option<BootStamp> {
        let boot = boot()?;
        Some(BootStamp { boot, at: u64::try_from(since_boot().as_millis()).unwrap_or(u64::MAX) })
    }

    /// Time passed since an earlier stamp; none where they are of different boots, or `earlier` is the later one.
    pub fn since(self, earlier: BootStamp) -> Option<Duration> {
        if self.boot != earlier.boot {
            return None;
        }
        self.at.checked_sub(earlier.at).map(Duration::from_millis)
    }

    /// Identifier of the boot, and milliseconds since it.
    pub fn parts(self) -> (u64, u64) {
        (self.boot, self.at)
    }

    /// Rebuilds a stamp from its parts; none for boot 0, which is never valid.
    pub fn of(boot: u64, at: u64) -> Option<BootStamp> {
        (boot != 0).then_some(BootStamp { boot, at })
    }

    #[cfg(test)]
    pub(crate) fn of_a_test(boot: u64, at: Duration) -> BootStamp {
        BootStamp { boot, at: u64::try_from(at.as_millis()).unwrap() }
    }
}

/// Has the rest of this process read the monotonic clock by way of the C library in place of the boot clock, for tests under
/// valgrind: it unmaps the kernel's code that the boot clock is read with.
#[doc(hidden)]
#[cfg(feature = "testing")]
pub fn use_monotonic_clock() {
    STAND_IN.get_or_init(std::time::Instant::now);
}

/// The start of the clock that is read in place of the boot clock, if there is one.
#[cfg(feature = "testing")]
static STAND_IN: OnceLock<std::time::Instant> = OnceLock::new();

fn since_boot() -> Duration {
    #[cfg(feature = "testing")]
    if let Some(begun) = STAND_IN.get() {
        return begun.elapsed();
    }
    read()
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn read() -> Duration {
    timespec(rustix::time::clock_gettime(rustix::time::ClockId::Boottime))
}

#[cfg(target_vendor = "apple")]
fn read() -> Duration {
    timespec(rustix::time::clock_gettime(rustix::time::ClockId::Monotonic))
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn timespec(time: rustix::time::Timespec) -> Duration {
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn read() -> Duration {
    static BEGUN: OnceLock<std::time::Instant> = OnceLock::new();
    BEGUN.get_or_init(std::time::Instant::now).elapsed()
}

/// Identifier of the current boot.
fn boot() -> Option<u64> {
    static BOOT: OnceLock<Option<u64>> = OnceLock::new();
    *BOOT.get_or_init(|| {
        let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        let digits: String = id.chars().filter(char::is_ascii_hexdigit).take(16).collect();
        u64::from_str_radix(&digits, 16).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_between_two_starts_of_the_machine_is_not_told() {
        let second = Duration::from_secs(1);
        let first = BootStamp::of_a_test(1, second);
        assert_eq!(BootStamp::of_a_test(1, 3 * second).since(first), Some(2 * second));
        assert_eq!(BootStamp::of_a_test(2, 3 * second).since(first), None);
        assert_eq!(BootStamp::of_a_test(1, Duration::ZERO).since(first), None);
    }

    #[test]
    fn the_clock_runs_forward() {
        let then = BootInstant::now();
        std::thread::sleep(Duration::from_millis(5));
        assert!(then.elapsed() >= Duration::from_millis(5) && BootInstant::now() > then);
    }
}
