//! One account: its connector, and what it is granted.

use std::collections::BTreeMap;
use std::sync::Arc;

use stockbridge_egress::{GrantSpec, Nat64Prefix};
use stockbridge_model::{Digest, Secret};

use super::source::Unresolved;
use super::{CaptureRule, ConfigError, ConnectorSource, Place, RefusalRule, ValueSource};
use crate::config::TrustedKey;
use crate::error::{Cause, Error};
use crate::limits::Limits;
use crate::public_key::PublicKey;

/// One configured use of a connector.
#[derive(Clone, Debug)]
pub struct AccountConfig {
    pub(crate) name: String,
    pub(crate) connector: ConnectorSource,
    pub(crate) allow: Vec<GrantSpec>,
    /// Shared with what is kept of an account that serves.
    pub(crate) settings: Arc<BTreeMap<String, String>>,
    pub(crate) secrets: BTreeMap<String, Secret>,
    /// Where settings and secrets come from that are not given as they are: by path, as in `secrets.key`.
    pub(crate) sources: Arc<BTreeMap<String, ValueSource>>,
    /// What is captured from where, by the secret's name.
    pub(crate) captures: BTreeMap<String, CaptureRule>,
    /// Texts that its provider refuses by. Shared with what serves.
    pub(crate) refusals: Arc<[RefusalRule]>,
    /// The translators of the network that it is in.
    pub(crate) nat64: Vec<Nat64Prefix>,
    pub(crate) limits: Limits,
    pub(crate) sha256: Option<Digest>,
    pub(crate) signed_by: Vec<TrustedKey>,
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
            settings: Arc::default(),
            secrets: BTreeMap::new(),
            sources: Arc::default(),
            captures: BTreeMap::new(),
            refusals: Arc::default(),
            nat64: Vec::new(),
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
    /// at a public address takes a [`GrantSpec`] that says so.
    #[must_use]
    pub fn allow(mut self, grant: impl Into<GrantSpec>) -> AccountConfig {
        self.allow.push(grant.into());
        self
    }

    /// Gives the connector a setting.
    #[must_use]
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<String>) -> AccountConfig {
        let name = name.into();
        self.forget("settings", &name);
        Arc::make_mut(&mut self.settings).insert(name, value.into());
        self
    }

    /// Gives the connector a setting by its source, as [`AccountConfig::secret_from`] does a secret.
    #[must_use]
    pub fn setting_from(self, name: impl Into<String>, source: ValueSource) -> AccountConfig {
        let name = name.into();
        match source.resolve(&|name| std::env::var_os(name), false) {
            Ok(value) => self.setting(name.as_str(), value.as_str()).sourced("settings", &name, Some(source)),
            Err(unresolved) => self.without_value("settings", &name, unresolved),
        }
    }

    /// Gives the connector a secret, to use without seeing it. A configuration that has one like this cannot be serialised: see
    /// [`AccountConfig::secret_from`].
    #[must_use]
    pub fn secret(mut self, name: impl Into<String>, secret: impl Into<Secret>) -> AccountConfig {
        let name = name.into();
        self.forget("secrets", &name);
        self.secrets.insert(name, secret.into());
        self
    }

    /// Gives the connector a secret by its source, which is read now. An unreadable source is a mistake of the account, reported with its
    /// field when the configuration is applied. Serialising writes the source.
    #[must_use]
    pub fn secret_from(self, name: impl Into<String>, source: ValueSource) -> AccountConfig {
        let name = name.into();
        match source.resolve(&|name| std::env::var_os(name), true) {
            Ok(value) => {
                self.secret(name.as_str(), Secret::new(value.as_bytes())).sourced("secrets", &name, Some(source))
            }
            Err(unresolved) => self.without_value("secrets", &name, unresolved),
        }
    }

    /// Forgets an earlier value's source, and that it could not be read. `table`: `settings` or `secrets`.
    fn forget(&mut self, table: &str, name: &str) {
        let field = format!("{table}.{name}");
        Arc::make_mut(&mut self.sources).remove(&field);
        let field = format!("accounts.{}.{field}", self.name);
        self.mistakes.retain(|mistake| mistake.field != field);
    }

    /// Notes the source of a value, if it has one.
    pub(super) fn sourced(mut self, table: &str, name: &str, source: Option<ValueSource>) -> AccountConfig {
        Arc::make_mut(&mut self.sources).extend(source.map(|source| (format!("{table}.{name}"), source)));
        self
    }

    fn without_value(mut self, table: &str, name: &str, Unresolved(problem, fix, cause): Unresolved) -> AccountConfig {
        self.forget(table, name);
        let mistake = ConfigError { cause, ..self.wrong(&format!("{table}.{name}"), problem, fix) };
        self.mistakes.push(mistake);
        self
    }

    /// Says where a secret is captured from that the connector takes out of answers, in place of what it says itself.
    #[must_use]
    pub fn capture(mut self, name: impl Into<String>, rule: CaptureRule) -> AccountConfig {
        self.captures.insert(name.into(), rule);
        self
    }

    /// Says by which text the provider refuses orders, where nothing published does.
    #[must_use]
    pub fn refusal(mut self, rule: RefusalRule) -> AccountConfig {
        self.refusals = self.refusals.iter().cloned().chain([rule]).collect();
        self
    }

    /// Names a translator from IPv6 to IPv4 in the network, beside the well-known one: what stands behind it is judged as the
    /// IPv4 address that it leads to.
    #[must_use]
    pub fn nat64(mut self, prefix: Nat64Prefix) -> AccountConfig {
        self.nat64.push(prefix);
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
    pub fn signed_by(self, key: PublicKey) -> AccountConfig {
        self.trust(key.into())
    }

    /// The same for a key that is trusted for one connector, from a version on.
    #[must_use]
    pub fn trust(mut self, key: TrustedKey) -> AccountConfig {
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

    /// Where a setting comes from; none where it is given as it is.
    #[must_use]
    pub fn setting_source(&self, name: &str) -> Option<&ValueSource> {
        self.sources.get(&format!("settings.{name}"))
    }

    /// Where a secret comes from; none where it is given as bytes, or there is none of this name.
    #[must_use]
    pub fn secret_source(&self, name: &str) -> Option<&ValueSource> {
        self.sources.get(&format!("secrets.{name}"))
    }

    /// The secrets that are captured from answers, by name.
    #[must_use]
    pub fn captures(&self) -> &BTreeMap<String, CaptureRule> {
        &self.captures
    }

    /// The texts by which its provider refuses orders.
    #[must_use]
    pub fn refusals(&self) -> &[RefusalRule] {
        &self.refusals
    }

    /// The translators from IPv6 to IPv4 of its network.
    #[must_use]
    pub fn translators(&self) -> &[Nat64Prefix] {
        &self.nat64
    }

    /// What one of its calls may use.
    #[must_use]
    pub fn get_limits(&self) -> &Limits {
        &self.limits
    }

    /// The component that it takes and no other, if it names one.
    #[must_use]
    pub fn get_sha256(&self) -> Option<&Digest> {
        self.sha256.as_ref()
    }

    /// The keys of which one must have signed its component; those of the whole configuration, where it has none.
    #[must_use]
    pub fn trusted_keys(&self) -> &[TrustedKey] {
        &self.signed_by
    }

    /// The application that it says to be at its provider.
    #[must_use]
    pub fn get_application(&self) -> Option<&str> {
        self.application.as_deref()
    }

    /// The names of its secrets.
    pub fn secret_names(&self) -> impl Iterator<Item = &str> {
        self.secrets.keys().map(String::as_str)
    }

    /// The origins that it may talk to.
    #[must_use]
    pub fn allowed(&self) -> &[GrantSpec] {
        &self.allow
    }

    /// Whether it asks for the same, wherever that stands in a file and whatever its component is: that is told by its
    /// digest. What the gate demands of the component is looked at each time.
    pub(crate) fn asks_the_same_as(&self, other: &AccountConfig) -> bool {
        let AccountConfig { name, allow, settings, secrets, captures, refusals, nat64, limits, application, .. } = self;
        *name == other.name
            && *allow == other.allow
            && *settings == other.settings
            && secrets.len() == other.secrets.len()
            && secrets
                .iter()
                .all(|(name, secret)| other.secrets.get(name).is_some_and(|its| its.has_the_bytes_of(secret)))
            && *captures == other.captures
            && *refusals == other.refusals
            && *nat64 == other.nat64
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

    /// An error of its component or connector, which says nowhere whose it is.
    pub(crate) fn blamed_for(&self, error: Error) -> Error {
        error.of_account(&self.name, self.place_of("connector"))
    }

    /// The error for a field of this account, at its place in the file if it came from one.
    pub(crate) fn wrong(&self, field: &str, problem: impl Into<String>, fix: impl Into<String>) -> ConfigError {
        let dot = if field.is_empty() { "" } else { "." };
        ConfigError {
            place: self.place_of(field),
            field: format!("accounts.{}{dot}{field}", self.name),
            problem: problem.into(),
            fix: fix.into(),
            cause: Cause::none(),
        }
    }
}

/// The longest name of an application, in characters.
const LONGEST_APPLICATION: usize = 128;

fn is_application_name(name: &str) -> bool {
    !name.trim().is_empty() && name.chars().count() <= LONGEST_APPLICATION && !name.chars().any(char::is_control)
}
