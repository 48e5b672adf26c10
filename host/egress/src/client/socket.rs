//! The TCP connection, below TLS and below every timeout: here a write leaves within its window, or not at all.
//!
//! While a connection carries a write whose answer was not read, it is set to close without lingering, and to break if the
//! peer does not acknowledge data within the window's length: once this process has given up, the system does not send the
//! data later.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use parking_lot::{Mutex, MutexGuard};
use stockbridge_model::SendWindow;

/// The connection as its streams use it.
pub(super) struct Socket(Wire);

/// Handle to the same connection, to announce a write.
#[derive(Clone)]
pub(super) struct Wire {
    tcp: Arc<TcpStream>,
    state: Arc<Mutex<WriteState>>,
}

/// State of the write that the connection carries now.
#[derive(Default)]
struct WriteState {
    window: Option<SendWindow>,
    /// Whether a byte was refused after the window's end.
    refused: bool,
}

impl Socket {
    pub(super) fn over(tcp: TcpStream) -> (Socket, Wire) {
        let wire = Wire { tcp: Arc::new(tcp), state: Arc::default() };
        (Socket(wire.clone()), wire)
    }

    /// Hands bytes to the system once it accepts some, unless it is too late.
    fn poll_send(
        &self,
        context: &mut Context<'_>,
        send: impl Fn(&TcpStream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        let Wire { tcp, state: _ } = &self.0;
        let window = self.0.state().window.clone();
        loop {
            ready!(tcp.poll_write_ready(context))?;
            // Nothing may come between this read of the clock and the system call.
            if window.as_ref().is_some_and(SendWindow::is_over) {
                return Poll::Ready(Err(self.0.refuse()));
            }
            match send(tcp) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                sent => return Poll::Ready(sent),
            }
        }
    }
}

impl Wire {
    /// Announces a write: everything written from now on must leave within this window.
    pub(super) fn begin_write(&self, window: SendWindow) -> io::Result<()> {
        #[cfg(unix)]
        rustix::net::sockopt::set_socket_linger(&self.tcp, Some(std::time::Duration::ZERO))?;
        #[cfg(any(target_os = "linux", target_os = "android"))]
        {
            let milliseconds = u32::try_from(window.length().as_millis()).unwrap_or(u32::MAX).max(1);
            rustix::net::sockopt::set_tcp_user_timeout(&self.tcp, milliseconds)?;
        }
        *self.state() = WriteState { window: Some(window), refused: false };
        Ok(())
    }

    /// Ends a write, once its answer was read: the connection is an ordinary one again.
    pub(super) fn end_write(&self) -> io::Result<()> {
        if self.state().window.take().is_none() {
            return Ok(());
        }
        #[cfg(any(target_os = "linux", target_os = "android"))]
        rustix::net::sockopt::set_tcp_user_timeout(&self.tcp, 0)?;
        #[cfg(unix)]
        rustix::net::sockopt::set_socket_linger(&self.tcp, None)?;
        Ok(())
    }

    /// Whether a byte was refused because the window was over.
    pub(super) fn has_refused(&self) -> bool {
        self.state().refused
    }

    fn refuse(&self) -> io::Error {
        self.state().refused = true;
        io::Error::new(io::ErrorKind::TimedOut, "the write's send window is over")
    }

    fn state(&self) -> MutexGuard<'_, WriteState> {
        self.state.lock()
    }
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let tcp = &self.0.tcp;
        loop {
            ready!(tcp.poll_read_ready(context))?;
            match tcp.try_read_buf(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return Poll::Ready(read.map(drop)),
            }
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_send(context, |tcp| tcp.try_write(bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_send(context, |tcp| tcp.try_write_vectored(pieces))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        #[cfg(unix)]
        return Poll::Ready(match rustix::net::shutdown(&self.0.tcp, rustix::net::Shutdown::Write) {
            // Already closed.
            Err(rustix::io::Errno::NOTCONN) | Ok(()) => Ok(()),
            Err(error) => Err(error.into()),
        });
        #[cfg(not(unix))]
        Poll::Ready(Ok(()))
    }
}
