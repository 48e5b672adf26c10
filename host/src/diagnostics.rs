//! The targets of what a host logs, as operators choose by them: they stay what they are, whatever the modules are called.

/// Calls: a span for each, and attempts that are made again.
pub(crate) const CALL: &str = "stockbridge::call";
/// Requests, allowed or denied.
pub(crate) const EGRESS: &str = "stockbridge::egress";
/// What connectors log.
pub(crate) const CONNECTOR: &str = "stockbridge::connector";
/// The journal of writes, and what is found out about them.
pub(crate) const JOURNAL: &str = stockbridge_journal::LOG_TARGET;
/// Which version of a connector serves which account.
pub(crate) const ROLLOUT: &str = "stockbridge::rollout";
/// Files that are followed.
#[cfg(feature = "watch")]
pub(crate) const WATCH: &str = "stockbridge::watch";
/// Where values of a configuration come from.
#[cfg(feature = "config-file")]
pub(crate) const CONFIG: &str = "stockbridge::config";
/// The pace at which providers are asked.
pub(crate) const RATE: &str = "stockbridge::rate";
/// The compile cache.
pub(crate) const CACHE: &str = "stockbridge::cache";
/// The WebAssembly engine.
pub(crate) const ENGINE: &str = "stockbridge::engine";
