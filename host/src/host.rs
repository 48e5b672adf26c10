//! The host: what an application holds. It loads connectors, opens accounts and hands them out.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::account::Account;
use crate::component::{Bytes, Connector, Digest, Inspection};
use crate::config::{AccountConfig, Config, ConnectorSource};
use crate::egress::BadGrant;
use crate::engine::{Allocation, Runtime};
use crate::error::{Error, ErrorKind};
use crate::grants::secrets::{Vault, is_weak};
use crate::grants::{Clock, Grants};
use crate::in_use::InUse;
use crate::model::Descriptor;
use crate::transport::{Network, Transport};

/// The runtime of an application: the accounts of a configuration, each served by its connector.
///
/// Cloning it is cheap. It must be used within a tokio runtime.
#[derive(Clone)]
pub struct Host {
    runtime: Arc<Runtime>,
    accounts: Arc<HashMap<String, Account>>,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Host").field("accounts", &self.accounts.len()).finish_non_exhaustive()
    }
}

impl Host {
    /// Serves the accounts of a configuration file.
    ///
    /// # Errors
    /// The configuration or a component is wrong: the error names the place and what to do.
    pub async fn from_file(path: impl Into<PathBuf>) -> Result<Host, Error> {
        Host::from_config(Config::from_file(path)?).await
    }

    /// Serves the accounts of a configuration.
    ///
    /// # Errors
    /// As [`Host::from_file`].
    pub async fn from_config(config: Config) -> Result<Host, Error> {
        Host::builder().build(config).await
    }

    /// A host with something other than the defaults.
    #[must_use]
    pub fn builder() -> HostBuilder {
        HostBuilder::default()
    }

    /// An account by its name.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn account(&self, name: &str) -> Result<Account, Error> {
        self.accounts.get(name).cloned().ok_or_else(|| {
            let known = self.accounts().into_iter().map(|account| account.name().to_owned()).collect();
            ErrorKind::UnknownAccount { name: name.to_owned(), known }.into()
        })
    }

    /// All accounts, sorted by name.
    #[must_use]
    pub fn accounts(&self) -> Vec<Account> {
        let mut accounts: Vec<_> = self.accounts.values().cloned().collect();
        accounts.sort_by(|one, other| one.name().cmp(other.name()));
        accounts
    }

    /// What calls hold at this moment.
    #[must_use]
    pub fn in_use(&self) -> InUse {
        self.runtime.in_use.now()
    }

    /// Where instances come from on this machine.
    #[must_use]
    pub fn allocation(&self) -> Allocation {
        self.runtime.allocation
    }
}

/// What a component is, what it imports and what it asks for, without an account.
///
/// # Errors
/// It cannot serve as a connector.
pub async fn inspect(component: impl Into<ConnectorSource>) -> Result<Inspection, Error> {
    let runtime = Arc::new(Runtime::new()?);
    let bytes = Bytes::read(&component.into()).await?;
    Ok(Connector::load(&runtime, &bytes).await?.inspection(&runtime))
}

/// Makes a [`Host`] with something other than the defaults.
#[derive(Default)]
pub struct HostBuilder {
    transport: Option<Arc<dyn Transport>>,
    clock: Clock,
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

    /// Serves the accounts of a configuration.
    ///
    /// # Errors
    /// As [`Host::from_file`].
    pub async fn build(self, config: Config) -> Result<Host, Error> {
        config.check_names()?;
        let transport = match self.transport {
            Some(transport) => transport,
            None => Arc::new(Network::new()?),
        };
        let runtime = Arc::new(Runtime::new()?);
        let mut connectors = Connectors::default();
        let mut accounts = HashMap::with_capacity(config.accounts.len());
        for account in config.accounts {
            let connector = connectors.load(&runtime, &account).await?;
            let grants = Arc::new(granted(&account, &connector.descriptor, transport.clone(), self.clock)?);
            let opened = Account::open(runtime.clone(), connector, grants).await?;
            accounts.insert(account.name, opened);
        }
        Ok(Host { runtime, accounts: Arc::new(accounts) })
    }
}

/// The connectors that were loaded: accounts with the same component share its compiled code.
#[derive(Default)]
struct Connectors {
    by_digest: HashMap<Digest, Arc<Connector>>,
}

impl Connectors {
    async fn load(&mut self, runtime: &Arc<Runtime>, account: &AccountConfig) -> Result<Arc<Connector>, Error> {
        let bytes = Bytes::read(&account.connector).await?;
        if let Some(connector) = self.by_digest.get(&bytes.digest) {
            return Ok(connector.clone());
        }
        let connector = Arc::new(Connector::load(runtime, &bytes).await?);
        self.by_digest.insert(bytes.digest, connector.clone());
        Ok(connector)
    }
}

/// What the account is granted, held against what its connector asks for.
fn granted(
    account: &AccountConfig,
    descriptor: &Descriptor,
    transport: Arc<dyn Transport>,
    clock: Clock,
) -> Result<Grants, Error> {
    let allowed = account
        .allow
        .iter()
        .enumerate()
        .map(|(index, grant)| {
            let wrong =
                |BadGrant { problem, fix }| account.wrong("allow", format!("entry {}: {problem}", index + 1), fix);
            grant.parse().map(Arc::new).map_err(wrong)
        })
        .collect::<Result<_, _>>()?;
    Ok(Grants {
        account: account.name.clone(),
        limits: account.limits,
        settings: settings(account, descriptor)?,
        secrets: secrets(account, descriptor)?,
        allowed,
        turns: Semaphore::new(account.limits.in_flight),
        transport,
        clock,
    })
}

/// The operator's settings with the connector's defaults behind them.
fn settings(
    account: &AccountConfig,
    descriptor: &Descriptor,
) -> Result<std::collections::BTreeMap<String, String>, Error> {
    if let Some(unknown) =
        account.settings.keys().find(|name| !descriptor.settings.iter().any(|known| known.name == **name))
    {
        let known = descriptor.settings.iter().map(|setting| setting.name.as_str());
        return Err(unknown_name(account, descriptor, "settings", unknown, known));
    }
    let mut settings = account.settings.clone();
    for known in &descriptor.settings {
        match &known.default {
            Some(default) => {
                settings.entry(known.name.clone()).or_insert_with(|| default.clone());
            }
            None if known.required && !settings.contains_key(&known.name) => {
                return Err(missing(account, descriptor, "settings", &known.name, &known.description));
            }
            None => {}
        }
    }
    Ok(settings)
}

fn secrets(account: &AccountConfig, descriptor: &Descriptor) -> Result<Vault, Error> {
    let mut configured = Vec::with_capacity(account.secrets.len());
    for (name, bytes) in &account.secrets {
        let Some(known) = descriptor.secrets.iter().find(|known| known.name == *name && !known.captured) else {
            let known = descriptor.secrets.iter().filter(|known| !known.captured).map(|known| known.name.as_str());
            return Err(unknown_name(account, descriptor, "secrets", name, known));
        };
        if !known.sent && is_weak(bytes.expose()) {
            tracing::warn!(
                account = account.name,
                secret = name,
                "this signing secret is short or simple: who sees one signature can find it by trying; ask the provider for a longer one"
            );
        }
        configured.push((name.clone(), bytes.clone(), known.sent));
    }
    let (captured, asked): (Vec<_>, Vec<_>) = descriptor.secrets.iter().partition(|known| known.captured);
    match asked.iter().find(|known| known.required && !account.secrets.contains_key(&known.name)) {
        Some(known) => Err(missing(account, descriptor, "secrets", &known.name, &known.description)),
        None => Ok(Vault::new(configured, captured.into_iter().map(|known| known.name.clone()))),
    }
}

fn unknown_name<'a>(
    account: &AccountConfig,
    descriptor: &Descriptor,
    table: &str,
    name: &str,
    known: impl Iterator<Item = &'a str>,
) -> Error {
    let known: Vec<_> = known.collect();
    let fix = if known.is_empty() { "leave it out".to_owned() } else { format!("write one of {}", known.join(", ")) };
    let problem = format!("the connector {} has no {} of this name", descriptor.provider, table.trim_end_matches('s'));
    account.wrong(&format!("{table}.{name}"), problem, fix).into()
}

fn missing(account: &AccountConfig, descriptor: &Descriptor, table: &str, name: &str, description: &str) -> Error {
    let problem = format!("is missing, and the connector {} needs it: {description}", descriptor.provider);
    let fix = if table == "secrets" {
        format!("write {table}.{name} = {{ env = \"NAME\" }}")
    } else {
        format!("write {table}.{name} = \"…\"")
    };
    account.wrong(&format!("{table}.{name}"), problem, fix).into()
}
