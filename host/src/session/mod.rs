//! Calls on one version of a connector: reads, writes and look-ups, their retries and their outcome.
//!
//! | module | what it is responsible for |
//! |---|---|
//! | `deployment` | a connector under an account's configuration |
//! | `swap` | the protocol between calls and version changes, without the engine; `sync` has its primitives |
//! | `call` | a running call, which stays on the version that it began on |
//! | `attempt` | one attempt at a call, and its result |
//! | `read`, `write` | the operations |
//! | `outcome` | applied, not applied or unknown |
//! | `retry` | whether another attempt is made, and when |
//! | `feedback` | feedback from finished calls to the pacer |
//! | `cursor` | binding of a page's cursor |
//! | `options` | options of a caller |
//! | `observed` | the span of a call, and the report to observers at its end |
//! | `write_tasks` | the tasks in which writes run |

mod attempt;
mod call;
mod cursor;
mod deployment;
mod feedback;
pub(crate) mod observed;
mod options;
mod outcome;
pub(crate) mod read;
mod retry;
pub(crate) mod swap;
mod sync;
pub(crate) mod write;
pub(crate) mod write_tasks;

pub(crate) use call::{Call, TrialJudge, VersionPin};
pub(crate) use deployment::Deployment;
pub use options::CallOptions;
