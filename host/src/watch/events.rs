//! The system's word that something happened to a file or on the way to it, where it gives one: inotify on Linux.
//!
//! It saves time and is not relied upon: files that are looked at every few seconds are found changed without it, as on
//! network file systems and where the system has no watches left.

use super::symlink_chain::SymlinkChain;

#[cfg(target_os = "linux")]
pub(super) use linux::Events;

/// No system but Linux is asked.
#[cfg(not(target_os = "linux"))]
#[derive(Default)]
pub(super) struct Events;

#[cfg(not(target_os = "linux"))]
impl Events {
    pub(super) fn new() -> Events {
        Events
    }

    pub(super) fn watch(&mut self, _: &[SymlinkChain]) -> bool {
        false
    }

    pub(super) async fn next(&mut self) {
        std::future::pending().await
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use crate::diagnostics;
    use std::collections::{HashMap, HashSet};
    use std::ffi::{OsStr, OsString};
    use std::mem::MaybeUninit;
    use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
    use std::os::unix::ffi::OsStrExt as _;
    use std::path::Path;
    use std::time::Duration;

    use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
    use tokio::io::unix::AsyncFd;

    use super::SymlinkChain;

    /// In a directory: what appears and goes under a name.
    const NAMES: WatchFlags = WatchFlags::CREATE
        .union(WatchFlags::DELETE)
        .union(WatchFlags::MOVED_FROM)
        .union(WatchFlags::MOVED_TO)
        .union(WatchFlags::DELETE_SELF)
        .union(WatchFlags::MOVE_SELF)
        .union(WatchFlags::ONLYDIR);

    /// In a file: its contents, and whether it may be read. Not that somebody read it.
    const CONTENTS: WatchFlags = WatchFlags::MODIFY
        .union(WatchFlags::CLOSE_WRITE)
        .union(WatchFlags::ATTRIB)
        .union(WatchFlags::DELETE_SELF)
        .union(WatchFlags::MOVE_SELF);

    /// A busy neighbour, as in /tmp, wakes the task no more often than this.
    const EVENT_DEBOUNCE: Duration = Duration::from_millis(20);

    /// The system's word on a set of trails. All of its watches end when it is dropped; there is no thread.
    #[derive(Default)]
    pub(crate) struct Events {
        /// None where the system gives no word: then the files are only looked at.
        queue: Option<AsyncFd<OwnedFd>>,
        watched: HashMap<i32, Watched>,
    }

    #[derive(Default)]
    struct Watched {
        /// In a directory: the names that lead to a file.
        names: HashSet<OsString>,
        file: bool,
    }

    impl Watched {
        fn concerns(&self, event: ReadFlags, name: Option<&OsStr>) -> bool {
            let own = ReadFlags::IGNORED | ReadFlags::DELETE_SELF | ReadFlags::MOVE_SELF | ReadFlags::UNMOUNT;
            self.file || event.intersects(own) || name.is_some_and(|name| self.names.contains(name))
        }
    }

    impl Events {
        /// Without a watch so far.
        pub(crate) fn new() -> Events {
            let queue = queue().inspect_err(|error| {
                tracing::debug!(target: diagnostics::WATCH, %error, "no file events: files are only looked at every few seconds");
            });
            Events { queue: queue.ok(), watched: HashMap::new() }
        }

        /// Watches these trails and nothing else. True: something was not watched before, so what happened to it until
        /// now was not told.
        pub(crate) fn watch(&mut self, trails: &[SymlinkChain]) -> bool {
            let Some(queue) = &self.queue else { return false };
            let queue = queue.as_fd();
            let mut watched: HashMap<i32, Watched> = HashMap::with_capacity(self.watched.len());
            let mut directories: HashMap<&Path, i32> = HashMap::new();
            for (directory, name) in trails.iter().flat_map(|trail| &trail.names) {
                let watch = match directories.get(directory.as_path()) {
                    Some(watch) => Some(*watch),
                    None => add(queue, directory, NAMES),
                };
                if let Some(watch) = watch {
                    directories.insert(directory, watch);
                    watched.entry(watch).or_default().names.insert(name.clone());
                }
            }
            let files: HashSet<&Path> = trails.iter().filter_map(|trail| trail.file.as_deref()).collect();
            for watch in files.into_iter().filter_map(|file| add(queue, file, CONTENTS)) {
                watched.entry(watch).or_default().file = true;
            }
            let news = watched.keys().any(|watch| !self.watched.contains_key(watch));
            for watch in self.watched.keys().filter(|watch| !watched.contains_key(watch)) {
                // What was deleted is no longer watched anyway.
                let _ = inotify::remove_watch(queue, *watch);
            }
            self.watched = watched;
            news
        }

        /// Waits until something happened on a trail.
        pub(crate) async fn next(&mut self) {
            let Some(queue) = &self.queue else { return std::future::pending().await };
            loop {
                let Ok(mut ready) = queue.readable().await else { return std::future::pending().await };
                match told(queue.as_fd(), &self.watched) {
                    Some(true) => return,
                    Some(false) => tokio::time::sleep(EVENT_DEBOUNCE).await,
                    None => ready.clear_ready(),
                }
            }
        }
    }

    #[expect(deprecated, reason = "what it does is sound for an OwnedFd, and its successor asks for unsafe code")]
    fn queue() -> std::io::Result<AsyncFd<OwnedFd>> {
        AsyncFd::new(inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?)
    }

    /// The watch of a directory or file. What cannot be watched (it went, it may not be read, the system has no watches
    /// left) is looked at now and then.
    fn add(queue: BorrowedFd<'_>, path: &Path, flags: WatchFlags) -> Option<i32> {
        inotify::add_watch(queue, path, flags | WatchFlags::DONT_FOLLOW)
            .inspect_err(|error| tracing::debug!(target: diagnostics::WATCH, path = %path.display(), %error, "no file events here"))
            .ok()
    }

    /// Takes what is queued, at most a few hundred events. Whether any of it concerns what is watched; none if nothing
    /// is queued.
    fn told(queue: BorrowedFd<'_>, watched: &HashMap<i32, Watched>) -> Option<bool> {
        let mut space = [MaybeUninit::uninit(); 8 * 1024];
        let mut reader = Reader::new(queue, &mut space);
        let mut concerned = None;
        while concerned.is_none() || !reader.is_buffer_empty() {
            let Ok(event) = reader.next() else { return concerned };
            let name = event.file_name().map(|name| OsStr::from_bytes(name.to_bytes()));
            let lost = event.events().contains(ReadFlags::QUEUE_OVERFLOW);
            let concerns =
                lost || watched.get(&event.wd()).is_some_and(|watched| watched.concerns(event.events(), name));
            concerned = Some(concerned.unwrap_or(false) || concerns);
        }
        concerned
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[tokio::test]
        async fn only_what_happens_to_a_followed_name_is_of_concern() {
            let directory = tempfile::tempdir().unwrap();
            let (path, neighbour) = (directory.path().join("file"), directory.path().join("neighbour"));
            let mut events = Events::new();
            assert!(events.watch(&[SymlinkChain::of(&path)]));
            let told = |events: &Events| told(events.queue.as_ref().unwrap().as_fd(), &events.watched);
            assert_eq!(told(&events), None);
            std::fs::write(&neighbour, "x").unwrap();
            std::fs::remove_file(&neighbour).unwrap();
            assert_eq!(told(&events), Some(false));
            std::fs::write(&path, "x").unwrap();
            assert_eq!(told(&events), Some(true));
            assert!(events.watch(&[SymlinkChain::of(&path)]));
            assert_eq!(told(&events), None);
            assert_eq!(std::fs::read(&path).unwrap(), b"x");
            assert_eq!(told(&events), None);
            std::fs::write(&path, "y").unwrap();
            assert_eq!(told(&events), Some(true));
        }

        #[tokio::test]
        async fn what_is_no_longer_followed_is_no_longer_watched() {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("file");
            let mut events = Events::new();
            events.watch(&[SymlinkChain::of(&path)]);
            events.watch(&[]);
            assert!(events.watched.is_empty());
            std::fs::write(&path, "x").unwrap();
            assert_ne!(told(events.queue.as_ref().unwrap().as_fd(), &events.watched), Some(true));
        }
    }
}
