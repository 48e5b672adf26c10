//! The swap: which version serves an account, and when it is put back. It knows nothing of connectors or engines, so
//! that all of it can be run through a model checker (`tests/swap-model`), which puts its own primitives in place of `sync`.
//!
//! A call begins with one atomic load and ends with one atomic update; nothing on its way waits for anybody. What has
//! begun keeps its version alive and ends on it.
//!
//! A new version is on probation together with all slots that took it at the same time: they share a [`Trial`]. When
//! the trial fails, each of its slots is put back to its fallback by whoever looks at the slot next: a call that begins,
//! or the registry's sweep. So one atomic write puts back ten thousand accounts, and no call begins on a version after
//! its trial failed.

mod slot;
mod trial;

pub(crate) use slot::{InCall, Slot, Version};
pub(crate) use trial::{Limits, Trial, Verdict};
