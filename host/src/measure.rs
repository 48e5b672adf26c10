//! Steps of loading a component, each callable separately, for the benches only.

use std::sync::Arc;

use stockbridge_model::Digest;
use wasmtime::component::Component;

use crate::connector::{Connector, ReportBuilder, Sections};
use crate::engine::{CacheConfig, ComponentBytes, ConnectorSource, Pool};
use crate::error::{Error, ErrorKind};
use crate::sandbox::Sandbox;

/// One component, to be loaded repeatedly by one engine.
pub struct Loading {
    sandbox: Arc<Sandbox>,
    component: ComponentBytes,
}

/// Loaded code, until it is dropped.
pub struct Loaded(#[expect(dead_code, reason = "it is there to be dropped")] Component);

impl std::fmt::Debug for Loaded {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Loaded").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Loading {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Loading").field("component", &self.component.digest).finish_non_exhaustive()
    }
}

impl Loading {
    /// Reads the component and, if it is not cached yet, compiles it into the cache.
    ///
    /// # Errors
    /// It cannot serve as a connector, or the cache's directory is refused.
    pub async fn new(source: impl Into<ConnectorSource>, cache: impl Into<CacheConfig>) -> Result<Loading, Error> {
        let sandbox = Arc::new(Sandbox::new(Some(&cache.into()), Pool::default())?);
        let loading = Loading { component: ComponentBytes::read(&source.into()).await?, sandbox };
        loading.load().await?;
        if let Some(cache) = &loading.sandbox.engine.compiler.cache {
            cache.settled().await;
        }
        Ok(loading)
    }

    /// The component's digest.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.component.digest
    }

    /// Compiles it, whatever is in the cache.
    ///
    /// # Errors
    /// The component is not valid.
    pub fn compile(&self) -> Result<(), Error> {
        Component::from_binary(&self.sandbox.engine.wasmtime, &self.component.bytes)
            .map(drop)
            .map_err(|error| ErrorKind::Runtime(format!("{error:#}")).into())
    }

    /// Loads its code from the cache: opens the directory, reads the entry, verifies it and makes it ready to run. None if it was
    /// not cached.
    pub async fn cached(&self) -> Option<Loaded> {
        match &self.sandbox.engine.compiler.cache {
            Some(cache) => cache.load(self.component.digest).await.map(Loaded),
            None => None,
        }
    }

    /// Loads it as a host does: takes the code from the cache, checks imports and exports against the contract, links it, and
    /// asks an instance to describe itself.
    ///
    /// # Errors
    /// It cannot serve as a connector.
    pub async fn load(&self) -> Result<(), Error> {
        let (sections, mut steps) = (Sections::default(), ReportBuilder::default());
        Connector::load(&self.sandbox, &self.component, &sections, &mut steps).await.map(drop)
    }
}
