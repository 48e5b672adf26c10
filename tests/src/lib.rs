//! What the tests share: the real components, the simulator, and accounts at it.

mod accounts;
mod calls;
mod components;
mod recording;

pub use accounts::{Provider, account_at, host_at, on_loopback, simulator};
pub use calls::{operation, orders, query, send, write};
pub use components::{connector, hostile_guest, test_component};
pub use recording::{Recorded, Recording};
