//! Configuration of the compile cache: its directory and its limits.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::{Cause, ConfigError, Place};

/// A directory for compiled connectors: with it, a host starts without recompiling what it compiled before.
///
/// The directory contains machine code that runs in this process, outside any sandbox. So it is used only if it belongs to the
/// host's user and nobody else can write to it. Inside a directory that others can write to, such as a mount of mode 2770 or
/// 1777, a private one is created and used, named `stockbridge-` and the user's number; if that is impossible, the host logs it
/// and compiles at each start. A missing directory is created. Several hosts may share it, and it may be deleted at any time.
#[derive(Clone, Debug)]
pub struct CacheConfig {
    pub(crate) directory: PathBuf,
    pub(crate) size: u64,
    pub(crate) unused: Duration,
    /// Its place in the configuration file.
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

    /// Maximum size in bytes: beyond it, the least recently used entries are removed. 512 MiB by default; a connector takes one
    /// or two.
    #[must_use]
    pub fn size(mut self, bytes: u64) -> CacheConfig {
        self.size = bytes;
        self
    }

    /// Maximum time that an unused entry is kept. 30 days by default.
    #[must_use]
    pub fn unused(mut self, limit: Duration) -> CacheConfig {
        self.unused = limit;
        self
    }

    /// The directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Maximum bytes in it.
    #[must_use]
    pub fn get_size(&self) -> u64 {
        self.size
    }

    /// Time after which an unused entry is removed.
    #[must_use]
    pub fn get_unused(&self) -> Duration {
        self.unused
    }

    /// An error of this configuration, at its place in the file if it came from one.
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
