//! How a command that stays up hears that it is to end.

use std::io;

/// Listens from now on, and is done on an interrupt or a SIGTERM.
#[cfg(unix)]
pub(super) fn end() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupted, mut terminated) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        let interrupted = std::pin::pin!(interrupted.recv());
        let terminated = std::pin::pin!(terminated.recv());
        futures_util::future::select(interrupted, terminated).await;
    })
}

/// Is done on an interrupt.
#[cfg(not(unix))]
pub(super) fn end() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without a way to hear of the end, the command runs until it is killed.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
