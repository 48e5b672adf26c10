//! Name resolution: by the system, or by an application's own resolver.

use std::future::Future;
use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::Semaphore;

/// Future addresses of a name.
pub type Resolving<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>>;

/// Resolves names. Called once for each new connection; the answers are judged, and one of them is dialled without
/// resolving again.
pub trait Resolver: Send + Sync + 'static {
    /// Returns all addresses of a name. An error of the kind [`NotFound`](io::ErrorKind::NotFound) means that the name does not
    /// exist, which no further request changes; any other error may be temporary.
    fn resolve<'a>(&'a self, name: &'a str) -> Resolving<'a>;
}

impl<T: Resolver + ?Sized> Resolver for Arc<T> {
    fn resolve<'a>(&'a self, name: &'a str) -> Resolving<'a> {
        (**self).resolve(name)
    }
}

/// The systems' messages for a name that does not exist, which their interface reports in no other way: glibc's
/// `EAI_NONAME` and `EAI_NODATA`, musl's, BSD's and macOS's, and Windows'.
const NO_SUCH_NAME: [&str; 5] = [
    "Name or service not known",
    "No address associated with hostname",
    "Name does not resolve",
    "nodename nor servname provided",
    "No such host is known",
];

/// Gives the system's error its kind, which only its message tells.
fn with_kind(error: io::Error) -> io::Error {
    let message = error.to_string();
    if NO_SUCH_NAME.iter().any(|known| message.contains(known)) {
        return io::Error::new(io::ErrorKind::NotFound, error);
    }
    error
}

/// Maximum number of look-ups that may stall at the same time: each holds a thread of the runtime until the system gives up,
/// also when no request waits for it any more. An account has a few of them: see `client::lookups`.
const MAX_LOOKUPS: usize = 256;

/// The system's resolver.
#[derive(Debug)]
pub struct SystemResolver {
    permits: Arc<Semaphore>,
}

impl Default for SystemResolver {
    fn default() -> SystemResolver {
        SystemResolver { permits: Arc::new(Semaphore::new(MAX_LOOKUPS)) }
    }
}

impl Resolver for SystemResolver {
    fn resolve<'a>(&'a self, name: &'a str) -> Resolving<'a> {
        Box::pin(async move {
            let permit = self.permits.clone().acquire_owned().await.map_err(io::Error::other)?;
            let name = name.to_owned();
            let lookup = tokio::task::spawn_blocking(move || {
                let _permit = permit;
                // The port is irrelevant; the system's interface requires one.
                Ok((name.as_str(), 0).to_socket_addrs().map_err(with_kind)?.map(|address| address.ip()).collect())
            });
            lookup.await.map_err(io::Error::other)?
        })
    }
}
