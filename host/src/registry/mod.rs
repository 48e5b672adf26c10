//! Which version of which connector serves each account, and how that changes while calls are running.
//!
//! | where | what |
//! |---|---|
//! | `swap` | the protocol between calls and changes, without the engine; `sync` is what it is made of |
//! | `seat` | one account's place |
//! | `serving` | what sits in it: a connector under the account's configuration |
//! | `apply` | a configuration is taken over |
//! | `accounts` | an application adds and removes one |
//! | `follow` | a configuration file is followed |
//! | `connectors` | what has passed the gate and is in use |
//! | `rollout` | a version on probation |
//! | `status`, `events` | what can be seen of all this |

mod accounts;
mod apply;
mod call;
mod connectors;
mod events;
mod follow;
mod probation;
mod rollout;
mod seat;
mod serving;
mod status;
mod swap;
mod sync;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use arc_swap::ArcSwap;

pub(crate) use accounts::Source;
pub(crate) use call::{Call, Stay};
use connectors::Connectors;
pub(crate) use events::Announcer;
pub use events::{Event, Events};
pub use probation::Probation;
use rollout::{Open, Rollout};
pub(crate) use seat::Seat;
pub(crate) use serving::Serving;
pub use status::{AccountFailure, AccountStatus, Applied, SwapEnd, SwapStatus};

use crate::account::Account;
use crate::application::Conflict;
use crate::component::{Connector, Digest};
use crate::config::{AccountConfig, Config};
use crate::engine::Runtime;
use crate::error::Error;
use crate::grants::{Grants, Surroundings};
#[cfg(unix)]
use crate::journal::Control;
use crate::journal::recovery::Recovery;
use crate::journal::{Journal, JournalOptions, JournalSlot, JournalWaiter, Opened};
use crate::observe::Observer;
use crate::pace::BudgetStatus;
use crate::writes::Writes;

/// The accounts of a host.
pub(crate) struct Registry {
    pub(crate) runtime: Arc<Runtime>,
    pub(crate) journal: JournalSlot,
    /// Waits for the journal, where another process still has it.
    waiting: OnceLock<JournalWaiter>,
    pub(crate) writes: Writes,
    /// Finds out what became of writes; none for accounts that are in no configuration.
    recovery: OnceLock<Recovery>,
    /// Lets a person's commands reach the journal.
    #[cfg(unix)]
    control: OnceLock<Option<Control>>,
    surroundings: Surroundings,
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
type Seats = BTreeMap<String, Arc<Seat>>;

/// What is known of versions that came after the first.
#[derive(Default)]
struct Changes {
    open: Vec<Open>,
    /// Versions that were rolled back, and are not tried again until told.
    refused: HashSet<Digest>,
    /// The places of accounts that were removed, for as long as somebody holds them.
    former: BTreeMap<String, Weak<Seat>>,
    /// The configuration in force, but for its accounts: what those have is in their places.
    head: Config,
    /// The accounts that were added in code.
    in_code: BTreeSet<String>,
    /// Conflicts that were logged: each is logged once.
    conflicts: BTreeSet<Conflict>,
}

impl Registry {
    pub(crate) fn new(
        runtime: Arc<Runtime>,
        journal: JournalSlot,
        surroundings: Surroundings,
        probation: Probation,
        announcer: Announcer,
    ) -> Arc<Registry> {
        Arc::new(Registry {
            runtime,
            journal,
            waiting: OnceLock::new(),
            writes: Writes::default(),
            recovery: OnceLock::new(),
            #[cfg(unix)]
            control: OnceLock::new(),
            surroundings,
            probation,
            seats: ArcSwap::default(),
            connectors: Connectors::default(),
            applying: tokio::sync::Mutex::default(),
            changes: Mutex::default(),
            is_refused: AtomicBool::default(),
            announcer,
        })
    }

    /// An account that is in no configuration, on this connector and with these grants.
    pub(crate) async fn account_alone(
        runtime: &Arc<Runtime>,
        connector: Arc<Connector>,
        grants: Grants,
    ) -> Result<Account, Error> {
        let observer = grants.observer.clone();
        let surroundings = Surroundings { observer, ..Surroundings::new(grants.transport.clone(), grants.clock) };
        let config = AccountConfig::new(&*grants.account, Vec::new());
        let seat = Seat::new(config, Serving::open(runtime, connector, grants).await?);
        let journal = JournalSlot::taken(Arc::new(Journal::in_memory(JournalOptions::default())));
        let registry =
            Registry::new(runtime.clone(), journal, surroundings, Probation::default(), Announcer::default());
        Ok(Account::new(registry, Arc::new(seat)))
    }

    /// Begins to find out what became of writes, and to answer who asks for them.
    ///
    /// # Errors
    /// Nobody could ever ask.
    pub(crate) fn begin_recovery(self: &Arc<Self>) -> Result<(), Error> {
        #[cfg(unix)]
        if self.control.get().is_none() {
            // Whoever was first has it.
            drop(self.control.set(self.journal.control()?));
        }
        self.journal.news().into_iter().for_each(|event| self.announcer.tell(event));
        self.recovery.get_or_init(|| Recovery::begin(self));
        Ok(())
    }

    /// Has a task wait for the journal that another process has, and begin recovery once it is this host's.
    pub(crate) fn wait_for_journal(self: &Arc<Self>, opened: Opened) {
        let registry = Arc::downgrade(self);
        let waiter = JournalWaiter::new(async move {
            let opened = opened.await;
            let Some(registry) = registry.upgrade() else { return };
            let place = registry.journal.place();
            match opened {
                Ok(journal) => {
                    // Not where the host was shut down meanwhile.
                    if registry.journal.take(journal) {
                        tracing::info!(journal = place, "the journal is this host's now");
                        if let Err(error) = registry.begin_recovery() {
                            tracing::error!(journal = place, %error, "what becomes of writes is not found out");
                        }
                        registry.announcer.tell(Event::JournalTaken { place });
                    }
                }
                Err(error) => {
                    tracing::error!(journal = place, %error, "the journal is not this host's: no write is served");
                    registry.journal.give_up();
                    registry.announcer.tell(Event::JournalNotTaken { place, reason: error.to_string() });
                }
            }
        });
        drop(self.waiting.set(waiter));
    }

    /// Takes up no more of them, and answers nobody.
    pub(crate) fn end_recovery(&self) {
        self.journal.give_up();
        if let Some(recovery) = self.recovery.get() {
            recovery.stop();
        }
        #[cfg(unix)]
        if let Some(control) = self.control.get().and_then(Option::as_ref) {
            control.close();
        }
    }

    pub(crate) fn seat(&self, name: &str) -> Option<Arc<Seat>> {
        self.seats.load().get(name).cloned()
    }

    /// In the order of their names.
    pub(crate) fn seats(&self) -> Vec<Arc<Seat>> {
        self.seats.load().values().cloned().collect()
    }

    pub(crate) fn status(&self) -> Vec<AccountStatus> {
        let mut status: Vec<_> = self.seats().iter().filter_map(|seat| seat.status()).collect();
        for conflict in self.surroundings.applications.conflicts() {
            for account in status.iter_mut().filter(|status| conflict.accounts.contains(&status.account)) {
                account.conflicts.push(format!("{conflict}; {}", conflict.fix()));
            }
        }
        status
    }

    pub(crate) fn budgets(&self) -> Vec<BudgetStatus> {
        self.surroundings.budgets.status()
    }

    /// Who is told how calls and requests end.
    pub(crate) fn observer(&self) -> &Observer {
        &self.surroundings.observer
    }

    pub(crate) fn versions(&self) -> Vec<Digest> {
        self.connectors.all().iter().map(|connector| connector.digest).collect()
    }

    pub(crate) fn subscribe(&self) -> Events {
        self.announcer.listener()
    }

    /// Lets a version be tried again that was rolled back. Whether it was.
    pub(crate) fn retry(&self, digest: &Digest) -> bool {
        self.changes().refused.remove(digest)
    }

    /// A version's probation ended in its favour: what it replaced is let go.
    fn passed(&self, rollout: &Arc<Rollout>) {
        let accounts = self.settled(rollout);
        if accounts.is_empty() {
            return;
        }
        tracing::info!(digest = %rollout.to, accounts = accounts.len(), "a connector's version passed its probation");
        self.announcer.tell(Event::Kept { digest: rollout.to, accounts });
    }

    /// A version went wrong on probation: what it replaced serves again.
    fn failed(&self, trial: &Arc<swap::Trial>, reason: String) {
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
        tracing::error!(%digest, accounts = accounts.len(), reason, "a connector's version was rolled back on probation");
        self.announcer.tell(Event::RolledBack { digest, accounts, reason });
    }

    /// Has all accounts of a rollout follow its verdict now, rather than with their next call. Their names: none where a
    /// configuration took the last of them off it meanwhile.
    fn settled(&self, rollout: &Arc<Rollout>) -> Vec<String> {
        self.changes().open.retain(|open| !Arc::ptr_eq(&open.rollout, rollout));
        let seats = self.seats();
        let took_part = seats.iter().filter(|seat| seat.rollout().is_some_and(|its| Arc::ptr_eq(&its, rollout)));
        took_part.inspect(|seat| drop(seat.slot.current())).map(|seat| seat.name.clone()).collect()
    }

    fn changes(&self) -> MutexGuard<'_, Changes> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
