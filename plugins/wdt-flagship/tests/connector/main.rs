//! Tests of the connector on a host without a sandbox: its requests, its reading of answers, and its refusals.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A test may panic.

mod count;
mod create_order;
mod describe;
mod errors;
mod look_up;
mod occupy;
mod query;
mod signing;
mod support;
mod transfer;
