//! The only clock that a connector has.

use wasmtime::component::HasData;

use super::context::CallContext;
use super::contract::clock;

/// The capability.
pub(super) struct Clock;

impl HasData for Clock {
    type Data<'a> = ClockView<'a>;
}

/// It has no state of its own.
pub(super) struct ClockView<'a>(pub(super) &'a CallContext);

impl clock::Host for ClockView<'_> {
    fn now(&mut self) -> wasmtime::Result<i64> {
        // `describe` runs without an account, and its result must not depend on the time.
        let grants = self.0.grants.as_ref().ok_or_else(|| wasmtime::Error::msg("`describe` asked for the time"))?;
        Ok(grants.clock.now().as_millis())
    }
}
