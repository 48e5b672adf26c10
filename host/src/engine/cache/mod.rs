//! The compile cache: machine code that this host compiled, kept in a private directory for its next start.
//!
//! **What is verified.** An entry is used if it was opened in a directory that belongs to this process's user and that nobody
//! else can write to, if the same holds for its file, if its head has the requested key (component, engine with all its settings,
//! length), and if its BLAKE3 over head and code is right. So an entry that was truncated, damaged, renamed or made by another
//! engine is never run: it is a miss, the component is compiled, and the entry is written anew.
//!
//! **What is not.** A checksum detects accidents, not malice. Anyone who can write to the directory can write a valid checksum;
//! that is this user and the administrator, who can control this process anyway. A secret key would have to be readable by this
//! user, so it would not help. This is why only a private directory is used, the configured one or one of this user's inside it,
//! and why this is checked at every use, on the opened directory rather than its name. The directories *above* it are the
//! operator's responsibility.
//!
//! **No failure here fails a load.** Only a path that cannot be a directory is refused, when the host starts. Any other problem
//! is logged once, and the host compiles.

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
use self::directory::{Directory, PrivateDir, Unusable};
#[cfg(feature = "config-file")]
pub(crate) use self::directory::{DirectoryProblem, inspect};
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
    /// Number of tasks that write or prune.
    busy: watch::Sender<usize>,
    /// Whether a failure to write was logged as a warning.
    warned: AtomicBool,
    /// Whether the use of another directory than the configured one was logged.
    moved: AtomicBool,
}

/// Why an existing entry is not used.
#[derive(Debug, thiserror::Error)]
enum Bad {
    #[error("{0}")]
    Unusable(#[from] Unusable),
    #[error("{0}")]
    Damaged(#[from] Damage),
    #[error("the engine rejects it: {0}")]
    Engine(wasmtime::Error),
}

impl Cache {
    /// Opens the directory, and prunes it in the background.
    ///
    /// # Errors
    /// The path cannot be a directory. Any other unusable directory (full, read-only, or writable by others without a private
    /// one inside it) is only logged, and the host compiles.
    pub(crate) fn open(config: &CacheConfig, engine: &Engine) -> Result<Arc<Cache>, ConfigError> {
        let cache = Arc::new(Cache {
            directory: Directory::new(&config.directory),
            engine: engine.clone(),
            key: EngineKey::of(engine),
            keep: Keep { size: config.size, unused: config.unused },
            busy: watch::Sender::new(0),
            warned: AtomicBool::new(false),
            moved: AtomicBool::new(false),
        });
        match cache.open_private() {
            Err(Unusable::Wrong(problem, fix)) => return Err(config.wrong(problem, fix)),
            Err(error) => cache.warn(&error),
            Ok(_) => cache.in_background(|cache| cache.tidy()),
        }
        Ok(cache)
    }

    /// Loads the component's code, if it is cached and intact.
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

    /// Stores the component's code, in a background task: only [`Cache::settled`] waits for it.
    pub(crate) fn store(self: &Arc<Self>, component: Digest, code: Component) {
        let key = Key { engine: self.key, component };
        self.in_background(move |cache| {
            let directory = cache.open_private()?;
            let bytes = code.serialize().map_err(|error| std::io::Error::other(format!("{error:#}")))?;
            write::write(&directory, &key, &bytes, cache.keep.size)?;
            cache.tidy()
        });
    }

    /// Returns when nothing is being written.
    pub(crate) async fn settled(&self) {
        // The sender is alive, so this cannot fail.
        let _ = self.busy.subscribe().wait_for(|busy| *busy == 0).await;
    }

    fn read(&self, key: &Key) -> Result<Option<Component>, Bad> {
        let directory = match self.open_private() {
            Ok(directory) => directory,
            // An unusable cache is logged once, not for each entry.
            Err(error) => {
                self.warn(&error);
                return Ok(None);
            }
        };
        let Some((file, entry)) = directory::read(&directory, &key.file_name())? else { return Ok(None) };
        let component = ready(&self.engine, &key.verify(&entry)?).map_err(Bad::Engine)?;
        // Records the last use, for pruning. A directory that cannot be written to is not pruned either.
        let _ = file.into_std().set_modified(SystemTime::now());
        Ok(Some(component))
    }

    fn tidy(&self) -> Result<(), Unusable> {
        Ok(prune::prune(&self.open_private()?, self.keep)?)
    }

    /// Opens a private directory: the configured one, or one inside it, which is logged once.
    fn open_private(&self) -> Result<Dir, Unusable> {
        let PrivateDir { directory, inside } = self.directory.open()?;
        if let Some((problem, inside)) = inside
            && !self.moved.swap(true, Ordering::Relaxed)
        {
            let directory = inside.display();
            tracing::warn!(target: diagnostics::CACHE, %directory, why = problem, "the compile cache is kept in a private directory of its own");
        }
        Ok(directory)
    }

    /// Runs file operations in the background. The task keeps the cache alive, and is counted until it ends.
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

    /// Warns the operator once that starts will take longer; further failures are logged at the level `debug`.
    fn warn(&self, error: &Unusable) {
        let directory = self.directory.path().display();
        if self.warned.swap(true, Ordering::Relaxed) {
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

/// Counts a background task until it is dropped.
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

/// A copy of the code as a component of its own for the same engine, made through a cache entry in memory.
pub(crate) fn copied(component: Digest, code: &Component) -> wasmtime::Result<Component> {
    let key = Key { engine: EngineKey::of(code.engine()), component };
    let entry = {
        let bytes = code.serialize()?;
        [&key.head(&bytes), bytes.as_slice()].concat()
    };
    ready(code.engine(), &key.verify(&entry).map_err(wasmtime::Error::new)?)
}

/// Makes a component from verified code. This is the only place where bytes become machine code.
#[expect(unsafe_code, reason = "wasmtime cannot check code, so its loader is responsible for it; see below")]
fn ready(engine: &Engine, verified: &Verified<'_>) -> wasmtime::Result<Component> {
    // SAFETY: the bytes must be what `Component::serialize` returned, unchanged, and for an engine like this one.
    // `Verified` is made only from bytes whose checksum matches the one computed over the output of `serialize` and the key of
    // this engine: version, target and settings. They are in this process's own memory, so they do not change afterwards. In
    // [`copied`], `serialize` has just returned them. The bytes of a file were written by this user: directory and file were
    // checked as they were opened. Deliberate forgery by this user or the administrator is outside of the threat model.
    unsafe { Component::deserialize(engine, verified.code()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_compiled_can_be_copied() {
        // The smallest component.
        let compiled = Component::from_binary(&Engine::default(), b"\0asm\x0d\0\x01\0").unwrap();
        copied(Digest::from([7; 32]), &compiled).unwrap();
    }
}
