//! Fit of an account to its connector: checks its settings, secrets and grants against what the connector requires.

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

/// An account's configuration, resolved against its connector's requirements.
pub(crate) struct ResolvedAccount {
    pub(crate) member: Member,
    pub(crate) provider: String,
    /// The rate limit that the provider documents, if it does.
    pub(crate) requests_per_minute: Option<u32>,
    pub(crate) settings: Arc<BTreeMap<String, String>>,
    pub(crate) secrets: Vault,
    pub(crate) captures: Vec<OperatorCapture>,
    pub(crate) allowed: Vec<Arc<Grant>>,
}

impl ResolvedAccount {
    /// Grants for the calls of the account.
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

/// Checks an account against its connector's requirements. Fails with all mistakes together.
///
/// `signer`: the trusted key that signed the component.
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
            Err(BadGrant { problem, fix, .. }) => {
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

/// Warns the operator of weak secrets. They are used all the same.
pub(crate) fn warn_of_weak_secrets(account: &AccountConfig, descriptor: &Descriptor) {
    for declared in descriptor.secrets.iter().filter(|declared| !declared.sent && !declared.captured) {
        if account.secrets.get(&declared.name).is_some_and(|bytes| is_weak(bytes.expose())) {
            tracing::warn!(
                target: diagnostics::ROLLOUT,
                account = account.name,
                secret = declared.name,
                "this signing secret is short or simple: one signature is enough to find it by brute force; ask the provider for a longer one"
            );
        }
    }
}

/// The operator's settings, completed by the connector's defaults. A setting that is written but could not be read does not
/// count as missing.
fn settings(
    account: &AccountConfig,
    descriptor: &Descriptor,
    mistakes: &mut Vec<ConfigError>,
) -> Arc<BTreeMap<String, String>> {
    for unknown in
        account.settings.keys().filter(|name| !descriptor.settings.iter().any(|declared| declared.name == **name))
    {
        let declared = descriptor.settings.iter().map(|setting| setting.name.as_str());
        mistakes.push(unknown_name(account, descriptor, "settings", unknown, declared));
    }
    let mut settings = account.settings.clone();
    for declared in &descriptor.settings {
        match &declared.default {
            // Copied only if a default has to be added.
            Some(default) if !settings.contains_key(&declared.name) => {
                Arc::make_mut(&mut settings).insert(declared.name.clone(), default.clone());
            }
            Some(_) => {}
            None if declared.required
                && !settings.contains_key(&declared.name)
                && !states(account, "settings", &declared.name) =>
            {
                mistakes.push(missing(account, descriptor, "settings", &declared.name, &declared.description));
            }
            None => {}
        }
    }
    settings
}

/// The operator's captures: each must be of a secret that the connector declares as captured, from an origin granted to the
/// account.
fn captures(
    account: &AccountConfig,
    descriptor: &Descriptor,
    allowed: &[Arc<Grant>],
    mistakes: &mut Vec<ConfigError>,
) -> Vec<OperatorCapture> {
    let mut captures = Vec::with_capacity(account.captures.len());
    for (name, rule) in &account.captures {
        let field = format!("secrets.{name}");
        if !descriptor.secrets.iter().any(|declared| declared.captured && declared.name == *name) {
            let declared =
                descriptor.secrets.iter().filter(|declared| declared.captured).map(|declared| declared.name.as_str());
            mistakes.push(unknown_name(account, descriptor, "secrets", name, declared));
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
        match descriptor.secrets.iter().find(|declared| declared.name == *name && !declared.captured) {
            Some(declared) => configured.push((name.clone(), bytes.clone(), declared.sent)),
            None => {
                let declared = descriptor
                    .secrets
                    .iter()
                    .filter(|declared| !declared.captured)
                    .map(|declared| declared.name.as_str());
                mistakes.push(unknown_name(account, descriptor, "secrets", name, declared));
            }
        }
    }
    let (captured, requested): (Vec<_>, Vec<_>) = descriptor.secrets.iter().partition(|declared| declared.captured);
    let is_given = |name: &str| account.secrets.contains_key(name) || states(account, "secrets", name);
    for declared in requested.iter().filter(|declared| declared.required && !is_given(&declared.name)) {
        mistakes.push(missing(account, descriptor, "secrets", &declared.name, &declared.description));
    }
    Vault::new(configured, captured.into_iter().map(|declared| declared.name.clone()))
}

/// Whether a name is written in the configuration file, readable or not. False for an account made in code.
fn states(account: &AccountConfig, table: &str, name: &str) -> bool {
    account.states(&format!("{table}.{name}"))
}

fn unknown_name<'a>(
    account: &AccountConfig,
    descriptor: &Descriptor,
    table: &str,
    name: &str,
    declared: impl Iterator<Item = &'a str>,
) -> ConfigError {
    let declared: Vec<_> = declared.collect();
    let fix =
        if declared.is_empty() { "leave it out".to_owned() } else { format!("write one of {}", declared.join(", ")) };
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
