//! One task at a time works on a write: whoever comes later waits for it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::record::Name;

/// The writes that a task is working on.
#[derive(Default)]
pub(crate) struct Claims(Mutex<HashMap<Name, watch::Receiver<()>>>);

/// The right to work on a write, until it is dropped.
pub(crate) struct Claim {
    claims: Arc<Claims>,
    name: Name,
    /// Those who wait see it go.
    _held: watch::Sender<()>,
}

/// Another task works on it.
pub(crate) struct Busy(watch::Receiver<()>);

impl Busy {
    /// Returns when the other has done.
    async fn over(mut self) {
        // Nothing is ever sent: the end of the sender is the word.
        drop(self.0.changed().await);
    }
}

impl Claims {
    pub(crate) fn claim(self: &Arc<Self>, name: Name) -> Result<Claim, Busy> {
        match self.claimed().entry(name) {
            Entry::Occupied(taken) => Err(Busy(taken.get().clone())),
            Entry::Vacant(free) => {
                let (held, seen) = watch::channel(());
                let name = free.key().clone();
                free.insert(seen);
                Ok(Claim { claims: self.clone(), name, _held: held })
            }
        }
    }

    /// The right to work on it as soon as no other task does.
    pub(crate) async fn in_turn(self: &Arc<Self>, name: &Name) -> Claim {
        loop {
            match self.claim(name.clone()) {
                Ok(claim) => return claim,
                Err(busy) => busy.over().await,
            }
        }
    }

    /// Whether a task works on it.
    pub(crate) fn is_claimed(&self, name: &Name) -> bool {
        self.claimed().contains_key(name)
    }

    fn claimed(&self) -> MutexGuard<'_, HashMap<Name, watch::Receiver<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.claims.claimed().remove(&self.name);
    }
}
