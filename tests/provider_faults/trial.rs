//! A provider's accounts at a simulator of its own, and the calls with them.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use stockbridge::{Account, Config, Host, Outcome, StockQuery, Write, WriteFailure};
use stockbridge_simulator::Simulator;
use stockbridge_tests::{Provider, account_at, operation, orders, passive, query, send, simulator, unhurried, write};
use tokio::time::timeout;

use crate::expected::{Case, Expected};

/// A call that takes this long hangs.
const HANG: Duration = Duration::from_secs(20);
/// Deadline of a call that meets a slow fault.
const HASTE: Duration = Duration::from_millis(1500);
/// Limit of an answer's size. Ordinary answers are far smaller, those of the faults larger.
pub(crate) const LARGEST_ANSWER: usize = 256 * 1024;

/// A patient account and a hasty one. Each of their calls is one request, to show the fault's result without retries.
fn accounts(provider: Provider, simulator: &Simulator) -> Config {
    let limits = unhurried().response_body(LARGEST_ANSWER).attempts(1);
    let account = account_at(provider, &simulator.url());
    Config::new()
        .account(account.clone().named("patient").limits(limits))
        .account(account.named("hasty").limits(limits.deadline(HASTE)))
}

/// A provider, and the accounts that meet its faults.
pub(crate) struct Trial {
    pub(crate) provider: Provider,
    simulator: Simulator,
    host: Host,
}

impl Trial {
    pub(crate) async fn begin(provider: Provider) -> Trial {
        let simulator = simulator().await;
        let host = passive().build(accounts(provider, &simulator)).await.unwrap();
        Trial { provider, simulator, host }
    }

    /// The account with the usual deadline.
    fn patient(&self) -> Account {
        self.host.account("patient").unwrap()
    }

    /// The account with a short deadline.
    fn hasty(&self) -> Account {
        self.host.account("hasty").unwrap()
    }

    /// Replaces the accounts, which discards the recorded rate limit: a host pauses an application after one.
    async fn forget_the_limit(&self) {
        self.host.apply(Config::new()).await.unwrap();
        self.host.apply(accounts(self.provider, &self.simulator)).await.unwrap();
    }

    /// A query meets the fault, and the next one does not.
    pub(crate) async fn query(&self, case: &Case, query: StockQuery) -> Result<(), String> {
        let result = self.call_under_fault(case, async |account| account.query(query.clone()).await).await?;
        match (&case.query, result) {
            (Expected::Done, Ok(page)) if !page.levels.is_empty() => {}
            (Expected::Fails(class, _), Err(error))
                if error.class() == *class && error.outcome().is_none() && error.retry_after() == case.retry_after => {}
            (expected, result) => return Err(format!("expected {expected:?}, got {result:?}")),
        }
        self.an_ordinary_call_succeeds().await
    }

    /// Each of the provider's writes meets the fault, and the next call does not.
    pub(crate) async fn writes(&self, case: &Case) -> Result<(), String> {
        let orders = orders(self.provider);
        // A slow fault affects the connection, whatever the request: one write is enough.
        let most = if case.takes_time { 1 } else { orders.len() };
        for order in orders.iter().take(most) {
            self.write(case, order).await.map_err(|what| format!("{}: {what}", operation(order)))?;
        }
        Ok(())
    }

    /// Names of the writes that the account offers.
    pub(crate) fn offered(&self) -> BTreeSet<String> {
        let offered = self.patient().operations().unwrap();
        let names = offered.iter().map(|support| support.operation.clone());
        names.filter(|operation| operation != "query").collect()
    }

    async fn write(&self, case: &Case, order: &Write) -> Result<(), String> {
        let before = self.documents();
        let result = self.call_under_fault(case, async |account| send(account, order).await).await?;
        let outcome = match &result {
            Ok(_) => None,
            Err(WriteFailure::NotApplied(_)) => Some(Outcome::NotApplied),
            Err(WriteFailure::Unknown(_)) => Some(Outcome::Unknown),
        };
        let expected = if case.but_done == Some(operation(order)) { &Expected::Done } else { &case.write };
        match (expected, &result) {
            (Expected::Done, Ok(_)) => {}
            (Expected::Fails(class, expected), Err(failure))
                if failure.error().class() == *class
                    && outcome == Some(*expected)
                    && failure.error().retry_after() == case.retry_after => {}
            (expected, result) => return Err(format!("expected {expected:?}, got {result:?}")),
        }
        let applied = self.documents() - before;
        if applied != usize::from(case.applied) {
            return Err(format!("it was applied {applied} times"));
        }
        self.an_ordinary_call_succeeds().await
    }

    /// The call's result under the fault, if it came in time and was sent once.
    async fn call_under_fault<T>(&self, case: &Case, call: impl AsyncFn(&Account) -> T) -> Result<T, String> {
        let sent = self.simulator.requests().len();
        self.simulator.inject(case.fault.clone());
        let account = if case.takes_time { self.hasty() } else { self.patient() };
        let started = Instant::now();
        let result = timeout(HANG, call(&account)).await.map_err(|_| "it hangs".to_owned())?;
        let took = started.elapsed();
        // An unused fault would affect the next call.
        self.simulator.clear_faults();
        if case.takes_time && took < HASTE / 2 {
            return Err(format!("it took {took:?}, and the fault longer than the deadline"));
        }
        if case.retry_after.is_some() {
            self.forget_the_limit().await;
        }
        match self.simulator.requests().len() - sent {
            1 => Ok(result),
            requests => Err(format!("it sent {requests} requests")),
        }
    }

    async fn an_ordinary_call_succeeds(&self) -> Result<(), String> {
        for account in [self.patient(), self.hasty()] {
            match query(self.provider) {
                Some(query) => drop(account.query(query).await.map_err(|error| format!("then: {error}"))?),
                None => drop(write(self.provider, &account).await.map_err(|error| format!("then: {error}"))?),
            }
        }
        Ok(())
    }

    fn documents(&self) -> usize {
        self.simulator.ledger().documents.len()
    }
}
