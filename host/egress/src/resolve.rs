//! Names become addresses: by way of the system, or of whatever an application puts in its place.

use std::future::Future;
use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::Semaphore;

/// What a name is resolved to, later.
pub type Resolving<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>>;

/// Something that resolves names. It is asked once for each connection that is made; the answers are judged, and one of
/// them is dialled without asking again.
pub trait Resolver: Send + Sync + 'static {
    /// All addresses of a name. An error of the kind [`NotFound`](io::ErrorKind::NotFound) says that there is no such name,
    /// which no further request changes; any other may pass.
    fn resolve<'a>(&'a self, name: &'a str) -> Resolving<'a>;
}

impl<T: Resolver + ?Sized> Resolver for Arc<T> {
    fn resolve<'a>(&'a self, name: &'a str) -> Resolving<'a> {
        (**self).resolve(name)
    }
}

/// The words in which the systems say that there is no such name, which their interface tells by nothing else: glibc's
/// `EAI_NONAME` and `EAI_NODATA`, musl's, that of BSD and macOS, and that of Windows.
const NO_SUCH_NAME: [&str; 5] = [
    "Name or service not known",
    "No address associated with hostname",
    "Name does not resolve",
    "nodename nor servname provided",
    "No such host is known",
];

/// The system's error, of the kind that says what it says.
fn told(error: io::Error) -> io::Error {
    let words = error.to_string();
    if NO_SUCH_NAME.iter().any(|known| words.contains(known)) {
        return io::Error::new(io::ErrorKind::NotFound, error);
    }
    error
}

/// Look-ups that may stall at the same time: each holds a thread of the runtime until the system gives up, whoever
/// waits for it. An account has a few of them: see `client::lookups`.
const LOOKUPS: usize = 256;

/// The system's resolver.
#[derive(Debug)]
pub struct SystemResolver {
    turns: Arc<Semaphore>,
}

impl Default for SystemResolver {
    fn default() -> SystemResolver {
        SystemResolver { turns: Arc::new(Semaphore::new(LOOKUPS)) }
    }
}

impl Resolver for SystemResolver {
    fn resolve<'a>(&'a self, name: &'a str) -> Resolving<'a> {
        Box::pin(async move {
            let turn = self.turns.clone().acquire_owned().await.map_err(io::Error::other)?;
            let name = name.to_owned();
            let lookup = tokio::task::spawn_blocking(move || {
                let _turn = turn;
                // The port is of no meaning here; the system's interface wants one.
                Ok((name.as_str(), 0).to_socket_addrs().map_err(told)?.map(|address| address.ip()).collect())
            });
            lookup.await.map_err(io::Error::other)?
        })
    }
}
