//! Whether what a connector asks for is what an account has: its settings, its secrets, and origins that can be granted.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::application::Member;
use crate::component::Digest;
use crate::config::{AccountConfig, ConfigError};
use crate::egress::{BadGrant, Granted};
use crate::error::{Error, of_mistakes};
use crate::gate::PublicKey;
use crate::grants::secrets::{Vault, is_weak};
use crate::model::Descriptor;

/// What an account has, as its connector asks for it.
pub(crate) struct Fitted {
    pub(crate) member: Member,
    pub(crate) provider: String,
    /// What the provider documents, where it does.
    pub(crate) requests_per_minute: Option<u32>,
    pub(crate) settings: BTreeMap<String, String>,
    pub(crate) secrets: Vault,
    pub(crate) allowed: Vec<Arc<Granted>>,
}

/// What the account has, held against what its connector asks for: all that is wrong with it, where anything is.
///
/// `signer`: who signed the component, of those whom the operator trusts.
pub(super) fn checked(
    account: &AccountConfig,
    descriptor: &Descriptor,
    component: Digest,
    signer: Option<PublicKey>,
) -> Result<Fitted, Error> {
    let mut mistakes = account.mistakes.clone();
    let mut allowed = Vec::with_capacity(account.allow.len());
    for (index, grant) in account.allow.iter().enumerate() {
        match grant.parse() {
            Ok(granted) => allowed.push(Arc::new(granted)),
            Err(BadGrant { problem, fix }) => {
                mistakes.push(account.wrong("allow", format!("entry {}: {problem}", index + 1), fix));
            }
        }
    }
    let settings = settings(account, descriptor, &mut mistakes);
    let secrets = secrets(account, descriptor, &mut mistakes);
    mistakes.sort_by_key(ConfigError::line);
    if let Some(error) = of_mistakes(mistakes) {
        return Err(error);
    }
    Ok(Fitted {
        member: Member::new(account, descriptor, component, signer, &settings),
        provider: descriptor.provider.clone(),
        requests_per_minute: descriptor.requests_per_minute,
        settings,
        secrets,
        allowed,
    })
}

/// Tells the operator of secrets that can be guessed. They serve all the same.
pub(super) fn warn_of_weak_secrets(account: &AccountConfig, descriptor: &Descriptor) {
    for known in descriptor.secrets.iter().filter(|known| !known.sent && !known.captured) {
        if account.secrets.get(&known.name).is_some_and(|bytes| is_weak(bytes.expose())) {
            tracing::warn!(
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
) -> BTreeMap<String, String> {
    for unknown in account.settings.keys().filter(|name| !descriptor.settings.iter().any(|known| known.name == **name))
    {
        let known = descriptor.settings.iter().map(|setting| setting.name.as_str());
        mistakes.push(unknown_name(account, descriptor, "settings", unknown, known));
    }
    let mut settings = account.settings.clone();
    for known in &descriptor.settings {
        match &known.default {
            Some(default) => {
                settings.entry(known.name.clone()).or_insert_with(|| default.clone());
            }
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
