//! Log targets of a host. Operators filter by them, so they do not change with the modules' names.

/// Calls: a span for each, and retries.
pub(crate) const CALL: &str = "stockbridge::call";
/// Requests, allowed or denied.
pub(crate) const EGRESS: &str = "stockbridge::egress";
/// Logs of connectors.
pub(crate) const CONNECTOR: &str = "stockbridge::connector";
/// The journal of writes, and their recovery.
pub(crate) const JOURNAL: &str = stockbridge_journal::LOG_TARGET;
/// Versions of connectors, and the accounts that they serve.
pub(crate) const ROLLOUT: &str = "stockbridge::rollout";
/// Watched files.
#[cfg(feature = "watch")]
pub(crate) const WATCH: &str = "stockbridge::watch";
/// Sources of a configuration's values.
pub(crate) const CONFIG: &str = "stockbridge::config";
/// Rate limits of requests to providers.
pub(crate) const RATE: &str = "stockbridge::rate";
/// The compile cache.
pub(crate) const CACHE: &str = "stockbridge::cache";
/// The WebAssembly engine.
pub(crate) const ENGINE: &str = "stockbridge::engine";
