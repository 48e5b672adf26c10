//! The threads that compile. Nothing that they log comes to the application.
//!
//! The compiler logs each of its passes over each function, thousands of lines for a connector, and an application that
//! listens to `log` by way of `tracing`, as most do, has them all among its own at DEBUG. Its filters are its own, so the
//! threads on which the compiler runs have a subscriber of theirs, which is none. They are there while something is compiled:
//! as long as any thread has a subscriber of its own, `tracing` takes longer on all of them.

use std::cell::RefCell;
use std::sync::{Arc, Weak};

use rayon::{ThreadPool, ThreadPoolBuilder};
use tracing::Dispatch;
use tracing::dispatcher::{self, DefaultGuard};

use parking_lot::Mutex;

thread_local! {
    static QUIET: RefCell<Option<DefaultGuard>> = const { RefCell::new(None) };
}

/// The threads for compiling, as many as there are processors, whoever compiles.
#[derive(Default)]
pub(super) struct QuietThreads(Mutex<Weak<ThreadPool>>);

impl QuietThreads {
    /// Does this on them. Where there are none to be had, on this one.
    pub(super) fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match self.threads() {
            Some(threads) => threads.install(work),
            None => dispatcher::with_default(&Dispatch::none(), work),
        }
    }

    fn threads(&self) -> Option<Arc<ThreadPool>> {
        let mut known = self.0.lock();
        if let Some(threads) = known.upgrade() {
            return Some(threads);
        }
        let threads = ThreadPoolBuilder::new()
            .thread_name(|number| format!("stockbridge-compile-{number}"))
            .start_handler(|_| QUIET.set(Some(dispatcher::set_default(&Dispatch::none()))))
            .exit_handler(|_| drop(QUIET.take()))
            .build();
        let threads = Arc::new(threads.ok()?);
        *known = Arc::downgrade(&threads);
        Some(threads)
    }
}
