//! Look-ups of names. An account that asks a mute name server delays itself alone: each look-up is charged to the accounts that
//! wait for it, until the resolver ends it, and an account is charged for a few at a time.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::AbortHandle;

use crate::resolve::Resolver;

/// The look-ups that an account is charged for at a time.
const MOST: usize = 4;

/// Who joined a look-up begins one of its own after so long without an answer: the other may have been lost.
const PATIENCE: Duration = Duration::from_secs(1);

/// The result of a look-up: addresses, or the error's kind and words.
type Answer = Result<Vec<IpAddr>, (io::ErrorKind, String)>;

/// The look-ups that are on their way. Nothing is kept of those that have ended.
pub(super) struct Lookups {
    resolver: Arc<dyn Resolver>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// By name, the one that began last being the last.
    running: HashMap<String, Vec<Running>>,
    /// What each account may be charged for, as long as it is charged for something.
    accounts: HashMap<Arc<str>, Weak<Semaphore>>,
    last: u64,
}

struct Running {
    number: u64,
    begun: Instant,
    answer: watch::Receiver<Option<Answer>>,
    /// Those who wait, or waited, are charged until it ends.
    charged: Vec<OwnedSemaphorePermit>,
    task: Option<AbortHandle>,
}

impl Lookups {
    pub(super) fn new(resolver: Arc<dyn Resolver>) -> Lookups {
        Lookups { resolver, state: Arc::default() }
    }

    /// All addresses of a name. The caller bounds the wait.
    pub(super) async fn resolve(&self, account: &Arc<str>, name: &str) -> io::Result<Vec<IpAddr>> {
        let charge = self.charged(account).await?;
        let (mut joined, begun) = match self.join(name, charge) {
            Ok(joined) => joined,
            Err(charge) => return answered(self.begin(name, charge)).await,
        };
        let patience = PATIENCE.saturating_sub(begun.elapsed());
        if let Ok(answer) = tokio::time::timeout(patience, seen(&mut joined)).await {
            return answer;
        }
        // Whichever answers first: for one of its own the account may have to wait.
        tokio::select! {
            answer = seen(&mut joined) => answer,
            answer = async { answered(self.begin(name, self.charged(account).await?)).await } => answer,
        }
    }

    /// A charge of the account, once it is charged for less than it may be.
    async fn charged(&self, account: &Arc<str>) -> io::Result<OwnedSemaphorePermit> {
        let charges = {
            let mut state = self.state();
            match state.accounts.get(account).and_then(Weak::upgrade) {
                Some(charges) => charges,
                None => {
                    state.accounts.retain(|_, charges| charges.strong_count() > 0);
                    let charges = Arc::new(Semaphore::new(MOST));
                    state.accounts.insert(account.clone(), Arc::downgrade(&charges));
                    charges
                }
            }
        };
        charges.acquire_owned().await.map_err(io::Error::other)
    }

    /// Joins a look-up of this name that has begun just now; without one, the charge is given back.
    fn join(
        &self,
        name: &str,
        charge: OwnedSemaphorePermit,
    ) -> Result<(watch::Receiver<Option<Answer>>, Instant), OwnedSemaphorePermit> {
        let mut state = self.state();
        let latest = state.running.get_mut(name).and_then(|running| running.last_mut());
        match latest.filter(|latest| latest.begun.elapsed() < PATIENCE) {
            Some(latest) => {
                latest.charged.push(charge);
                Ok((latest.answer.clone(), latest.begun))
            }
            None => Err(charge),
        }
    }

    fn begin(&self, name: &str, charge: OwnedSemaphorePermit) -> watch::Receiver<Option<Answer>> {
        let (sender, answer) = watch::channel(None);
        let (resolver, name) = (self.resolver.clone(), name.to_owned());
        let mut state = self.state();
        state.last += 1;
        let number = state.last;
        let ends = Ends { state: self.state.clone(), name: name.clone(), number };
        let asked = name.clone();
        let task = tokio::spawn(async move {
            let _ends = ends;
            let found = resolver.resolve(&asked).await.map_err(|error| (error.kind(), error.to_string()));
            // All callers may have given up.
            drop(sender.send(Some(found)));
        });
        let running = Running {
            number,
            begun: Instant::now(),
            answer: answer.clone(),
            charged: vec![charge],
            task: Some(task.abort_handle()),
        };
        state.running.entry(name).or_default().push(running);
        answer
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

/// Aborts the look-ups: their callers are gone with the client.
impl Drop for Lookups {
    fn drop(&mut self) {
        let tasks: Vec<_> = self.state().running.values_mut().flatten().filter_map(|one| one.task.take()).collect();
        tasks.iter().for_each(AbortHandle::abort);
    }
}

/// Ends the charges of a look-up, whether it ended by an answer or a panic.
struct Ends {
    state: Arc<Mutex<State>>,
    name: String,
    number: u64,
}

impl Drop for Ends {
    fn drop(&mut self) {
        let mut state = self.state.lock();
        let Some(running) = state.running.get_mut(&self.name) else { return };
        running.retain(|one| one.number != self.number);
        if running.is_empty() {
            state.running.remove(&self.name);
        }
    }
}

async fn answered(mut answer: watch::Receiver<Option<Answer>>) -> io::Result<Vec<IpAddr>> {
    seen(&mut answer).await
}

async fn seen(answer: &mut watch::Receiver<Option<Answer>>) -> io::Result<Vec<IpAddr>> {
    let lost = || io::Error::other("the look-up of the name ended without an answer");
    let answer = answer.wait_for(Option::is_some).await.map_err(|_| lost())?.clone();
    answer.ok_or_else(lost)?.map_err(|(kind, words)| io::Error::new(kind, words))
}
