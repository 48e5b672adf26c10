//! Clock of connectors: the system clock, or a fixed time.

use stockbridge_model::Timestamp;

/// Clock of connectors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Clock {
    /// The system clock.
    #[default]
    System,
    /// A fixed time, for tests and signature vectors.
    Fixed(Timestamp),
}

impl Clock {
    pub(crate) fn now(self) -> Timestamp {
        match self {
            Clock::System => Timestamp::now(),
            Clock::Fixed(time) => time,
        }
    }
}
