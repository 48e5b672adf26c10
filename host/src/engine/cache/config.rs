//! Where compiled connectors are kept from one start to the next, and how many.

use std::path::PathBuf;
use std::time::Duration;

use crate::error::{Cause, ConfigError, Place};

/// A directory for compiled connectors: with it, a host starts without compiling again what it compiled before.
///
/// What stands in the directory is machine code that runs in this process, outside any sandbox. So it is used where it belongs
/// to the user that the host runs as and nobody else can write there. Inside one that others can write to, such as a mount of
/// mode 2770 or 1777, a private one is made and used, `stockbridge-` and the number of the user; where there can be none, the
/// host says so and compiles at each start. The directory is made where it is missing. Several hosts may share it, and it may
/// be deleted at any moment.
#[derive(Clone, Debug)]
pub struct CacheConfig {
    pub(crate) directory: PathBuf,
    pub(crate) size: u64,
    pub(crate) unused: Duration,
    /// Where in a file it stands.
    pub(crate) place: Option<Place>,
}

impl CacheConfig {
    /// A directory with the default limits.
    #[must_use]
    pub fn new(directory: impl Into<PathBuf>) -> CacheConfig {
        CacheConfig {
            directory: directory.into(),
            size: 512 * 1024 * 1024,
            unused: Duration::from_secs(30 * 24 * 60 * 60),
            place: None,
        }
    }

    /// How many bytes may be in it: beyond that, what was not used for the longest time goes. 512 MiB by default; a
    /// connector takes one or two.
    #[must_use]
    pub fn size(mut self, bytes: u64) -> CacheConfig {
        self.size = bytes;
        self
    }

    /// How long something is kept that no host uses. 30 days by default.
    #[must_use]
    pub fn unused(mut self, limit: Duration) -> CacheConfig {
        self.unused = limit;
        self
    }

    /// The error for it, at its place in the file if it came from one.
    pub(crate) fn wrong(&self, problem: impl Into<String>, fix: impl Into<String>) -> ConfigError {
        ConfigError {
            place: self.place.clone(),
            field: "cache".to_owned(),
            problem: problem.into(),
            fix: fix.into(),
            cause: Cause::none(),
        }
    }
}
