//! The TCP connection at the bottom, below TLS and below every timeout: here a write leaves within its window, or not at
//! all.
//!
//! While a connection carries a write whose answer was not read, it is closed without lingering, and what the other end
//! does not acknowledge within the window's length breaks it: what this process has given up, the system does not send
//! later.

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

/// The same, for who says what it carries.
#[derive(Clone)]
pub(super) struct Wire {
    tcp: Arc<TcpStream>,
    carried: Arc<Mutex<Carried>>,
}

/// What it carries now.
#[derive(Default)]
struct Carried {
    window: Option<SendWindow>,
    /// Whether a byte came after the window's end.
    refused: bool,
}

impl Socket {
    pub(super) fn over(tcp: TcpStream) -> (Socket, Wire) {
        let wire = Wire { tcp: Arc::new(tcp), carried: Arc::default() };
        (Socket(wire.clone()), wire)
    }

    /// Hands bytes to the system, as soon as it takes some and if that is not too late.
    fn poll_send(
        &self,
        context: &mut Context<'_>,
        send: impl Fn(&TcpStream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        let Wire { tcp, carried: _ } = &self.0;
        let window = self.0.carried().window.clone();
        loop {
            ready!(tcp.poll_write_ready(context))?;
            // Nothing may come between this look at the clock and the system's call.
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
    /// What is written from now on carries a write, and leaves within this window.
    pub(super) fn begin_write(&self, window: SendWindow) -> io::Result<()> {
        #[cfg(unix)]
        rustix::net::sockopt::set_socket_linger(&self.tcp, Some(std::time::Duration::ZERO))?;
        #[cfg(any(target_os = "linux", target_os = "android"))]
        {
            let milliseconds = u32::try_from(window.length().as_millis()).unwrap_or(u32::MAX).max(1);
            rustix::net::sockopt::set_tcp_user_timeout(&self.tcp, milliseconds)?;
        }
        *self.carried() = Carried { window: Some(window), refused: false };
        Ok(())
    }

    /// The answer was read: it is a connection like any other.
    pub(super) fn end_write(&self) -> io::Result<()> {
        if self.carried().window.take().is_none() {
            return Ok(());
        }
        #[cfg(any(target_os = "linux", target_os = "android"))]
        rustix::net::sockopt::set_tcp_user_timeout(&self.tcp, 0)?;
        #[cfg(unix)]
        rustix::net::sockopt::set_socket_linger(&self.tcp, None)?;
        Ok(())
    }

    /// Whether a byte was held back because the window was over.
    pub(super) fn has_refused(&self) -> bool {
        self.carried().refused
    }

    fn refuse(&self) -> io::Error {
        self.carried().refused = true;
        io::Error::new(io::ErrorKind::TimedOut, "the time in which the write may leave is over")
    }

    fn carried(&self) -> MutexGuard<'_, Carried> {
        self.carried.lock()
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
            // It is gone already.
            Err(rustix::io::Errno::NOTCONN) | Ok(()) => Ok(()),
            Err(error) => Err(error.into()),
        });
        #[cfg(not(unix))]
        Poll::Ready(Ok(()))
    }
}
