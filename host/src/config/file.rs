//! Configuration files: TOML read with the place of every key, so that every mistake can be named with its line.

mod places;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{Cause, ConfigError, Place};
use super::source::{Origin, Reference, Unresolved};
use super::{AccountConfig, Config, ConnectorSource, JournalConfig};
use crate::egress::{AddressKind, Grant};
use crate::gate::PublicKey;
use crate::limits::Limits;
use crate::secret::Secret;

type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;
type Value<'a> = Spanned<DeValue<'a>>;

/// Reads a file, and adds to `files` which files the configuration depends on, as far as it was read.
pub(super) fn read(
    path: &Path,
    environment: Environment<'_>,
    files: &mut BTreeSet<PathBuf>,
) -> Result<Config, ConfigError> {
    files.insert(path.to_path_buf());
    let text = text(path)?;
    let reader = Reader { text: &text, path: Some(path), environment, files: RefCell::default() };
    let config = reader.config();
    files.append(&mut reader.files.take());
    config
}

/// Where the journal is, as a file says, and nothing else of it: who looks into the journal need not have the secrets.
pub(super) fn journal(path: &Path) -> Result<Option<JournalConfig>, ConfigError> {
    let text = text(path)?;
    let reader = Reader { text: &text, path: Some(path), environment: &|_| None, files: RefCell::default() };
    let document = DeTable::parse(&text).map_err(|error| reader.syntax(&error))?;
    let stated = document.get_ref().iter().find(|(key, _)| key.get_ref() == "journal");
    stated.map(|(key, value)| reader.journal(&key.span(), value)).transpose()
}

fn text(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|error| ConfigError {
        place: None,
        field: String::new(),
        problem: format!("{}: cannot be read: {error}", path.display()),
        fix: "give the path of a readable TOML file".to_owned(),
        cause: Cause::of(error),
    })
}

/// Reads a text that did not come from a file.
pub(super) fn parse(text: &str, environment: Environment<'_>) -> Result<Config, ConfigError> {
    Reader { text, path: None, environment, files: RefCell::default() }.config()
}

const KEYS: [&str; 5] = ["accounts", "cache", "journal", "signed-by", "require-vectors"];
const ACCOUNT_KEYS: [&str; 7] = ["connector", "sha256", "signed-by", "allow", "settings", "secrets", "limits"];
const LIMIT_KEYS: [&str; 18] = [
    "deadline-ms",
    "min-time-left-ms",
    "memory-mib",
    "table-elements",
    "hostcall-mib",
    "handles",
    "requests",
    "in-flight",
    "requests-per-minute",
    "attempts",
    "headers",
    "header-kib",
    "request-mib",
    "response-mib",
    "digests",
    "log-lines",
    "log-kib",
    "rows",
];
const GRANT_KEYS: [&str; 2] = ["origin", "addresses"];
const SOURCE_KEYS: [&str; 4] = ["env", "file", "before", "after"];

struct Reader<'a> {
    text: &'a str,
    path: Option<&'a Path>,
    environment: Environment<'a>,
    /// What was named so far: components, their signatures, and files with values.
    files: RefCell<BTreeSet<PathBuf>>,
}

impl Reader<'_> {
    fn config(&self) -> Result<Config, ConfigError> {
        let document = DeTable::parse(self.text).map_err(|error| self.syntax(&error))?;
        let mut config = Config::new();
        for (key, value) in document.get_ref().iter() {
            match key.get_ref().as_ref() {
                "accounts" => {
                    for (name, account) in self.table("accounts", value)?.iter() {
                        config.accounts.push(self.account(name.get_ref(), name.span(), account)?);
                    }
                }
                "cache" => config.cache = Some(self.cache(&key.span(), value)?),
                "journal" => config.journal = Some(self.journal(&key.span(), value)?),
                "signed-by" => config.signed_by = self.keys("signed-by", value)?,
                "require-vectors" => config.require_vectors = self.switch("require-vectors", value)?,
                other => return Err(self.unknown(other, key.span(), &KEYS)),
            }
        }
        Ok(config)
    }

    fn account(&self, name: &str, span: Range<usize>, value: &Value<'_>) -> Result<AccountConfig, ConfigError> {
        let at = format!("accounts.{name}");
        let table = self.table(&at, value)?;
        let mut places = BTreeMap::from([(String::new(), self.place(&span))]);
        let mut account = AccountConfig::new(name, PathBuf::new());
        let mut connector = None;
        for (key, value) in table.iter() {
            let field = format!("{at}.{}", key.get_ref());
            places.insert(key.get_ref().to_string(), self.place(&key.span()));
            match key.get_ref().as_ref() {
                "connector" => connector = Some(self.component(self.string(&field, value)?)),
                "sha256" => account.sha256 = Some(self.written(&field, value)?),
                "signed-by" => account.signed_by = self.keys(&field, value)?,
                "allow" => account.allow = self.grants(&field, value)?,
                "settings" => {
                    for (key, value) in self.table(&field, value)?.iter() {
                        places.insert(format!("settings.{}", key.get_ref()), self.place(&key.span()));
                        let setting = self.setting(&format!("{field}.{}", key.get_ref()), value)?;
                        account.settings.insert(key.get_ref().to_string(), setting);
                    }
                }
                "secrets" => {
                    for (key, value) in self.table(&field, value)?.iter() {
                        places.insert(format!("secrets.{}", key.get_ref()), self.place(&key.span()));
                        let secret = self.secret(&format!("{field}.{}", key.get_ref()), value)?;
                        account.secrets.insert(key.get_ref().to_string(), secret);
                    }
                }
                "limits" => account.limits = self.limits(&field, self.table(&field, value)?)?,
                _ => return Err(self.unknown(&field, key.span(), &ACCOUNT_KEYS)),
            }
        }
        account.connector = ConnectorSource::File(connector.ok_or_else(|| {
            self.wrong(
                &format!("{at}.connector"),
                &span,
                "is missing",
                "write connector = \"path/of/a/connector.wasm\"",
            )
        })?);
        account.places = Arc::new(places);
        Ok(account)
    }

    /// A directory, or a table that says how much may be in it.
    /// The path of a `file`, or of a `directory`.
    fn path(&self, field: &str, value: &Value<'_>, of: &str) -> Result<PathBuf, ConfigError> {
        match self.string(field, value)? {
            "" => Err(self.wrong(field, &value.span(), "is empty", format!("write the path of a {of}"))),
            path => Ok(self.directory().join(path)),
        }
    }

    /// A component's file, and beside it the signature that it may have.
    fn component(&self, path: &str) -> PathBuf {
        let component = self.directory().join(path);
        let mut signature = component.clone().into_os_string();
        signature.push(".minisig");
        self.files.borrow_mut().extend([component.clone(), signature.into()]);
        component
    }

    /// A setting: a text, or a reference to one.
    fn setting(&self, field: &str, value: &Value<'_>) -> Result<String, ConfigError> {
        match value.get_ref() {
            DeValue::String(text) => Ok(text.to_string()),
            DeValue::Table(table) => self.resolved(field, &value.span(), table).map(|text| text.to_string()),
            other => Err(self.wrong(
                field,
                &value.span(),
                format!("is {}", article(other)),
                "write a text in quotes, or { env = \"NAME\" }",
            )),
        }
    }

    /// A secret: never in the file itself.
    fn secret(&self, field: &str, value: &Value<'_>) -> Result<Secret, ConfigError> {
        match value.get_ref() {
            DeValue::Table(table) => {
                self.resolved(field, &value.span(), table).map(|text| Secret::new(text.as_bytes()))
            }
            _ => Err(self.wrong(
                field,
                &value.span(),
                "is a secret in plain",
                "keep it out of this file: write { env = \"NAME\" } or { file = \"path\" }",
            )),
        }
    }

    fn resolved(
        &self,
        field: &str,
        span: &Range<usize>,
        table: &DeTable<'_>,
    ) -> Result<zeroize::Zeroizing<String>, ConfigError> {
        for (key, _) in table.iter() {
            if !SOURCE_KEYS.contains(&key.get_ref().as_ref()) {
                return Err(self.unknown(&format!("{field}.{}", key.get_ref()), key.span(), &SOURCE_KEYS));
            }
        }
        let text = |key: &str| table.get(key).map(|value| self.string(&format!("{field}.{key}"), value)).transpose();
        let origin = match (text("env")?, text("file")?) {
            (Some(name), None) => Origin::Environment(name),
            (None, Some(path)) => {
                self.files.borrow_mut().insert(self.directory().join(path));
                Origin::File(path)
            }
            _ => {
                return Err(self.wrong(
                    field,
                    span,
                    "names no source, or two",
                    "write either env = \"NAME\" or file = \"path\"",
                ));
            }
        };
        let reference = Reference { origin, before: text("before")?, after: text("after")? };
        reference
            .resolve(self.directory(), self.environment)
            .map_err(|Unresolved(problem, fix, cause)| ConfigError { cause, ..self.wrong(field, span, problem, fix) })
    }

    fn limits(&self, field: &str, table: &DeTable<'_>) -> Result<Limits, ConfigError> {
        const KIB: usize = 1024;
        let mut limits = Limits::default();
        for (key, value) in table.iter() {
            let name = format!("{field}.{}", key.get_ref());
            let number = || self.number(&name, value);
            let many = || number().map(|number| usize::try_from(number).unwrap_or(usize::MAX));
            let bytes = |unit: usize| many().map(|number| number.saturating_mul(unit));
            limits = match key.get_ref().as_ref() {
                "deadline-ms" => limits.deadline(Duration::from_millis(number()?.into())),
                "min-time-left-ms" => limits.min_time_left(Duration::from_millis(number()?.into())),
                "memory-mib" => limits.memory(bytes(KIB * KIB)?),
                "table-elements" => limits.table_elements(many()?),
                "hostcall-mib" => limits.hostcall_fuel(bytes(KIB * KIB)?),
                "handles" => limits.handles(many()?),
                "requests" => limits.requests(number()?),
                "in-flight" => limits.in_flight(many()?),
                "requests-per-minute" => limits.requests_per_minute(number()?),
                "attempts" => limits.attempts(number()?),
                "headers" => limits.headers(many()?),
                "header-kib" => limits.header_bytes(bytes(KIB)?),
                "request-mib" => limits.request_body(bytes(KIB * KIB)?),
                "response-mib" => limits.response_body(bytes(KIB * KIB)?),
                "digests" => limits.digests(number()?),
                "log-lines" => limits.log_lines(number()?),
                "log-kib" => limits.log_bytes(bytes(KIB)?),
                "rows" => limits.rows(many()?),
                _ => return Err(self.unknown(&name, key.span(), &LIMIT_KEYS)),
            };
        }
        if let Some((key, value)) = table.iter().find(|(key, _)| key.get_ref() == "deadline-ms")
            && limits.deadline <= limits.min_time_left
        {
            let least = limits.min_time_left.as_millis();
            return Err(self.wrong(
                &format!("{field}.{}", key.get_ref()),
                &value.span(),
                format!("leaves no call the {least} ms without which nothing is begun"),
                "write a longer one, or a shorter min-time-left-ms beside it",
            ));
        }
        Ok(limits)
    }

    fn table<'v, 'i>(&self, field: &str, value: &'v Value<'i>) -> Result<&'v DeTable<'i>, ConfigError> {
        value.get_ref().as_table().ok_or_else(|| {
            self.wrong(
                field,
                &value.span(),
                format!("is {}", article(value.get_ref())),
                format!("write a table: [{field}]"),
            )
        })
    }

    fn string<'v>(&self, field: &str, value: &'v Value<'_>) -> Result<&'v str, ConfigError> {
        value.get_ref().as_str().ok_or_else(|| {
            self.wrong(field, &value.span(), format!("is {}", article(value.get_ref())), "write a text in quotes")
        })
    }

    /// A text that stands for something.
    fn written<T: FromStr<Err: Display>>(&self, field: &str, value: &Value<'_>) -> Result<T, ConfigError> {
        self.string(field, value)?.parse().map_err(|error: T::Err| {
            let said = error.to_string();
            let (problem, fix) = said.split_once("; ").unwrap_or((&said, "write another"));
            self.wrong(field, &value.span(), problem, fix)
        })
    }

    /// Public keys, one at least: an empty list would look like a demand and be none.
    fn keys(&self, field: &str, value: &Value<'_>) -> Result<Vec<PublicKey>, ConfigError> {
        let keys = self.list(field, value)?;
        if keys.is_empty() {
            return Err(self.wrong(field, &value.span(), "names no key", "name one, or leave it out"));
        }
        keys.iter().map(|key| self.written(field, key)).collect()
    }

    fn switch(&self, field: &str, value: &Value<'_>) -> Result<bool, ConfigError> {
        value.get_ref().as_bool().ok_or_else(|| {
            self.wrong(field, &value.span(), format!("is {}", article(value.get_ref())), "write true or false")
        })
    }

    fn list<'v, 'i>(&self, field: &str, value: &'v Value<'i>) -> Result<&'v [Value<'i>], ConfigError> {
        value.get_ref().as_array().map(|array| &**array).ok_or_else(|| {
            self.wrong(field, &value.span(), format!("is {}", article(value.get_ref())), "write a list: [\"…\"]")
        })
    }

    /// Origins: each a text, or a table that says at what addresses it may be.
    fn grants(&self, field: &str, value: &Value<'_>) -> Result<Vec<Grant>, ConfigError> {
        self.list(field, value)?
            .iter()
            .map(|entry| match entry.get_ref() {
                DeValue::Table(table) => self.grant(field, &entry.span(), table),
                _ => self.string(field, entry).map(Grant::from),
            })
            .collect()
    }

    fn grant(&self, field: &str, span: &Range<usize>, table: &DeTable<'_>) -> Result<Grant, ConfigError> {
        if let Some((key, _)) = table.iter().find(|(key, _)| !GRANT_KEYS.contains(&key.get_ref().as_ref())) {
            return Err(self.unknown(&format!("{field}.{}", key.get_ref()), key.span(), &GRANT_KEYS));
        }
        let origin = table.get("origin").ok_or_else(|| {
            self.wrong(field, span, "names no origin", "write { origin = \"http://…\", addresses = [\"…\"] }")
        })?;
        let grant = Grant::from(self.string(&format!("{field}.origin"), origin)?);
        let Some(addresses) = table.get("addresses") else { return Ok(grant) };
        let field = format!("{field}.addresses");
        let kinds: Vec<AddressKind> = self
            .list(&field, addresses)?
            .iter()
            .map(|kind| {
                let known = AddressKind::ALL.map(AddressKind::name).join(", ");
                AddressKind::named(self.string(&field, kind)?).ok_or_else(|| {
                    self.wrong(&field, &kind.span(), "is no kind of address", format!("write one of {known}"))
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(grant.addresses(kinds))
    }

    fn number(&self, field: &str, value: &Value<'_>) -> Result<u32, ConfigError> {
        value
            .get_ref()
            .as_integer()
            .and_then(|integer| u32::from_str_radix(integer.as_str(), integer.radix()).ok())
            .filter(|number| *number > 0)
            .ok_or_else(|| self.wrong(field, &value.span(), "is no whole number above 0", "write one, without a unit"))
    }

    fn directory(&self) -> &Path {
        self.path.and_then(Path::parent).unwrap_or(Path::new(""))
    }

    fn syntax(&self, error: &toml::de::Error) -> ConfigError {
        let span = error.span().unwrap_or_default();
        if error.message() == "duplicate key" {
            let key = self.text.get(span.clone()).unwrap_or_default();
            return self.wrong(
                key,
                &span,
                "stands here for the second time",
                "give each account and each key a name of its own",
            );
        }
        self.wrong("", &span, format!("this is no TOML: {}", error.message()), "mend the syntax")
    }

    fn unknown(&self, field: &str, span: Range<usize>, known: &[&str]) -> ConfigError {
        self.wrong(field, &span, "there is no such key", format!("write one of {}", known.join(", ")))
    }

    fn wrong(
        &self,
        field: &str,
        span: &Range<usize>,
        problem: impl Into<String>,
        fix: impl Into<String>,
    ) -> ConfigError {
        ConfigError {
            place: Some(self.place(span)),
            field: field.to_owned(),
            problem: problem.into(),
            fix: fix.into(),
            cause: Cause::none(),
        }
    }

    fn place(&self, span: &Range<usize>) -> Place {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Place {
            file: self.path.map(Path::to_path_buf),
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
        }
    }
}

fn article(value: &DeValue<'_>) -> String {
    let kind = value.type_str();
    let article = if kind.starts_with(['a', 'i']) { "an" } else { "a" };
    format!("{article} {kind}")
}
