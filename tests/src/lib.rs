//! Shared parts of the tests: the real components, the simulator, accounts at it, and log events.

mod accounts;
mod calls;
mod components;
mod disk;
mod log;
mod memory;
mod minisign;
mod recording;
mod replay;
mod traced;
pub mod writers;

pub use accounts::{Provider, account_at, beijing_time, days_ago, host_at, on_loopback, passive, simulator, unhurried};
pub use calls::{operation, orders, query, send, write};
pub use components::{bare, connector, hostile_guest, test_component, version};
pub use disk::{DiskFault, Losses, Operation, TestDisk};
pub use log::{Event, Log};
pub use memory::resident;
pub use minisign::Signer;
pub use recording::{Recorded, Recording};
pub use replay::{NOT_JSON, Replay, standing_clock};
pub use traced::{APP, Course, How, InProcess, Incoming, Kept, LookUp, Repeats, Traced, traced_account};
