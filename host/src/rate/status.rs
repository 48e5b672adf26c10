//! Status of a budget, for people and programs.

use std::collections::BTreeMap;

use serde::Serialize;
use stockbridge_model::Timestamp;

/// Current request budget of an application at its provider. All accounts that are the same application to their provider
/// share it, whatever the version of their connector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct BudgetStatus {
    /// The provider.
    pub provider: String,
    /// The accounts, sorted by name.
    pub accounts: Vec<String>,
    /// The rate limit; none if neither the connector nor the configuration gives one.
    pub requests_per_minute: Option<u32>,
    /// End of the current pause, in which nothing is sent because the provider reported a rate limit.
    pub paused_until: Option<Timestamp>,
    /// Ends of the pauses of single methods of the provider, by method.
    pub paused_methods: BTreeMap<String, Timestamp>,
    /// Number of waiting requests.
    pub waiting: usize,
}
