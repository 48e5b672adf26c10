//! File events of the system, for the followed files and the directories and links that lead to them: inotify on Linux, FSEvents on
//! macOS, ReadDirectoryChangesW on Windows. The crate `notify` requests them, on a thread of its own that ends with [`Events`].
//!
//! Events only save time: polling every few seconds finds changes without them, as on network file systems and where the system
//! has no watches left.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use notify::event::{AccessKind, AccessMode, ModifyKind};
use notify::{ErrorKind, Event, EventKind, RecursiveMode, Watcher};
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::fingerprint::{Inode, inode};
use super::symlink_chain::SymlinkChain;
use crate::diagnostics;

/// Whether each directory of a path is watched, not only the last. On macOS a watch of `/` would cover the whole disk, and on Windows
/// a watched directory keeps its parents from being renamed: there, polling finds swaps further up.
const WHOLE_WAY: bool = cfg!(any(target_os = "linux", target_os = "android"));

/// File events for a set of symlink chains.
#[derive(Default)]
pub(super) struct Events {
    /// None where the system has no file events: then the files are only polled.
    source: Option<Source>,
}

impl Events {
    /// Creates the watcher, without any watch.
    pub(super) fn new() -> Events {
        Events::of(|signal| {
            let watcher = notify::recommended_watcher(move |event| signal.receive(event))?;
            Ok(Box::new(watcher))
        })
    }

    /// The watcher keeps the signal for as long as it has a thread.
    fn of(watcher: impl FnOnce(Arc<Signal>) -> notify::Result<Box<dyn Watcher + Send>>) -> Events {
        let signal = Arc::new(Signal::default());
        match watcher(signal.clone()) {
            Ok(watcher) => Events { source: Some(Source::new(watcher, signal)) },
            Err(error) => {
                tracing::warn!(target: diagnostics::WATCH, %error, "no file events: files are only looked at every few seconds");
                Events::default()
            }
        }
    }

    /// Watches these chains and nothing else. Returns whether a path is newly watched, so that its earlier events are missing.
    pub(super) fn watch(&mut self, trails: &[SymlinkChain]) -> bool {
        if self.source.as_ref().is_some_and(|source| !source.has_thread()) {
            tracing::warn!(target: diagnostics::WATCH, "no thread for file events: files are only looked at every few seconds");
            self.source = None;
        }
        self.source.as_mut().is_some_and(|source| source.watch(trails))
    }

    /// Waits for the next event of a chain.
    pub(super) async fn next(&mut self) {
        // Borrows the signal alone: the watcher is not `Sync`.
        match self.source.as_ref().map(|source| &*source.signal) {
            Some(signal) => signal.happened.notified().await,
            None => std::future::pending().await,
        }
    }
}

/// The watcher, and the paths that it watches.
struct Source {
    /// None once dropped.
    watcher: Option<Box<dyn Watcher + Send>>,
    signal: Arc<Signal>,
    watched: BTreeMap<PathBuf, Inode>,
    /// Whether the operator was warned that the system has no watches left.
    is_exhausted: bool,
}

impl Source {
    fn new(watcher: Box<dyn Watcher + Send>, signal: Arc<Signal>) -> Source {
        Source { watcher: Some(watcher), signal, watched: BTreeMap::new(), is_exhausted: false }
    }

    /// Whether the watcher's thread runs. Without one, as when the system refused another thread, each of its methods panics.
    fn has_thread(&self) -> bool {
        Arc::strong_count(&self.signal) > 1
    }

    fn watch(&mut self, trails: &[SymlinkChain]) -> bool {
        let Some(watcher) = &mut self.watcher else { return false };
        // Set before watching: the first event is filtered as well.
        let gone = self.signal.concerns.lock().set(trails);
        let mut begun = to_watch(trails);
        let mut ended = Vec::new();
        for (path, inode) in &self.watched {
            let is_good = begun.get(path) == Some(inode) && !gone.iter().any(|gone| path.starts_with(gone));
            match is_good {
                true => drop(begun.remove(path)),
                false => ended.push(path.clone()),
            }
        }
        if ended.is_empty() && begun.is_empty() {
            return false;
        }
        // In one batch: on macOS each change of the watches interrupts the events.
        let mut paths = watcher.paths_mut();
        for path in &ended {
            self.watched.remove(path);
            // An error means that the path was deleted, and its watch with it.
            let _ = paths.remove(path);
        }
        let mut failures = Vec::new();
        let mut is_news = false;
        for (path, inode) in begun {
            match paths.add(&path, RecursiveMode::NonRecursive) {
                Ok(()) => is_news |= self.watched.insert(path, inode).is_none(),
                Err(error) => failures.push(error),
            }
        }
        if let Err(error) = paths.commit() {
            self.watched.clear();
            failures.push(error);
        }
        self.report(&failures);
        is_news
    }

    /// Logs paths that cannot be watched (deleted, unreadable, no watches left) and are therefore only polled. Warns the operator
    /// once if the system has no watches left.
    fn report(&mut self, failures: &[notify::Error]) {
        for error in failures {
            tracing::debug!(target: diagnostics::WATCH, %error, "no file events here");
        }
        let exhausted = failures.iter().find(|error| matches!(error.kind, ErrorKind::MaxFilesWatch));
        if let Some(error) = exhausted
            && !self.is_exhausted
        {
            tracing::warn!(
                target: diagnostics::WATCH,
                %error,
                "the system has no file watches left (on Linux: fs.inotify.max_user_watches): some files are only looked at \
                 every few seconds"
            );
        }
        self.is_exhausted = exhausted.is_some();
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        // Dropping the watcher sends a message to its thread, which panics without one.
        if !self.has_thread() {
            std::mem::forget(self.watcher.take());
        }
    }
}

/// Existing directories of the chains, and the files, each with its inode: a watch belongs to the inode, not to the name.
fn to_watch(trails: &[SymlinkChain]) -> BTreeMap<PathBuf, Inode> {
    let directories = trails.iter().flat_map(names).map(|(directory, _)| directory);
    let files = trails.iter().filter_map(|trail| trail.file.as_ref());
    let with_inode = |path: &PathBuf| Some((path.clone(), inode(&std::fs::symlink_metadata(path).ok()?)));
    directories.chain(files).filter_map(with_inode).collect()
}

fn names(trail: &SymlinkChain) -> &[(PathBuf, OsString)] {
    let unwatched = if WHOLE_WAY { 0 } else { trail.names.len().saturating_sub(1) };
    trail.names.get(unwatched..).unwrap_or_default()
}

/// Signal from the watcher's thread: coalesces events, and never blocks.
#[derive(Default)]
struct Signal {
    happened: Notify,
    concerns: Mutex<Concerns>,
}

impl Signal {
    fn receive(&self, event: notify::Result<Event>) {
        if self.concerns.lock().receive(event) {
            self.happened.notify_one();
        }
    }
}

/// Filter for the events of busy directories, such as /tmp.
#[derive(Default)]
struct Concerns {
    /// Paths of the chains' links and files.
    paths: HashSet<PathBuf>,
    /// Those removed or replaced since: watches of them, and of paths below them, are dead.
    gone: HashSet<PathBuf>,
}

impl Concerns {
    /// Replaces the paths, and returns those that were removed or replaced before.
    fn set(&mut self, trails: &[SymlinkChain]) -> HashSet<PathBuf> {
        self.paths = trails.iter().flat_map(names).map(|(directory, name)| directory.join(name)).collect();
        self.paths.extend(trails.iter().filter_map(|trail| trail.file.clone()));
        std::mem::take(&mut self.gone)
    }

    /// Whether an event concerns one of the paths.
    fn receive(&mut self, event: notify::Result<Event>) -> bool {
        let Some(event) = event.ok().filter(|event| !event.need_rescan()) else {
            // Events were lost.
            self.gone.extend(self.paths.iter().cloned());
            return true;
        };
        match event.kind {
            EventKind::Access(AccessKind::Close(AccessMode::Write)) => self.concerned(&event.paths).next().is_some(),
            // Opened or read.
            EventKind::Access(_) => false,
            EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)) => {
                let gone: Vec<PathBuf> = self.concerned(&event.paths).cloned().collect();
                let is_concern = !gone.is_empty();
                self.gone.extend(gone);
                is_concern
            }
            _ => self.concerned(&event.paths).next().is_some(),
        }
    }

    fn concerned<'a>(&'a self, paths: &'a [PathBuf]) -> impl Iterator<Item = &'a PathBuf> {
        paths.iter().filter(|path| self.paths.contains(path.as_path()))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::path::Path;
    use std::time::{Duration, Instant};

    use notify::event::{CreateKind, DataChange, Flag, RemoveKind, RenameMode};
    use tokio::time::timeout;

    use super::*;

    /// Long enough for an event to arrive from the thread.
    const A_WHILE: Duration = Duration::from_millis(200);

    async fn is_told(events: &mut Events) -> bool {
        timeout(A_WHILE, events.next()).await.is_ok()
    }

    /// Drains the events so far.
    async fn forget(events: &mut Events) {
        while is_told(events).await {}
    }

    fn concerns(path: &Path) -> Concerns {
        let mut concerns = Concerns::default();
        concerns.set(&[SymlinkChain::of(path)]);
        concerns
    }

    fn event(kind: EventKind, path: &Path) -> notify::Result<Event> {
        Ok(Event::new(kind).add_path(path.to_owned()))
    }

    /// A watcher of a system without watches left.
    struct Exhausted;

    impl Watcher for Exhausted {
        fn new<F: notify::EventHandler>(_: F, _: notify::Config) -> notify::Result<Exhausted> {
            Ok(Exhausted)
        }

        fn watch(&mut self, path: &Path, _: RecursiveMode) -> notify::Result<()> {
            Err(notify::Error::new(ErrorKind::MaxFilesWatch).add_path(path.to_owned()))
        }

        fn unwatch(&mut self, _: &Path) -> notify::Result<()> {
            Err(notify::Error::watch_not_found())
        }

        fn kind() -> notify::WatcherKind {
            notify::WatcherKind::NullWatcher
        }
    }

    /// Events of a watcher that can watch nothing, and the signal that its thread would hold.
    pub(in crate::watch) fn exhausted() -> (Events, impl Sized) {
        let mut kept = None;
        let events = Events::of(|signal| {
            kept = Some(signal);
            Ok(Box::new(Exhausted))
        });
        (events, kept)
    }

    #[tokio::test]
    async fn only_what_happens_to_a_followed_name_is_of_concern() {
        let directory = tempfile::tempdir().unwrap();
        let (path, neighbour) = (directory.path().join("file"), directory.path().join("neighbour"));
        let mut events = Events::new();
        assert!(events.watch(&[SymlinkChain::of(&path)]));
        assert!(!is_told(&mut events).await);
        std::fs::write(&neighbour, "x").unwrap();
        std::fs::remove_file(&neighbour).unwrap();
        assert!(!is_told(&mut events).await);
        std::fs::write(&path, "x").unwrap();
        assert!(is_told(&mut events).await);
        assert!(events.watch(&[SymlinkChain::of(&path)]));
        forget(&mut events).await;
        assert_eq!(std::fs::read(&path).unwrap(), b"x");
        assert!(!is_told(&mut events).await);
        std::fs::write(&path, "y").unwrap();
        assert!(is_told(&mut events).await);
    }

    #[tokio::test]
    async fn what_is_no_longer_followed_is_no_longer_watched() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        let mut events = Events::new();
        events.watch(&[SymlinkChain::of(&path)]);
        let watched = |events: &Events| events.source.as_ref().unwrap().watched.len();
        assert_ne!(watched(&events), 0);
        events.watch(&[]);
        assert_eq!(watched(&events), 0);
        forget(&mut events).await;
        std::fs::write(&path, "x").unwrap();
        assert!(!is_told(&mut events).await);
    }

    #[tokio::test]
    async fn a_directory_that_is_made_again_under_its_name_is_watched_again() {
        let directory = tempfile::tempdir().unwrap();
        let folder = directory.path().join("folder");
        let path = folder.join("file");
        let mut events = Events::new();
        for remove in [
            |folder: &Path| std::fs::remove_dir_all(folder),
            |folder: &Path| std::fs::rename(folder, folder.with_extension("old")),
        ] {
            std::fs::create_dir(&folder).unwrap();
            std::fs::write(&path, "x").unwrap();
            assert!(events.watch(&[SymlinkChain::of(&path)]));
            forget(&mut events).await;
            std::fs::write(&path, "y").unwrap();
            assert!(is_told(&mut events).await);
            remove(&folder).unwrap();
            assert!(is_told(&mut events).await);
        }
    }

    #[test]
    fn what_went_and_what_was_lost_is_watched_again_and_what_is_read_is_of_no_concern() {
        let directory = tempfile::tempdir().unwrap();
        let (path, neighbour) = (directory.path().join("file"), directory.path().join("neighbour"));
        std::fs::write(&path, "x").unwrap();
        let written = EventKind::Modify(ModifyKind::Data(DataChange::Any));
        let closed = EventKind::Access(AccessKind::Close(AccessMode::Write));
        for kind in [EventKind::Any, EventKind::Create(CreateKind::File), EventKind::Other, written, closed] {
            let mut concerns = concerns(&path);
            assert!(concerns.receive(event(kind, &path)), "{kind:?}");
            assert!(!concerns.receive(event(kind, &neighbour)), "{kind:?}");
            assert!(concerns.gone.is_empty(), "{kind:?}");
        }
        for kind in [AccessKind::Open(AccessMode::Any), AccessKind::Read, AccessKind::Close(AccessMode::Read)] {
            assert!(!concerns(&path).receive(event(EventKind::Access(kind), &path)), "{kind:?}");
        }
        let renamed = EventKind::Modify(ModifyKind::Name(RenameMode::To));
        for kind in [EventKind::Remove(RemoveKind::Any), renamed] {
            let mut concerns = concerns(&path);
            assert!(!concerns.receive(event(kind, &neighbour)), "{kind:?}");
            assert!(concerns.receive(event(kind, &path)), "{kind:?}");
            assert!(concerns.gone.contains(&path), "{kind:?}");
        }
        let lost = Ok(Event::new(EventKind::Other).set_flag(Flag::Rescan));
        for lost in [lost, Err(notify::Error::generic("the queue cannot be read"))] {
            let mut concerns = concerns(&path);
            assert!(concerns.receive(lost));
            assert_eq!(concerns.gone, concerns.paths);
        }
    }

    #[tokio::test]
    async fn the_thread_ends_with_the_events() {
        let mut events = Events::new();
        events.watch(&[SymlinkChain::of(tempfile::NamedTempFile::new().unwrap().path())]);
        let signal = Arc::downgrade(&events.source.as_ref().unwrap().signal);
        assert_eq!(signal.strong_count(), 2);
        drop(events);
        let begin = Instant::now();
        while signal.strong_count() > 0 {
            assert!(begin.elapsed() < Duration::from_secs(5), "the thread goes on");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    #[tokio::test]
    async fn without_a_watcher_or_its_thread_nothing_is_told_and_nothing_fails() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let trails = [SymlinkChain::of(file.path())];
        let mut none = Events::of(|_| Err(notify::Error::generic("too many open files")));
        assert!(!none.watch(&trails));
        assert!(!is_told(&mut none).await);
        /// Panics without a thread, as the crate's own watcher does.
        struct Threadless;
        impl Watcher for Threadless {
            fn new<F: notify::EventHandler>(_: F, _: notify::Config) -> notify::Result<Threadless> {
                Ok(Threadless)
            }

            fn watch(&mut self, _: &Path, _: RecursiveMode) -> notify::Result<()> {
                panic!("no thread")
            }

            fn unwatch(&mut self, _: &Path) -> notify::Result<()> {
                panic!("no thread")
            }

            fn kind() -> notify::WatcherKind {
                notify::WatcherKind::NullWatcher
            }
        }
        impl Drop for Threadless {
            fn drop(&mut self) {
                panic!("no thread")
            }
        }
        let threadless = || Events::of(|_| Ok(Box::new(Threadless)));
        drop(threadless());
        let mut events = threadless();
        assert!(!events.watch(&trails));
        assert!(events.source.is_none());
        assert!(!is_told(&mut events).await);
    }
}
