//! Connections that are kept between requests, each for requests that would have been allowed to make it.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use super::connection::Connection;
use crate::egress::address::AddressKind;
use crate::egress::target::Origin;
use crate::transport::OutboundRequest;

/// How long a connection is kept without a request.
const KEEP: Duration = Duration::from_secs(60);
/// The most connections that are kept for one key.
const MOST: usize = 64;
/// The most that are kept together. A grant that is open to subdomains has as many keys as its connector likes.
const MOST_TOGETHER: usize = 512;

/// What a connection was made for. A connection to the same origin under a grant that allows other addresses is
/// another: it was judged by other rules.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    origin: Origin,
    addresses: BTreeSet<AddressKind>,
}

impl Key {
    pub(super) fn of(request: &OutboundRequest) -> Key {
        Key { origin: request.target.origin.clone(), addresses: request.grant.kinds().clone() }
    }
}

#[derive(Default)]
pub(super) struct Pool {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// The one that was used last is the last of its list.
    by_key: HashMap<Key, Vec<Connection>>,
    /// Whether a task is there that closes those whose time is over.
    swept: bool,
}

impl Kept {
    fn len(&self) -> usize {
        self.by_key.values().map(Vec::len).sum()
    }

    /// Closes the one that has stood idle for longest.
    fn close_oldest(&mut self) {
        let longest = |connections: &Vec<Connection>| connections.first().map(Connection::idle_for);
        let oldest = self.by_key.iter().max_by_key(|(_, connections)| longest(connections));
        let Some(key) = oldest.map(|(key, _)| key.clone()) else { return };
        if let Some(connections) = self.by_key.get_mut(&key).filter(|connections| !connections.is_empty()) {
            connections.remove(0);
        }
        self.by_key.retain(|_, connections| !connections.is_empty());
    }
}

impl Pool {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn len(&self) -> usize {
        self.kept().len()
    }

    /// A good connection that stood idle for at most so long.
    pub(super) async fn take(&self, key: &Key, idle_at_most: Option<Duration>) -> Option<Connection> {
        let limit = idle_at_most.unwrap_or(KEEP).min(KEEP);
        while let Some(mut connection) = self.latest(key, limit) {
            if connection.is_good().await {
                return Some(connection);
            }
        }
        None
    }

    fn latest(&self, key: &Key, limit: Duration) -> Option<Connection> {
        let mut kept = self.kept();
        let connections = kept.by_key.get_mut(key)?;
        connections.pop_if(|connection| connection.idle_for() <= limit)
    }

    pub(super) fn park(self: &Arc<Pool>, key: Key, connection: Connection) {
        let mut kept = self.kept();
        if kept.len() >= MOST_TOGETHER {
            kept.close_oldest();
        }
        let connections = kept.by_key.entry(key).or_default();
        if connections.len() < MOST {
            connections.push(connection);
        }
        if !std::mem::replace(&mut kept.swept, true) {
            tokio::spawn(sweep(Arc::downgrade(self)));
        }
    }

    /// Closes the connections whose time is over; whether any are left.
    fn close_old(&self) -> bool {
        let mut kept = self.kept();
        kept.by_key.retain(|_, connections| {
            connections.retain(|connection| connection.idle_for() < KEEP);
            !connections.is_empty()
        });
        kept.swept = !kept.by_key.is_empty();
        kept.swept
    }
}

/// Ends when nothing is kept any more, or the pool is gone.
async fn sweep(pool: Weak<Pool>) {
    loop {
        tokio::time::sleep(KEEP / 4).await;
        if !pool.upgrade().is_some_and(|pool| pool.close_old()) {
            return;
        }
    }
}
