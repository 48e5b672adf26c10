//! Compiler threads, whose logs do not reach the application.
//!
//! The compiler logs each of its passes over each function, thousands of lines for a connector, and an application that receives
//! `log` through `tracing`, as most do, gets them all at DEBUG. The host must not change the application's filters, so the
//! compiler's threads have a no-op subscriber of their own. They exist only while something is compiled: as long as any thread
//! has a subscriber of its own, `tracing` is slower on all threads.

use std::cell::RefCell;
use std::sync::{Arc, Weak};

use rayon::{ThreadPool, ThreadPoolBuilder};
use tracing::Dispatch;
use tracing::dispatcher::{self, DefaultGuard};

use parking_lot::Mutex;

thread_local! {
    static QUIET: RefCell<Option<DefaultGuard>> = const { RefCell::new(None) };
}

/// The compiler's threads, as many as there are processors, shared by all compilations.
#[derive(Default)]
pub(super) struct QuietThreads(Mutex<Weak<ThreadPool>>);

impl QuietThreads {
    /// Runs the work on these threads; on the current one if they cannot be created.
    pub(super) fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match self.threads() {
            Some(threads) => threads.install(work),
            None => dispatcher::with_default(&Dispatch::none(), work),
        }
    }

    fn threads(&self) -> Option<Arc<ThreadPool>> {
        let mut pool = self.0.lock();
        if let Some(threads) = pool.upgrade() {
            return Some(threads);
        }
        let threads = ThreadPoolBuilder::new()
            .thread_name(|number| format!("stockbridge-compile-{number}"))
            .start_handler(|_| QUIET.set(Some(dispatcher::set_default(&Dispatch::none()))))
            .exit_handler(|_| drop(QUIET.take()))
            .build();
        let threads = Arc::new(threads.ok()?);
        *pool = Arc::downgrade(&threads);
        Some(threads)
    }
}
