//! Servers on loopback that count connections, requests and bytes.

use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The usual answer.
pub(crate) const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

/// Counts so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) connections: usize,
    pub(crate) requests: usize,
    pub(crate) bytes: usize,
}

#[derive(Default)]
struct Counts {
    connections: AtomicUsize,
    requests: AtomicUsize,
    bytes: AtomicUsize,
}

/// A server with one thread per connection.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    counts: Arc<Counts>,
}

/// The server's end of a connection.
pub(crate) struct Peer {
    pub(crate) stream: TcpStream,
    counts: Arc<Counts>,
}

impl Server {
    /// Passes each connection to `serve`, whose errors are ignored: the peer may have closed.
    pub(crate) fn start(serve: impl Fn(&mut Peer) -> std::io::Result<()> + Send + Sync + 'static) -> Server {
        Server::at([127, 0, 0, 1].into(), serve).unwrap()
    }

    /// The same at another address of this machine, if it has that address.
    pub(crate) fn at(
        address: IpAddr,
        serve: impl Fn(&mut Peer) -> std::io::Result<()> + Send + Sync + 'static,
    ) -> std::io::Result<Server> {
        let listener = TcpListener::bind((address, 0))?;
        let server = Server { address: listener.local_addr()?, counts: Arc::default() };
        let (counts, serve) = (server.counts.clone(), Arc::new(serve));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                counts.connections.fetch_add(1, Ordering::SeqCst);
                let (mut peer, serve) = (Peer { stream, counts: counts.clone() }, serve.clone());
                std::thread::spawn(move || serve(&mut peer));
            }
        });
        Ok(server)
    }

    /// Answers every request with this text, and keeps the connection open.
    pub(crate) fn answering(answer: impl Into<String>) -> Server {
        let answer = answer.into();
        Server::start(move |peer| {
            while peer.request()?.is_some() {
                peer.answer(&answer)?;
            }
            Ok(())
        })
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn seen(&self) -> Seen {
        let Counts { connections, requests, bytes } = &*self.counts;
        let now = |count: &AtomicUsize| count.load(Ordering::SeqCst);
        Seen { connections: now(connections), requests: now(requests), bytes: now(bytes) }
    }
}

impl Peer {
    /// The next request's head, after its body has arrived too. None if the peer has closed.
    pub(crate) fn request(&mut self) -> std::io::Result<Option<String>> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            if self.read(&mut byte)? == 0 {
                return Ok(None);
            }
            head.extend(byte);
        }
        let head = String::from_utf8(head).unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let mut left: usize = length.map_or(0, |length| length.parse().unwrap());
        let mut body = [0; 4096];
        while left > 0 {
            let wanted = left.min(body.len());
            match self.read(&mut body[..wanted])? {
                0 => return Ok(None),
                read => left -= read,
            }
        }
        self.counts.requests.fetch_add(1, Ordering::SeqCst);
        Ok(Some(head))
    }

    pub(crate) fn answer(&mut self, answer: &str) -> std::io::Result<()> {
        self.stream.write_all(answer.as_bytes())
    }

    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.stream.read(buffer)?;
        self.counts.bytes.fetch_add(read, Ordering::SeqCst);
        Ok(read)
    }
}
