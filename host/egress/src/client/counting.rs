//! Byte-counting streams: they record, without guessing, whether a byte of a request left.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::coop::consume_budget;

/// A byte stream to a peer: TCP, with or without TLS.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send {}
impl<T: AsyncRead + AsyncWrite + Send> Stream for T {}

/// A stream that counts the bytes written.
pub(super) struct Counting {
    stream: Pin<Box<dyn Stream>>,
    written: Arc<AtomicU64>,
    /// Bytes written below TLS. TLS may write part of its input and then fail without reporting it.
    below: Option<Arc<AtomicU64>>,
    /// The first byte read; [`NOTHING_READ`] before.
    first_read: Arc<AtomicU64>,
    /// Interim answers to the current request.
    interim: Interim,
}

/// Counter of interim answers (100, 103): each costs as much as the head of a whole answer, and a server may send them endlessly.
#[derive(Clone, Default)]
pub(super) struct Interim(Arc<AtomicU64>);

impl Interim {
    /// Maximum number for one request.
    const MAX: u64 = 16;

    pub(super) fn begin(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    pub(super) fn one_more(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn are_too_many(&self) -> bool {
        self.0.load(Ordering::Relaxed) > Interim::MAX
    }
}

/// Task budget consumed by a read, of 128 before the task yields: about eight reads.
const READ_BUDGET: usize = 15;

/// Placeholder for the first byte, before any was read.
const NOTHING_READ: u64 = u64::MAX;
/// First byte of a TLS alert, which cannot begin an HTTP answer.
const TLS_ALERT: u64 = 0x15;

/// First byte of the first answer on a stream.
#[derive(Clone)]
pub(super) struct FirstRead(Arc<AtomicU64>);

impl FirstRead {
    /// Whether the peer spoke TLS.
    pub(super) fn is_tls(&self) -> bool {
        self.0.load(Ordering::Relaxed) == TLS_ALERT
    }
}

impl Counting {
    pub(super) fn over(stream: impl Stream + 'static) -> Counting {
        let first_read = Arc::new(AtomicU64::new(NOTHING_READ));
        Counting {
            stream: Box::pin(stream),
            written: Arc::default(),
            below: None,
            first_read,
            interim: Interim::default(),
        }
    }

    /// A stream over TLS, which in turn writes on a counting stream.
    pub(super) fn over_tls(stream: impl Stream + 'static, below: Arc<AtomicU64>) -> Counting {
        Counting { below: Some(below), ..Counting::over(stream) }
    }

    /// Number of bytes written so far.
    pub(super) fn written(&self) -> &Arc<AtomicU64> {
        &self.written
    }

    /// The first byte of the first answer.
    pub(super) fn first_read(&self) -> FirstRead {
        FirstRead(self.first_read.clone())
    }

    /// Counter of its interim answers.
    pub(super) fn interim(&self) -> Interim {
        self.interim.clone()
    }

    fn below(&self) -> u64 {
        self.below.as_ref().map_or(0, |below| below.load(Ordering::Relaxed))
    }

    fn write(
        &mut self,
        write: impl FnOnce(Pin<&mut (dyn Stream + 'static)>) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        let before = self.below();
        let result = write(self.stream.as_mut());
        let left = match &result {
            Poll::Ready(Ok(written)) => u64::try_from(*written).unwrap_or(u64::MAX),
            Poll::Ready(Err(_)) => self.below().saturating_sub(before),
            Poll::Pending => 0,
        };
        self.written.fetch_add(left, Ordering::Relaxed);
        result
    }
}

impl AsyncRead for Counting {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.interim.are_too_many() {
            let problem = format!("it sent more than {} interim answers", Interim::MAX);
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, problem)));
        }
        // All that is read at once is parsed at once: the task yields after a few reads.
        for _ in 0..READ_BUDGET {
            std::task::ready!(std::pin::pin!(consume_budget()).poll(context));
        }
        let before = buffer.filled().len();
        let read = self.stream.as_mut().poll_read(context, buffer);
        if self.first_read.load(Ordering::Relaxed) == NOTHING_READ
            && let Some(first) = buffer.filled().get(before)
        {
            self.first_read.store(u64::from(*first), Ordering::Relaxed);
        }
        read
    }
}

impl AsyncWrite for Counting {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.write(|stream| stream.poll_write(context, bytes))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.write(|stream| stream.poll_write_vectored(context, pieces))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    /// Writes this many bytes below TLS, then fails with a connection reset, as TLS may with a long request.
    struct Reset {
        below: Arc<AtomicU64>,
        left: u64,
    }

    impl AsyncRead for Reset {
        fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }
    }

    impl AsyncWrite for Reset {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
            self.below.fetch_add(self.left, Ordering::Relaxed);
            Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
        }
        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn what_tls_wrote_before_it_failed_has_left_and_a_failure_at_once_has_written_nothing() {
        for left in [0, 16_384] {
            // Bytes of the handshake.
            let below = Arc::new(AtomicU64::new(700));
            let mut counting = Counting::over_tls(Reset { below: below.clone(), left }, below);
            let written = poll_fn(|context| Pin::new(&mut counting).poll_write(context, &[0; 50_000])).await;
            assert!(written.is_err());
            assert_eq!(counting.written().load(Ordering::Relaxed), left);
        }
    }
}
