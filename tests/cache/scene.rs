//! Hosts over a cache directory, and what is in it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use stockbridge::{AccountConfig, CacheConfig, Config, Error, Host};
use stockbridge_tests::hostile_guest;

/// A directory that is gone after the test. The cache in it is not there yet.
pub(crate) struct Place(tempfile::TempDir);

impl Place {
    pub(crate) fn new() -> Place {
        Place(tempfile::tempdir().unwrap())
    }

    /// A path in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Where the cache is, or will be.
    pub(crate) fn cache(&self) -> PathBuf {
        self.path("cache")
    }

    /// All that is in the cache, by name.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let mut files: Vec<_> = fs::read_dir(self.cache()).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }

    /// The one file that there is.
    pub(crate) fn entry(&self) -> PathBuf {
        let files = self.files();
        assert_eq!(files.len(), 1, "{files:?}");
        files[0].clone()
    }
}

/// The smallest of the test components, and another one.
pub(crate) const SMALL: &str = "plain";
pub(crate) const OTHER: &str = "divide-by-zero";

/// Starts a host with an account for each of these components, and waits until the cache is written. Each is asked what it
/// is and what it can do before this returns: its code runs.
pub(crate) async fn started(components: &[&str], cache: impl Into<CacheConfig>) -> Result<Host, Error> {
    let account = |name: &&str| AccountConfig::new(*name, hostile_guest(name));
    let config = components.iter().map(account).fold(Config::new().cache(cache), Config::account);
    let host = Host::from_config(config).await?;
    host.cache_written().await;
    Ok(host)
}

/// How the host came by its code: components compiled, and taken from the cache.
pub(crate) fn came(host: &Host) -> (u64, u64) {
    let so_far = host.compilations();
    (so_far.compiled, so_far.cached)
}

pub(crate) const COMPILED: (u64, u64) = (1, 0);
pub(crate) const CACHED: (u64, u64) = (0, 1);

/// Starts a host with the small component, and says how it came by its code.
pub(crate) async fn start(cache: impl Into<CacheConfig>) -> (u64, u64) {
    came(&started(&[SMALL], cache).await.unwrap())
}

/// Makes a file look as if it was used so long ago.
pub(crate) fn age(file: &Path, age: Duration) {
    File::open(file).unwrap().set_modified(SystemTime::now() - age).unwrap();
}

/// How long ago a file was used, by its time.
pub(crate) fn age_of(file: &Path) -> Duration {
    SystemTime::now().duration_since(fs::metadata(file).unwrap().modified().unwrap()).unwrap_or_default()
}
