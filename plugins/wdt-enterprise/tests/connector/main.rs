//! Tests of the connector on a host without a sandbox: its requests, its reading of answers, and its refusals.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // A test may panic.

mod count;
mod describe;
mod errors;
mod lost_transfer;
mod query;
mod signing;
mod support;
mod transfer;
