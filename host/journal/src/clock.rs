//! Wall clock of the journal, its schedule and its recovery: the system's, or one that a test controls.

use std::fmt;
use std::sync::Arc;

use stockbridge_model::Timestamp;
use stockbridge_model::boot_clock::BootStamp;

/// Source of the time of day for the journal.
#[derive(Clone, Default)]
pub struct WallClock(Option<Arc<dyn Fn() -> Timestamp + Send + Sync>>);

impl WallClock {
    /// A clock that shows what `now` returns.
    pub fn showing(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> WallClock {
        WallClock(Some(Arc::new(now)))
    }

    /// The current time.
    pub fn now(&self) -> Timestamp {
        self.0.as_ref().map_or_else(Timestamp::now, |now| now())
    }

    pub(crate) fn moment(&self) -> Moment {
        Moment { wall: self.now(), boot: BootStamp::now() }
    }
}

/// A time by the wall clock and by the boot clock, which cannot be set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub wall: Timestamp,
    pub boot: Option<BootStamp>,
}

#[cfg(test)]
impl From<Timestamp> for Moment {
    fn from(wall: Timestamp) -> Moment {
        Moment { wall, boot: None }
    }
}

impl fmt::Debug for WallClock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_some() { "a test's" } else { "the system's" })
    }
}
