//! A made-up provider on loopback that keeps every write under the caller's reference, goes wrong as it is told, and
//! counts how often each write was carried out: the judge of what a host makes of lost answers.
//!
//! Its connector is `tests/components/traced`. It runs in a thread of its own, so a test may block, and a host in another
//! process reaches it by its address. `script` is what can go wrong, `ledger` what it keeps, `server` the wire, `in_process` the way without one.

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
    /// Dropped with the handle, which ends the thread.
    _end: oneshot::Sender<()>,
}

/// What all connections share.
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
    /// Starts one where all goes well until it is told otherwise.
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

    /// Where it is: `http://127.0.0.1:40000`.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// An account at it: see [`traced_account`].
    #[must_use]
    pub fn account(&self, repetition: &str) -> AccountConfig {
        traced_account(&self.origin, repetition)
    }

    /// The provider without its wire, for a host in this process: see `HostBuilder::transport`.
    #[must_use]
    pub fn in_process(&self) -> InProcess {
        InProcess(self.state.clone())
    }

    /// From now on each write goes as this says.
    ///
    /// # Panics
    /// What said it before has panicked.
    pub fn writes_go<C: Into<Course>>(&self, how: impl Fn(&Incoming) -> C + Send + Sync + 'static) {
        self.state.script.write().unwrap().writes = Arc::new(move |write| how(write).into());
    }

    /// From now on each look-up is answered as this says.
    ///
    /// # Panics
    /// What said it before has panicked.
    pub fn look_ups_go(&self, how: impl Fn(&Incoming) -> LookUp + Send + Sync + 'static) {
        self.state.script.write().unwrap().look_ups = Arc::new(how);
    }

    /// How often the write with this reference was carried out, for the application [`APP`].
    #[must_use]
    pub fn applied(&self, reference: &str) -> usize {
        self.kept(reference).documents.len()
    }

    /// What it keeps of this reference, for the application [`APP`].
    #[must_use]
    pub fn kept(&self, reference: &str) -> Kept {
        let key = (APP.to_owned(), reference.to_owned());
        self.state.ledger().kept.get(&key).cloned().unwrap_or_default()
    }

    /// All that it keeps, by application and reference.
    #[must_use]
    pub fn ledger(&self) -> BTreeMap<(String, String), Kept> {
        self.state.ledger().kept.clone().into_iter().collect()
    }
}

/// An account at a provider at this address, which says of its writes that they are `deduplicated`, `traceable` or
/// `blind`.
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
