//! TLS sessions, each application's for itself: a server may know a client again by its ticket.

use std::collections::HashMap;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::client::Resumption;
use tokio_rustls::TlsConnector;

use parking_lot::Mutex;

/// The servers that an application's sessions are kept of.
const SERVERS: usize = 32;

/// The applications whose sessions are kept. The one that made no connection for longest loses its own: its next handshake is
/// a whole one.
const APPLICATIONS: usize = 1024;

/// The sessions of all applications.
pub(super) struct Sessions {
    tls: ClientConfig,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    by_application: HashMap<[u8; 16], (u64, TlsConnector)>,
    /// Grows with each connection.
    latest: u64,
}

impl Sessions {
    pub(super) fn new(tls: ClientConfig) -> Sessions {
        Sessions { tls, known: Mutex::default() }
    }

    /// What makes an application's connections.
    pub(super) fn of(&self, application: [u8; 16]) -> TlsConnector {
        let mut known = self.known.lock();
        known.latest += 1;
        let latest = known.latest;
        if let Some((used, tls)) = known.by_application.get_mut(&application) {
            *used = latest;
            return tls.clone();
        }
        if known.by_application.len() >= APPLICATIONS {
            let longest_ago = known.by_application.iter().min_by_key(|(_, (used, _))| *used).map(|(its, _)| *its);
            longest_ago.iter().for_each(|its| drop(known.by_application.remove(its)));
        }
        let mut tls = self.tls.clone();
        tls.resumption = Resumption::in_memory_sessions(SERVERS);
        let tls = TlsConnector::from(Arc::new(tls));
        known.by_application.insert(application, (latest, tls.clone()));
        tls
    }
}
