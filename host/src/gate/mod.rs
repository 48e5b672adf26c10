//! The gate: what a version of a connector must pass before it serves an account.
//!
//! | step | the error's code |
//! |---|---|
//! | its size | `component.too-large`, `component.unreadable` |
//! | its form: a component, and no other file | `component.malformed`, `component.precompiled`, `component.instances` |
//! | the pinned `sha256`, where there is one | `component.digest` |
//! | a minisign signature, where `signed-by` names keys | `component.signature` |
//! | its code: valid WebAssembly, compiled | `component.malformed` |
//! | the version of the contract | `component.contract-version` |
//! | imports within what is granted, and the exports | `component.imports`, `component.exports` |
//! | a description of itself | `component.describe` |
//! | the account's settings, secrets and grants fit it | `config.invalid` |
//! | its signature vectors | `component.vectors` |
//! | the account's operations, which the connector reports as the account is opened | `connector.trapped` and the like |
//!
//! Nothing in the file is compiled or run before its digest and signature are verified. [`check`], [`check_config`] and
//! `check_file` run the same steps as a loading host, and report how each step ended; the latter two also report problems with
//! which a host would start but an account could not work, such as an origin that is not granted.
//!
//! **Signature vectors** define exactly what a connector sends for an order, at a fixed time and with made-up secrets. They are
//! JSON in the component's custom section `stockbridge:vectors`, so that one file is shipped, and digest and signature cover
//! both; [`embedded`] puts them there. `wit/vectors.md` specifies their format. They run on the path of every call, with answers
//! from memory and without a network: all together take a fraction of a second, and two seconds at most.

mod file;
mod finding;
mod report;
#[cfg(feature = "signatures")]
mod signature;
mod vectors;

use std::borrow::Cow;
#[cfg(feature = "config-file")]
use std::collections::BTreeSet;
use std::collections::{HashMap, HashSet};
#[cfg(feature = "config-file")]
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::available_parallelism;

use stockbridge_egress::transport::{Exchange, OutboundRequest, Transport, TransportError};
use stockbridge_model::sanitize::one_line;
use stockbridge_model::{Digest, OperationSupport};
use tokio::task::JoinSet;
use wasm_encoder::{ComponentSection as _, CustomSection};

use file::{File, Files, IntegrityPolicy, VerifiedFile};
pub use finding::{Finding, Severity};
pub use report::{ConfigReport, Report};

pub use crate::config::TrustedKey;
pub use crate::connector::{Check, Step, Verdict};
pub use crate::public_key::{BadKey, PublicKey};

use crate::clock::Clock;
use crate::config::{AccountConfig, Config};
use crate::connector::vectors::SECTION;
use crate::connector::{
    Connector, ReportBuilder, ResolvedAccount, VERSION_SECTION, fit, sections_of, warn_of_weak_secrets,
};
use crate::engine::{ComponentBytes, ConnectorSource, Pool};
use crate::error::{ConfigError, Error, ErrorKind, of_mistakes};
use crate::sandbox::{HostServices, Sandbox};
use crate::session::Deployment;
#[cfg(feature = "config-file")]
use stockbridge_model::named_file::Kind;

/// Maximum text of an account's operations, in bytes.
const LONGEST_OFFER: usize = 600;

/// The gate for one configuration. Accounts with the same component share its compiled code, and checks that do not depend on
/// the account run once.
pub(crate) struct Gate {
    sandbox: Arc<Sandbox>,
    files: Files,
    loaded: HashMap<Digest, LoadedComponent>,
    /// Components that do not load, by digest and place, with the reason for each account that uses them.
    failed: HashMap<(Digest, String), Failed>,
}

/// A component that was loaded.
struct LoadedComponent {
    connector: Arc<Connector>,
    /// The steps of loading it.
    steps: Vec<Step>,
    /// Result of its vectors, once they were run.
    vectors: Option<Result<Step, Failed>>,
}

/// A failed check, and the steps that passed before it.
#[derive(Clone)]
struct Failed {
    steps: Vec<Step>,
    error: Error,
}

impl Gate {
    pub(crate) fn new(sandbox: Arc<Sandbox>) -> Gate {
        Gate { sandbox, files: Files::default(), loaded: HashMap::new(), failed: HashMap::new() }
    }

    /// The gate for a host with connectors that have already passed it.
    pub(crate) fn beside(sandbox: Arc<Sandbox>, passed: impl IntoIterator<Item = Arc<Connector>>) -> Gate {
        let vectors = Step { check: Check::Vectors, verdict: Verdict::Ok, detail: String::new() };
        let loaded = passed.into_iter().map(|connector| {
            let component =
                LoadedComponent { connector: connector.clone(), steps: Vec::new(), vectors: Some(Ok(vectors.clone())) };
            (connector.digest, component)
        });
        let loaded = loaded.collect();
        Gate { sandbox, files: Files::default(), loaded, failed: HashMap::new() }
    }

    /// Loads the components of a configuration's accounts, as many at a time as there are processors, except for these versions,
    /// which most accounts will not get. A failure is reported later, to each account that uses the component.
    pub(crate) async fn load_ahead(&mut self, config: &Config, except: &HashSet<Digest>) {
        let mut missing = HashMap::new();
        for account in &config.accounts {
            let steps = &mut ReportBuilder::default();
            if let Ok(VerifiedFile { file, .. }) =
                self.files.verified(&account.connector, &IntegrityPolicy::of(config, account), steps).await
                && !self.loaded.contains_key(&file.bytes.digest)
                && !except.contains(&file.bytes.digest)
            {
                missing.insert(file.bytes.digest, file);
            }
        }
        let most = available_parallelism().map_or(1, usize::from);
        let (mut loading, mut missing) = (JoinSet::new(), missing.into_values());
        loop {
            while loading.len() < most
                && let Some(file) = missing.next()
            {
                let sandbox = self.sandbox.clone();
                loading.spawn(async move {
                    let loaded = LoadedComponent::load(&sandbox, &file, &mut ReportBuilder::default()).await;
                    (file.bytes.digest, file.bytes.place.clone(), loaded)
                });
            }
            match loading.join_next().await {
                Some(Ok((digest, _, Ok(component)))) => drop(self.loaded.insert(digest, component)),
                Some(Ok((digest, place, Err(failed)))) => drop(self.failed.insert((digest, place), failed)),
                // A task that ended early gave no result: the component is loaded again when an account needs it.
                Some(Err(_)) => {}
                None => return,
            }
        }
    }

    /// The version that an account would get, and its signer, if a signature is required. Only the file's integrity is checked.
    pub(crate) async fn version(
        &mut self,
        config: &Config,
        account: &AccountConfig,
    ) -> Result<(Digest, Option<String>), Error> {
        let policy = IntegrityPolicy::of(config, account);
        let VerifiedFile { file, signer } =
            self.files.verified(&account.connector, &policy, &mut ReportBuilder::default()).await?;
        Ok((file.bytes.digest, signer))
    }

    /// The connector of an account, and the account resolved against it. Fails with all mistakes of both together.
    pub(crate) async fn account(
        &mut self,
        config: &Config,
        account: &AccountConfig,
        steps: &mut ReportBuilder,
    ) -> Result<(Arc<Connector>, ResolvedAccount), Error> {
        let own = account.own_mistakes();
        if !account.has_connector()
            && let Some(error) = of_mistakes(own.clone())
        {
            return Err(error);
        }
        let fits = |connector: &Connector, signer: Option<String>, steps: &mut ReportBuilder| {
            let fitted = Gate::fitted(connector, account, signer)?;
            steps.ok(Check::Account, "its settings, secrets and grants are what the connector asks for");
            Ok(fitted)
        };
        let passed = self.pass(&account.connector, IntegrityPolicy::of(config, account), fits, steps).await;
        let reported: Vec<Error> = match &passed {
            Ok(_) => Vec::new(),
            Err(error) => account.blamed_for(error.clone()).mistakes().to_vec(),
        };
        // If the account was checked against its connector, its own mistakes are already reported.
        let is_reported = |own: &ConfigError| {
            reported.iter().any(|error| matches!(error.kind(), ErrorKind::Config(one) if one == own))
        };
        let own: Vec<Error> = own.into_iter().filter(|own| !is_reported(own)).map(Error::from).collect();
        let mut all: Vec<Error> = own.into_iter().chain(reported).collect();
        all.sort_by_key(|error| error.place().map(|place| (place.line, place.column)));
        match Error::several(all) {
            Some(error) => Err(error),
            None => passed,
        }
    }

    /// Opens an account as a serving host does, and returns the findings that keep it from working all the same.
    async fn open(
        &mut self,
        config: &Config,
        account: &AccountConfig,
        services: &HostServices,
        steps: &mut ReportBuilder,
    ) -> (Result<Arc<Deployment>, Error>, Vec<Finding>) {
        let opened = self.open_account(config, account, services, steps).await;
        let loaded = steps.digest.and_then(|digest| self.loaded.get(&digest));
        let descriptor = loaded.map(|component| component.connector.descriptor.clone()).unwrap_or_default();
        (opened, finding::of_account(account, &descriptor))
    }

    async fn open_account(
        &mut self,
        config: &Config,
        account: &AccountConfig,
        services: &HostServices,
        steps: &mut ReportBuilder,
    ) -> Result<Arc<Deployment>, Error> {
        let (connector, fitted) = self.account(config, account, steps).await?;
        let opened = Deployment::open(&self.sandbox, connector, fitted.grants(account, services)).await;
        let opened = opened.map_err(|error| account.blamed_for(error))?;
        steps.ok(Check::Operations, operations_text(&opened.operations));
        Ok(opened)
    }

    /// Resolves an account against a connector that has passed. `signer`: the key that signed it, if a signature is required.
    pub(crate) fn fitted(
        connector: &Connector,
        account: &AccountConfig,
        signer: Option<String>,
    ) -> Result<ResolvedAccount, Error> {
        let fitted = fit(account, &connector.descriptor, connector.digest, signer)?;
        warn_of_weak_secrets(account, &connector.descriptor);
        Ok(fitted)
    }

    /// Takes a component through the gate for no account.
    pub(crate) async fn component(
        &mut self,
        source: &ConnectorSource,
        steps: &mut ReportBuilder,
    ) -> Result<Arc<Connector>, Error> {
        let fits = |_: &Connector, _: Option<String>, steps: &mut ReportBuilder| {
            steps.not_asked(Check::Account, "no account was given");
            Ok(())
        };
        let (connector, ()) = self.pass(source, IntegrityPolicy::default(), fits, steps).await?;
        steps.not_asked(Check::Operations, "no account was given");
        Ok(connector)
    }

    /// The gate itself, step by step.
    async fn pass<T>(
        &mut self,
        source: &ConnectorSource,
        policy: IntegrityPolicy,
        fits: impl FnOnce(&Connector, Option<String>, &mut ReportBuilder) -> Result<T, Error>,
        steps: &mut ReportBuilder,
    ) -> Result<(Arc<Connector>, T), Error> {
        let VerifiedFile { file, signer } = self.files.verified(source, &policy, steps).await?;
        let connector = self.load_once(&file, steps).await?;
        let fitted = fits(&connector, signer, steps)?;
        self.vectors(&connector, &file, policy.vectors, steps).await?;
        Ok((connector, fitted))
    }

    /// Loads a component once: checks its code, contract version, imports, exports and descriptor.
    async fn load_once(&mut self, file: &File, steps: &mut ReportBuilder) -> Result<Arc<Connector>, Error> {
        if let Some(component) = self.loaded.get(&file.bytes.digest) {
            steps.again(&component.steps);
            return Ok(component.connector.clone());
        }
        let key = (file.bytes.digest, file.bytes.place.clone());
        if let Some(Failed { steps: passed, error }) = self.failed.get(&key) {
            steps.again(passed);
            return Err(error.clone());
        }
        match LoadedComponent::load(&self.sandbox, file, steps).await {
            Ok(component) => {
                let connector = component.connector.clone();
                self.loaded.insert(file.bytes.digest, component);
                Ok(connector)
            }
            Err(failed) => {
                let error = failed.error.clone();
                self.failed.insert(key, failed);
                Err(error)
            }
        }
    }

    /// Checks the signature vectors, once for each component.
    async fn vectors(
        &mut self,
        connector: &Arc<Connector>,
        file: &File,
        required: bool,
        steps: &mut ReportBuilder,
    ) -> Result<(), Error> {
        let (sections, component) = (&file.sections, self.loaded.get_mut(&connector.digest));
        let previous = component.as_ref().and_then(|component| component.vectors.clone());
        match previous.filter(|_| !required || sections.vectors.is_some()) {
            Some(Ok(passed)) => {
                steps.again(&[passed]);
                return Ok(());
            }
            Some(Err(Failed { steps: passed, error })) => {
                steps.again(&passed);
                return Err(error);
            }
            None => {}
        }
        let before = steps.len();
        let result = vectors::check(&self.sandbox, connector, sections.vectors.as_deref(), required, steps).await;
        let result = result.map_err(|problem| Error::component(file.bytes.place.clone(), problem.into()));
        if let Some(component) = component {
            component.vectors = match &result {
                Ok(()) => steps.since(before).pop().map(Ok),
                Err(error) if sections.vectors.is_some() => {
                    Some(Err(Failed { steps: steps.since(before), error: error.clone() }))
                }
                Err(_) => None,
            };
        }
        result
    }
}

impl LoadedComponent {
    async fn load(sandbox: &Arc<Sandbox>, file: &File, steps: &mut ReportBuilder) -> Result<LoadedComponent, Failed> {
        let before = steps.len();
        match Connector::load(sandbox, &file.bytes, &file.sections, steps).await {
            Ok(connector) => {
                Ok(LoadedComponent { connector: Arc::new(connector), steps: steps.since(before), vectors: None })
            }
            Err(error) => Err(Failed { steps: steps.since(before), error }),
        }
    }
}

fn operations_text(operations: &[OperationSupport]) -> String {
    if operations.is_empty() {
        return "the account offers nothing".to_owned();
    }
    let names: Vec<&str> = operations.iter().map(|support| support.operation.as_str()).collect();
    one_line(&format!("the account offers {}", names.join(", ")), LONGEST_OFFER)
}

/// Takes a component through the gate for no account, and reports how each step ended.
///
/// It must be called within a tokio runtime.
///
/// # Errors
/// The engine does not start on this machine. A component that does not serve is no error, but in the report.
pub async fn check(component: impl Into<ConnectorSource>) -> Result<Report, Error> {
    let source = component.into();
    let mut steps = ReportBuilder::default();
    let error = Gate::new(Arc::new(Sandbox::new(None, Pool::default())?)).component(&source, &mut steps).await.err();
    Ok(Report::of(steps, None, source.place(), error, Vec::new()))
}

/// Takes the component of each account through the gate and opens the account, as a host that loads the configuration does, and
/// reports how each step ended. Work that several accounts share is done once. Nothing is sent to a provider.
///
/// It must be called within a tokio runtime.
///
/// # Errors
/// As [`check`]; also if the configuration is wrong as a whole: two accounts have the same name.
pub async fn check_config(config: &Config) -> Result<Vec<Report>, Error> {
    if let Some(error) = of_mistakes(config.mistakes_as_a_whole()) {
        return Err(error);
    }
    reports(config).await
}

/// Reads a configuration file and takes it through the gate, as [`check_config`] does, whatever is wrong in it: each account is
/// checked as far as possible, and mistakes outside of the accounts and findings about the machine are reported separately.
/// Nothing is created, and nothing is sent.
///
/// It must be called within a tokio runtime.
///
/// # Errors
/// As [`check`]; also if no account can be read, because the file cannot be read or is not TOML.
#[cfg(feature = "config-file")]
pub async fn check_file(path: impl Into<PathBuf>) -> Result<ConfigReport, Error> {
    let config = Config::read(&path.into(), Kind::RegularOrPipe, &mut BTreeSet::new());
    let mistakes = config.mistakes_as_a_whole();
    if config.accounts.is_empty()
        && let Some(error) = of_mistakes(mistakes.clone())
    {
        return Err(error);
    }
    let mistakes = mistakes.into_iter().map(Error::from).collect();
    let findings = finding::of_machine(&config);
    Ok(ConfigReport { mistakes, findings, accounts: reports(&config).await? })
}

/// The transport of a checked configuration: it sends nothing.
struct Nowhere;

impl Transport for Nowhere {
    fn send(&self, request: OutboundRequest) -> Exchange<'_> {
        request.progress.nothing_sent();
        Box::pin(async { Err(TransportError::Unreachable("a configuration that is checked sends nothing".to_owned())) })
    }
}

async fn reports(config: &Config) -> Result<Vec<Report>, Error> {
    let mut gate = Gate::new(Arc::new(Sandbox::new(None, Pool::default())?));
    let services = HostServices::new(Arc::new(Nowhere), Clock::default());
    let mut reports = Vec::with_capacity(config.accounts.len());
    // All deployments are kept, because conflicts between applications show only once all accounts are open.
    let mut accounts = Vec::with_capacity(config.accounts.len());
    for account in &config.accounts {
        let mut steps = ReportBuilder::default();
        let (opened, findings) = gate.open(config, account, &services, &mut steps).await;
        let error = opened.map(|opened| accounts.push(opened)).err().map(|error| account.blamed_for(error));
        reports.push(Report::of(steps, Some(account.name.clone()), account.connector.place(), error, findings));
    }
    let conflicts = services.applications.conflicts();
    for (account, report) in config.accounts.iter().zip(&mut reports) {
        report.findings.extend(finding::of_application(account, &conflicts));
    }
    Ok(reports)
}

/// Embeds signature vectors, JSON as in `wit/vectors.md`, in a component, and a human-readable version if one is given. The
/// result has passed the gate.
///
/// It must be called within a tokio runtime.
///
/// # Errors
/// The component would not serve with the vectors: they cannot be read, it sends something else, or it already has vectors.
pub async fn embedded(
    component: impl Into<ConnectorSource>,
    vectors: &str,
    version: Option<&str>,
) -> Result<Vec<u8>, Error> {
    let source = component.into();
    let bytes = ComponentBytes::read(&source).await?;
    sections_of(&bytes.bytes).map_err(|problem| Error::component(bytes.place.clone(), problem))?;
    let mut whole = bytes.bytes.to_vec();
    append(&mut whole, SECTION, vectors);
    if let Some(version) = version {
        append(&mut whole, VERSION_SECTION, version);
    }
    let result = check(whole.clone()).await?;
    match result.error {
        None => Ok(whole),
        Some(error) => Err(error.at(source.place())),
    }
}

fn append(component: &mut Vec<u8>, name: &str, data: &str) {
    CustomSection { name: Cow::Borrowed(name), data: Cow::Borrowed(data.as_bytes()) }.append_to_component(component);
}
