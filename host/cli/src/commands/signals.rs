//! Signals that ask a command to end: the interrupts and SIGTERMs of a process, one after the other.

use std::io;

/// The process's signals since `listen`, which no longer end it.
pub(super) struct Signals {
    #[cfg(unix)]
    interrupts: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminations: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Starts to listen.
    pub(super) fn listen() -> io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals { interrupts: signal(SignalKind::interrupt())?, terminations: signal(SignalKind::terminate())? })
    }

    /// Completes at the next signal.
    pub(super) async fn next(&mut self) {
        let interrupted = std::pin::pin!(self.interrupts.recv());
        let terminated = std::pin::pin!(self.terminations.recv());
        futures_util::future::select(interrupted, terminated).await;
    }
}

#[cfg(not(unix))]
impl Signals {
    /// Starts to listen.
    #[allow(clippy::unnecessary_wraps, reason = "elsewhere it may fail")]
    pub(super) fn listen() -> io::Result<Signals> {
        Ok(Signals {})
    }

    /// Completes at the next interrupt.
    pub(super) async fn next(&mut self) {
        // Without a listener for the signal, the command runs until it is killed.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
