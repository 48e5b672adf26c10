//! TLS sessions, separate for each application: a server may recognise a client by its ticket.

use std::collections::HashMap;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::client::Resumption;
use tokio_rustls::TlsConnector;

use parking_lot::Mutex;

/// Maximum number of servers whose sessions are kept for an application.
const MAX_SERVERS: usize = 32;

/// Maximum number of applications whose sessions are kept. The least recently connected one loses its sessions: its next
/// handshake is a full one.
const MAX_APPLICATIONS: usize = 1024;

/// TLS sessions of all applications.
pub(super) struct Sessions {
    tls: ClientConfig,
    cache: Mutex<Cache>,
}

#[derive(Default)]
struct Cache {
    by_application: HashMap<[u8; 16], (u64, TlsConnector)>,
    /// Connection counter, to order the applications by their latest connection.
    latest: u64,
}

impl Sessions {
    pub(super) fn new(tls: ClientConfig) -> Sessions {
        Sessions { tls, cache: Mutex::default() }
    }

    /// Connector for an application's connections.
    pub(super) fn of(&self, application: [u8; 16]) -> TlsConnector {
        let mut cache = self.cache.lock();
        cache.latest += 1;
        let latest = cache.latest;
        if let Some((used, tls)) = cache.by_application.get_mut(&application) {
            *used = latest;
            return tls.clone();
        }
        if cache.by_application.len() >= MAX_APPLICATIONS {
            let longest_ago = cache.by_application.iter().min_by_key(|(_, (used, _))| *used).map(|(its, _)| *its);
            longest_ago.iter().for_each(|its| drop(cache.by_application.remove(its)));
        }
        let mut tls = self.tls.clone();
        tls.resumption = Resumption::in_memory_sessions(MAX_SERVERS);
        let tls = TlsConnector::from(Arc::new(tls));
        cache.by_application.insert(application, (latest, tls.clone()));
        tls
    }
}
