//! What a connector says about itself, and what an account can do.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a connector is and needs, whatever the account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Descriptor {
    /// `wdt-flagship`
    pub provider: String,
    /// The provider's name for people.
    pub title: String,
    /// What the operator may set.
    pub settings: Vec<Setting>,
    /// The secrets that it uses.
    pub secrets: Vec<SecretNeed>,
    /// The settings that together name the application at the provider.
    pub application: Vec<String>,
    /// The origins that it talks to with its default settings.
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

/// A value that the operator may give in plain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Setting {
    /// Its name in the configuration.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Whether the connector cannot do without.
    pub required: bool,
    /// What holds where the operator gives none.
    pub default: Option<String>,
}

/// A value that the connector uses without seeing it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct SecretNeed {
    /// Its name in the configuration.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Whether the connector cannot do without.
    pub required: bool,
    /// Whether it is ever sent; if not, it is only for signing.
    pub sent: bool,
    /// Whether it is taken out of an answer rather than configured.
    pub captured: bool,
}

/// An operation that an account offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct OperationSupport {
    /// `query`, `transfer`, `adjust.unpack`, `adjust.change-owner`, `adjust.relabel`, `adjust.count` or `occupy`.
    pub operation: String,
    /// How it may be repeated after a lost answer.
    pub repetition: Repetition,
    /// The provider's methods behind it.
    pub methods: Vec<String>,
}

impl OperationSupport {
    /// An operation that these methods of the provider are behind.
    #[must_use]
    pub fn new(operation: impl Into<String>, repetition: Repetition, methods: Vec<String>) -> OperationSupport {
        OperationSupport { operation: operation.into(), repetition, methods }
    }
}

/// How a write may be repeated after a lost answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Repetition {
    /// The provider drops a second write under the same reference, for at least so long.
    Deduplicated(Duration),
    /// The account's `resolve` can find the first one, for at least so long.
    Traceable(Duration),
    /// Neither: a person decides.
    Blind,
}
