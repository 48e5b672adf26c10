//! Following files: a configuration, and all that it names, is read and applied again when one of them was changed.
//!
//! What to apply and how is the caller's. A configuration that cannot be applied is reported once, with its place and
//! what to do, and changes nothing; it is tried again when a file changes, and now and then.

mod events;
mod files;
mod seen;
mod told;
mod trail;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use tokio::task::AbortHandle;

use self::events::Events;
use self::files::{Files, Pace};
use self::told::Told;
use crate::config::Config;
use crate::error::Error;

/// A configuration that failed is tried again after this time, whether or not a file was seen to change: what it failed
/// for may not have been in a file.
const AGAIN: Duration = Duration::from_secs(30);

/// Follows a configuration's files until it is dropped: see [`crate::Host::watch`]. It keeps the host.
#[must_use = "files are followed until this is dropped"]
#[derive(Debug)]
pub struct Watch {
    task: AbortHandle,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Reads the configuration at `path` and gives it to `apply`, now and whenever it or a file that it names was changed.
/// A failure goes to `refused`, and to the operator, once.
///
/// Several changes at a time are one. What is written while `apply` runs is seen after it. Dropping the [`Watch`] drops
/// the future of an `apply` that runs.
pub(crate) fn follow<A, F, R>(path: PathBuf, apply: A, refused: R) -> Watch
where
    A: FnMut(Config) -> F + Send + 'static,
    F: Future<Output = Result<(), Error>> + Send + 'static,
    R: FnMut(&Error) + Send + 'static,
{
    let files = Files::new(Pace::USUAL, Events::new());
    Follower { path, files, applied: BTreeSet::new(), apply, refused }.start()
}

struct Follower<A, R> {
    path: PathBuf,
    files: Files,
    /// What the configuration that was applied last depends on.
    applied: BTreeSet<PathBuf>,
    apply: A,
    refused: R,
}

impl<A, F, R> Follower<A, R>
where
    A: FnMut(Config) -> F + Send + 'static,
    F: Future<Output = Result<(), Error>> + Send + 'static,
    R: FnMut(&Error) + Send + 'static,
{
    fn start(self) -> Watch {
        Watch { task: tokio::spawn(self.run()).abort_handle() }
    }

    async fn run(mut self) {
        let mut told = Told::default();
        loop {
            let mut outcome = self.turn().await;
            if outcome.is_err() {
                // It may have been read in the middle of a swap or of a long save.
                self.files.settle().await;
                outcome = self.turn().await;
            }
            if let Some(error) = told.tell(&self.path, &outcome) {
                (self.refused)(error);
            }
            self.files.changed(outcome.is_err().then_some(AGAIN)).await;
        }
    }

    async fn turn(&mut self) -> Result<(), Error> {
        let (config, files) = self.read().await;
        (self.apply)(config?).await?;
        self.applied = files;
        Ok(())
    }

    /// The configuration, and what it depends on; all of that is followed from before it was read.
    async fn read(&mut self) -> (Result<Config, Error>, BTreeSet<PathBuf>) {
        // Each round follows what the one before found to be named. A file that changes all the time is read as it is.
        let mut rounds = 0..3;
        loop {
            let (config, files) = read(self.path.clone()).await;
            let followed = match &config {
                Ok(_) => files.clone(),
                Err(_) => files.union(&self.applied).cloned().collect(),
            };
            let fresh = self.files.set(followed).await;
            if !fresh || rounds.next().is_none() {
                return (config, files);
            }
        }
    }
}

async fn read(path: PathBuf) -> (Result<Config, Error>, BTreeSet<PathBuf>) {
    let reading = tokio::task::spawn_blocking(move || {
        let mut files = BTreeSet::new();
        let config = Config::read(&path, &mut files).map_err(Error::from);
        (config, files)
    });
    match reading.await {
        Ok(read) => read,
        // A task is only lost with the runtime, and this one with it.
        Err(_) => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
