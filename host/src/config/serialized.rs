//! Serialisation of a configuration, with the keys of its TOML, in any format of serde.
//!
//! Defaults are left out. A value that the TOML cannot say is an error that names the account: a secret given as bytes, a component
//! in memory, a figure of zero.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use stockbridge_egress::{AddressKind, GrantSpec, Nat64Prefix};
use stockbridge_journal::JournalConfig;
use stockbridge_model::Digest;

use super::named_limit::NamedLimit;
use super::{
    AccountConfig, CacheConfig, CaptureRule, Config, ConfigError, ConnectorSource, RefusalRule, TrustedKey,
    ValueSource, figure,
};
use crate::error::Cause;

const DAY: u64 = 24 * 60 * 60;
const MEBIBYTE: u64 = 1024 * 1024;

/// Error for a value that cannot be written.
fn unwritable(field: impl Into<String>, problem: impl Into<String>, fix: impl Into<String>) -> ConfigError {
    let (field, problem, fix) = (field.into(), problem.into(), fix.into());
    ConfigError { place: None, field, problem, fix, cause: Cause::none() }
}

impl Serialize for Config {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Document::of(self).map_err(S::Error::custom)?.serialize(serializer)
    }
}

/// The keys at the top.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Document<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    concurrent_calls: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pool_memory_mib: Option<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    nat64: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    signed_by: Vec<Key>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    require_vectors: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    tolerate: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache: Option<Cache<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    journal: Option<Journal<'a>>,
    accounts: BTreeMap<&'a str, Account<'a>>,
}

impl<'a> Document<'a> {
    pub(super) fn of(config: &'a Config) -> Result<Document<'a>, ConfigError> {
        if let Some(mistake) = config.mistakes_as_a_whole().into_iter().next() {
            return Err(mistake);
        }
        let accounts = config.accounts.iter().map(|account| Ok((account.name(), Account::of(account)?)));
        Ok(Document {
            concurrent_calls: config.concurrent_calls.map(|calls| whole("concurrent-calls", calls, 1)).transpose()?,
            pool_memory_mib: config.pool_memory.map(|bytes| whole("pool-memory-mib", bytes, MEBIBYTE)).transpose()?,
            nat64: translators(&config.accounts)?.iter().map(ToString::to_string).collect(),
            signed_by: config.signed_by.iter().map(Key::of).collect(),
            require_vectors: config.require_vectors,
            tolerate: config.tolerate_accounts.then_some("accounts"),
            cache: config.cache.as_ref().map(Cache::of).transpose()?,
            journal: config.journal.as_ref().map(Journal::of).transpose()?,
            accounts: accounts.collect::<Result<_, _>>()?,
        })
    }
}

/// The translators of the network, which a configuration names once for all accounts.
fn translators(accounts: &[AccountConfig]) -> Result<&[Nat64Prefix], ConfigError> {
    let Some(first) = accounts.first() else { return Ok(&[]) };
    match accounts.iter().find(|account| account.translators() != first.translators()) {
        None => Ok(first.translators()),
        Some(other) => Err(unwritable(
            format!("accounts.{}.nat64", other.name()),
            format!("is not that of `{}`, and a configuration names translators once for all accounts", first.name()),
            "give all accounts the same",
        )),
    }
}

/// An amount as a figure in a larger unit.
fn whole(field: &str, amount: impl TryInto<u64>, unit: u64) -> Result<u32, ConfigError> {
    let figure = amount.try_into().ok().and_then(|amount| figure(amount, unit));
    figure.ok_or_else(|| unwritable(field, "is not a whole number from 1 on in its unit", "round it"))
}

fn days(field: &str, time: Duration) -> Result<u32, ConfigError> {
    if time.subsec_nanos() > 0 {
        return Err(unwritable(field, "is not a whole number of days", "round it"));
    }
    whole(field, time.as_secs(), DAY)
}

fn path<'a>(field: &str, path: &'a Path) -> Result<&'a str, ConfigError> {
    path.to_str().ok_or_else(|| unwritable(field, format!("`{}` is not UTF-8", path.display()), "name it otherwise"))
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Cache<'a> {
    directory: &'a str,
    size_mib: u32,
    unused_days: u32,
}

impl<'a> Cache<'a> {
    fn of(cache: &'a CacheConfig) -> Result<Cache<'a>, ConfigError> {
        Ok(Cache {
            directory: path("cache.directory", &cache.directory)?,
            size_mib: whole("cache.size-mib", cache.size, MEBIBYTE)?,
            unused_days: days("cache.unused-days", cache.unused)?,
        })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Journal<'a> {
    path: &'a str,
    keep_days: u32,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    must_exist: bool,
}

impl<'a> Journal<'a> {
    fn of(journal: &'a JournalConfig) -> Result<Journal<'a>, ConfigError> {
        Ok(Journal {
            path: path("journal.path", journal.file())?,
            keep_days: days("journal.keep-days", journal.kept_for())?,
            must_exist: journal.is_required(),
        })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Account<'a> {
    connector: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<&'a Digest>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    signed_by: Vec<Key>,
    #[serde(skip_serializing_if = "Option::is_none")]
    application: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    allow: Vec<Allowed<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    refusals: Vec<Refusal<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    settings: BTreeMap<&'a str, Setting<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    secrets: BTreeMap<&'a str, Secret<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    limits: BTreeMap<&'static str, u32>,
}

impl<'a> Account<'a> {
    fn of(account: &'a AccountConfig) -> Result<Account<'a>, ConfigError> {
        let at = |field: &str| format!("accounts.{}{field}", account.name());
        if let Some(mistake) = account.own_mistakes().into_iter().next() {
            return Err(mistake);
        }
        let connector = match account.connector() {
            ConnectorSource::File(file) => path(&at(".connector"), file)?,
            ConnectorSource::Bytes(_) => {
                return Err(unwritable(at(".connector"), "is in memory", "name its file"));
            }
        };
        if account.signature.is_some() {
            return Err(unwritable(at(".signature"), "is in memory", "write it into a file beside the component"));
        }
        let setting = |(name, value): (&'a String, &'a String)| {
            let setting = account.setting_source(name).map_or(Setting::Plain(value), Setting::Elsewhere);
            (name.as_str(), setting)
        };
        let secret = |name: &'a str| match account.secret_source(name) {
            Some(source) => Ok((name, Secret::Elsewhere(source))),
            None => Err(unwritable(
                at(&format!(".secrets.{name}")),
                "was given as bytes, and a configuration has no secret in plain",
                "give it by where it is kept: `AccountConfig::secret_from`",
            )),
        };
        let captured = |(name, rule): (&'a String, &'a CaptureRule)| Ok((name.as_str(), Secret::Captured(rule)));
        let limit = |limit: &NamedLimit| {
            let figure = limit.figure(account.get_limits())?;
            let figure = figure.map_err(|amount| {
                let field = at(&format!(".limits.{}", limit.name));
                unwritable(field, format!("is {amount}, which is not a whole number from 1 on in its unit"), "round it")
            });
            Some(figure.map(|figure| (limit.name, figure)))
        };
        Ok(Account {
            connector,
            sha256: account.get_sha256(),
            signed_by: account.trusted_keys().iter().map(Key::of).collect(),
            application: account.get_application(),
            allow: account.allowed().iter().map(Allowed::of).collect(),
            refusals: account.refusals().iter().map(Refusal::of).collect(),
            settings: account.settings().iter().map(setting).collect(),
            secrets: account
                .secret_names()
                .map(secret)
                .chain(account.captures().iter().map(captured))
                .collect::<Result<_, _>>()?,
            limits: NamedLimit::ALL.iter().filter_map(limit).collect::<Result<_, _>>()?,
        })
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum Setting<'a> {
    Plain(&'a str),
    Elsewhere(&'a ValueSource),
}

#[derive(Serialize)]
#[serde(untagged)]
enum Secret<'a> {
    Elsewhere(&'a ValueSource),
    Captured(&'a CaptureRule),
}

/// A key, alone where it is trusted for whatever it signed.
#[derive(Serialize)]
#[serde(untagged)]
enum Key {
    Alone(String),
    For {
        key: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        version: Option<String>,
    },
}

impl Key {
    fn of(trusted: &TrustedKey) -> Key {
        let TrustedKey { key, name, version } = trusted;
        match (name, version) {
            (None, None) => Key::Alone(key.to_string()),
            _ => Key::For {
                key: key.to_string(),
                name: name.clone(),
                version: version.as_ref().map(ToString::to_string),
            },
        }
    }
}

/// An origin, alone where it is one at public addresses of which nothing else is said.
#[derive(Serialize)]
#[serde(untagged)]
enum Allowed<'a> {
    Origin(&'a str),
    Grant {
        origin: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        addresses: Option<Vec<&'static str>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        reads: Option<Vec<String>>,
    },
}

impl<'a> Allowed<'a> {
    fn of(grant: &'a GrantSpec) -> Allowed<'a> {
        let origin = grant.origin();
        let addresses = grant.address_kinds().map(|kinds| kinds.iter().copied().map(AddressKind::name).collect());
        let reads = grant.read_rules().map(|rules| rules.iter().map(ToString::to_string).collect());
        if addresses.is_none() && reads.is_none() {
            return Allowed::Origin(origin);
        }
        Allowed::Grant { origin, addresses, reads }
    }
}

#[derive(Serialize)]
struct Refusal<'a> {
    operation: &'a str,
    code: &'a str,
    text: &'a str,
}

impl<'a> Refusal<'a> {
    fn of(rule: &'a RefusalRule) -> Refusal<'a> {
        Refusal { operation: rule.operation(), code: rule.code(), text: rule.text() }
    }
}
