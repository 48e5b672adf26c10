//! What is secret of an account: kept in a vault, written into requests, and found again in whatever comes back.
//!
//! | where | what |
//! |---|---|
//! | `vault` | the secrets of an account; `captured`: those that a provider gave |
//! | `digest`, `encoding` | what is made of them for a request |
//! | `redactor` | strikes them out of texts and answers; `automaton`, `decoder` and `forms` are what it searches with |
//! | `strength` | which of them could be guessed |

mod automaton;
mod captured;
mod decoder;
mod digest;
mod encoding;
mod forms;
mod redactor;
mod strength;
mod vault;

pub(crate) use digest::{Algorithm, digest, hmac};
pub(crate) use encoding::{Encoding, LONGEST, encoded, growth};
#[cfg_attr(not(feature = "testing"), expect(unreachable_pub, reason = "public to tests and benches alone"))]
pub use redactor::Redactor;
pub(crate) use redactor::STRUCK;
pub(crate) use strength::is_weak;
pub(crate) use vault::{StoredSecret, Vault};
