//! Secrets of an account: kept in a vault, written into requests, and redacted from texts and answers.
//!
//! | module | what it is responsible for |
//! |---|---|
//! | `vault` | the secrets of an account; `captured`: those taken from a provider's answers |
//! | `digest`, `encoding` | digests and encodings of secrets for a request |
//! | `redactor` | redacts secrets in texts and answers; it searches with `automaton`, `decoder` and `forms` |
//! | `strength` | secrets that could be guessed |

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
pub(crate) use redactor::PLACEHOLDER;
#[cfg_attr(not(feature = "testing"), expect(unreachable_pub, reason = "public to tests and benches alone"))]
pub use redactor::Redactor;
pub(crate) use strength::is_weak;
pub(crate) use vault::{StoredSecret, Vault};
