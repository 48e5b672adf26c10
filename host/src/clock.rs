//! What time it is for connectors.

use stockbridge_model::Timestamp;

/// What time it is for connectors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// The system's.
    #[default]
    System,
    /// It stands still, for tests and signature vectors.
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
