//! The host: what an application holds. It loads connectors, opens accounts and hands them out.

mod account;
mod finish;
#[cfg(feature = "watch")]
mod follow;
#[cfg(feature = "testing")]
mod hatches;
mod pages;
mod shutdown;
mod state;

#[cfg(feature = "config-file")]
use std::collections::BTreeSet;
#[cfg(feature = "config-file")]
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub use account::Account;
#[cfg(feature = "watch")]
use follow::Followed;
pub use pages::Pages;
pub use shutdown::ShutdownReport;
use state::HostState;

use stockbridge_egress::transport::Transport;
use stockbridge_journal::{
    self, DiskSource, Journal, JournalOptions, JournalSlot, JournalWait, Opened, RecoveryBackoff, Subscription,
    open_when_free,
};
use stockbridge_model::Digest;

#[cfg(feature = "config-file")]
use crate::blocking::blocking;
use crate::clock::Clock;
use crate::config::{AccountConfig, Config};
use crate::connector::{Inspection, ReportBuilder};
use crate::diagnostics;
use crate::engine::{Allocation, Compilations, ConnectorSource, Pool};
use crate::error::{Error, ErrorKind};
use crate::gate::Gate;
use crate::observe::{CallObserver, Observer};
use crate::rate::{BudgetStatus, Budgets};
use crate::rollout::{AccountStatus, Announcer, Applied, Event, Probation, Registry, Source};
use crate::sandbox::in_use::InUse;
use crate::sandbox::{HostServices, Sandbox};
#[cfg(feature = "watch")]
use crate::watch::{self, Watch, WatchOptions};
#[cfg(feature = "network")]
use stockbridge_egress::transport::Network;
#[cfg(feature = "config-file")]
use stockbridge_model::named_file::Kind;

/// The runtime of an application: the accounts of a configuration, each served by its connector.
///
/// Cloning it is cheap. It must be used within a tokio runtime.
#[derive(Clone)]
pub struct Host {
    state: Arc<HostState>,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Host").field("accounts", &self.state.registry.slots().len()).finish_non_exhaustive()
    }
}

impl Host {
    /// Serves the accounts of a configuration file.
    ///
    /// # Errors
    /// As [`Host::from_config`].
    #[cfg(feature = "config-file")]
    pub async fn from_file(path: impl Into<PathBuf>) -> Result<Host, Error> {
        let path = path.into();
        // What is wrong in the file is reported together with what is wrong with the components that it names.
        let config = blocking(move || Config::read(&path, Kind::RegularOrPipe, &mut BTreeSet::new())).await?;
        Host::from_config(config).await
    }

    /// Serves the accounts of a configuration.
    ///
    /// # Errors
    /// The configuration or a component is wrong: the error names the place and what to do, of each mistake that there is.
    /// See [`Error::mistakes`].
    pub async fn from_config(config: Config) -> Result<Host, Error> {
        Host::builder().build(config).await
    }

    /// A host with something other than the defaults.
    #[must_use]
    pub fn builder() -> HostBuilder {
        HostBuilder::default()
    }

    /// An account by its name. The handle stays good while the account is reconfigured and its connector swapped.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn account(&self, name: &str) -> Result<Account, Error> {
        self.state
            .registry
            .slot(name)
            .map(|slot| Account::new(self.state.clone(), slot))
            .ok_or_else(|| ErrorKind::UnknownAccount { name: name.to_owned() }.into())
    }

    /// All accounts, sorted by name.
    #[must_use]
    pub fn accounts(&self) -> Vec<Account> {
        self.state.registry.slots().into_iter().map(|slot| Account::new(self.state.clone(), slot)).collect()
    }

    /// Takes over a configuration while calls are running: accounts that are new are added, those that are missing
    /// removed, and what did not change is left alone. Calls that have begun end on what they began with.
    ///
    /// A version of a connector that comes in the place of another is on [`Probation`].
    ///
    /// # Errors
    /// As [`Host::from_config`]; then nothing of it is taken over.
    pub async fn apply(&self, config: Config) -> Result<Applied, Error> {
        self.state
            .registry
            .apply(config, Source::Application)
            .await
            .inspect_err(|error| self.state.registry.refused(error))
    }

    /// The configuration in force: what each account that serves has, and what is beside the accounts. Secrets are in it as
    /// [`Secret`](crate::Secret)s, which nobody can read.
    #[must_use]
    pub fn config(&self) -> Config {
        self.state.registry.in_force()
    }

    /// Adds an account while calls are running, beside those that there are. It is checked as by [`Host::apply`], and by what
    /// the configuration in force demands of all components. Several tasks may add and remove accounts at the same time:
    /// one change is made after the other, and none undoes another.
    ///
    /// A file that is followed (`Host::watch`) speaks for the accounts that it names, and leaves this one; if it comes to name
    /// it, the account is the file's from then on. [`Host::apply`] replaces all accounts, this one too.
    ///
    /// # Errors
    /// There is an account of this name, or something is wrong with this one; then nothing has changed.
    pub async fn add_account(&self, account: AccountConfig) -> Result<Account, Error> {
        let slot = self.state.registry.add_account(account).await?;
        Ok(Account::new(self.state.clone(), slot))
    }

    /// Removes an account while calls are running: those of it that have begun end as they would have, later ones fail with
    /// `account.removed` until there is one of its name again. One of a file that is followed (`Host::watch`) is back when the
    /// file is taken over the next time.
    ///
    /// # Errors
    /// There is no account of this name.
    pub async fn remove_account(&self, name: &str) -> Result<(), Error> {
        self.state.registry.remove_account(name).await
    }

    /// Follows a configuration file, and all files that it names: components, their signatures, and files with secrets
    /// and settings. It is applied now, and again whenever one of them was changed, as by [`Host::apply`].
    ///
    /// Saves and swaps of any kind are followed: files written in place or replaced, links changed at any level of a
    /// path, files and directories that come later. What the environment holds is read each time. A configuration that
    /// cannot be taken over is told once, with its place and what to do, as a `tracing` event and as
    /// [`Event::Refused`](crate::Event::Refused); then all stays as it is until it is mended. Where the system does not
    /// tell of changes, as on network file systems, they are found within some seconds.
    ///
    /// A file that takes anything away of the configuration in force, an account or any key, may be the half of one that is
    /// being saved. It waits as a whole for [`WatchOptions::REMOVAL_DELAY`], is told before it is taken over, as a `tracing`
    /// event and as [`Event::RemovalPending`](crate::Event::RemovalPending), and gives way to a later save. One without any
    /// key is refused while accounts serve. [`Host::apply`] waits for nothing.
    #[cfg(feature = "watch")]
    pub fn watch(&self, path: impl Into<PathBuf>) -> Watch {
        self.watch_with(path, WatchOptions::default())
    }

    /// [`Host::watch`], with something other than the defaults.
    #[cfg(feature = "watch")]
    pub fn watch_with(&self, path: impl Into<PathBuf>, options: WatchOptions) -> Watch {
        watch::follow(path.into(), options, Followed(self.state.clone()))
    }

    /// Lets a version be taken over again that was rolled back, by the next configuration that names it. Whether it was.
    pub fn clear_rollback(&self, digest: &Digest) -> bool {
        self.state.registry.clear_rollback(digest)
    }

    /// Every account at this moment, sorted by name.
    #[must_use]
    pub fn status(&self) -> Vec<AccountStatus> {
        self.state.registry.status()
    }

    /// What each application may ask of its provider at this moment, by provider and accounts: its rate, whether the
    /// provider has limited it, and who waits.
    #[must_use]
    pub fn budgets(&self) -> Vec<BudgetStatus> {
        self.state.registry.budgets()
    }

    /// The versions of connectors that are in memory, in no order: those that serve, those that an account on probation
    /// would fall back on, and those that a call or a stream is still on.
    #[must_use]
    pub fn versions(&self) -> Vec<Digest> {
        self.state.registry.versions()
    }

    /// What happens to the accounts from now on. [`HostBuilder::subscribe`] has what happens as the host starts, too.
    #[must_use]
    pub fn subscribe(&self) -> Subscription<Event> {
        self.state.registry.subscribe()
    }

    /// The journal of this host's writes: to list them, to tell what became of one, to close one by a person's word.
    ///
    /// While it is waited for, see [`HostBuilder::serve_reads_meanwhile`], another one stands in for it, which fails each
    /// question with `journal.in-use`: ask again once [`Host::journal_ready`] returns.
    #[must_use]
    pub fn journal(&self) -> &Arc<Journal> {
        &self.state.registry.journal
    }

    /// Returns once the journal is this host's, so that writes are served: at once, unless it is still waited for. See
    /// [`HostBuilder::serve_reads_meanwhile`].
    ///
    /// # Errors
    /// The wait for it is over, and another process has it: `journal.in-use`.
    pub async fn journal_ready(&self) -> Result<(), Error> {
        Ok(self.state.registry.journal.is_taken(None).await?)
    }

    /// What calls hold at this moment.
    #[must_use]
    pub fn in_use(&self) -> InUse {
        self.state.registry.sandbox.in_use.now()
    }

    /// How many components were compiled, and how many were found compiled in the cache.
    #[must_use]
    pub fn compilations(&self) -> Compilations {
        self.state.registry.sandbox.engine.compiler.compilations()
    }

    /// Returns when what was compiled is in the cache, or could not be written: for a program that is about to end. At
    /// once where there is no cache.
    pub async fn cache_written(&self) {
        if let Some(cache) = &self.state.registry.sandbox.engine.compiler.cache {
            cache.settled().await;
        }
    }

    /// Where instances come from on this machine.
    #[must_use]
    pub fn allocation(&self) -> Allocation {
        self.state.registry.sandbox.engine.allocation
    }
}

/// What a component is, what it imports and what it asks for, without an account.
///
/// # Errors
/// It cannot serve as a connector.
pub async fn inspect(component: impl Into<ConnectorSource>) -> Result<Inspection, Error> {
    let sandbox = Arc::new(Sandbox::new(None, Pool::default())?);
    let connector = Gate::new(sandbox).component(&component.into(), &mut ReportBuilder::default()).await?;
    Ok(connector.inspection())
}

/// Makes a [`Host`] with something other than the defaults.
#[derive(Default)]
pub struct HostBuilder {
    transport: Option<Arc<dyn Transport>>,
    clock: Clock,
    probation: Probation,
    disk: Option<Arc<dyn DiskSource>>,
    journal: JournalOptions,
    journal_wait: JournalWait,
    without_recovery: bool,
    #[cfg(feature = "testing")]
    few_calls: Option<u32>,
    announcer: Announcer,
    observer: Observer,
}

impl std::fmt::Debug for HostBuilder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("HostBuilder").field("clock", &self.clock).finish_non_exhaustive()
    }
}

impl HostBuilder {
    /// Sends granted requests by way of this, in place of the network.
    #[must_use]
    pub fn transport(mut self, transport: impl Transport) -> HostBuilder {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// Gives connectors this clock, in place of the system's.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> HostBuilder {
        self.clock = clock;
        self
    }

    /// Watches new versions of connectors like this.
    #[must_use]
    pub fn probation(mut self, probation: Probation) -> HostBuilder {
        self.probation = probation;
        self
    }

    /// Keeps the journal on this, in place of the file that is configured.
    #[cfg(feature = "journal-file")]
    #[must_use]
    pub fn journal_on(mut self, disk: impl DiskSource) -> HostBuilder {
        self.disk = Some(Arc::new(disk));
        self
    }

    /// How long the host waits before it acts on a write of which it does not know what became, and how long at most
    /// between two attempts; the wait doubles in between. A second and five minutes by default.
    #[must_use]
    pub fn recovery_waits(mut self, first: Duration, longest: Duration) -> HostBuilder {
        self.journal.waits = RecoveryBackoff { first, longest };
        self
    }

    /// Waits for so long, at most, for a journal that another process still has, as where one deployment takes the place of
    /// another: [`HostBuilder::build`] returns once it is this host's. By default it is not waited for.
    #[must_use]
    pub fn wait_for_journal(mut self, at_most: Duration) -> HostBuilder {
        self.journal_wait.at_most = at_most;
        self
    }

    /// Serves what only reads while the journal is [waited for](HostBuilder::wait_for_journal): [`HostBuilder::build`] returns
    /// at once, and the journal is taken in the background.
    ///
    /// Till then a write waits within its deadline. One whose deadline comes before that fails with `journal.in-use`, and
    /// nothing of it was sent by this host; it is *unknown*, since the process that has the journal may have sent it under
    /// its reference. [`Host::journal_ready`], [`Event::JournalTaken`](crate::Event::JournalTaken) and
    /// [`Event::JournalNotTaken`](crate::Event::JournalNotTaken) tell how the wait ends. After that nothing is tried again.
    #[must_use]
    pub fn serve_reads_meanwhile(mut self) -> HostBuilder {
        self.journal_wait.reads_meanwhile = true;
        self
    }

    /// What happens from the very beginning on: the first configuration, and why it was refused, are among it, which
    /// happen before [`HostBuilder::build`] returns.
    ///
    /// ```no_run
    /// # async fn example(config: stockbridge::Config) -> Result<(), stockbridge::Error> {
    /// let builder = stockbridge::Host::builder();
    /// let mut events = builder.subscribe();
    /// tokio::spawn(async move {
    ///     while let Some(event) = events.next().await {
    ///         println!("{event:?}");
    ///     }
    /// });
    /// let host = builder.build(config).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn subscribe(&self) -> Subscription<Event> {
        self.announcer.listener()
    }

    /// Tells this how each call and each request ends, for metrics.
    #[must_use]
    pub fn observe_calls(mut self, observer: impl CallObserver) -> HostBuilder {
        self.observer = Observer::new(observer);
        self
    }

    /// Serves the accounts of a configuration.
    ///
    /// # Errors
    /// As [`Host::from_config`].
    pub async fn build(self, config: Config) -> Result<Host, Error> {
        let transport = match self.transport {
            Some(transport) => transport,
            #[cfg(feature = "network")]
            None => Arc::new(Network::new()?),
            #[cfg(not(feature = "network"))]
            None => return Err(ErrorKind::NoTransport.into()),
        };
        let budgets = match (&config.journal, &self.disk) {
            (Some(journal), None) => Budgets::beside(journal.file()),
            _ => Budgets::default(),
        };
        let applications = self.journal.applications.clone();
        let services =
            HostServices { observer: self.observer, budgets, applications, ..HostServices::new(transport, self.clock) };
        let pool = Pool::of(config.concurrent_calls, config.pool_memory);
        #[cfg(feature = "testing")]
        let pool = self.few_calls.map_or(pool, |calls| pool.small(calls));
        let sandbox = Arc::new(Sandbox::new(config.cache.as_ref(), pool)?);
        let (file, disk, options) = (config.journal.clone(), self.disk, self.journal);
        let beside = options.clone();
        let medium = stockbridge_journal::medium(file.as_ref(), disk.as_ref());
        let open = move || {
            let (file, disk, options) = (file.clone(), disk.clone(), options.clone());
            async move { Journal::open(file.as_ref(), disk, options).await }
        };
        let JournalWait { at_most, reads_meanwhile } = self.journal_wait;
        let opened: Opened = Box::pin(open_when_free(open, at_most));
        let (journal, awaited) = match medium.filter(|_| reads_meanwhile) {
            // It will be refused, with all that is wrong beside; no journal is touched for that.
            _ if !config.refusals().is_empty() => (JournalSlot::taken(Arc::new(Journal::in_memory(beside))), None),
            Some(medium) => (JournalSlot::awaited(medium), Some(opened)),
            None => (JournalSlot::taken(opened.await?), None),
        };
        let registry = Registry::new(sandbox, journal, services, self.probation, self.announcer);
        registry.apply(config, Source::Application).await.inspect_err(|error| registry.refused(error))?;
        if !registry.journal.is_durable() && !registry.slots().is_empty() {
            tracing::warn!(
                target: diagnostics::JOURNAL,
                "the journal of writes is in memory: what became of a write whose answer is lost is forgotten with the \
                 process; write journal = \"path\" in the configuration"
            );
        }
        let state = HostState::new(registry, !self.without_recovery);
        match awaited {
            Some(opened) => state.wait_for_journal(opened),
            None => state.begin_recovery()?,
        }
        Ok(Host { state })
    }
}
