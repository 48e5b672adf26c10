//! Vault of an account's secrets: those that the operator configured, and those captured from a provider's answers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::RwLock;
use stockbridge_model::Secret;

use super::captured::Captured;
use super::redactor::Redactor;

/// A secret, and its permitted use.
#[derive(Clone)]
pub(crate) struct StoredSecret {
    pub(crate) bytes: Secret,
    /// Empty for a derived secret.
    pub(crate) name: Arc<str>,
    /// Whether it may be sent in a request.
    pub(crate) sendable: bool,
    /// Number of encodings already applied to a secret in it. With more than one, an echo could not be recognised.
    pub(crate) encodings: u8,
    /// Size in bytes that it counts for in limits, so that a refusal does not reveal its length.
    pub(crate) counted: usize,
}

impl StoredSecret {
    /// A secret that the operator configured, or that was captured.
    pub(crate) fn new(name: &str, bytes: Secret, sendable: bool) -> StoredSecret {
        let counted = bytes.expose().len().next_multiple_of(COUNTED_BYTES);
        StoredSecret { bytes, name: name.into(), sendable, encodings: 0, counted }
    }
}

/// A secret's size is rounded up to a multiple of this, so that a refusal for size does not reveal its length.
const COUNTED_BYTES: usize = 1024;

/// The secrets of an account.
#[derive(Default)]
pub(crate) struct Vault {
    configured: BTreeMap<String, StoredSecret>,
    /// Captured secrets, by name.
    captured: BTreeMap<String, Captured>,
    /// Redacts all of them in incoming and outgoing texts.
    redactor: RwLock<Arc<Redactor>>,
}

impl Vault {
    /// A vault of the operator's secrets, each with whether it may be sent, and of the names of secrets to capture.
    pub(crate) fn new(
        configured: impl IntoIterator<Item = (String, Secret, bool)>,
        captured: impl IntoIterator<Item = String>,
    ) -> Vault {
        let stored = |(name, bytes, sendable): (String, _, _)| {
            let secret = StoredSecret::new(&name, bytes, sendable);
            (name, secret)
        };
        let vault = Vault {
            configured: configured.into_iter().map(stored).collect(),
            captured: captured.into_iter().map(|name| (name, Captured::default())).collect(),
            redactor: RwLock::default(),
        };
        vault.rebuild_redactor();
        vault
    }

    /// A secret that the operator configured.
    pub(crate) fn configured(&self, name: &str) -> Option<&StoredSecret> {
        self.configured.get(name)
    }

    /// A captured secret.
    pub(crate) fn captured(&self, name: &str) -> Option<&Captured> {
        self.captured.get(name)
    }

    /// Whether the descriptor declares a captured secret of this name.
    pub(crate) fn captures(&self, name: &str) -> bool {
        self.captured.contains_key(name)
    }

    /// Replaces captured secrets, each with its name and lifetime.
    pub(crate) fn store<'n>(&self, secrets: impl IntoIterator<Item = (&'n str, Secret, Option<Duration>)>) {
        let mut stored = false;
        for (name, bytes, lifetime) in secrets {
            if let Some(captured) = self.captured.get(name) {
                captured.store(bytes, lifetime);
                stored = true;
            }
        }
        if stored {
            self.rebuild_redactor();
        }
    }

    /// Redactor of the account's secrets.
    pub(crate) fn redactor(&self) -> Arc<Redactor> {
        self.redactor.read().clone()
    }

    fn rebuild_redactor(&self) {
        let configured = self.configured.values().map(|secret| (secret.name.clone(), secret.bytes.clone()));
        let captured = self.captured.iter().filter_map(|(name, secret)| Some((name.as_str().into(), secret.latest()?)));
        let secrets: Vec<(Arc<str>, Secret)> = configured.chain(captured).collect();
        let redactor = Arc::new(Redactor::new(secrets.iter().map(|(name, secret)| (name.clone(), secret.expose()))));
        *self.redactor.write() = redactor;
    }
}
