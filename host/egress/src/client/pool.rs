//! Pool of idle connections, each reused only by requests of the same application that would have been allowed to make it.
//! Each account has a share of the pool, and no connection within another's share is closed for it.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};

use super::connection::Connection;
use crate::Nat64Prefix;
use crate::address::AddressKind;
use crate::request::OutboundRequest;
use crate::target::Origin;

/// Time after which an idle connection is closed.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);
/// Maximum number of idle connections of one account. A connector can create any number of keys under a grant that is open to
/// subdomains.
const MAX_PER_ACCOUNT: usize = 64;
/// Maximum number of idle connections in total.
const MAX_TOTAL: usize = 512;

/// What a connection may be reused for. The same origin under a grant that allows other addresses is a different key,
/// since the connection was judged by other rules.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    origin: Origin,
    addresses: BTreeSet<AddressKind>,
    /// The NAT64 translators by which its address was judged.
    nat64: Vec<Nat64Prefix>,
    /// The application that shares it: a late answer to an earlier request stays within the application.
    application: [u8; 16],
}

impl Key {
    pub(super) fn of(request: &OutboundRequest) -> Key {
        Key {
            origin: request.target.origin.clone(),
            addresses: request.grant.kinds().clone(),
            nat64: request.grant.translators().to_vec(),
            application: request.sender.application(),
        }
    }
}

#[derive(Default)]
pub(super) struct Pool {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// Idle connections; the one used last is the last of its list.
    by_key: HashMap<Key, Vec<IdleConnection>>,
    /// Number of idle connections of each account.
    count_by_account: HashMap<Arc<str>, usize>,
    /// Whether the task that closes expired connections is running.
    is_sweeping: bool,
}

/// An idle connection, and the account that used it last.
struct IdleConnection {
    connection: Connection,
    account: Arc<str>,
}

impl Kept {
    fn len(&self) -> usize {
        self.count_by_account.values().sum()
    }

    /// Share of each account if this many accounts have connections here.
    fn share(&self, accounts: usize) -> usize {
        (MAX_TOTAL / accounts.max(1)).clamp(1, MAX_PER_ACCOUNT)
    }

    /// Makes room for one more connection of an account and returns whether it could: it may close one of the account's own, or
    /// one of an account that exceeds its share.
    fn make_room(&mut self, account: &Arc<str>) -> bool {
        let own = self.count_by_account.get(account).copied().unwrap_or_default();
        let accounts = self.count_by_account.len() + usize::from(own == 0);
        let share = self.share(accounts);
        if own >= MAX_PER_ACCOUNT {
            self.close_oldest(account);
            return true;
        }
        if self.len() < MAX_TOTAL {
            return true;
        }
        if own >= share {
            self.close_oldest(account);
            return true;
        }
        let most =
            self.count_by_account.iter().max_by_key(|(_, held)| **held).map(|(name, held)| (name.clone(), *held));
        match most {
            Some((largest, held)) if held > share => {
                self.close_oldest(&largest);
                true
            }
            _ => false,
        }
    }

    /// Closes the connection of an account that has been idle longest.
    fn close_oldest(&mut self, account: &Arc<str>) {
        let its = self.by_key.iter().flat_map(|(key, parked)| {
            let its = parked.iter().enumerate().filter(|(_, one)| one.account == *account);
            its.map(move |(place, one)| (one.connection.idle_for(), key, place))
        });
        let Some((_, key, place)) = its.max_by_key(|(idle, _, _)| *idle) else { return };
        let key = key.clone();
        if let Some(parked) = self.by_key.get_mut(&key) {
            let closed = parked.remove(place);
            if parked.is_empty() {
                self.by_key.remove(&key);
            }
            self.count_removed(&closed.account);
        }
    }

    fn count_removed(&mut self, account: &Arc<str>) {
        if let Some(held) = self.count_by_account.get_mut(account) {
            *held = held.saturating_sub(1);
            if *held == 0 {
                self.count_by_account.remove(account);
            }
        }
    }
}

impl Pool {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock()
    }

    pub(super) fn len(&self) -> usize {
        self.kept().len()
    }

    /// Takes a usable connection that has been idle for at most this long.
    pub(super) async fn take(&self, key: &Key, idle_at_most: Option<Duration>) -> Option<Connection> {
        let limit = idle_at_most.unwrap_or(IDLE_TIMEOUT).min(IDLE_TIMEOUT);
        while let Some(mut connection) = self.latest(key, limit) {
            if connection.is_good().await {
                return Some(connection);
            }
        }
        None
    }

    fn latest(&self, key: &Key, limit: Duration) -> Option<Connection> {
        let mut kept = self.kept();
        let parked = kept.by_key.get_mut(key)?.pop_if(|parked| parked.connection.idle_for() <= limit)?;
        kept.count_removed(&parked.account);
        Some(parked.connection)
    }

    /// Returns a connection to the pool, unless there is no room for it.
    pub(super) fn park(self: &Arc<Pool>, key: Key, account: &Arc<str>, connection: Connection) {
        let mut kept = self.kept();
        if !kept.make_room(account) {
            return;
        }
        *kept.count_by_account.entry(account.clone()).or_default() += 1;
        kept.by_key.entry(key).or_default().push(IdleConnection { connection, account: account.clone() });
        if !std::mem::replace(&mut kept.is_sweeping, true) {
            tokio::spawn(sweep(Arc::downgrade(self)));
        }
    }

    /// Closes expired connections; returns whether any are left.
    fn close_old(&self) -> bool {
        let mut kept = self.kept();
        let Kept { by_key, count_by_account, .. } = &mut *kept;
        by_key.retain(|_, parked| {
            parked.retain(|one| one.connection.idle_for() < IDLE_TIMEOUT);
            !parked.is_empty()
        });
        count_by_account.clear();
        by_key.values().flatten().for_each(|one| *count_by_account.entry(one.account.clone()).or_default() += 1);
        kept.is_sweeping = !kept.by_key.is_empty();
        kept.is_sweeping
    }
}

/// Ends when no connection is left, or the pool is dropped.
async fn sweep(pool: Weak<Pool>) {
    loop {
        tokio::time::sleep(IDLE_TIMEOUT / 4).await;
        if !pool.upgrade().is_some_and(|pool| pool.close_old()) {
            return;
        }
    }
}
