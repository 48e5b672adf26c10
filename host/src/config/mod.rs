//! Configuration: what accounts there are, which connector each uses, and what it is granted.
//!
//! A [`Config`] is a value that an application builds, or reads from a TOML file with [`Config::from_file`]:
//!
//! ```toml
//! cache = "/var/cache/stockbridge"                # compiled connectors, for the next start; none by default
//!
//! [accounts.main-wms]
//! connector = "connectors/wdt-flagship.wasm"      # relative to this file
//! allow = ["https://wdt.example.com"]             # origins that it may talk to; none by default, see below
//! settings.sid = "demo-sid"
//! settings.key = "demo-key"
//! settings.salt = { env = "WDT_APPSECRET", after = ":" }
//! secrets.secret = { env = "WDT_APPSECRET", before = ":" }
//! limits.deadline-ms = 10000
//! application = "main"                            # shares rate and references with accounts of the same name; see
//!                                                 # [`AccountConfig::application`] for who shares without it
//! ```
//!
//! An origin in `allow` is reached at public addresses. What stands elsewhere says where:
//! `{ origin = "http://10.0.0.7:8080", addresses = ["private"] }`, with the kinds of [`AddressKind`]. One label may be
//! open: `https://*.example.com`.
//!
//! [`AddressKind`]: crate::egress::AddressKind
//!
//! The cache's directory is private to the user of the host, see [`CacheConfig`]; with limits of its own it is
//! `cache = { directory = "…", size-mib = 512, unused-days = 30 }`.
//!
//! What a version of a connector must be before it serves, the [`gate`](crate::gate) checks:
//!
//! ```toml
//! signed-by = ["RWQ…"]              # minisign keys, for each account that has none of its own; none by default
//! require-vectors = true            # a component without signature vectors does not serve; it does by default
//! tolerate = "accounts"             # what is wrong with one account keeps the others from nothing; see below
//!
//! [accounts.main-wms]
//! sha256 = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"     # this file and no other
//! signed-by = ["RWQ…"]              # in place of the keys for all
//! ```
//!
//! All that is wrong is told at once, each mistake with its file, line and what to write. Without `tolerate` a configuration is
//! then taken over whole or not at all; with it, the accounts serve with which nothing is wrong, see
//! [`Config::tolerate_accounts`].
//!
//! Secrets stand in the environment (`env`) or in files of their own (`file`), never in the configuration. `before` and
//! `after` take the part of a value before or after the first occurrence of a text.
//!
//! What is read there is UTF-8 text of at most 64 KiB. A byte order mark at its beginning and one line end at its end are cut
//! off, `before` and `after` take their part, and the rest is the setting or the secret, as it is. It is refused where it is
//! empty, begins or ends with a blank of any kind, or has a control character in it (a tab, NUL or another line end) or one
//! that nobody sees, such as a zero-width space. So it is for the environment and for files alike.

mod cache;
mod error;
mod file;
mod from;
mod journal;
mod losses;
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use cache::CacheConfig;
pub use error::{ConfigError, Place};
pub use journal::JournalConfig;
pub(crate) use losses::losses;

use crate::component::Digest;
use crate::egress::Grant;
use crate::gate::PublicKey;
use crate::limits::Limits;
use crate::secret::Secret;

/// All that a host is to serve.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Config {
    /// The accounts, each under a name of its own.
    pub accounts: Vec<AccountConfig>,
    /// Where compiled connectors are kept from one start to the next; nowhere by default. It is read when a host starts:
    /// what a later configuration says of it holds from the next start on.
    pub cache: Option<CacheConfig>,
    /// Where writes are kept until it is known what became of them, and for some time after; in memory by default, so that
    /// a process that ends takes what it knows with it. It is read when a host starts, as the cache is.
    pub journal: Option<JournalConfig>,
    /// Who must have signed the component of an account that names no keys of its own: one of these. Anybody, or nobody,
    /// where there are none.
    pub signed_by: Vec<PublicKey>,
    /// Whether a component without signature vectors may not serve.
    pub require_vectors: bool,
    /// Whether the others serve where something is wrong with an account; otherwise nothing of the configuration is taken
    /// over. See [`Config::tolerate_accounts`].
    pub tolerate_accounts: bool,
    /// Calls that run at the same time, over all accounts: 16 to 10 000, by default 1000. Each has an instance of its own, for
    /// which address space is reserved. It is read when a host starts. See [`Limits::concurrent_calls`] for an account's share.
    pub concurrent_calls: Option<u32>,
    /// What is wrong beside the accounts, or with the text as a whole.
    pub(crate) mistakes: Vec<ConfigError>,
    /// How it was written, where it came from a file.
    pub(crate) written: Option<Written>,
}

/// A file, beside what it means.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    /// Its digest.
    pub(crate) digest: [u8; 32],
    /// That there is no key in it: nothing, blanks and comments.
    pub(crate) blank: Option<Place>,
    /// The field whose figure is the last thing in it, without the end of its line: there may be more digits to come.
    pub(crate) open_figure: Option<String>,
}

impl Config {
    /// Without accounts.
    #[must_use]
    pub fn new() -> Config {
        Config::default()
    }

    /// With one more account.
    #[must_use]
    pub fn account(mut self, account: AccountConfig) -> Config {
        self.accounts.push(account);
        self
    }

    /// With a directory for compiled connectors: a path, or a [`CacheConfig`] that says how much may be in it.
    #[must_use]
    pub fn cache(mut self, cache: impl Into<CacheConfig>) -> Config {
        self.cache = Some(cache.into());
        self
    }

    /// With a file for the journal of writes: a path, or a [`JournalConfig`] that says how long they are kept.
    #[must_use]
    pub fn journal(mut self, journal: impl Into<JournalConfig>) -> Config {
        self.journal = Some(journal.into());
        self
    }

    /// Takes only components that this key, or another one of the configuration's, signed. An account with keys of its own
    /// goes by those.
    #[must_use]
    pub fn signed_by(mut self, key: PublicKey) -> Config {
        self.signed_by.push(key);
        self
    }

    /// Takes only components that ship signature vectors.
    #[must_use]
    pub fn require_vectors(mut self) -> Config {
        self.require_vectors = true;
        self
    }

    /// Lets the others serve where something is wrong with an account: a variable or a file that is missing, a component that
    /// does not pass the gate, a mistake in its table. In a file it is `tolerate = "accounts"`.
    ///
    /// An account that serves already goes on with what it has; the calls of one that never served fail with
    /// [`AccountUnavailable`](crate::ErrorKind::AccountUnavailable), which says why. [`Host::status`](crate::Host::status) and
    /// [`Event::AccountFailed`](crate::Event::AccountFailed) tell of both. What is wrong beside the accounts is not tolerated,
    /// nor are two accounts of one name.
    #[must_use]
    pub fn tolerate_accounts(mut self) -> Config {
        self.tolerate_accounts = true;
        self
    }

    /// With so many calls at the same time, over all accounts: see [`Config::concurrent_calls`].
    #[must_use]
    pub fn concurrent_calls(mut self, calls: u32) -> Config {
        self.concurrent_calls = Some(calls);
        self
    }

    /// Reads a TOML file. Paths in it are relative to it; what it takes from the environment is read now.
    ///
    /// # Errors
    /// The file cannot be read, or something in it is wrong: the error names file, line and field, and what to write, of each
    /// mistake: see [`Error::mistakes`](crate::Error::mistakes). Where accounts are tolerated, what is wrong with one is no
    /// error here.
    pub fn from_file(path: impl Into<PathBuf>) -> Result<Config, crate::Error> {
        Config::read(&path.into(), &mut BTreeSet::new()).checked()
    }

    /// [`Config::from_file`], adding to `files` what the configuration depends on: the file itself, files with secrets
    /// and settings, components and their signatures. What is wrong stands in the configuration.
    pub(crate) fn read(path: &Path, files: &mut BTreeSet<PathBuf>) -> Config {
        file::read(path, &|name| std::env::var_os(name), files)
    }

    /// Reads TOML from a text, with paths relative to the working directory and variables by way of `environment`.
    ///
    /// # Errors
    /// As [`Config::from_file`].
    pub fn from_toml(text: &str, environment: &dyn Fn(&str) -> Option<String>) -> Result<Config, crate::Error> {
        file::parse(text, &|name| environment(name).map(OsString::from)).checked()
    }

    /// The same, unless something is wrong in it that is not tolerated.
    pub(super) fn checked(self) -> Result<Config, crate::Error> {
        match crate::error::of_mistakes(self.refusals()) {
            None => Ok(self),
            Some(error) => Err(error),
        }
    }

    /// Whether nothing was found to be wrong as it was read.
    pub(crate) fn is_right(&self) -> bool {
        self.mistakes.is_empty() && self.accounts.iter().all(|account| account.mistakes.is_empty())
    }

    /// What is wrong as it was read, but for the accounts that are tolerated: in the order of the lines.
    pub(crate) fn refusals(&self) -> Vec<ConfigError> {
        let mut mistakes = self.mistakes.clone();
        if !self.tolerate_accounts {
            mistakes.extend(self.accounts.iter().flat_map(|account| account.mistakes.iter().cloned()));
        }
        mistakes.sort_by_key(ConfigError::line);
        mistakes
    }

    /// What is wrong with it as a whole: what was found as it was read, and two accounts of one name.
    pub(crate) fn mistakes_as_a_whole(&self) -> Vec<ConfigError> {
        let mut names = BTreeSet::new();
        let twice = self.accounts.iter().filter(|account| !names.insert(account.name.as_str())).map(|account| {
            let problem = format!("there are two accounts named `{}`", account.name);
            account.wrong("", problem, "give each account a name of its own")
        });
        self.mistakes.iter().cloned().chain(twice).collect()
    }
}

/// One configured use of a connector.
#[derive(Clone, Debug)]
pub struct AccountConfig {
    pub(crate) name: String,
    pub(crate) connector: ConnectorSource,
    pub(crate) allow: Vec<Grant>,
    pub(crate) settings: BTreeMap<String, String>,
    pub(crate) secrets: BTreeMap<String, Secret>,
    pub(crate) limits: Limits,
    pub(crate) sha256: Option<Digest>,
    pub(crate) signed_by: Vec<PublicKey>,
    pub(crate) application: Option<String>,
    pub(crate) signature: Option<Arc<str>>,
    /// What is wrong with it, as it was read.
    pub(crate) mistakes: Vec<ConfigError>,
    /// Where in a file the account's fields stand: by path, as in `settings.sid`.
    pub(crate) places: Arc<BTreeMap<String, Place>>,
}

impl AccountConfig {
    /// An account that is granted nothing yet.
    #[must_use]
    pub fn new(name: impl Into<String>, connector: impl Into<ConnectorSource>) -> AccountConfig {
        AccountConfig {
            name: name.into(),
            connector: connector.into(),
            allow: Vec::new(),
            settings: BTreeMap::new(),
            secrets: BTreeMap::new(),
            limits: Limits::default(),
            sha256: None,
            signed_by: Vec::new(),
            application: None,
            signature: None,
            mistakes: Vec::new(),
            places: Arc::default(),
        }
    }

    /// The same under another name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> AccountConfig {
        self.name = name.into();
        self
    }

    /// The same with another connector.
    #[must_use]
    pub fn served_by(mut self, connector: impl Into<ConnectorSource>) -> AccountConfig {
        self.connector = connector.into();
        self
    }

    /// Grants an origin: scheme, host and, if it is not the scheme's own, port. `https://api.example.com`. What is not
    /// at a public address takes a [`Grant`] that says so.
    #[must_use]
    pub fn allow(mut self, grant: impl Into<Grant>) -> AccountConfig {
        self.allow.push(grant.into());
        self
    }

    /// Gives the connector a setting.
    #[must_use]
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<String>) -> AccountConfig {
        self.settings.insert(name.into(), value.into());
        self
    }

    /// Gives the connector a secret, to use without seeing it.
    #[must_use]
    pub fn secret(mut self, name: impl Into<String>, secret: impl Into<Secret>) -> AccountConfig {
        self.secrets.insert(name.into(), secret.into());
        self
    }

    /// Bounds what one call may use.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> AccountConfig {
        self.limits = limits;
        self
    }

    /// Takes the component with this digest and no other.
    #[must_use]
    pub fn sha256(mut self, digest: Digest) -> AccountConfig {
        self.sha256 = Some(digest);
        self
    }

    /// Takes only a component that this key, or another one of the account's, signed with minisign. The signature is the
    /// file beside the component, `connector.wasm.minisig`.
    #[must_use]
    pub fn signed_by(mut self, key: PublicKey) -> AccountConfig {
        self.signed_by.push(key);
        self
    }

    /// Names the application that the account is at its provider: accounts of one provider with the same name share rate,
    /// references and receipts, whatever their connectors are. In a file it is `application = "name"`.
    ///
    /// Accounts share without it whose configured settings agree, of those that make an application, and whose connector is
    /// one: the same component, the same path, or the same signing key and provider.
    #[must_use]
    pub fn application(mut self, name: impl Into<String>) -> AccountConfig {
        self.application = Some(name.into());
        self
    }

    /// The text of the component's minisign signature, in place of a file: for a component in memory.
    #[must_use]
    pub fn signature(mut self, text: impl Into<Arc<str>>) -> AccountConfig {
        self.signature = Some(text.into());
        self
    }

    /// The account's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where its connector comes from.
    #[must_use]
    pub fn connector(&self) -> &ConnectorSource {
        &self.connector
    }

    /// Its settings.
    #[must_use]
    pub fn settings(&self) -> &BTreeMap<String, String> {
        &self.settings
    }

    /// The names of its secrets.
    pub fn secret_names(&self) -> impl Iterator<Item = &str> {
        self.secrets.keys().map(String::as_str)
    }

    /// The origins that it may talk to.
    #[must_use]
    pub fn allowed(&self) -> &[Grant] {
        &self.allow
    }

    /// Whether it asks for the same, wherever that stands in a file and whatever its component is: that is told by its
    /// digest. What the gate demands of the component is looked at each time.
    pub(crate) fn asks_the_same_as(&self, other: &AccountConfig) -> bool {
        let AccountConfig { name, connector: _, allow, settings, secrets, limits, application, places: _, .. } = self;
        *name == other.name
            && *allow == other.allow
            && *settings == other.settings
            && secrets.len() == other.secrets.len()
            && secrets
                .iter()
                .all(|(name, secret)| other.secrets.get(name).is_some_and(|its| its.has_the_bytes_of(secret)))
            && *limits == other.limits
            && *application == other.application
    }

    /// All that is wrong with it in itself: as it was read, and its name.
    pub(crate) fn own_mistakes(&self) -> Vec<ConfigError> {
        let mut mistakes = self.mistakes.clone();
        if let Some(name) = self.application.as_deref().filter(|name| !is_application_name(name)) {
            let problem = format!("`{name}` is no name of an application");
            mistakes.push(self.wrong(
                "application",
                problem,
                "write a name of 1 to 128 characters, without control characters",
            ));
        }
        if self.name.is_empty() || self.name.chars().any(|c| c.is_control() || c.is_whitespace()) {
            mistakes.push(self.wrong("", format!("`{}` is no account name", self.name), "a name without spaces"));
        }
        mistakes
    }

    /// Whether it is said which connector it has.
    pub(crate) fn has_connector(&self) -> bool {
        !matches!(&self.connector, ConnectorSource::File(path) if path.as_os_str().is_empty())
    }

    /// Whether a field of it is written, right or wrong: `settings.sid`.
    pub(crate) fn states(&self, field: &str) -> bool {
        self.places.contains_key(field)
    }

    /// Whether it has a setting of its own, readable or not.
    pub(crate) fn states_setting(&self, name: &str) -> bool {
        self.settings.contains_key(name) || self.states(&format!("settings.{name}"))
    }

    /// Where a field stands in a file. One that is missing has no place of its own: the account's has to do.
    pub(crate) fn place_of(&self, field: &str) -> Option<Place> {
        self.places.get(field).or_else(|| self.places.get("")).cloned()
    }

    /// The error for a field of this account, at its place in the file if it came from one.
    pub(crate) fn wrong(&self, field: &str, problem: impl Into<String>, fix: impl Into<String>) -> ConfigError {
        let dot = if field.is_empty() { "" } else { "." };
        ConfigError {
            place: self.place_of(field),
            field: format!("accounts.{}{dot}{field}", self.name),
            problem: problem.into(),
            fix: fix.into(),
            cause: error::Cause::none(),
        }
    }
}

/// The longest name of an application, in characters.
const LONGEST_APPLICATION: usize = 128;

fn is_application_name(name: &str) -> bool {
    !name.trim().is_empty() && name.chars().count() <= LONGEST_APPLICATION && !name.chars().any(char::is_control)
}

/// Where a connector's component comes from.
#[derive(Clone)]
pub enum ConnectorSource {
    /// A `.wasm` file.
    File(PathBuf),
    /// A component's bytes.
    Bytes(Arc<[u8]>),
}

impl ConnectorSource {
    /// What to call it in an error.
    pub(crate) fn place(&self) -> String {
        match self {
            ConnectorSource::File(path) => path.display().to_string(),
            ConnectorSource::Bytes(_) => "(in memory)".to_owned(),
        }
    }
}

impl fmt::Debug for ConnectorSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConnectorSource::File(path) => write!(formatter, "{}", path.display()),
            ConnectorSource::Bytes(bytes) => write!(formatter, "({} bytes in memory)", bytes.len()),
        }
    }
}
