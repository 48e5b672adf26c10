//! One task at a time works on a write: whoever comes later waits for it.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::watch;

use super::record::IdempotencyKey;

use parking_lot::{Mutex, MutexGuard};

/// The writes that a task is working on.
#[derive(Default)]
pub(crate) struct KeyedLock(Mutex<HashMap<IdempotencyKey, watch::Receiver<()>>>);

/// The right to work on a write, under all names that it may have, until it is dropped.
pub(crate) struct Claim {
    claims: Arc<KeyedLock>,
    names: Vec<IdempotencyKey>,
    /// Those who wait see it go.
    _held: watch::Sender<()>,
}

/// Another task works on it.
pub(crate) struct Contended(watch::Receiver<()>);

impl Contended {
    /// Returns when the other has done.
    async fn over(mut self) {
        // Nothing is ever sent: the end of the sender is the word.
        drop(self.0.changed().await);
    }
}

impl KeyedLock {
    /// The right to a write of these names: to all of them, or to none.
    pub(crate) fn claim(self: &Arc<Self>, names: impl IntoIterator<Item = IdempotencyKey>) -> Result<Claim, Contended> {
        let names: Vec<IdempotencyKey> = names.into_iter().collect();
        let mut claimed = self.claimed();
        if let Some(taken) = names.iter().find_map(|name| claimed.get(name)) {
            return Err(Contended(taken.clone()));
        }
        let (held, seen) = watch::channel(());
        claimed.extend(names.iter().map(|name| (name.clone(), seen.clone())));
        Ok(Claim { claims: self.clone(), names, _held: held })
    }

    /// The right to it as soon as no other task has one of the names.
    pub(crate) async fn in_turn(self: &Arc<Self>, names: impl IntoIterator<Item = IdempotencyKey> + Clone) -> Claim {
        loop {
            match self.claim(names.clone()) {
                Ok(claim) => return claim,
                Err(busy) => busy.over().await,
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
