//! Whether somebody wants a command to end: the interrupts and SIGTERMs of a process, one after the other.

use std::io;

/// Hears of them from its making on. The process is not ended by them any more.
pub(super) struct Signals {
    #[cfg(unix)]
    interrupts: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminations: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Listens from now on.
    pub(super) fn listen() -> io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals { interrupts: signal(SignalKind::interrupt())?, terminations: signal(SignalKind::terminate())? })
    }

    /// Is done with the next one.
    pub(super) async fn next(&mut self) {
        let interrupted = std::pin::pin!(self.interrupts.recv());
        let terminated = std::pin::pin!(self.terminations.recv());
        futures_util::future::select(interrupted, terminated).await;
    }
}

#[cfg(not(unix))]
impl Signals {
    /// Listens from now on.
    #[allow(clippy::unnecessary_wraps, reason = "elsewhere it may fail")]
    pub(super) fn listen() -> io::Result<Signals> {
        Ok(Signals {})
    }

    /// Is done with the next interrupt.
    pub(super) async fn next(&mut self) {
        // Without a way to hear of the end, the command runs until it is killed.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
