//! The contract's clock as WASI clocks. While a component describes itself there is no account: then both clocks read 0,
//! because its description must not depend on the time.

use std::cell::Cell;
use std::time::Duration;

use wasmtime_wasi::{HostMonotonicClock, HostWallClock};

use crate::clock::Clock;

/// Resolution of the contract's clock.
const RESOLUTION: Duration = Duration::from_millis(1);

/// The time of day. A time before 1970 reads as 1970, because WASI has no earlier time.
pub(super) struct Wall(pub(super) Option<Clock>);

impl HostWallClock for Wall {
    fn resolution(&self) -> Duration {
        RESOLUTION
    }

    fn now(&self) -> Duration {
        Duration::from_millis(u64::try_from(millis(self.0)).unwrap_or(0))
    }
}

/// Time since the call first used WASI, by the contract's clock. If that clock is set back, this one stands still.
///
/// A waiting guest waits in real time: under a clock that stands still it wakes up all the same, and finds that no time has
/// passed.
pub(super) struct Monotonic {
    clock: Option<Clock>,
    started: i64,
    /// The latest reading, in nanoseconds.
    latest: Cell<u64>,
}

impl Monotonic {
    pub(super) fn new(clock: Option<Clock>) -> Monotonic {
        Monotonic { clock, started: millis(clock), latest: Cell::new(0) }
    }
}

impl HostMonotonicClock for Monotonic {
    fn resolution(&self) -> u64 {
        nanoseconds(RESOLUTION)
    }

    fn now(&self) -> u64 {
        let passed = u64::try_from(millis(self.clock).saturating_sub(self.started)).unwrap_or(0);
        self.latest.set(self.latest.get().max(nanoseconds(Duration::from_millis(passed))));
        self.latest.get()
    }
}

fn millis(clock: Option<Clock>) -> i64 {
    clock.map_or(0, |clock| clock.now().as_millis())
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use stockbridge_model::Timestamp;

    fn at(millis: i64) -> Option<Clock> {
        Some(Clock::Fixed(Timestamp::from_millis(millis)))
    }

    #[test]
    fn a_time_that_wasi_cannot_tell_is_1970() {
        assert_eq!(Wall(at(-1)).now(), Duration::ZERO);
        assert_eq!(Wall(None).now(), Duration::ZERO);
        assert_eq!(Wall(at(1500)).now(), Duration::from_millis(1500));
    }

    #[test]
    fn time_that_passes_is_never_taken_back() {
        let mut clock = Monotonic::new(at(1000));
        assert_eq!(clock.now(), 0);
        clock.clock = at(1002);
        assert_eq!(clock.now(), 2_000_000);
        clock.clock = at(500);
        assert_eq!(clock.now(), 2_000_000);
    }
}
