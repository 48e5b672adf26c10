//! Secrets that a provider gave: taken out of its answers, kept for their time, renewed by one call while others wait.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use stockbridge_model::Secret;
use stockbridge_model::boot_clock::BootInstant;

/// A token that a provider gave, and whose turn it is to renew it.
#[derive(Default)]
pub(crate) struct Captured {
    token: parking_lot::Mutex<Option<Token>>,
    pub(crate) renewal: Arc<Mutex<()>>,
}

struct Token {
    bytes: Secret,
    /// By a clock that also runs while the machine is suspended, and that nobody can set.
    expires: Option<BootInstant>,
}

impl Captured {
    /// The one that was captured last, whether or not its time is over: an answer must not show it either.
    pub(super) fn latest(&self) -> Option<Secret> {
        let token = self.token.lock();
        token.as_ref().map(|token| token.bytes.clone())
    }

    pub(crate) fn current(&self) -> Option<Secret> {
        let token = self.token.lock();
        token
            .as_ref()
            .filter(|token| token.expires.is_none_or(|end| BootInstant::now() < end))
            .map(|token| token.bytes.clone())
    }

    pub(super) fn store(&self, bytes: Secret, lifetime: Option<Duration>) {
        // A lifetime beyond what the clock can tell is none.
        let expires = lifetime.and_then(|lifetime| BootInstant::now().later(lifetime));
        *self.token.lock() = Some(Token { bytes, expires });
    }
}
