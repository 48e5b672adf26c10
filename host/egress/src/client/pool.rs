//! Connections that are kept between requests, each for requests of the same application that would have been allowed to make it.
//! Each account has a share of what is kept, and none of another's share is closed for it.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};

use super::connection::Connection;
use crate::Nat64Prefix;
use crate::address::AddressKind;
use crate::request::OutboundRequest;
use crate::target::Origin;

/// How long a connection is kept without a request.
const KEEP: Duration = Duration::from_secs(60);
/// The most connections that are kept of one account. A grant that is open to subdomains has as many keys as its connector
/// likes.
const MOST: usize = 64;
/// The most that are kept together.
const MOST_TOGETHER: usize = 512;

/// What a connection was made for. A connection to the same origin under a grant that allows other addresses is
/// another: it was judged by other rules.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    origin: Origin,
    addresses: BTreeSet<AddressKind>,
    /// The translators by which its address was judged.
    nat64: Vec<Nat64Prefix>,
    /// The application that shares it: a late answer to an earlier request stays within it.
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
    /// The one that was used last is the last of its list.
    by_key: HashMap<Key, Vec<Parked>>,
    /// How many each account left here.
    of_accounts: HashMap<Arc<str>, usize>,
    /// Whether a task is there that closes those whose time is over.
    swept: bool,
}

/// A connection, and the account that used it last.
struct Parked {
    connection: Connection,
    account: Arc<str>,
}

impl Kept {
    fn len(&self) -> usize {
        self.of_accounts.values().sum()
    }

    /// What each account may keep while so many do.
    fn share(&self, accounts: usize) -> usize {
        (MOST_TOGETHER / accounts.max(1)).clamp(1, MOST)
    }

    /// Makes room for one more of an account. Whether there is some: it may have to give up its own, and takes from who has
    /// more than a share.
    fn makes_room(&mut self, account: &Arc<str>) -> bool {
        let own = self.of_accounts.get(account).copied().unwrap_or_default();
        let accounts = self.of_accounts.len() + usize::from(own == 0);
        let share = self.share(accounts);
        if own >= MOST {
            self.close_oldest(account);
            return true;
        }
        if self.len() < MOST_TOGETHER {
            return true;
        }
        if own >= share {
            self.close_oldest(account);
            return true;
        }
        let most = self.of_accounts.iter().max_by_key(|(_, held)| **held).map(|(name, held)| (name.clone(), *held));
        match most {
            Some((greedy, held)) if held > share => {
                self.close_oldest(&greedy);
                true
            }
            _ => false,
        }
    }

    /// Closes the one of an account that has stood idle for longest.
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
            self.has_left(&closed.account);
        }
    }

    fn has_left(&mut self, account: &Arc<str>) {
        if let Some(held) = self.of_accounts.get_mut(account) {
            *held = held.saturating_sub(1);
            if *held == 0 {
                self.of_accounts.remove(account);
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
        let parked = kept.by_key.get_mut(key)?.pop_if(|parked| parked.connection.idle_for() <= limit)?;
        kept.has_left(&parked.account);
        Some(parked.connection)
    }

    /// Keeps a connection that an account has done with, unless there is no room for it.
    pub(super) fn park(self: &Arc<Pool>, key: Key, account: &Arc<str>, connection: Connection) {
        let mut kept = self.kept();
        if !kept.makes_room(account) {
            return;
        }
        *kept.of_accounts.entry(account.clone()).or_default() += 1;
        kept.by_key.entry(key).or_default().push(Parked { connection, account: account.clone() });
        if !std::mem::replace(&mut kept.swept, true) {
            tokio::spawn(sweep(Arc::downgrade(self)));
        }
    }

    /// Closes the connections whose time is over; whether any are left.
    fn close_old(&self) -> bool {
        let mut kept = self.kept();
        let Kept { by_key, of_accounts, .. } = &mut *kept;
        by_key.retain(|_, parked| {
            parked.retain(|one| one.connection.idle_for() < KEEP);
            !parked.is_empty()
        });
        of_accounts.clear();
        by_key.values().flatten().for_each(|one| *of_accounts.entry(one.account.clone()).or_default() += 1);
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
