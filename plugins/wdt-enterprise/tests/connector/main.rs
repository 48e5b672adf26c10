//! The connector against a host without a sandbox: what it sends, what it makes of answers, and what it refuses.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A test may panic.

mod count;
mod describe;
mod errors;
mod lost_transfer;
mod query;
mod signing;
mod support;
mod transfer;
