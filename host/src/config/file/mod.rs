//! Configuration files: TOML read with the place of every key, so that every mistake can be named with its line.

mod grants;
mod limits;
mod places;
mod refusals;
mod signers;
mod sources;
mod values;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use stockbridge_model::named_file::{self, Kind};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{AccountConfig, Config, ConnectorSource, JournalConfig, Written};
use crate::config::source::Environment;
use crate::error::{Cause, ConfigError, Place};

type Value<'a> = Spanned<DeValue<'a>>;

/// The most that a configuration may have, in bytes: tens of thousands of accounts.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Reads a file, and adds to `files` which files the configuration depends on. What is wrong stands in the configuration.
pub(super) fn read(path: &Path, kind: Kind, environment: Environment<'_>, files: &mut BTreeSet<PathBuf>) -> Config {
    files.insert(path.to_path_buf());
    let (text, directory) = match text(path, kind) {
        Ok(read) => read,
        Err(unreadable) => return Config { mistakes: vec![unreadable], ..Config::default() },
    };
    let reader = Reader::new(&text, Some(path), directory, environment);
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
    let (text, directory) = text(path, Kind::RegularOrPipe)?;
    let reader = Reader::new(&text, Some(path), directory, &|_| None);
    let document = DeTable::parse(&text).map_err(|error| reader.syntax(&error))?;
    let stated = document.get_ref().iter().find(|(key, _)| key.get_ref() == "journal");
    let journal = stated.map(|(key, value)| reader.journal(&key.span(), value)).transpose()?;
    match reader.mistakes.take().into_iter().next() {
        Some(mistake) => Err(mistake),
        None => Ok(journal),
    }
}

/// The text, and the directory to which paths in it are relative: for a pipe, which is nowhere, where this process works.
fn text(path: &Path, kind: Kind) -> Result<(String, PathBuf), ConfigError> {
    let read = named_file::read_text(path, LARGEST, kind).map(|(text, found)| {
        let directory = path.parent().filter(|_| found.is_file()).map(Path::to_path_buf);
        (text, directory.unwrap_or_default())
    });
    read.map_err(|error| ConfigError {
        place: None,
        field: String::new(),
        problem: format!("{}: cannot be read ({error})", path.display()),
        fix: "give the path of a readable TOML file".to_owned(),
        cause: Cause::of(error),
    })
}

/// Reads a text that did not come from a file.
pub(super) fn parse(text: &str, environment: Environment<'_>) -> Config {
    Reader::new(text, None, PathBuf::new(), environment).config()
}

const MEBIBYTE: usize = 1024 * 1024;

const KEYS: [&str; 9] = [
    "accounts",
    "cache",
    "journal",
    "signed-by",
    "require-vectors",
    "tolerate",
    "concurrent-calls",
    "pool-memory-mib",
    "nat64",
];
const ACCOUNT_KEYS: [&str; 9] =
    ["connector", "sha256", "signed-by", "application", "allow", "settings", "secrets", "refusals", "limits"];
struct Reader<'a> {
    text: &'a str,
    path: Option<&'a Path>,
    /// What paths in it are relative to.
    directory: PathBuf,
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
    fn new(text: &'a str, path: Option<&'a Path>, directory: PathBuf, environment: Environment<'a>) -> Reader<'a> {
        Reader {
            text,
            path,
            directory,
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
        let mut nat64 = Vec::new();
        for (key, value) in document.get_ref().iter() {
            match key.get_ref().as_ref() {
                "accounts" => {
                    for (name, account) in self.noted(self.table("accounts", value)).into_iter().flat_map(DeTable::iter)
                    {
                        config.accounts.push(self.account(name.get_ref(), name.span(), account));
                    }
                }
                "cache" => config.cache = self.noted(self.cache(&key.span(), value)),
                "journal" => {
                    config.journal = self.noted(self.journal(&key.span(), value));
                    config.journal_place = Some(self.place(&key.span()));
                }
                "signed-by" => config.signed_by = self.keys("signed-by", value),
                "require-vectors" => {
                    config.require_vectors = self.noted(self.switch("require-vectors", value)).unwrap_or_default();
                }
                "tolerate" => config.tolerate_accounts = self.noted(self.tolerate(value)).is_some(),
                "concurrent-calls" => config.concurrent_calls = self.noted(self.number("concurrent-calls", value)),
                "pool-memory-mib" => {
                    let mebibytes = self.noted(self.number("pool-memory-mib", value));
                    config.pool_memory =
                        mebibytes.and_then(|mebibytes| usize::try_from(mebibytes).ok()?.checked_mul(MEBIBYTE));
                }
                "nat64" => {
                    let prefixes = self.noted(self.list("nat64", value)).unwrap_or_default().iter();
                    nat64 = prefixes.filter_map(|prefix| self.noted(self.written("nat64", prefix))).collect();
                }
                other => drop(self.noted::<()>(Err(self.unknown(other, key.span(), &KEYS)))),
            }
        }
        config.accounts.iter_mut().for_each(|account| account.nat64.clone_from(&nat64));
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
                        let (name, field) = (key.get_ref().to_string(), format!("{field}.{}", key.get_ref()));
                        if let Some((source, setting)) = self.noted(self.setting(&field, value)) {
                            account = account.setting(name.as_str(), setting).sourced("settings", &name, source);
                        }
                    }
                }
                "secrets" => {
                    for (key, value) in self.noted(self.table(&field, value)).into_iter().flat_map(DeTable::iter) {
                        places.insert(format!("secrets.{}", key.get_ref()), self.place(&key.span()));
                        let (name, field) = (key.get_ref().to_string(), format!("{field}.{}", key.get_ref()));
                        if Self::is_capture(value) {
                            account.captures.extend(self.noted(self.capture(&field, value)).map(|rule| (name, rule)));
                        } else if let Some((source, secret)) = self.noted(self.secret(&field, value)) {
                            account = account.secret(name.as_str(), secret).sourced("secrets", &name, source);
                        }
                    }
                }
                "refusals" => account.refusals = self.refusals(&field, value),
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

    /// A component's file, and beside it the signature that it may have.
    fn component(&self, component: PathBuf) -> PathBuf {
        let mut signature = component.clone().into_os_string();
        signature.push(".minisig");
        self.files.borrow_mut().extend([component.clone(), signature.into()]);
        component
    }

    fn directory(&self) -> &Path {
        &self.directory
    }
}
