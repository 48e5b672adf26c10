//! Whether what a connector asks for is what an account has: its settings, its secrets, and origins that can be granted.

use std::collections::BTreeMap;
use std::sync::Arc;

use stockbridge_egress::transport::Sender;
use stockbridge_egress::{BadGrant, Grant, Target, grant_for};
use stockbridge_journal::application::Member;
use stockbridge_model::{Descriptor, Digest};

use crate::config::AccountConfig;
use crate::diagnostics;
use crate::error::{ConfigError, Error, of_mistakes};
use crate::sandbox::contract::http::Capture;
use crate::sandbox::fair_share::FairShare;
use crate::sandbox::{Grants, HostServices};
use crate::sandbox::{OperatorCapture, RequestSlots};
use crate::secrets::{Vault, is_weak};

/// What an account has, as its connector asks for it.
pub(crate) struct ResolvedAccount {
    pub(crate) member: Member,
    pub(crate) provider: String,
    /// What the provider documents, where it does.
    pub(crate) requests_per_minute: Option<u32>,
    pub(crate) settings: Arc<BTreeMap<String, String>>,
    pub(crate) secrets: Vault,
    pub(crate) captures: Vec<OperatorCapture>,
    pub(crate) allowed: Vec<Arc<Grant>>,
}

impl ResolvedAccount {
    /// What the calls of the account may use.
    pub(crate) fn grants(self, account: &AccountConfig, services: &HostServices) -> Grants {
        let rate = account.limits.requests_per_minute.or(self.requests_per_minute);
        let membership = services.applications.join(self.member);
        let applications = &membership.identities().applications;
        let name: Arc<str> = account.name.as_str().into();
        Grants {
            sender: Sender::new(&name, *membership.application().as_bytes()),
            account: name,
            pacer: services.budgets.join(applications, &self.provider, &account.name, rate),
            membership,
            limits: account.limits,
            settings: self.settings,
            secrets: self.secrets,
            captures: self.captures,
            allowed: self.allowed,
            origins: account.allow.iter().map(ToString::to_string).collect(),
            refusals: account.refusals.clone(),
            request_slots: RequestSlots::new(account.limits.in_flight),
            share: FairShare::default(),
            transport: services.transport.clone(),
            clock: services.clock,
            observer: services.observer.clone(),
            skews: services.skews.clone(),
            is_trial: false,
        }
    }
}

/// The account as a member of its application.
fn member(
    account: &AccountConfig,
    descriptor: &Descriptor,
    component: Digest,
    signer: Option<String>,
    settings_with_defaults: &BTreeMap<String, String>,
) -> Member {
    Member {
        account: account.name.clone(),
        settings: account.settings.clone(),
        named: account.application.clone(),
        component,
        path: account.connector.absolute_path(),
        signer,
        ..Member::described(descriptor, settings_with_defaults)
    }
}

/// What the account has, held against what its connector asks for: all that is wrong with it, where anything is.
///
/// `signer`: who signed the component, of those whom the operator trusts.
pub(crate) fn fit(
    account: &AccountConfig,
    descriptor: &Descriptor,
    component: Digest,
    signer: Option<String>,
) -> Result<ResolvedAccount, Error> {
    let mut mistakes = account.mistakes.clone();
    let mut allowed = Vec::with_capacity(account.allow.len());
    for (index, grant) in account.allow.iter().enumerate() {
        match grant.parse() {
            Ok(granted) => allowed.push(Arc::new(granted.behind(&account.nat64))),
            Err(BadGrant { problem, fix }) => {
                mistakes.push(account.wrong("allow", format!("entry {}: {problem}", index + 1), fix));
            }
        }
    }
    let settings = settings(account, descriptor, &mut mistakes);
    let captures = captures(account, descriptor, &allowed, &mut mistakes);
    let secrets = secrets(account, descriptor, &mut mistakes);
    mistakes.sort_by_key(ConfigError::line);
    if let Some(error) = of_mistakes(mistakes) {
        return Err(error);
    }
    Ok(ResolvedAccount {
        member: member(account, descriptor, component, signer, &settings),
        provider: descriptor.provider.clone(),
        requests_per_minute: descriptor.requests_per_minute,
        settings,
        secrets,
        captures,
        allowed,
    })
}

/// Tells the operator of secrets that can be guessed. They serve all the same.
pub(crate) fn warn_of_weak_secrets(account: &AccountConfig, descriptor: &Descriptor) {
    for known in descriptor.secrets.iter().filter(|known| !known.sent && !known.captured) {
        if account.secrets.get(&known.name).is_some_and(|bytes| is_weak(bytes.expose())) {
            tracing::warn!(
                target: diagnostics::ROLLOUT,
                account = account.name,
                secret = known.name,
                "this signing secret is short or simple: who sees one signature can find it by trying; ask the provider for a longer one"
            );
        }
    }
}

/// The operator's settings with the connector's defaults behind them. One that is written and could not be read is not
/// missing.
fn settings(
    account: &AccountConfig,
    descriptor: &Descriptor,
    mistakes: &mut Vec<ConfigError>,
) -> Arc<BTreeMap<String, String>> {
    for unknown in account.settings.keys().filter(|name| !descriptor.settings.iter().any(|known| known.name == **name))
    {
        let known = descriptor.settings.iter().map(|setting| setting.name.as_str());
        mistakes.push(unknown_name(account, descriptor, "settings", unknown, known));
    }
    let mut settings = account.settings.clone();
    for known in &descriptor.settings {
        match &known.default {
            // Copied only where a default is to be added.
            Some(default) if !settings.contains_key(&known.name) => {
                Arc::make_mut(&mut settings).insert(known.name.clone(), default.clone());
            }
            Some(_) => {}
            None if known.required
                && !settings.contains_key(&known.name)
                && !states(account, "settings", &known.name) =>
            {
                mistakes.push(missing(account, descriptor, "settings", &known.name, &known.description));
            }
            None => {}
        }
    }
    settings
}

/// Where the operator has secrets captured from: those that the connector declares as captured, at what the account may reach.
fn captures(
    account: &AccountConfig,
    descriptor: &Descriptor,
    allowed: &[Arc<Grant>],
    mistakes: &mut Vec<ConfigError>,
) -> Vec<OperatorCapture> {
    let mut captures = Vec::with_capacity(account.captures.len());
    for (name, rule) in &account.captures {
        let field = format!("secrets.{name}");
        if !descriptor.secrets.iter().any(|known| known.captured && known.name == *name) {
            let known = descriptor.secrets.iter().filter(|known| known.captured).map(|known| known.name.as_str());
            mistakes.push(unknown_name(account, descriptor, "secrets", name, known));
            continue;
        }
        let from = match Target::parse(&rule.from) {
            Ok(from) => from,
            Err(problem) => {
                let problem = format!("`{}` is no address: {problem}", rule.from);
                mistakes.push(account.wrong(
                    &field,
                    problem,
                    "write one without a query, as in \"https://host/token\"",
                ));
                continue;
            }
        };
        if grant_for(allowed, &from).is_none() {
            let fix = format!("add \"{}\" to allow", from.origin);
            mistakes.push(account.wrong(&field, format!("{} is not granted", from.origin), fix));
        }
        let mut pointers = std::iter::once(&rule.pointer).chain(&rule.lifetime);
        if let Some(bad) = pointers.find(|pointer| !pointer.starts_with('/')) {
            let problem = format!("`{bad}` is no JSON pointer to a member");
            mistakes.push(account.wrong(&field, problem, "write one from its slash on, as in \"/data/token\""));
        }
        let (name, pointer, lifetime) = (name.clone(), rule.pointer.clone(), rule.lifetime.clone());
        captures.push(OperatorCapture { from, capture: Capture { name, pointer, lifetime } });
    }
    captures
}

fn secrets(account: &AccountConfig, descriptor: &Descriptor, mistakes: &mut Vec<ConfigError>) -> Vault {
    let mut configured = Vec::with_capacity(account.secrets.len());
    for (name, bytes) in &account.secrets {
        match descriptor.secrets.iter().find(|known| known.name == *name && !known.captured) {
            Some(known) => configured.push((name.clone(), bytes.clone(), known.sent)),
            None => {
                let known = descriptor.secrets.iter().filter(|known| !known.captured).map(|known| known.name.as_str());
                mistakes.push(unknown_name(account, descriptor, "secrets", name, known));
            }
        }
    }
    let (captured, asked): (Vec<_>, Vec<_>) = descriptor.secrets.iter().partition(|known| known.captured);
    let is_there = |name: &str| account.secrets.contains_key(name) || states(account, "secrets", name);
    for known in asked.iter().filter(|known| known.required && !is_there(&known.name)) {
        mistakes.push(missing(account, descriptor, "secrets", &known.name, &known.description));
    }
    Vault::new(configured, captured.into_iter().map(|known| known.name.clone()))
}

/// Whether it is written, though it may not be readable. An account that was made in code states nothing in this sense.
fn states(account: &AccountConfig, table: &str, name: &str) -> bool {
    account.states(&format!("{table}.{name}"))
}

fn unknown_name<'a>(
    account: &AccountConfig,
    descriptor: &Descriptor,
    table: &str,
    name: &str,
    known: impl Iterator<Item = &'a str>,
) -> ConfigError {
    let known: Vec<_> = known.collect();
    let fix = if known.is_empty() { "leave it out".to_owned() } else { format!("write one of {}", known.join(", ")) };
    let problem = format!("the connector {} has no {} of this name", descriptor.provider, table.trim_end_matches('s'));
    account.wrong(&format!("{table}.{name}"), problem, fix)
}

fn missing(
    account: &AccountConfig,
    descriptor: &Descriptor,
    table: &str,
    name: &str,
    description: &str,
) -> ConfigError {
    let problem = format!("is missing, and the connector {} needs it: {description}", descriptor.provider);
    let fix = if table == "secrets" {
        format!("write {table}.{name} = {{ env = \"NAME\" }}")
    } else {
        format!("write {table}.{name} = \"…\"")
    };
    account.wrong(&format!("{table}.{name}"), problem, fix)
}
