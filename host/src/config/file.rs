//! Configuration files: TOML read with the place of every key, so that every mistake can be named with its line.

mod places;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::error::{Cause, ConfigError, Place};
use super::source::{Environment, Origin, Reference, Unresolved};
use super::{AccountConfig, Config, ConnectorSource, JournalConfig, Written};
use crate::egress::{AddressKind, Grant};
use crate::gate::PublicKey;
use crate::limits::Limits;
use crate::secret::Secret;

type Value<'a> = Spanned<DeValue<'a>>;

/// Reads a file, and adds to `files` which files the configuration depends on. What is wrong stands in the configuration.
pub(super) fn read(path: &Path, environment: Environment<'_>, files: &mut BTreeSet<PathBuf>) -> Config {
    files.insert(path.to_path_buf());
    let text = match text(path) {
        Ok(text) => text,
        Err(unreadable) => return Config { mistakes: vec![unreadable], ..Config::default() },
    };
    let reader = Reader::new(&text, Some(path), environment);
    let mut config = reader.config();
    config.written = Some(Written {
        digest: *blake3::hash(text.as_bytes()).as_bytes(),
        blank: reader.is_blank.get().then(|| Place { file: Some(path.to_path_buf()), line: 1, column: 1 }),
        open_figure: reader.open_figure.take(),
    });
    files.append(&mut reader.files.take());
    config
}

/// Where the journal is, as a file says, and nothing else of it: who looks into the journal need not have the secrets.
pub(super) fn journal(path: &Path) -> Result<Option<JournalConfig>, ConfigError> {
    let text = text(path)?;
    let reader = Reader::new(&text, Some(path), &|_| None);
    let document = DeTable::parse(&text).map_err(|error| reader.syntax(&error))?;
    let stated = document.get_ref().iter().find(|(key, _)| key.get_ref() == "journal");
    let journal = stated.map(|(key, value)| reader.journal(&key.span(), value)).transpose()?;
    match reader.mistakes.take().into_iter().next() {
        Some(mistake) => Err(mistake),
        None => Ok(journal),
    }
}

fn text(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|error| ConfigError {
        place: None,
        field: String::new(),
        problem: format!("{}: cannot be read ({error})", path.display()),
        fix: "give the path of a readable TOML file".to_owned(),
        cause: Cause::of(error),
    })
}

/// Reads a text that did not come from a file.
pub(super) fn parse(text: &str, environment: Environment<'_>) -> Config {
    Reader::new(text, None, environment).config()
}

const KEYS: [&str; 7] =
    ["accounts", "cache", "journal", "signed-by", "require-vectors", "tolerate", "concurrent-calls"];
const ACCOUNT_KEYS: [&str; 8] =
    ["connector", "sha256", "signed-by", "application", "allow", "settings", "secrets", "limits"];
const LIMIT_KEYS: [&str; 20] = [
    "deadline-ms",
    "min-time-left-ms",
    "memory-mib",
    "table-elements",
    "hostcall-mib",
    "handles",
    "requests",
    "in-flight",
    "concurrent-calls",
    "requests-per-minute",
    "attempts",
    "headers",
    "header-kib",
    "captured-kib",
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
    /// What was found to be wrong so far, and belongs to no account that was read to its end.
    mistakes: RefCell<Vec<ConfigError>>,
    is_blank: Cell<bool>,
    /// The field whose figure ends where the text does.
    open_figure: RefCell<Option<String>>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, path: Option<&'a Path>, environment: Environment<'a>) -> Reader<'a> {
        Reader {
            text,
            path,
            environment,
            files: RefCell::default(),
            mistakes: RefCell::default(),
            is_blank: Cell::default(),
            open_figure: RefCell::default(),
        }
    }
}

impl Reader<'_> {
    /// Notes what is wrong, and goes on without.
    fn noted<T>(&self, read: Result<T, ConfigError>) -> Option<T> {
        read.map_err(|mistake| self.mistakes.borrow_mut().push(mistake)).ok()
    }

    fn config(&self) -> Config {
        let mut config = Config::new();
        let (document, errors) = DeTable::parse_recoverable(self.text);
        if !errors.is_empty() {
            // What else is found in a text that is no TOML was not meant by anybody.
            config.mistakes = self.broken(&errors);
            return config;
        }
        self.is_blank.set(document.get_ref().is_empty());
        for (key, value) in document.get_ref().iter() {
            match key.get_ref().as_ref() {
                "accounts" => {
                    for (name, account) in self.noted(self.table("accounts", value)).into_iter().flat_map(DeTable::iter)
                    {
                        config.accounts.push(self.account(name.get_ref(), name.span(), account));
                    }
                }
                "cache" => config.cache = self.noted(self.cache(&key.span(), value)),
                "journal" => config.journal = self.noted(self.journal(&key.span(), value)),
                "signed-by" => config.signed_by = self.keys("signed-by", value),
                "require-vectors" => {
                    config.require_vectors = self.noted(self.switch("require-vectors", value)).unwrap_or_default();
                }
                "tolerate" => config.tolerate_accounts = self.noted(self.tolerate(value)).is_some(),
                "concurrent-calls" => config.concurrent_calls = self.noted(self.number("concurrent-calls", value)),
                other => drop(self.noted::<()>(Err(self.unknown(other, key.span(), &KEYS)))),
            }
        }
        config.accounts.sort_by_key(|account| account.place_of("").map(|place| (place.line, place.column)));
        config.mistakes = self.mistakes.take();
        config.mistakes.sort_by_key(ConfigError::line);
        config
    }

    /// What is wrong with a text that is no TOML: the first mistake of each line, for the others may follow from it.
    fn broken(&self, errors: &[toml::de::Error]) -> Vec<ConfigError> {
        let mut mistakes: Vec<_> = errors.iter().map(|error| self.syntax(error)).collect();
        mistakes.sort_by_key(ConfigError::line);
        mistakes.dedup_by_key(|mistake| mistake.line().map(|(line, _)| line));
        // What stands in a table that is there twice is there twice for that.
        let table = |mistake: &ConfigError| self.header_above(mistake.line()?.0);
        mistakes.dedup_by(|mistake, before| {
            let line = before.line().map(|(line, _)| line);
            line.is_some() && line == table(before) && line == table(mistake)
        });
        mistakes
    }

    /// The line of the table's header that a line stands under, or is.
    fn header_above(&self, line: usize) -> Option<usize> {
        let headers = self.text.lines().take(line).enumerate();
        headers.filter(|(_, text)| text.trim_start().starts_with('[')).last().map(|(index, _)| index + 1)
    }

    fn tolerate(&self, value: &Value<'_>) -> Result<(), ConfigError> {
        match self.string("tolerate", value)? {
            "accounts" => Ok(()),
            _ => Err(self.wrong("tolerate", &value.span(), "is nothing that can be tolerated", "write \"accounts\"")),
        }
    }

    fn account(&self, name: &str, span: Range<usize>, value: &Value<'_>) -> AccountConfig {
        let outside = self.mistakes.take();
        let mut account = self.account_so_far(name, &span, value);
        account.mistakes = self.mistakes.replace(outside);
        account.mistakes.sort_by_key(ConfigError::line);
        account
    }

    fn account_so_far(&self, name: &str, span: &Range<usize>, value: &Value<'_>) -> AccountConfig {
        let at = format!("accounts.{name}");
        let mut places = BTreeMap::from([(String::new(), self.place(span))]);
        let mut account = AccountConfig::new(name, PathBuf::new());
        let Some(table) = self.noted(self.table(&at, value)) else {
            account.places = Arc::new(places);
            return account;
        };
        for (key, value) in table.iter() {
            let field = format!("{at}.{}", key.get_ref());
            places.insert(key.get_ref().to_string(), self.place(&key.span()));
            match key.get_ref().as_ref() {
                "connector" => {
                    if let Some(path) = self.noted(self.path(&field, value, "connector")) {
                        account.connector = ConnectorSource::File(self.component(path));
                    }
                }
                "sha256" => account.sha256 = self.noted(self.written(&field, value)),
                "signed-by" => account.signed_by = self.keys(&field, value),
                "application" => {
                    account.application = self.noted(self.string(&field, value)).map(str::to_owned);
                }
                "allow" => account.allow = self.grants(&field, value),
                "settings" => {
                    for (key, value) in self.noted(self.table(&field, value)).into_iter().flat_map(DeTable::iter) {
                        places.insert(format!("settings.{}", key.get_ref()), self.place(&key.span()));
                        let setting = self.noted(self.setting(&format!("{field}.{}", key.get_ref()), value));
                        account.settings.extend(setting.map(|setting| (key.get_ref().to_string(), setting)));
                    }
                }
                "secrets" => {
                    for (key, value) in self.noted(self.table(&field, value)).into_iter().flat_map(DeTable::iter) {
                        places.insert(format!("secrets.{}", key.get_ref()), self.place(&key.span()));
                        let secret = self.noted(self.secret(&format!("{field}.{}", key.get_ref()), value));
                        account.secrets.extend(secret.map(|secret| (key.get_ref().to_string(), secret)));
                    }
                }
                "limits" => {
                    if let Some(table) = self.noted(self.table(&field, value)) {
                        places.extend(
                            table.iter().map(|(key, _)| (format!("limits.{}", key.get_ref()), self.place(&key.span()))),
                        );
                        account.limits = self.limits(&field, table);
                    }
                }
                _ => drop(self.noted::<()>(Err(self.unknown(&field, key.span(), &ACCOUNT_KEYS)))),
            }
        }
        if !places.contains_key("connector") {
            let fix = "write connector = \"path/of/a/connector.wasm\"";
            self.noted::<()>(Err(self.wrong(&format!("{at}.connector"), span, "is missing", fix)));
        }
        account.places = Arc::new(places);
        account
    }

    /// The path of a `file`, or of a `directory`.
    fn path(&self, field: &str, value: &Value<'_>, of: &str) -> Result<PathBuf, ConfigError> {
        match self.string(field, value)? {
            "" => Err(self.wrong(field, &value.span(), "is empty", format!("write the path of a {of}"))),
            path => Ok(self.directory().join(path)),
        }
    }

    /// A component's file, and beside it the signature that it may have.
    fn component(&self, component: PathBuf) -> PathBuf {
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

    fn limits(&self, field: &str, table: &DeTable<'_>) -> Limits {
        let mut limits = Limits::default();
        for (key, value) in table.iter() {
            let name = format!("{field}.{}", key.get_ref());
            limits = self.noted(self.limit(&name, key, value, limits)).unwrap_or(limits);
        }
        if let Some((key, value)) = table.iter().find(|(key, _)| key.get_ref() == "deadline-ms")
            && limits.deadline <= limits.min_time_left
        {
            let least = limits.min_time_left.as_millis();
            self.noted(Err::<(), _>(self.wrong(
                &format!("{field}.{}", key.get_ref()),
                &value.span(),
                format!("leaves no call the {least} ms without which nothing is begun"),
                "write a longer one, or a shorter min-time-left-ms beside it",
            )));
        }
        limits
    }

    fn limit(
        &self,
        name: &str,
        key: &Spanned<DeString<'_>>,
        value: &Value<'_>,
        limits: Limits,
    ) -> Result<Limits, ConfigError> {
        const KIB: usize = 1024;
        let number = || self.number(name, value);
        let many = || number().map(|number| usize::try_from(number).unwrap_or(usize::MAX));
        let bytes = |unit: usize| many().map(|number| number.saturating_mul(unit));
        Ok(match key.get_ref().as_ref() {
            "deadline-ms" => limits.deadline(Duration::from_millis(number()?.into())),
            "min-time-left-ms" => limits.min_time_left(Duration::from_millis(number()?.into())),
            "memory-mib" => limits.memory(bytes(KIB * KIB)?),
            "table-elements" => limits.table_elements(many()?),
            "hostcall-mib" => limits.hostcall_fuel(bytes(KIB * KIB)?),
            "handles" => limits.handles(many()?),
            "requests" => limits.requests(number()?),
            "in-flight" => limits.in_flight(many()?),
            "concurrent-calls" => limits.concurrent_calls(many()?),
            "requests-per-minute" => limits.requests_per_minute(number()?),
            "attempts" => limits.attempts(number()?),
            "headers" => limits.headers(many()?),
            "header-kib" => limits.header_bytes(bytes(KIB)?),
            "captured-kib" => limits.captured_bytes(bytes(KIB)?),
            "request-mib" => limits.request_body(bytes(KIB * KIB)?),
            "response-mib" => limits.response_body(bytes(KIB * KIB)?),
            "digests" => limits.digests(number()?),
            "log-lines" => limits.log_lines(number()?),
            "log-kib" => limits.log_bytes(bytes(KIB)?),
            "rows" => limits.rows(many()?),
            _ => return Err(self.unknown(name, key.span(), &LIMIT_KEYS)),
        })
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
    fn keys(&self, field: &str, value: &Value<'_>) -> Vec<PublicKey> {
        let Some(keys) = self.noted(self.list(field, value)) else { return Vec::new() };
        if keys.is_empty() {
            self.noted::<()>(Err(self.wrong(field, &value.span(), "names no key", "name one, or leave it out")));
        }
        keys.iter().filter_map(|key| self.noted(self.written(field, key))).collect()
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
    fn grants(&self, field: &str, value: &Value<'_>) -> Vec<Grant> {
        let entries = self.noted(self.list(field, value)).unwrap_or_default();
        let grant = |entry: &Value<'_>| match entry.get_ref() {
            DeValue::Table(table) => self.grant(field, &entry.span(), table),
            _ => self.string(field, entry).map(Grant::from),
        };
        entries.iter().filter_map(|entry| self.noted(grant(entry))).collect()
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
        if value.span().end == self.text.len() {
            self.open_figure.replace(Some(field.to_owned()));
        }
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
        self.wrong("", &span, format!("this is no TOML ({})", error.message()), "mend the syntax")
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
