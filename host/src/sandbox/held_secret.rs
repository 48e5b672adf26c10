//! A guest's handle of a secret.

use super::in_use::Counted;
use crate::secrets::{Encoding, StoredSecret};

/// A secret held by a call.
#[expect(unreachable_pub, reason = "the generated bindings re-export the type behind their resource")]
pub struct HeldSecret {
    pub(super) secret: StoredSecret,
    pub(super) _counted: Counted,
}

impl HeldSecret {
    pub(crate) fn is_sendable(&self) -> bool {
        self.secret.sendable
    }

    /// Number of encodings applied to the secret when it is written in this one.
    pub(crate) fn encodings(&self, encoding: Encoding) -> u8 {
        self.secret.encodings.saturating_add(u8::from(encoding != Encoding::Plain))
    }

    pub(crate) fn name(&self) -> &str {
        &self.secret.name
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.secret.bytes.expose()
    }
}
