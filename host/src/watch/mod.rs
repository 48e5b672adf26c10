//! Following files: a configuration, and all that it names, is read and applied again when one of them was changed.
//!
//! What to apply and how is the caller's. A configuration that cannot be applied is reported once, with its place and
//! what to do, and changes nothing; it is tried again when a file changes, and now and then. One that takes something away
//! may be half of one that is being saved: it waits for some seconds, and gives way to a later save.

mod events;
mod failure_reporter;
mod files;
mod fingerprint;
mod symlink_chain;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use stockbridge_model::named_file::Kind;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use self::events::Events;
use self::failure_reporter::FailureReporter;
use self::files::{Files, Pace};
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

/// How a configuration is followed: see [`crate::Host::watch_with`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WatchOptions {
    removal_delay: Duration,
}

impl WatchOptions {
    /// How long a file waits that takes something away, unless it is said otherwise: 5 s.
    pub const REMOVAL_DELAY: Duration = Duration::from_secs(5);

    /// How long a file waits that takes something away, before it is taken over: [`WatchOptions::REMOVAL_DELAY`] by default.
    /// It must be longer than it takes to save the file, where that is done in place or copied.
    #[must_use]
    pub fn removal_delay(mut self, delay: Duration) -> WatchOptions {
        self.removal_delay = delay;
        self
    }
}

impl Default for WatchOptions {
    fn default() -> WatchOptions {
        WatchOptions { removal_delay: WatchOptions::REMOVAL_DELAY }
    }
}

/// What a configuration is followed for.
pub(crate) trait Follows: Send + Sync + 'static {
    /// What a configuration would take away of the one in force: it waits.
    fn losses(&self, config: &Config) -> Vec<String>;

    /// Takes it over. Whether all of it was, so that there is nothing to try again.
    fn apply(&self, config: Config) -> impl Future<Output = Result<bool, Error>> + Send;

    /// One could not be taken over.
    fn refused(&self, error: &Error);

    /// One waits for so long, for it takes this away.
    fn waits(&self, losses: &[String], wait: Duration);

    /// The one that waited gave way to a later save.
    fn withdrawn(&self);
}

/// Reads the configuration at `path` and gives it to `host`, now and whenever it or a file that it names was changed. A
/// failure goes there, too, and to the operator, once.
///
/// Several changes at a time are one. What is written while a configuration is applied is seen after it. Dropping the
/// [`Watch`] drops the future of what is being applied.
pub(crate) fn follow(path: PathBuf, options: WatchOptions, host: impl Follows) -> Watch {
    Follower::new(path, options, Files::new(Pace::USUAL, Events::new()), host).start()
}

struct Follower<H> {
    path: PathBuf,
    options: WatchOptions,
    files: Files,
    /// What the configuration that was applied last depends on.
    applied: BTreeSet<PathBuf>,
    waiting: Option<Waiting>,
    host: H,
}

/// A configuration that takes something away, and is to be taken over unless a later save replaces it.
struct Waiting {
    digest: Option<[u8; 32]>,
    losses: Vec<String>,
    until: Instant,
}

/// What became of a configuration.
enum Turn {
    /// It was applied; whether all of it was.
    Applied(bool),
    /// It waits, for so long from now.
    Waits(Duration),
}

impl<H: Follows> Follower<H> {
    fn new(path: PathBuf, options: WatchOptions, files: Files, host: H) -> Follower<H> {
        Follower { path, options, files, applied: BTreeSet::new(), waiting: None, host }
    }

    fn start(self) -> Watch {
        Watch { task: tokio::spawn(self.run()).abort_handle() }
    }

    async fn run(mut self) {
        let mut told = FailureReporter::default();
        loop {
            let mut outcome = self.turn().await;
            if outcome.is_err() {
                // It may have been read in the middle of a swap or of a long save.
                self.files.settle().await;
                outcome = self.turn().await;
            }
            let limit = match &outcome {
                Ok(Turn::Waits(left)) => Some(*left),
                Ok(Turn::Applied(true)) => None,
                Ok(Turn::Applied(false)) | Err(_) => Some(AGAIN),
            };
            // One that waits says nothing yet of the one that failed before.
            if !matches!(outcome, Ok(Turn::Waits(_)))
                && let Some(error) = told.tell(&self.path, &outcome.map(drop))
            {
                self.host.refused(&error);
            }
            self.files.changed(limit).await;
        }
    }

    async fn turn(&mut self) -> Result<Turn, Error> {
        let (config, files) = self.read().await;
        if let Some(left) = self.waits(&config) {
            return Ok(Turn::Waits(left));
        }
        let is_right = config.is_right();
        let all = self.host.apply(config).await?;
        if is_right {
            self.applied = files;
        }
        Ok(Turn::Applied(all))
    }

    /// How long a configuration has to wait, where it takes something away. A later save has a wait of its own.
    fn waits(&mut self, config: &Config) -> Option<Duration> {
        // What is wrong is refused at once.
        let losses = if config.refusals().is_empty() { self.host.losses(config) } else { Vec::new() };
        let digest = config.written.as_ref().map(|written| written.digest);
        let before = self.waiting.take();
        if let Some(waiting) = &before
            && waiting.digest == digest
            && waiting.losses == losses
        {
            let left = waiting.until.saturating_duration_since(Instant::now());
            self.waiting = before.filter(|_| !left.is_zero());
            return self.waiting.is_some().then_some(left);
        }
        if losses.is_empty() {
            if before.is_some() {
                failure_reporter::withdrawn(&self.path);
                self.host.withdrawn();
            }
            return None;
        }
        let wait = self.options.removal_delay;
        failure_reporter::waits(&self.path, &losses, wait);
        self.host.waits(&losses, wait);
        self.waiting = Some(Waiting { digest, losses, until: Instant::now() + wait });
        Some(wait)
    }

    /// The configuration, and what it depends on; all of that is followed from before it was read.
    async fn read(&mut self) -> (Config, BTreeSet<PathBuf>) {
        // Each round follows what the one before found to be named. A file that changes all the time is read as it is.
        let mut rounds = 0..3;
        loop {
            let (config, files) = read(self.path.clone()).await;
            // Where something is wrong, not all may be named that it depends on.
            let followed = match config.is_right() {
                true => files.clone(),
                false => files.union(&self.applied).cloned().collect(),
            };
            let fresh = self.files.set(followed).await;
            if !fresh || rounds.next().is_none() {
                return (config, files);
            }
        }
    }
}

async fn read(path: PathBuf) -> (Config, BTreeSet<PathBuf>) {
    let reading = tokio::task::spawn_blocking(move || {
        let mut files = BTreeSet::new();
        let config = Config::read(&path, Kind::Regular, &mut files);
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
