//! The secrets of an account: those that the operator configured, and those that a provider gave.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::RwLock;
use stockbridge_model::Secret;

use super::captured::Captured;
use super::redactor::Redactor;

/// A secret, and what may be done with it.
#[derive(Clone)]
pub(crate) struct StoredSecret {
    pub(crate) bytes: Secret,
    /// Empty for a derived one.
    pub(crate) name: Arc<str>,
    /// Whether it may stand in a request.
    pub(crate) sendable: bool,
    /// How many encodings lie upon a secret in it. More than one would be recognised in no echo.
    pub(crate) encodings: u8,
    /// What it counts for, in bytes, where its length would show in what is refused.
    pub(crate) counted: usize,
}

impl StoredSecret {
    /// One that the operator configured, or that was taken out of an answer.
    pub(crate) fn new(name: &str, bytes: Secret, sendable: bool) -> StoredSecret {
        let counted = bytes.expose().len().next_multiple_of(COUNTED_BYTES);
        StoredSecret { bytes, name: name.into(), sendable, encodings: 0, counted }
    }
}

/// A secret counts for as many bytes as the next multiple of this, so that a refusal for size says nothing of its length.
const COUNTED_BYTES: usize = 1024;

/// The secrets of an account.
#[derive(Default)]
pub(crate) struct Vault {
    configured: BTreeMap<String, StoredSecret>,
    /// Secrets that are taken out of answers, by name.
    captured: BTreeMap<String, Captured>,
    /// Finds any of them in what comes in or goes out.
    redactor: RwLock<Arc<Redactor>>,
}

impl Vault {
    /// The secrets that the operator configured, each with whether it may be sent, and the names of those to capture.
    pub(crate) fn new(
        configured: impl IntoIterator<Item = (String, Secret, bool)>,
        captured: impl IntoIterator<Item = String>,
    ) -> Vault {
        let known = |(name, bytes, sendable): (String, _, _)| {
            let secret = StoredSecret::new(&name, bytes, sendable);
            (name, secret)
        };
        let vault = Vault {
            configured: configured.into_iter().map(known).collect(),
            captured: captured.into_iter().map(|name| (name, Captured::default())).collect(),
            redactor: RwLock::default(),
        };
        vault.look_for_all();
        vault
    }

    /// A secret that the operator configured.
    pub(crate) fn configured(&self, name: &str) -> Option<&StoredSecret> {
        self.configured.get(name)
    }

    /// A secret that is taken out of answers.
    pub(crate) fn captured(&self, name: &str) -> Option<&Captured> {
        self.captured.get(name)
    }

    /// Whether the descriptor declares a captured secret of this name.
    pub(crate) fn captures(&self, name: &str) -> bool {
        self.captured.contains_key(name)
    }

    /// Keeps captured secrets, each with its name and how long it lasts, in place of those before.
    pub(crate) fn store<'n>(&self, secrets: impl IntoIterator<Item = (&'n str, Secret, Option<Duration>)>) {
        let mut stored = false;
        for (name, bytes, lifetime) in secrets {
            if let Some(captured) = self.captured.get(name) {
                captured.store(bytes, lifetime);
                stored = true;
            }
        }
        if stored {
            self.look_for_all();
        }
    }

    /// What finds the account's secrets.
    pub(crate) fn redactor(&self) -> Arc<Redactor> {
        self.redactor.read().clone()
    }

    fn look_for_all(&self) {
        let configured = self.configured.values().map(|known| (known.name.clone(), known.bytes.clone()));
        let captured = self.captured.iter().filter_map(|(name, secret)| Some((name.as_str().into(), secret.latest()?)));
        let secrets: Vec<(Arc<str>, Secret)> = configured.chain(captured).collect();
        let redactor = Arc::new(Redactor::new(secrets.iter().map(|(name, secret)| (name.clone(), secret.expose()))));
        *self.redactor.write() = redactor;
    }
}
