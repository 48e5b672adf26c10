//! Which version of which connector serves each account, and how that changes while calls are running.
//!
//! | where | what |
//! |---|---|
//! | `account_slot` | one account's place: what serves it, and the configuration that is wanted for it |
//! | `apply` | a configuration is taken over |
//! | `accounts` | an application adds and removes one |
//! | `connectors` | what has passed the gate and is in use |
//! | `on_probation`, `probation` | a version on probation, and for how long |
//! | `status`, `events` | what can be seen of all this |
//!
//! The protocol between calls and changes is `session::swap`.

mod account_slot;
mod accounts;
mod apply;
mod connectors;
mod events;
mod on_probation;
mod probation;
mod status;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Weak};

use arc_swap::ArcSwap;
use parking_lot::{Mutex, MutexGuard};
use stockbridge_journal::application::Conflict;
use stockbridge_journal::{JournalSlot, Subscription};
use stockbridge_model::Digest;

pub(crate) use account_slot::AccountSlot;
pub(crate) use accounts::Source;
use connectors::Connectors;
pub(crate) use events::Announcer;
pub use events::Event;
use on_probation::{Open, Rollout};
pub use probation::Probation;
pub use status::{AccountFailure, AccountStatus, Applied, SwapEnd, SwapStatus};

use crate::config::Config;
use crate::diagnostics;
use crate::observe::Observer;
use crate::rate::BudgetStatus;
use crate::sandbox::{HostServices, Sandbox};
use crate::session::TrialJudge;
use crate::session::swap::Trial;

/// The accounts of a host.
pub(crate) struct Registry {
    pub(crate) sandbox: Arc<Sandbox>,
    pub(crate) journal: JournalSlot,
    services: HostServices,
    probation: Probation,
    seats: ArcSwap<Seats>,
    connectors: Connectors,
    /// One configuration is taken over at a time.
    applying: tokio::sync::Mutex<()>,
    changes: Mutex<Changes>,
    /// Whether the configuration that was given last was refused.
    is_refused: AtomicBool,
    announcer: Announcer,
}

/// By account name.
type Seats = BTreeMap<String, Arc<AccountSlot>>;

/// What is known of versions that came after the first.
#[derive(Default)]
struct Changes {
    open: Vec<Open>,
    /// Versions that were rolled back, and are not tried again until `clear_rollback`.
    refused: HashSet<Digest>,
    /// The places of accounts that were removed, for as long as somebody holds them.
    former: BTreeMap<String, Weak<AccountSlot>>,
    /// The configuration in force, but for its accounts: what those have is in their places.
    head: Config,
    /// The accounts that were added in code.
    in_code: BTreeSet<String>,
    /// Conflicts that were logged: each is logged once.
    conflicts: BTreeSet<Conflict>,
}

impl Registry {
    pub(crate) fn new(
        sandbox: Arc<Sandbox>,
        journal: JournalSlot,
        services: HostServices,
        probation: Probation,
        announcer: Announcer,
    ) -> Arc<Registry> {
        Arc::new(Registry {
            sandbox,
            journal,
            services,
            probation,
            seats: ArcSwap::default(),
            connectors: Connectors::default(),
            applying: tokio::sync::Mutex::default(),
            changes: Mutex::default(),
            is_refused: AtomicBool::default(),
            announcer,
        })
    }

    /// The configuration in force: what each account has that serves, and what is beside the accounts.
    pub(crate) fn in_force(&self) -> Config {
        let mut config = self.changes().head.clone();
        config.accounts = self.slots().iter().filter_map(|slot| slot.config()).collect();
        config
    }

    /// The same without the accounts that were added in code.
    #[cfg(feature = "watch")]
    pub(crate) fn in_force_but_for_code(&self) -> Config {
        let mut config = self.in_force();
        let in_code = self.changes().in_code.clone();
        config.accounts.retain(|account| !in_code.contains(account.name()));
        config
    }

    /// Sends an event to all listeners.
    pub(crate) fn announce(&self, event: Event) {
        self.announcer.tell(event);
    }

    pub(crate) fn slot(&self, name: &str) -> Option<Arc<AccountSlot>> {
        self.seats.load().get(name).cloned()
    }

    /// In the order of their names.
    pub(crate) fn slots(&self) -> Vec<Arc<AccountSlot>> {
        self.seats.load().values().cloned().collect()
    }

    pub(crate) fn status(&self) -> Vec<AccountStatus> {
        let mut status: Vec<_> = self.slots().iter().filter_map(|seat| seat.status()).collect();
        for conflict in self.services.applications.conflicts() {
            for account in status.iter_mut().filter(|status| conflict.accounts.contains(&status.name)) {
                account.conflicts.push(format!("{conflict}; {}", conflict.fix()));
            }
        }
        status
    }

    pub(crate) fn budgets(&self) -> Vec<BudgetStatus> {
        self.services.budgets.status()
    }

    /// Who is told how calls and requests end.
    pub(crate) fn observer(&self) -> &Observer {
        &self.services.observer
    }

    pub(crate) fn versions(&self) -> Vec<Digest> {
        self.connectors.all().iter().map(|connector| connector.digest).collect()
    }

    pub(crate) fn subscribe(&self) -> Subscription<Event> {
        self.announcer.listener()
    }

    /// Lets a version be tried again that was rolled back. Whether it was.
    pub(crate) fn clear_rollback(&self, digest: &Digest) -> bool {
        self.changes().refused.remove(digest)
    }

    /// A version's probation ended in its favour: what it replaced is let go.
    fn passed(&self, rollout: &Arc<Rollout>) {
        let accounts = self.settled(rollout);
        if accounts.is_empty() {
            return;
        }
        tracing::info!(target: diagnostics::ROLLOUT, digest = %rollout.to, accounts = accounts.len(), "a connector's version passed its probation");
        self.announcer.tell(Event::Kept { digest: rollout.to, accounts });
    }

    /// Has all accounts of a rollout follow its verdict now, rather than with their next call. Their names: none where a
    /// configuration took the last of them off it meanwhile.
    fn settled(&self, rollout: &Arc<Rollout>) -> Vec<String> {
        self.changes().open.retain(|open| !Arc::ptr_eq(&open.rollout, rollout));
        let seats = self.slots();
        let took_part = seats.iter().filter(|seat| seat.rollout().is_some_and(|its| Arc::ptr_eq(&its, rollout)));
        took_part.inspect(|seat| drop(seat.slot.current())).map(|seat| seat.name.clone()).collect()
    }

    fn changes(&self) -> MutexGuard<'_, Changes> {
        self.changes.lock()
    }
}

impl TrialJudge for Registry {
    fn trial_failed(&self, trial: &Arc<Trial>, reason: String) {
        let open = self
            .changes()
            .open
            .iter()
            .find(|open| Arc::ptr_eq(&open.rollout.trial, trial))
            .map(|open| open.rollout.clone());
        let Some(rollout) = open else { return };
        rollout.failed_because(reason.clone());
        self.changes().refused.insert(rollout.to);
        let accounts = self.settled(&rollout);
        if accounts.is_empty() {
            return;
        }
        let digest = rollout.to;
        tracing::error!(target: diagnostics::ROLLOUT, %digest, accounts = accounts.len(), reason, "a connector's version was rolled back on probation");
        self.announcer.tell(Event::RolledBack { digest, accounts, reason });
    }
}
