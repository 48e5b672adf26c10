//! Machine code of components: from the cache or the compiler, and once for all concurrent requests.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use serde::Serialize;
use stockbridge_model::Digest;
use tokio::sync::OnceCell;
use wasmtime::Engine;
use wasmtime::component::Component;

use super::cache::Cache;
use super::quiet::QuietThreads;
use super::source::ComponentBytes;
use crate::blocking::blocking;
use crate::error::{ComponentProblem, Error};

/// Counts of compiled and cached components so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Compilations {
    /// Components that were compiled.
    pub compiled: u64,
    /// Components that were loaded from the cache.
    pub cached: u64,
}

/// Compiler for one engine.
pub(crate) struct Compiler {
    engine: Engine,
    pub(crate) cache: Option<Arc<Cache>>,
    compiled: AtomicU64,
    cached: AtomicU64,
    /// Components being loaded: a second request waits for the first.
    in_progress: Mutex<HashMap<Digest, Weak<OnceCell<Component>>>>,
    threads: Arc<QuietThreads>,
}

impl Compiler {
    pub(crate) fn new(engine: &Engine, cache: Option<Arc<Cache>>) -> Compiler {
        Compiler {
            engine: engine.clone(),
            cache,
            compiled: AtomicU64::new(0),
            cached: AtomicU64::new(0),
            in_progress: Mutex::default(),
            threads: Arc::default(),
        }
    }

    pub(crate) fn compilations(&self) -> Compilations {
        Compilations { compiled: self.compiled.load(Ordering::Relaxed), cached: self.cached.load(Ordering::Relaxed) }
    }

    /// The code of a component.
    pub(crate) async fn component(&self, source: &ComponentBytes) -> Result<Component, Error> {
        let cell = self.cell(source.digest);
        // If the first request fails or is dropped, the second does the work.
        cell.get_or_try_init(|| self.load(source)).await.cloned()
    }

    fn cell(&self, digest: Digest) -> Arc<OnceCell<Component>> {
        let mut in_progress = self.in_progress.lock();
        if let Some(cell) = in_progress.get(&digest).and_then(Weak::upgrade) {
            return cell;
        }
        in_progress.retain(|_, cell| cell.strong_count() > 0);
        let cell = Arc::default();
        in_progress.insert(digest, Arc::downgrade(&cell));
        cell
    }

    async fn load(&self, source: &ComponentBytes) -> Result<Component, Error> {
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

    async fn compile(&self, source: &ComponentBytes) -> Result<Component, Error> {
        let (engine, bytes, threads) = (self.engine.clone(), source.bytes.clone(), self.threads.clone());
        let compiling = move || threads.run(|| Component::from_binary(&engine, &bytes));
        let component = blocking(compiling).await?.map_err(|error| {
            Error::component(
                source.place.clone(),
                ComponentProblem::Malformed(format!("its code is not valid ({error:#})")),
            )
        })?;
        self.compiled.fetch_add(1, Ordering::Relaxed);
        Ok(component)
    }
}

#[cfg(test)]
mod tests {
    use std::future::{Future as _, poll_fn};
    use std::task::Poll;

    use super::*;

    /// The smallest component.
    const EMPTY: [u8; 8] = *b"\0asm\x0d\0\x01\0";

    fn source(bytes: &[u8]) -> ComponentBytes {
        ComponentBytes { place: "(in memory)".to_owned(), bytes: bytes.into(), digest: Digest::of(bytes) }
    }

    #[tokio::test]
    async fn who_wants_the_same_component_at_the_same_time_waits_for_one_compilation() {
        let compiler = Compiler::new(&Engine::default(), None);
        let source = source(&EMPTY);
        let (one, other) = tokio::join!(compiler.component(&source), compiler.component(&source));
        assert!(one.is_ok() && other.is_ok());
        assert_eq!(compiler.compilations().compiled, 1);
    }

    #[tokio::test]
    async fn who_comes_later_does_not_find_the_code_kept() {
        let compiler = Compiler::new(&Engine::default(), None);
        for times in 1..3 {
            assert!(compiler.component(&source(&EMPTY)).await.is_ok());
            assert_eq!(compiler.compilations().compiled, times);
        }
        assert_eq!(compiler.in_progress.lock().len(), 1);
    }

    #[tokio::test]
    async fn an_error_is_told_to_each_who_waited() {
        let compiler = Compiler::new(&Engine::default(), None);
        let source = source(b"\0asm\x0d\0\x01\0damaged");
        let (one, other) = tokio::join!(compiler.component(&source), compiler.component(&source));
        assert!(one.is_err() && other.is_err());
        assert_eq!(compiler.compilations().compiled, 0);
    }

    /// The second request continues although the first, which had started, is dropped.
    #[tokio::test]
    async fn who_gives_up_leaves_the_work_to_the_next() {
        let compiler = Compiler::new(&Engine::default(), None);
        let source = source(&EMPTY);
        let mut first = Box::pin(compiler.component(&source));
        poll_fn(|context| Poll::Ready(first.as_mut().poll(context).is_pending())).await;
        let second = compiler.component(&source);
        drop(first);
        assert!(second.await.is_ok());
    }
}
