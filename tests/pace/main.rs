//! A host's request rate, and its behaviour when a provider reports rate limits or fails: one subject per file.
//!
//! The connector is `tests/components/probe` if it needs instructions, and the simulator if the provider's own messages matter.

mod limits;
mod rates;
mod reading;
mod scene;
