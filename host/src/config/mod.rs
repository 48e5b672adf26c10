//! Configuration: what accounts there are, which connector each uses, and what it is granted.
//!
//! A [`Config`] is a value that an application builds, or reads from a TOML file with `Config::from_file`:
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
//! open: `https://*.example.com`. With `reads = ["GET /v1/*"]` only these requests are sent there as reads, whatever the connector
//! says; see [`ReadRule`].
//!
//! `nat64 = ["2001:db8:64::/96"]`, at the top, names the network's translators from IPv6 to IPv4; see [`Nat64Prefix`].
//!
//! [`AddressKind`]: stockbridge_egress::AddressKind
//! [`ReadRule`]: stockbridge_egress::ReadRule
//! [`Nat64Prefix`]: stockbridge_egress::Nat64Prefix
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
//! signed-by = [{ key = "RWQ…", name = "wdt-flagship", version = "1.4.0" }]   # in place of the keys for all: this connector, from
//!                                   # this version on, as the signature's trusted comment says; see `TrustedKey`
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
//!
//! A secret that the connector takes out of answers may be said to come from one address alone, [`CaptureRule`]:
//! `secrets.session = { capture = "/access_token", from = "https://auth.example.com/token", lifetime = "/expires_in" }`.
//!
//! Where a provider refuses orders in words that no page prints, their outcome is unknown. An operator who has found out that
//! such a text is a refusal writes it down, [`RefusalRule`]:
//! `refusals = [{ operation = "transfer", code = "100", text = "商品*不在可调拨范围" }]`. `stockbridge journal settle
//! --not-applied` prints the line.

mod account;
mod capture;
#[cfg(feature = "config-file")]
mod file;
mod from;
#[cfg(feature = "config-file")]
mod from_text;
#[cfg(feature = "config-file")]
mod journal;
#[cfg(feature = "watch")]
mod losses;
mod named_limit;
mod refusal;
mod serialized;
mod source;
mod trusted_key;

use std::collections::BTreeSet;
#[cfg(feature = "config-file")]
use std::ffi::OsString;
#[cfg(feature = "config-file")]
use std::path::{Path, PathBuf};

pub use account::AccountConfig;
pub use capture::CaptureRule;
#[cfg(feature = "watch")]
pub(crate) use losses::losses;
pub use refusal::RefusalRule;
pub(crate) use refusal::doubt;
pub use source::ValueSource;
pub use trusted_key::TrustedKey;

pub use crate::engine::{CacheConfig, ConnectorSource};
pub use crate::error::{ConfigError, Place};
pub use stockbridge_journal::JournalConfig;

use crate::error::Cause;
use crate::public_key::PublicKey;
#[cfg(feature = "config-file")]
use stockbridge_model::named_file::Kind;

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
    pub signed_by: Vec<TrustedKey>,
    /// Whether a component without signature vectors may not serve.
    pub require_vectors: bool,
    /// Whether the others serve where something is wrong with an account; otherwise nothing of the configuration is taken
    /// over. See [`Config::tolerate_accounts`].
    pub tolerate_accounts: bool,
    /// Calls that run at the same time, over all accounts: 16 to 10 000, by default 1000. Each has an instance of its own, for
    /// which address space is reserved. It is read when a host starts. See [`Limits::concurrent_calls`](crate::Limits::concurrent_calls) for an account's share.
    pub concurrent_calls: Option<u32>,
    /// What instances that no call uses may keep of the machine's memory, all together, so that the next call starts warm: in
    /// bytes, 512 KiB for each, by default 50 MiB. It is read when a host starts. What running calls use comes on top: see
    /// [`Limits::memory`](crate::Limits::memory).
    pub pool_memory: Option<usize>,
    /// Where in a file the journal stands.
    #[cfg(feature = "config-file")]
    pub(crate) journal_place: Option<Place>,
    /// What is wrong beside the accounts, or with the text as a whole.
    pub(crate) mistakes: Vec<ConfigError>,
    /// How it was written, where it came from a file.
    pub(crate) written: Option<Written>,
}

/// An amount as a figure of a configuration, in a larger unit; none for one that a configuration cannot say: it reads whole numbers from
/// 1 on.
fn figure(amount: u64, unit: u64) -> Option<u32> {
    let figure = u32::try_from(amount.checked_div(unit)?).ok();
    figure.filter(|figure| *figure > 0 && amount.is_multiple_of(unit))
}

/// A file, beside what it means.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    /// Its digest.
    #[cfg_attr(not(feature = "watch"), expect(dead_code, reason = "who follows a file reads it"))]
    pub(crate) digest: [u8; 32],
    /// That there is no key in it: nothing, blanks and comments.
    pub(crate) blank: Option<Place>,
    /// The field whose figure is the last thing in it, without the end of its line: there may be more digits to come.
    #[cfg_attr(not(feature = "watch"), expect(dead_code, reason = "who follows a file reads it"))]
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
    pub fn signed_by(self, key: PublicKey) -> Config {
        self.trust(key.into())
    }

    /// The same for a key that is trusted for one connector, from a version on.
    #[must_use]
    pub fn trust(mut self, key: TrustedKey) -> Config {
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

    /// With so many bytes for instances that no call uses: see [`Config::pool_memory`].
    #[must_use]
    pub fn pool_memory(mut self, bytes: usize) -> Config {
        self.pool_memory = Some(bytes);
        self
    }

    /// Reads a TOML file of at most 16 MiB, or a pipe that is written to its end within 10 seconds. Paths in it are relative to it;
    /// what it takes from the environment is read now.
    ///
    /// # Errors
    /// The file cannot be read, or something in it is wrong: the error names file, line and field, and what to write, of each
    /// mistake: see [`Error::mistakes`](crate::Error::mistakes). Where accounts are tolerated, what is wrong with one is no
    /// error here.
    #[cfg(feature = "config-file")]
    pub fn from_file(path: impl Into<PathBuf>) -> Result<Config, crate::Error> {
        Config::read(&path.into(), Kind::RegularOrPipe, &mut BTreeSet::new()).checked()
    }

    /// [`Config::from_file`], adding to `files` what the configuration depends on: the file itself, files with secrets
    /// and settings, components and their signatures. What is wrong stands in the configuration.
    #[cfg(feature = "config-file")]
    pub(crate) fn read(path: &Path, kind: Kind, files: &mut BTreeSet<PathBuf>) -> Config {
        file::read(path, kind, &|name| std::env::var_os(name), files)
    }

    /// Reads TOML from a text, with paths relative to the working directory and variables by way of `environment`.
    ///
    /// # Errors
    /// As [`Config::from_file`].
    #[cfg(feature = "config-file")]
    pub fn from_toml(text: &str, environment: &dyn Fn(&str) -> Option<String>) -> Result<Config, crate::Error> {
        file::parse(text, &|name| environment(name).map(OsString::from)).checked()
    }

    /// The configuration as TOML, for [`Config::from_file`] to read: what holds without being said is left out, settings and
    /// secrets are written as where they come from. It serialises in other formats as well, with the same keys.
    ///
    /// # Errors
    /// Something has no words in a configuration, and the error names the account: a secret that was given as bytes (see
    /// [`AccountConfig::secret_from`]), a component in memory, a limit that is no whole number in its unit.
    #[cfg(feature = "config-file")]
    pub fn to_toml(&self) -> Result<String, crate::Error> {
        let document = serialized::Document::of(self)?;
        toml::to_string(&document).map_err(|error| {
            let (problem, fix) = (format!("this is nothing that TOML can say ({error})"), "write another".to_owned());
            ConfigError { place: None, field: String::new(), problem, fix, cause: Cause::of(error) }.into()
        })
    }

    /// The same, unless something is wrong in it that is not tolerated.
    #[cfg(feature = "config-file")]
    pub(super) fn checked(self) -> Result<Config, crate::Error> {
        match crate::error::of_mistakes(self.refusals()) {
            None => Ok(self),
            Some(error) => Err(error),
        }
    }

    /// Whether nothing was found to be wrong as it was read.
    #[cfg(feature = "watch")]
    pub(crate) fn is_right(&self) -> bool {
        self.mistakes().next().is_none() && self.accounts.iter().all(|account| account.mistakes.is_empty())
    }

    /// What is wrong as it was read, but for the accounts that are tolerated: in the order of the lines.
    pub(crate) fn refusals(&self) -> Vec<ConfigError> {
        let mut mistakes: Vec<ConfigError> = self.mistakes().collect();
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
        self.mistakes().chain(twice).collect()
    }

    /// Mistakes outside the accounts.
    fn mistakes(&self) -> impl Iterator<Item = ConfigError> {
        self.mistakes.iter().cloned().chain(self.journal_without_feature())
    }

    /// Refusal of a journal file where the feature `journal-file` is disabled: one in memory does not stand in for it.
    fn journal_without_feature(&self) -> Option<ConfigError> {
        self.journal.as_ref().filter(|_| !cfg!(feature = "journal-file"))?;
        Some(ConfigError {
            #[cfg(feature = "config-file")]
            place: self.journal_place.clone(),
            #[cfg(not(feature = "config-file"))]
            place: None,
            field: "journal".to_owned(),
            problem:
                "is a file, and this program was built without the feature `journal-file` of the crate `stockbridge`"
                    .to_owned(),
            fix: "enable that feature, or leave the journal out: it is in memory then".to_owned(),
            cause: Cause::none(),
        })
    }
}
