//! The simulator's clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use time::OffsetDateTime;

/// The clock that request timestamps are judged by and that changed rows are stamped with.
///
/// Clones share one clock: a test keeps one, gives the other to [`Options`](crate::Options), and moves both.
#[derive(Clone, Debug)]
pub struct Clock {
    source: Source,
    /// Seconds that it is fast; slow if negative.
    fast: i32,
}

#[derive(Clone, Debug)]
enum Source {
    System,
    /// Unix milliseconds.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Clock {
        Clock { source: Source::System, fast: 0 }
    }

    /// A clock that stands still at this moment (to the millisecond) until it is advanced.
    pub fn fixed(moment: SystemTime) -> Clock {
        Clock { source: Source::Fixed(Arc::new(AtomicI64::new(millis(moment)))), fast: 0 }
    }

    /// Advances a fixed clock. The machine's clock is left alone.
    pub fn advance(&self, by: Duration) {
        if let Source::Fixed(now) = &self.source {
            now.fetch_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX), Ordering::SeqCst);
        }
    }

    /// The same clock, this much faster.
    pub(crate) fn skewed(&self, seconds: i32) -> Clock {
        Clock { fast: self.fast.saturating_add(seconds), ..self.clone() }
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        let now = self.right_now();
        now.checked_add(time::Duration::seconds(self.fast.into())).unwrap_or(now)
    }

    fn right_now(&self) -> OffsetDateTime {
        match &self.source {
            Source::System => OffsetDateTime::now_utc(),
            Source::Fixed(now) => {
                let nanoseconds = i128::from(now.load(Ordering::SeqCst)).saturating_mul(1_000_000);
                OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
            }
        }
    }
}

impl Default for Clock {
    fn default() -> Clock {
        Clock::system()
    }
}

fn millis(moment: SystemTime) -> i64 {
    crate::china_time::epoch_millis(OffsetDateTime::from(moment))
}
