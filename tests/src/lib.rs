//! What the tests share: the real components, the simulator, and accounts at it.

mod accounts;
mod components;
mod recording;

pub use accounts::{Provider, account_at, host_at, on_loopback, simulator};
pub use components::{connector, test_component};
pub use recording::{Recorded, Recording};
