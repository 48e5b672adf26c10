//! The application that an account is, to its provider: what limits its rate, and what its references are unique in.
//!
//! Which one that is follows from what the operator wrote and from the component's file, and never from what a connector says
//! of itself: one that calls itself by the name of another, with that one's settings for defaults, is another application.
//!
//! | where | what |
//! |---|---|
//! | `member` | an account, and the links by which it shares an application with others |
//! | `known` | which applications links lead to, now and in the journal |
//! | `record` | how the journal keeps that |

mod known;
mod member;
mod record;

pub use known::{Applications, Conflict, Identities, Membership};
pub use member::Member;
pub use record::{Former, MARKER, Row};
