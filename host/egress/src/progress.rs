//! Progress of a request.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::{Mutex, MutexGuard};

/// Progress of a request. Clones refer to the same request.
///
/// A request whose transport never reports counts as possibly sent.
#[derive(Clone, Default)]
pub struct Progress(Arc<Mutex<Stage>>);

#[derive(Default)]
enum Stage {
    #[default]
    Unsaid,
    NothingSent,
    #[cfg_attr(not(feature = "client"), expect(dead_code, reason = "the client makes it"))]
    Carried(Carried),
}

#[derive(Clone)]
struct Carried {
    written: Arc<AtomicU64>,
    before: u64,
    peer: SocketAddr,
    reused: bool,
}

impl Progress {
    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.0.lock()
    }

    /// Reports that no byte of the request has left so far.
    pub fn nothing_sent(&self) {
        *self.stage() = Stage::NothingSent;
    }

    /// Reports that the request was passed on and can no longer be observed: any byte may have left from now on.
    pub fn handed_on(&self) {
        *self.stage() = Stage::Unsaid;
    }

    /// Whether any byte of the request may have left.
    #[must_use]
    pub fn may_have_sent(&self) -> bool {
        match &*self.stage() {
            Stage::Unsaid => true,
            Stage::NothingSent => false,
            Stage::Carried(carried) => carried.written.load(Ordering::Relaxed) > carried.before,
        }
    }

    /// Reports that the request is on a connection on which this many bytes had been written before.
    #[cfg(any(test, feature = "client"))]
    pub(crate) fn begin(&self, written: &Arc<AtomicU64>, peer: SocketAddr, reused: bool) {
        let before = written.load(Ordering::Relaxed);
        *self.stage() = Stage::Carried(Carried { written: written.clone(), before, peer, reused });
    }

    /// Address of the peer, and whether the connection had carried a request before.
    #[must_use]
    pub fn connection(&self) -> Option<(SocketAddr, bool)> {
        match &*self.stage() {
            Stage::Carried(carried) => Some((carried.peer, carried.reused)),
            Stage::Unsaid | Stage::NothingSent => None,
        }
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Progress").field("may_have_sent", &self.may_have_sent()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whether_a_byte_left_is_told_by_the_count_of_the_connection_since_the_request_began() {
        let progress = Progress::default();
        assert!(progress.may_have_sent());
        progress.nothing_sent();
        assert!(!progress.may_have_sent());
        let written = Arc::new(AtomicU64::new(700));
        progress.begin(&written, SocketAddr::from(([127, 0, 0, 1], 80)), true);
        assert!(!progress.may_have_sent());
        written.fetch_add(1, Ordering::Relaxed);
        assert!(progress.may_have_sent() && progress.clone().may_have_sent());
    }
}
