//! Application of an account at its provider: the scope of its rate limit, and of the uniqueness of its references.
//!
//! It is derived from the operator's configuration and the component's file, never from a connector's description of itself:
//! a connector that claims another's name, with that one's settings as its defaults, is another application.
//!
//! | module | responsibility |
//! |---|---|
//! | `member` | an account, and the links by which it shares an application with others |
//! | `known` | which applications links lead to, now and in the journal |
//! | `record` | how the journal stores them |

mod known;
mod member;
mod record;

pub use known::{Applications, Conflict, Identities, Membership};
pub use member::Member;
pub use record::{Former, MARKER, Row};
