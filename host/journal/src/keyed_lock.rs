//! Lock for each write: one task at a time works on a write, and later ones wait for it.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::watch;

use super::record::IdempotencyKey;

use parking_lot::{Mutex, MutexGuard};

/// Locks of the writes that tasks are working on.
#[derive(Default)]
pub(crate) struct KeyedLock(Mutex<HashMap<IdempotencyKey, watch::Receiver<()>>>);

/// Lock on a write, under all names that it may have, until it is dropped.
pub(crate) struct Claim {
    claims: Arc<KeyedLock>,
    names: Vec<IdempotencyKey>,
    /// Notifies the waiting tasks when it is dropped.
    _held: watch::Sender<()>,
}

/// Another task holds the lock.
pub(crate) struct Contended(watch::Receiver<()>);

impl Contended {
    /// Returns when the other task releases the lock.
    async fn released(mut self) {
        // Nothing is ever sent: the sender's drop is the signal.
        drop(self.0.changed().await);
    }
}

impl KeyedLock {
    /// Locks a write under these names: all of them, or none.
    pub(crate) fn claim(self: &Arc<Self>, names: impl IntoIterator<Item = IdempotencyKey>) -> Result<Claim, Contended> {
        let names: Vec<IdempotencyKey> = names.into_iter().collect();
        let mut claimed = self.claimed();
        if let Some(taken) = names.iter().find_map(|name| claimed.get(name)) {
            return Err(Contended(taken.clone()));
        }
        let (held, released) = watch::channel(());
        claimed.extend(names.iter().map(|name| (name.clone(), released.clone())));
        Ok(Claim { claims: self.clone(), names, _held: held })
    }

    /// Locks it as soon as no other task holds one of the names.
    pub(crate) async fn lock(self: &Arc<Self>, names: impl IntoIterator<Item = IdempotencyKey> + Clone) -> Claim {
        loop {
            match self.claim(names.clone()) {
                Ok(claim) => return claim,
                Err(contended) => contended.released().await,
            }
        }
    }

    /// Whether a task works on it, under any of its names.
    pub(crate) fn is_claimed<'n>(&self, names: impl IntoIterator<Item = &'n IdempotencyKey>) -> bool {
        let claimed = self.claimed();
        names.into_iter().any(|name| claimed.contains_key(name))
    }

    fn claimed(&self) -> MutexGuard<'_, HashMap<IdempotencyKey, watch::Receiver<()>>> {
        self.0.lock()
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut claimed = self.claims.claimed();
        self.names.iter().for_each(|name| drop(claimed.remove(name)));
    }
}
