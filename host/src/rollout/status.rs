//! What a person or a program can see of the accounts: which version serves, since when, and how the last swap went. All of it
//! serialises under the names that `stockbridge accounts --watch --json` prints.

use serde::Serialize;
use stockbridge_model::{Digest, Timestamp};

/// An account at this moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct AccountStatus {
    /// Its name.
    pub name: String,
    /// The provider that its connector speaks to. Not known of an account that never served.
    pub provider: Option<String>,
    /// What the version of the connector that serves it calls itself, where it says so.
    pub version: Option<String>,
    /// Which version that is; none of an account that never served.
    #[serde(rename = "sha256")]
    pub digest: Option<Digest>,
    /// Since when that version serves under this configuration, or since when an account is known that never served.
    pub since: Timestamp,
    /// Calls that are on their way on it. Those that began on an earlier version are not among them.
    pub calls: usize,
    /// How it came to its version, if it had another before.
    pub last_swap: Option<SwapStatus>,
    /// What is wrong with the latest configuration of the account, where accounts are tolerated: it goes on with the one
    /// before, or does not serve if there is none.
    pub failure: Option<AccountFailure>,
    /// With which accounts it may share an application at its provider though the configuration does not say so, and what to
    /// write: a line for each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<String>,
}

/// What keeps an account's latest configuration from being taken over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AccountFailure {
    /// The error's stable name: see [`crate::Error::code`].
    pub code: &'static str,
    /// What is wrong, where, and what to do: a line for each mistake.
    pub reason: String,
    /// Since when it is so.
    pub since: Timestamp,
}

/// A swap from one version of a connector to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SwapStatus {
    /// The version before.
    pub from: Digest,
    /// The version that was put in its place.
    pub to: Digest,
    /// When.
    pub at: Timestamp,
    /// What became of it.
    #[serde(flatten)]
    pub end: SwapEnd,
}

/// What became of a swap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "end", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SwapEnd {
    /// The new version serves, and is watched: see [`crate::Probation`].
    OnProbation,
    /// The new version serves for good.
    Kept,
    /// The new version went wrong, and the one before serves again.
    RolledBack {
        /// What the new version did.
        reason: String,
    },
}

/// What taking over a configuration came to. Accounts are named in the order of their names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Applied {
    /// Accounts that are new.
    pub added: Vec<String>,
    /// Accounts that are no more. Calls that they had begun end as they would have.
    pub removed: Vec<String>,
    /// Accounts with other settings, secrets, grants or limits.
    pub reconfigured: Vec<String>,
    /// Accounts with another version of their connector, whatever else changed. That version is on probation.
    pub swapped: Vec<String>,
    /// Accounts whose component is one that was rolled back, and so is not tried again: they stay on what they have.
    /// See [`crate::Host::clear_rollback`].
    pub held_back: Vec<String>,
    /// Accounts with which something is wrong, where that is tolerated: they go on with what they have, or do not serve.
    pub failed: Vec<String>,
}

impl Applied {
    /// Whether nothing came of it.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        let Applied { added, removed, reconfigured, swapped, held_back: _, failed: _ } = self;
        [added, removed, reconfigured, swapped].into_iter().all(Vec::is_empty)
    }
}
