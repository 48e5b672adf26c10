//! How often a host asks a provider, and what it does when the provider has had enough of it or fails: one subject a file.
//!
//! The connector is `tests/components/probe` where it has to be told what to do, and the simulator where it is the
//! provider's own words that count.

mod limits;
mod rates;
mod reading;
mod scene;
