//! Secrets that a provider gave: taken out of its answers, kept for their time, renewed by one call while others wait.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::secret::Secret;

/// A token that a provider gave, and whose turn it is to renew it.
#[derive(Default)]
pub(crate) struct Captured {
    token: std::sync::Mutex<Option<Token>>,
    pub(super) renewal: Arc<Mutex<()>>,
}

struct Token {
    bytes: Secret,
    expires: Option<Instant>,
}

impl Captured {
    /// The one that was captured last, whether or not its time is over: an answer must not show it either.
    pub(super) fn latest(&self) -> Option<Secret> {
        let token = self.token.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        token.as_ref().map(|token| token.bytes.clone())
    }

    pub(super) fn current(&self) -> Option<Secret> {
        let token = self.token.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        token
            .as_ref()
            .filter(|token| token.expires.is_none_or(|end| Instant::now() < end))
            .map(|token| token.bytes.clone())
    }

    pub(super) fn store(&self, bytes: Secret, lifetime: Option<Duration>) {
        // A lifetime beyond what the clock can tell is none.
        let expires = lifetime.and_then(|lifetime| Instant::now().checked_add(lifetime));
        *self.token.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(Token { bytes, expires });
    }
}

/// A renewal of a captured secret that this call has begun; it ends with the capture or with the call.
pub(crate) struct Renewal {
    pub(crate) name: String,
    pub(super) _turn: OwnedMutexGuard<()>,
}
