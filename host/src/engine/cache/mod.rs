//! The compile cache: machine code that this host compiled, kept in a private directory for its next start.
//!
//! **What is verified.** An entry is used if it was opened in a directory that belongs to this process's user and that
//! nobody else can write to, is such a file itself, carries in its head the key that it is wanted for (component, engine
//! with all its settings, length), and its BLAKE3 over head and code is right. So an entry that was cut, damaged, renamed
//! or made by another engine is never run: it is a miss, the component is compiled, and the entry is written anew.
//!
//! **What is not.** A checksum tells accidents, not malice. Who can write to the directory can write a right checksum; that
//! is this user and the administrator, who can do with this process what they like without it. A secret key would have to lie
//! where this user can read it, and so would change nothing. This is why only a private directory is used, and looked at for
//! that at every use and by the opened directory rather than its name: the one that is named, or one of this user's inside
//! it. The directories *above* it are the operator's to keep.
//!
//! **Nothing here fails a load.** Only a name that can be no directory's is refused, when the host starts. Whatever else goes
//! wrong is told once and means compiling.

mod config;
mod directory;
mod entry;
mod prune;
mod write;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use cap_std::fs::Dir;
use stockbridge_model::Digest;
use tokio::sync::watch;
use wasmtime::Engine;
use wasmtime::component::Component;

pub use self::config::CacheConfig;
use self::directory::{Directory, Opened, Unusable};
#[cfg(feature = "config-file")]
pub(crate) use self::directory::{Look, looked_at};
use self::entry::{Damage, EngineKey, Key, Verified};
use self::prune::Keep;
use crate::diagnostics;
use crate::error::ConfigError;

/// The directory of compiled components, for one engine.
pub(crate) struct Cache {
    directory: Directory,
    engine: Engine,
    key: EngineKey,
    keep: Keep,
    /// How many tasks write or tidy.
    busy: watch::Sender<usize>,
    /// Whether a failure to write was told.
    told: AtomicBool,
    /// Whether it was told that another directory than the one that is named is used.
    moved: AtomicBool,
}

/// Why an entry is not used though something is there.
#[derive(Debug, thiserror::Error)]
enum Bad {
    #[error("{0}")]
    Unusable(#[from] Unusable),
    #[error("{0}")]
    Damaged(#[from] Damage),
    #[error("the engine does not take it: {0}")]
    Engine(wasmtime::Error),
}

impl Cache {
    /// Opens the directory, and removes in the background what is too much in it.
    ///
    /// # Errors
    /// There can be none of this name. One that is not to be had, for it is full or read-only, or can be written to by others
    /// and has no private one inside it, is told of, and the host compiles.
    pub(crate) fn open(config: &CacheConfig, engine: &Engine) -> Result<Arc<Cache>, ConfigError> {
        let cache = Arc::new(Cache {
            directory: Directory::new(&config.directory),
            engine: engine.clone(),
            key: EngineKey::of(engine),
            keep: Keep { size: config.size, unused: config.unused },
            busy: watch::Sender::new(0),
            told: AtomicBool::new(false),
            moved: AtomicBool::new(false),
        });
        match cache.opened() {
            Err(Unusable::Wrong(problem, fix)) => return Err(config.wrong(problem, fix)),
            Err(error) => cache.warn(&error),
            Ok(_) => cache.in_background(|cache| cache.tidy()),
        }
        Ok(cache)
    }

    /// The component's code, if it is there and whole.
    pub(crate) async fn load(self: &Arc<Self>, component: Digest) -> Option<Component> {
        let (cache, key) = (self.clone(), Key { engine: self.key, component });
        let read = tokio::task::spawn_blocking(move || cache.read(&key)).await.ok()?;
        match read {
            Ok(Some(code)) => {
                tracing::debug!(target: diagnostics::CACHE, %component, "loaded from the compile cache");
                Some(code)
            }
            Ok(None) => {
                tracing::debug!(target: diagnostics::CACHE, %component, "not in the compile cache");
                None
            }
            Err(bad) => {
                let directory = self.directory.path().display();
                tracing::warn!(target: diagnostics::CACHE, %component, %directory, why = %bad, "an entry of the compile cache is not used");
                None
            }
        }
    }

    /// Keeps the component's code, in a task of the cache's: nobody waits for it but [`Cache::settled`].
    pub(crate) fn store(self: &Arc<Self>, component: Digest, code: Component) {
        let key = Key { engine: self.key, component };
        self.in_background(move |cache| {
            let directory = cache.opened()?;
            let bytes = code.serialize().map_err(|error| std::io::Error::other(format!("{error:#}")))?;
            write::write(&directory, &key, &bytes, cache.keep.size)?;
            cache.tidy()
        });
    }

    /// Returns when nothing is being written.
    pub(crate) async fn settled(&self) {
        // The sender is here, so there is always an answer.
        let _ = self.busy.subscribe().wait_for(|busy| *busy == 0).await;
    }

    fn read(&self, key: &Key) -> Result<Option<Component>, Bad> {
        let directory = match self.opened() {
            Ok(directory) => directory,
            // That there is no cache is told once, and not of each entry.
            Err(error) => {
                self.warn(&error);
                return Ok(None);
            }
        };
        let Some((file, entry)) = directory::read(&directory, &key.file_name())? else { return Ok(None) };
        let component = ready(&self.engine, &key.verify(&entry)?).map_err(Bad::Engine)?;
        // When it was used last, for pruning. A directory that cannot be written to is not pruned either.
        let _ = file.into_std().set_modified(SystemTime::now());
        Ok(Some(component))
    }

    fn tidy(&self) -> Result<(), Unusable> {
        Ok(prune::prune(&self.opened()?, self.keep)?)
    }

    /// A private directory: the one that is named, or one inside it, of which the operator is told once.
    fn opened(&self) -> Result<Dir, Unusable> {
        let Opened { directory, inside } = self.directory.open()?;
        if let Some((problem, inside)) = inside
            && !self.moved.swap(true, Ordering::Relaxed)
        {
            let directory = inside.display();
            tracing::warn!(target: diagnostics::CACHE, %directory, why = problem, "the compile cache is kept in a private directory of its own");
        }
        Ok(directory)
    }

    /// Runs what takes its time with files. The task holds the cache, and is counted until it ends.
    fn in_background(self: &Arc<Self>, work: impl FnOnce(&Cache) -> Result<(), Unusable> + Send + 'static) {
        let (cache, busy) = (self.clone(), Busy::new(self));
        tokio::spawn(async move {
            let worker = cache.clone();
            if let Ok(Err(error)) = tokio::task::spawn_blocking(move || work(&worker)).await {
                cache.warn(&error);
            }
            drop(busy);
        });
    }

    /// Tells an operator once that starts will take longer.
    fn warn(&self, error: &Unusable) {
        let directory = self.directory.path().display();
        if self.told.swap(true, Ordering::Relaxed) {
            tracing::debug!(target: diagnostics::CACHE, %directory, %error, "the compile cache cannot be written");
        } else {
            tracing::warn!(
                target: diagnostics::CACHE,
                %directory,
                %error,
                "the compile cache cannot be written: the host works, and compiles again at its next start"
            );
        }
    }
}

/// One task of the cache's, until it is dropped.
struct Busy(watch::Sender<usize>);

impl Busy {
    fn new(cache: &Cache) -> Busy {
        cache.busy.send_modify(|busy| *busy += 1);
        Busy(cache.busy.clone())
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.send_modify(|busy| *busy -= 1);
    }
}

/// The same code as a component of its own, through what would be its entry, for its own engine.
pub(crate) fn copied(component: Digest, code: &Component) -> wasmtime::Result<Component> {
    let key = Key { engine: EngineKey::of(code.engine()), component };
    let entry = {
        let bytes = code.serialize()?;
        [&key.head(&bytes), bytes.as_slice()].concat()
    };
    ready(code.engine(), &key.verify(&entry).map_err(wasmtime::Error::new)?)
}

/// Makes a component of code that was verified. This is the only place where machine code is taken from bytes.
#[expect(unsafe_code, reason = "wasmtime cannot check code, so whoever loads it vouches for it; see below")]
fn ready(engine: &Engine, verified: &Verified<'_>) -> wasmtime::Result<Component> {
    // SAFETY: the bytes must be what `Component::serialize` returned, unchanged, and for an engine like this one.
    // `Verified` is only made from bytes whose checksum is the one that was taken of what `serialize` had returned, beside the
    // key of this engine: version, target and settings. They are in this process's own memory, so that nobody changes them
    // after that. In [`copied`], `serialize` has just returned them. Those of a file were written by nobody but this user: the
    // directory and the file were judged as they were opened. What this user, or the administrator, forges there on purpose is
    // outside of what can be held.
    unsafe { Component::deserialize(engine, verified.code()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_compiled_can_be_copied() {
        // The smallest component that there is.
        let compiled = Component::from_binary(&Engine::default(), b"\0asm\x0d\0\x01\0").unwrap();
        copied(Digest::from([7; 32]), &compiled).unwrap();
    }
}
