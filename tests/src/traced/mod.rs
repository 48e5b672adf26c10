//! A made-up provider on loopback that keeps every write under the caller's reference, fails as a test says, and counts how often
//! each write was applied: the judge of a host's handling of lost answers.
//!
//! Its connector is `tests/components/traced`. It runs in a thread of its own, so a test may block, and a host in another process
//! reaches it by its address. `script` has the faults, `ledger` the writes, `server` the network side, `in_process` the direct
//! one.

mod in_process;
mod ledger;
mod script;
mod server;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, RwLock};

use stockbridge::AccountConfig;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

pub use in_process::InProcess;
pub use ledger::{Kept, Repeats};
pub use script::{Course, How, Incoming, LookUp};

use crate::{on_loopback, test_component};
use ledger::Ledger;
use script::Script;

/// The application of [`traced_account`].
pub const APP: &str = "demo-app";

/// The running provider. It ends when this is dropped.
pub struct Traced {
    origin: String,
    state: Arc<State>,
    /// Dropped with the handle, which stops the thread.
    _end: oneshot::Sender<()>,
}

/// State shared by all connections.
struct State {
    ledger: Mutex<Ledger>,
    script: RwLock<Script>,
}

impl State {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap()
    }
}

impl Traced {
    /// Starts a provider without faults.
    ///
    /// # Panics
    /// It does not start.
    #[must_use]
    pub fn start(repeats: Repeats) -> Traced {
        let state = Arc::new(State { ledger: Mutex::new(Ledger::new(repeats)), script: RwLock::default() });
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let (end, ended) = oneshot::channel();
        let serving = state.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).unwrap();
                tokio::select! {
                    () = server::serve(listener, serving) => {}
                    _ = ended => {}
                }
            });
        });
        Traced { origin, state, _end: end }
    }

    /// Its origin: `http://127.0.0.1:40000`.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// An account at it: see [`traced_account`].
    #[must_use]
    pub fn account(&self, repetition: &str) -> AccountConfig {
        traced_account(&self.origin, repetition)
    }

    /// The provider without a network, for a host in this process: see `HostBuilder::transport`.
    #[must_use]
    pub fn in_process(&self) -> InProcess {
        InProcess(self.state.clone())
    }

    /// From now on this function decides about each write.
    ///
    /// # Panics
    /// The previous function has panicked.
    pub fn writes_go<C: Into<Course>>(&self, how: impl Fn(&Incoming) -> C + Send + Sync + 'static) {
        self.state.script.write().unwrap().writes = Arc::new(move |write| how(write).into());
    }

    /// From now on this function decides about each look-up.
    ///
    /// # Panics
    /// The previous function has panicked.
    pub fn look_ups_go(&self, how: impl Fn(&Incoming) -> LookUp + Send + Sync + 'static) {
        self.state.script.write().unwrap().look_ups = Arc::new(how);
    }

    /// Number of times that the write with this reference was applied, for the application [`APP`].
    #[must_use]
    pub fn applied(&self, reference: &str) -> usize {
        self.kept(reference).documents.len()
    }

    /// The ledger's entry for this reference, for the application [`APP`].
    #[must_use]
    pub fn kept(&self, reference: &str) -> Kept {
        let key = (APP.to_owned(), reference.to_owned());
        self.state.ledger().kept.get(&key).cloned().unwrap_or_default()
    }

    /// The whole ledger, by application and reference.
    #[must_use]
    pub fn ledger(&self) -> BTreeMap<(String, String), Kept> {
        self.state.ledger().kept.clone().into_iter().collect()
    }
}

/// An account at a provider with this address, whose connector declares writes as `deduplicated`, `traceable` or `blind`.
///
/// # Panics
/// The component was not built.
#[must_use]
pub fn traced_account(origin: &str, repetition: &str) -> AccountConfig {
    AccountConfig::new("traced", test_component("traced"))
        .allow(on_loopback(origin))
        .setting("url", origin)
        .setting("app", APP)
        .setting("repetition", repetition)
}
