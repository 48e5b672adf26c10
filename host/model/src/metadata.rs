//! A connector's description of itself, and the operations of an account.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A connector's provider and needs, whatever the account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Descriptor {
    /// Identifier of the provider, such as `wdt-flagship`.
    pub provider: String,
    /// The provider's display name.
    pub title: String,
    /// Settings that the operator may give.
    pub settings: Vec<Setting>,
    /// Secrets that the connector uses.
    pub secrets: Vec<SecretNeed>,
    /// Names of the settings that together identify the application at the provider.
    pub application: Vec<String>,
    /// Origins that it connects to with its default settings.
    pub origins: Vec<String>,
    /// The provider's documented limit, in requests a minute, where it has one.
    pub requests_per_minute: Option<u32>,
}

impl Descriptor {
    /// A connector to this provider that needs nothing.
    #[must_use]
    pub fn new(provider: impl Into<String>) -> Descriptor {
        Descriptor { provider: provider.into(), ..Descriptor::default() }
    }
}

/// A plain-text setting that the operator may give.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Setting {
    /// Its name in the configuration.
    pub name: String,
    /// Description of the setting.
    pub description: String,
    /// Whether the connector requires it.
    pub required: bool,
    /// Value used where the operator gives none.
    pub default: Option<String>,
}

/// A secret that the connector uses without seeing it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct SecretNeed {
    /// Its name in the configuration.
    pub name: String,
    /// Description of the secret.
    pub description: String,
    /// Whether the connector requires it.
    pub required: bool,
    /// Whether it is ever sent; otherwise it is used only for signing.
    pub sent: bool,
    /// Whether it is captured from an answer rather than configured.
    pub captured: bool,
}

/// An operation that an account offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct OperationSupport {
    /// `query`, `transfer`, `adjust.unpack`, `adjust.change-owner`, `adjust.relabel`, `adjust.count` or `occupy`.
    pub operation: String,
    /// How a write may be repeated after a lost answer.
    pub repetition: Repetition,
    /// The provider's methods that implement it.
    pub methods: Vec<String>,
}

impl OperationSupport {
    /// An operation implemented by these methods of the provider.
    #[must_use]
    pub fn new(operation: impl Into<String>, repetition: Repetition, methods: Vec<String>) -> OperationSupport {
        OperationSupport { operation: operation.into(), repetition, methods }
    }
}

/// How a write may be repeated after a lost answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Repetition {
    /// The provider drops a second write under the same reference, for at least this long.
    Deduplicated(Duration),
    /// The account's `resolve` can find the first write, for at least this long.
    Traceable(Duration),
    /// Neither: an operator has to decide.
    Blind,
}
