//! Counters of what a host's calls hold. Each guard counts from its creation until it is dropped.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Serialize;

/// What a host's calls hold at this moment. All of it is 0 when no call is running.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct InUse {
    /// Calls, each with an instance of its own.
    pub calls: usize,
    /// Handles of secrets that calls hold.
    pub secrets: usize,
    /// HTTP requests that wait for a slot or an answer.
    pub requests: usize,
}

/// The counters of a host.
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
    /// Counts one until the returned guard is dropped.
    pub(crate) fn one(&self) -> Counted {
        self.0.fetch_add(1, Ordering::Relaxed);
        Counted(self.0.clone())
    }

    fn now(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// Guard of one counted item.
pub(crate) struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
