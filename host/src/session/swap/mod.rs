//! Version swap: which version serves an account, and when it is rolled back. It is independent of connectors and engines, so
//! that a model checker can run all of it (`tests/swap-model`), with its own primitives in place of `sync`.
//!
//! A call begins with one atomic load and ends with one atomic update, and never waits in between. A running call keeps its
//! version alive and ends on it.
//!
//! A new version is on probation together with all slots that took it at the same time: they share a [`Trial`]. When the trial
//! fails, each of its slots is rolled back to its fallback at its next use: by a call that begins, or by the registry's sweep.
//! So one atomic write rolls back ten thousand accounts, and no call begins on a version after its trial failed.

mod slot;
mod trial;

pub(crate) use slot::{InCall, Slot, Version};
pub(crate) use trial::{Limits, Trial, Verdict};
