//! Hosts over a cache directory, and what is in it.

use std::fs;
use std::path::{Path, PathBuf};

use stockbridge::{AccountConfig, CacheConfig, Compilations, Config, Error, Host};
use stockbridge_tests::{Provider, Recording, account_at};

/// A directory that is gone after the test. The cache in it is not there yet.
pub(crate) struct Place(tempfile::TempDir);

impl Place {
    pub(crate) fn new() -> Place {
        Place(tempfile::tempdir().unwrap())
    }

    /// Where the cache is, or will be.
    pub(crate) fn cache(&self) -> PathBuf {
        self.0.path().join("cache")
    }

    /// All that is in the cache, by name.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let mut files: Vec<_> = fs::read_dir(self.cache()).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }

    /// The one entry that there is.
    pub(crate) fn entry(&self) -> PathBuf {
        let files = self.files();
        assert_eq!(files.len(), 1, "{files:?}");
        files[0].clone()
    }
}

/// An account of the provider, at an address that nobody has.
pub(crate) fn account(provider: Provider) -> AccountConfig {
    account_at(provider, "http://127.0.0.1:9")
}

/// Starts a host for one account of each provider, with answers from memory.
pub(crate) async fn started(providers: &[Provider], cache: impl Into<CacheConfig>) -> Result<Host, Error> {
    let config =
        providers.iter().fold(Config::new().cache(cache), |config, provider| config.account(account(*provider)));
    let nobody = Recording::answering(["{}"]);
    let host = Host::builder().transport(nobody).build(config).await?;
    host.cache_written().await;
    Ok(host)
}

/// Starts a host for the smallest of the connectors.
pub(crate) async fn start(cache: impl Into<CacheConfig>) -> Host {
    started(&[Provider::TaobaoTop], cache).await.unwrap()
}

/// How a host came by its code: compiled, and from the cache.
pub(crate) fn came(host: &Host) -> (u64, u64) {
    let Compilations { compiled, cached, .. } = host.compilations();
    (compiled, cached)
}

/// Starts a host over what is there, sees to it that it works, and says how it came by its code.
pub(crate) async fn restart(cache: &Path) -> (u64, u64) {
    let host = start(cache).await;
    assert_eq!(host.accounts().len(), 1);
    came(&host)
}
