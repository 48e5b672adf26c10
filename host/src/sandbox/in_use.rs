//! What is alive in a host: counted when it begins, and uncounted by whatever ends it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a host's calls hold at this moment. All of it is 0 when no call is running.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct InUse {
    /// Calls, each with an instance of its own.
    pub calls: usize,
    /// Handles of secrets that calls hold.
    pub secrets: usize,
    /// HTTP requests that wait for their turn or their answer.
    pub requests: usize,
}

/// Where a host counts.
#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) calls: Counter,
    pub(crate) secrets: Counter,
    pub(crate) requests: Counter,
}

impl Counters {
    pub(crate) fn now(&self) -> InUse {
        InUse { calls: self.calls.now(), secrets: self.secrets.now(), requests: self.requests.now() }
    }
}

#[derive(Default)]
pub(crate) struct Counter(Arc<AtomicUsize>);

impl Counter {
    /// Counts one until what is returned is dropped.
    pub(crate) fn one(&self) -> Counted {
        self.0.fetch_add(1, Ordering::Relaxed);
        Counted(self.0.clone())
    }

    fn now(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// One that is counted.
pub(crate) struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
