//! A set of files that is followed: it waits until one of them holds something else than before.
//!
//! The system's word that something happened is taken as a reason to look, and after a while the files are looked at
//! without one. So a word that is lost costs time, and one that means nothing costs a look.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::events::Events;
use super::fingerprint::FileFingerprint;
use super::symlink_chain::SymlinkChain;

/// How long what is waited for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Nothing happened for this long: whoever wrote has ended.
    pub(super) quiet: Duration,
    /// Whoever writes without end is not waited for any longer.
    pub(super) at_most: Duration,
    /// The files are looked at this often without being told.
    pub(super) look: Duration,
}

impl Pace {
    pub(super) const USUAL: Pace =
        Pace { quiet: Duration::from_millis(100), at_most: Duration::from_secs(1), look: Duration::from_secs(3) };
}

/// Files and what they held when they were last looked at.
pub(super) struct Files {
    pace: Pace,
    known: WatchedFiles,
}

#[derive(Default)]
struct WatchedFiles {
    events: Events,
    seen: BTreeMap<PathBuf, Option<FileFingerprint>>,
}

impl Files {
    /// None so far.
    pub(super) fn new(pace: Pace, events: Events) -> Files {
        Files { pace, known: WatchedFiles { events, seen: BTreeMap::new() } }
    }

    /// Follows these from now on, and no others. True: one of them was not followed before or was found changed, so
    /// what was read of it before this call may be out of date.
    pub(super) async fn set(&mut self, paths: BTreeSet<PathBuf>) -> bool {
        let mut before = std::mem::take(&mut self.known.seen);
        self.known.seen = paths
            .into_iter()
            .map(|path| {
                let seen = before.remove(&path).flatten();
                (path, seen)
            })
            .collect();
        self.look().await
    }

    /// Waits until a file was changed and, as far as can be told, whoever changed it has ended. Gives up after `limit`.
    pub(super) async fn changed(&mut self, limit: Option<Duration>) {
        let end = limit.map(|limit| Instant::now() + limit);
        loop {
            let left = end.map_or(self.pace.look, |end| end.duration_since(Instant::now()).min(self.pace.look));
            let told = timeout(left, self.known.events.next()).await.is_ok();
            if told {
                self.settle().await;
            }
            if self.look().await {
                if !told {
                    self.come_to_rest().await;
                }
                return;
            }
            if end.is_some_and(|end| end <= Instant::now()) {
                return;
            }
        }
    }

    /// Waits until nothing has happened for a moment.
    pub(super) async fn settle(&mut self) {
        let end = Instant::now() + self.pace.at_most;
        while Instant::now() < end && timeout(self.pace.quiet, self.known.events.next()).await.is_ok() {}
    }

    /// [`Files::settle`], where nobody tells.
    async fn come_to_rest(&mut self) {
        let end = Instant::now() + self.pace.at_most;
        loop {
            self.settle().await;
            if Instant::now() >= end || !self.look().await {
                return;
            }
        }
    }

    /// Looks at all files: whether one of them is not as it was, or was not known.
    async fn look(&mut self) -> bool {
        let mut known = std::mem::take(&mut self.known);
        // A file system can keep whoever asks waiting.
        let looked = tokio::task::spawn_blocking(move || {
            let changed = known.look();
            (known, changed)
        });
        // A task is only lost with the runtime, and this one with it.
        let Ok((known, changed)) = looked.await else { return std::future::pending().await };
        self.known = known;
        changed
    }
}

impl WatchedFiles {
    fn look(&mut self) -> bool {
        // The way to a file can change while it is walked: then it is walked again, now watched. A way that changes all
        // the time is seen next time.
        for _ in 0..3 {
            let trails: Vec<SymlinkChain> = self.seen.keys().map(|path| SymlinkChain::of(path)).collect();
            if !self.events.watch(&trails) {
                break;
            }
        }
        let mut changed = false;
        for (path, seen) in &mut self.seen {
            let now = FileFingerprint::at(path, seen.as_ref());
            changed |= seen.as_ref().is_none_or(|before| now.differs(before));
            *seen = Some(now);
        }
        changed
    }
}
