//! Machine code for components: out of the cache where it is there, compiled otherwise, and once for all who want it at
//! the same time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::OnceCell;
use wasmtime::Engine;
use wasmtime::component::Component;

use super::{Bytes, Digest, blocking};
use crate::cache::Cache;
use crate::error::{ComponentProblem, Error};

/// How a host came by its machine code so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Compilations {
    /// Components that were compiled.
    pub compiled: u64,
    /// Components that were taken out of the cache.
    pub cached: u64,
}

/// Compiles for one engine.
pub(crate) struct Compiler {
    engine: Engine,
    pub(crate) cache: Option<Arc<Cache>>,
    compiled: AtomicU64,
    cached: AtomicU64,
    /// What is being loaded: who comes second waits for the first.
    under_way: Mutex<HashMap<Digest, Weak<OnceCell<Component>>>>,
}

impl Compiler {
    pub(crate) fn new(engine: &Engine, cache: Option<Arc<Cache>>) -> Compiler {
        Compiler {
            engine: engine.clone(),
            cache,
            compiled: AtomicU64::new(0),
            cached: AtomicU64::new(0),
            under_way: Mutex::default(),
        }
    }

    pub(crate) fn compilations(&self) -> Compilations {
        Compilations { compiled: self.compiled.load(Ordering::Relaxed), cached: self.cached.load(Ordering::Relaxed) }
    }

    /// The code of a component.
    pub(super) async fn component(&self, source: &Bytes) -> Result<Component, Error> {
        let cell = self.cell(source.digest);
        // Should the first give up, by an error or because nobody waits for it any more, the second does the work.
        cell.get_or_try_init(|| self.load(source)).await.cloned()
    }

    fn cell(&self, digest: Digest) -> Arc<OnceCell<Component>> {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cell) = under_way.get(&digest).and_then(Weak::upgrade) {
            return cell;
        }
        under_way.retain(|_, cell| cell.strong_count() > 0);
        let cell = Arc::default();
        under_way.insert(digest, Arc::downgrade(&cell));
        cell
    }

    async fn load(&self, source: &Bytes) -> Result<Component, Error> {
        if let Some(cache) = &self.cache
            && let Some(component) = cache.load(source.digest).await
        {
            self.cached.fetch_add(1, Ordering::Relaxed);
            return Ok(component);
        }
        let component = self.compile(source).await?;
        if let Some(cache) = &self.cache {
            cache.store(source.digest, component.clone());
        }
        Ok(component)
    }

    async fn compile(&self, source: &Bytes) -> Result<Component, Error> {
        let (engine, bytes) = (self.engine.clone(), source.bytes.clone());
        let component = blocking(move || Component::from_binary(&engine, &bytes)).await?.map_err(|error| {
            Error::component(source.place.clone(), ComponentProblem::Malformed(format!("{error:#}")))
        })?;
        self.compiled.fetch_add(1, Ordering::Relaxed);
        Ok(component)
    }
}
