//! Captured secrets: taken from a provider's answers, kept for their lifetime, renewed by one call while others wait.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use stockbridge_model::Secret;
use stockbridge_model::boot_clock::BootInstant;

/// A captured token, and the lock of its renewal.
#[derive(Default)]
pub(crate) struct Captured {
    token: parking_lot::Mutex<Option<Token>>,
    pub(crate) renewal: Arc<Mutex<()>>,
}

struct Token {
    bytes: Secret,
    /// By a monotonic clock that also runs while the machine is suspended.
    expires: Option<BootInstant>,
}

impl Captured {
    /// The latest captured token, expired or not: an expired one is redacted from answers, too.
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
        // A lifetime beyond the clock's range counts as unlimited.
        let expires = lifetime.and_then(|lifetime| BootInstant::now().later(lifetime));
        *self.token.lock() = Some(Token { bytes, expires });
    }
}
