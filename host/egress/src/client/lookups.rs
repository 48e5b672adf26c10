//! Name look-ups, limited by account. A silent name server delays only the account that needs it: each look-up counts against
//! the accounts that wait for it, until the resolver release it, and an account may have only a few at a time.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::AbortHandle;

use crate::resolve::Resolver;

/// Maximum number of look-ups that count against an account at a time.
const MAX_PER_ACCOUNT: usize = 4;

/// Time after which a caller that joined an unanswered look-up begins its own: the first may have been lost.
const JOIN_TIMEOUT: Duration = Duration::from_secs(1);

/// Result of a look-up: addresses, or the error's kind and message.
type Answer = Result<Vec<IpAddr>, (io::ErrorKind, String)>;

/// Look-ups in progress. Ended ones are not cached.
pub(super) struct Lookups {
    resolver: Arc<dyn Resolver>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// By name; the look-up begun last is the last.
    running: HashMap<String, Vec<Running>>,
    /// Permits of each account, as long as one is in use.
    accounts: HashMap<Arc<str>, Weak<Semaphore>>,
    last: u64,
}

struct Running {
    number: u64,
    begun: Instant,
    answer: watch::Receiver<Option<Answer>>,
    /// Permits of the accounts that wait, or waited, for it; held until it release.
    permits: Vec<OwnedSemaphorePermit>,
    task: Option<AbortHandle>,
}

impl Lookups {
    pub(super) fn new(resolver: Arc<dyn Resolver>) -> Lookups {
        Lookups { resolver, state: Arc::default() }
    }

    /// Returns all addresses of a name. The caller bounds the wait.
    pub(super) async fn resolve(&self, account: &Arc<str>, name: &str) -> io::Result<Vec<IpAddr>> {
        let permit = self.acquire(account).await?;
        let (mut joined, begun) = match self.join(name, permit) {
            Ok(joined) => joined,
            Err(permit) => return answered(self.begin(name, permit)).await,
        };
        let left = JOIN_TIMEOUT.saturating_sub(begun.elapsed());
        if let Ok(answer) = tokio::time::timeout(left, wait_for_answer(&mut joined)).await {
            return answer;
        }
        // Whichever answers first: the account may have to wait for a permit for its own look-up.
        tokio::select! {
            answer = wait_for_answer(&mut joined) => answer,
            answer = async { answered(self.begin(name, self.acquire(account).await?)).await } => answer,
        }
    }

    /// Acquires a permit of the account, waiting while it has too many look-ups.
    async fn acquire(&self, account: &Arc<str>) -> io::Result<OwnedSemaphorePermit> {
        let permits = {
            let mut state = self.state();
            match state.accounts.get(account).and_then(Weak::upgrade) {
                Some(permits) => permits,
                None => {
                    state.accounts.retain(|_, permits| permits.strong_count() > 0);
                    let permits = Arc::new(Semaphore::new(MAX_PER_ACCOUNT));
                    state.accounts.insert(account.clone(), Arc::downgrade(&permits));
                    permits
                }
            }
        };
        permits.acquire_owned().await.map_err(io::Error::other)
    }

    /// Joins a look-up of this name that has begun just now; without one, returns the permit.
    fn join(
        &self,
        name: &str,
        permit: OwnedSemaphorePermit,
    ) -> Result<(watch::Receiver<Option<Answer>>, Instant), OwnedSemaphorePermit> {
        let mut state = self.state();
        let latest = state.running.get_mut(name).and_then(|running| running.last_mut());
        match latest.filter(|latest| latest.begun.elapsed() < JOIN_TIMEOUT) {
            Some(latest) => {
                latest.permits.push(permit);
                Ok((latest.answer.clone(), latest.begun))
            }
            None => Err(permit),
        }
    }

    fn begin(&self, name: &str, permit: OwnedSemaphorePermit) -> watch::Receiver<Option<Answer>> {
        let (sender, answer) = watch::channel(None);
        let (resolver, name) = (self.resolver.clone(), name.to_owned());
        let mut state = self.state();
        state.last += 1;
        let number = state.last;
        let release = ReleaseOnDrop { state: self.state.clone(), name: name.clone(), number };
        let host_name = name.clone();
        let task = tokio::spawn(async move {
            let _release = release;
            let found = resolver.resolve(&host_name).await.map_err(|error| (error.kind(), error.to_string()));
            // All callers may have given up.
            drop(sender.send(Some(found)));
        });
        let running = Running {
            number,
            begun: Instant::now(),
            answer: answer.clone(),
            permits: vec![permit],
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

/// Releases the permits of a look-up when it release, by an answer or a panic.
struct ReleaseOnDrop {
    state: Arc<Mutex<State>>,
    name: String,
    number: u64,
}

impl Drop for ReleaseOnDrop {
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
    wait_for_answer(&mut answer).await
}

async fn wait_for_answer(answer: &mut watch::Receiver<Option<Answer>>) -> io::Result<Vec<IpAddr>> {
    let lost = || io::Error::other("the look-up of the name ended without an answer");
    let answer = answer.wait_for(Option::is_some).await.map_err(|_| lost())?.clone();
    answer.ok_or_else(lost)?.map_err(|(kind, message)| io::Error::new(kind, message))
}
