//! One call on one version of a connector: how it reads, writes and looks up, whether it is retried, and its outcome.
//!
//! | where | what |
//! |---|---|
//! | `deployment` | a connector under an account's configuration |
//! | `swap` | the protocol between calls and changes of the version, without the engine; `sync` is what it is made of |
//! | `call` | a call on its way: it stays on the version that it began on |
//! | `attempt` | one attempt at a call, and what it came back with |
//! | `read`, `write` | the operations |
//! | `outcome` | applied, not applied or unknown |
//! | `retry` | whether another attempt is made, and when |
//! | `feedback` | limits of the provider that the end of a call shows |
//! | `cursor` | what a page's cursor is bound to |
//! | `options` | what a caller says of a call |
//! | `observed` | the span of a call, and its end for observers |
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
