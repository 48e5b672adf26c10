//! What a person or a program can see of a budget.

use stockbridge_model::Timestamp;

/// How much an application may ask of its provider, at this moment. All accounts that are the same application to their
/// provider share it, whatever the version of their connector.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BudgetStatus {
    /// The provider.
    pub provider: String,
    /// The accounts, sorted by name.
    pub accounts: Vec<String>,
    /// The rate that is kept to; none where neither the connector nor the configuration gives one.
    pub requests_per_minute: Option<u32>,
    /// Until when nothing is sent, because the provider said that it was too much.
    pub paused_until: Option<Timestamp>,
    /// The same for single methods of the provider.
    pub paused_methods: Vec<(String, Timestamp)>,
    /// Requests that wait for their turn.
    pub waiting: usize,
}
