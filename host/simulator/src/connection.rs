//! Connections beneath HTTP: hyper cannot withhold an answer or send it byte by byte, so faults act on the bytes
//! themselves. `faults` decides which requests are affected; without a fault a connection passes everything on.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Upper bound on how long a fault keeps a connection, whatever was requested.
pub(crate) const MAX_FAULT_TIME: Duration = Duration::from_secs(120);

/// Accepts connections that faults can act on.
pub(crate) struct Connections {
    listener: TcpListener,
    stopped: watch::Receiver<bool>,
}

impl Connections {
    /// The faults of its connections end with the simulator: when `stopped` is true or its sender is dropped.
    pub(crate) fn new(listener: TcpListener, stopped: watch::Receiver<bool>) -> Connections {
        Connections { listener, stopped }
    }
}

impl Listener for Connections {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        let line = Line { treatment: Arc::default(), stopped: self.stopped.clone() };
        (Connection { stream, line, bound: None, pause: None }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// How the bytes of an answer are sent.
#[derive(Clone, Copy, Debug, Default)]
enum Treatment {
    #[default]
    AsTheyCome,
    /// Unchanged, but at most until the upper bound of every fault.
    Bounded,
    /// One byte at a time, after this pause each.
    Drip(Duration),
    /// Not sent: the connection ends.
    Dropped,
}

/// A request's handle on the connection that it arrived on.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    treatment: Arc<Mutex<Treatment>>,
    stopped: watch::Receiver<bool>,
}

impl Line {
    /// Ends the connection. Answers after this are not sent.
    pub(crate) fn drop(&self) {
        self.treat(Treatment::Dropped);
    }

    /// Sends one byte at a time from now on, head and body alike.
    pub(crate) fn drip(&self, every: Duration) {
        self.treat(Treatment::Drip(every));
    }

    /// Limits the connection from now on to the upper bound of a fault, even with a client that does not read.
    pub(crate) fn bound(&self) {
        self.treat(Treatment::Bounded);
    }

    /// Waits, at most for [`MAX_FAULT_TIME`] and while the simulator runs.
    pub(crate) async fn wait(&self, time: Duration) {
        pause(time.min(MAX_FAULT_TIME), self.stopped.clone()).await;
    }

    fn treat(&self, treatment: Treatment) {
        *self.treatment.lock() = treatment;
    }

    fn treatment(&self) -> Treatment {
        *self.treatment.lock()
    }
}

impl Connected<IncomingStream<'_, Connections>> for Line {
    fn connect_info(stream: IncomingStream<'_, Connections>) -> Line {
        stream.io().line.clone()
    }
}

/// Ends after the time, or with the simulator.
async fn pause(time: Duration, mut stopped: watch::Receiver<bool>) {
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        // An error means that the simulator was dropped, which is an end as well.
        _ = stopped.wait_for(|stopped| *stopped) => {}
    }
}

type Pause = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A connection that its requests have a handle on.
pub(crate) struct Connection {
    stream: TcpStream,
    line: Line,
    /// Remaining time for which a fault may keep it, once one applies.
    bound: Option<Pause>,
    /// Pause before the next byte of a drip.
    pause: Option<Pause>,
}

impl Connection {
    /// Number of the `length` bytes that may be sent now; an error ends the connection.
    fn poll_allowed(&mut self, context: &mut Context<'_>, length: usize) -> Poll<io::Result<usize>> {
        let treatment = self.line.treatment();
        if matches!(treatment, Treatment::AsTheyCome) {
            return Poll::Ready(Ok(length));
        }
        let stopped = &self.line.stopped;
        let bound = self.bound.get_or_insert_with(|| Box::pin(pause(MAX_FAULT_TIME, stopped.clone())));
        if matches!(treatment, Treatment::Dropped) || bound.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        let Treatment::Drip(every) = treatment else { return Poll::Ready(Ok(length)) };
        let before = self.pause.get_or_insert_with(|| Box::pin(pause(every, stopped.clone())));
        ready!(before.as_mut().poll(context));
        Poll::Ready(Ok(length.min(1)))
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let allowed = ready!(self.poll_allowed(context, bytes.len()))?;
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, bytes.get(..allowed).unwrap_or(bytes)))?;
        self.pause = None;
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
