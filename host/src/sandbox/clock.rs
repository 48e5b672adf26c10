//! The only clock that a connector has.

use crate::model::Timestamp;
use crate::sandbox::call::CallState;
use crate::sandbox::contract::clock;

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

impl clock::Host for CallState {
    fn now(&mut self) -> wasmtime::Result<i64> {
        // While a component describes itself there is no account, and nothing that it says may depend on the time.
        let grants = self.grants.as_ref().ok_or_else(|| wasmtime::Error::msg("`describe` asked for the time"))?;
        Ok(grants.clock.now().as_millis())
    }
}
