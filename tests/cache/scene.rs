//! Hosts with a cache directory, and its content.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use stockbridge::{AccountConfig, CacheConfig, Config, Error, Host};
use stockbridge_tests::hostile_guest;

/// A temporary directory. The cache in it does not exist yet.
pub(crate) struct Place(tempfile::TempDir);

impl Place {
    pub(crate) fn new() -> Place {
        Place(tempfile::tempdir().unwrap())
    }

    /// A path in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Path of the cache, which may not exist yet.
    pub(crate) fn cache(&self) -> PathBuf {
        self.path("cache")
    }

    /// All files in the cache, by name.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let mut files: Vec<_> = fs::read_dir(self.cache()).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }

    /// The only file in the cache.
    pub(crate) fn entry(&self) -> PathBuf {
        let files = self.files();
        assert_eq!(files.len(), 1, "{files:?}");
        files[0].clone()
    }
}

/// The smallest of the test components, and another one.
pub(crate) const SMALL: &str = "plain";
pub(crate) const OTHER: &str = "divide-by-zero";

/// Starts a host with an account for each of these components, and waits until the cache is written. Each component's description
/// and operations are read before this returns: its code runs.
pub(crate) async fn started(components: &[&str], cache: impl Into<CacheConfig>) -> Result<Host, Error> {
    let account = |name: &&str| AccountConfig::new(*name, hostile_guest(name));
    let config = components.iter().map(account).fold(Config::new().cache(cache), Config::account);
    let host = Host::from_config(config).await?;
    host.cache_written().await;
    Ok(host)
}

/// Sources of the host's code: number of components compiled, and loaded from the cache.
pub(crate) fn code_sources(host: &Host) -> (u64, u64) {
    let so_far = host.compilations();
    (so_far.compiled, so_far.cached)
}

pub(crate) const COMPILED: (u64, u64) = (1, 0);
pub(crate) const CACHED: (u64, u64) = (0, 1);

/// Starts a host with the small component, and returns the sources of its code.
pub(crate) async fn start(cache: impl Into<CacheConfig>) -> (u64, u64) {
    code_sources(&started(&[SMALL], cache).await.unwrap())
}

/// Sets a file's times as if it was last used this long ago.
pub(crate) fn age(file: &Path, age: Duration) {
    File::open(file).unwrap().set_modified(SystemTime::now() - age).unwrap();
}

/// Time since a file's last use, by its time stamp.
pub(crate) fn age_of(file: &Path) -> Duration {
    SystemTime::now().duration_since(fs::metadata(file).unwrap().modified().unwrap()).unwrap_or_default()
}
