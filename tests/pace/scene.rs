//! Accounts of one application, served by the probe, with answers from memory and instructions.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stockbridge::{
    Account, AccountConfig, Attempt, Config, Error, Extras, Host, Json, Limits, StockPage, StockQuery, Timestamp,
    TransferLine, TransferOrder, Write,
};
use stockbridge_tests::{Recording, test_component};

const ORIGIN: &str = "https://granted.example";
/// Limit for immediate results, on a busy machine too.
pub(crate) const AT_ONCE: Duration = Duration::from_millis(1500);

/// The accounts `a` and `b`, which are one application.
pub(crate) struct Scene {
    pub(crate) host: Host,
    pub(crate) provider: Recording,
}

/// The two accounts with these limits.
pub(crate) fn accounts(limits: Limits) -> Config {
    ["a", "b"].into_iter().fold(Config::new(), |config, name| config.account(account(name).limits(limits)))
}

pub(crate) fn account(name: &str) -> AccountConfig {
    AccountConfig::new(name, test_component("probe")).allow(ORIGIN).setting("url", format!("{ORIGIN}/api"))
}

impl Scene {
    pub(crate) async fn new(limits: Limits) -> Scene {
        Scene::answered(limits, Recording::answering(["{}"])).await
    }

    pub(crate) async fn answered(limits: Limits, provider: Recording) -> Scene {
        let host = Host::builder().transport(provider.clone()).build(accounts(limits)).await.unwrap();
        Scene { host, provider }
    }

    pub(crate) fn account(&self, name: &str) -> Account {
        self.host.account(name).unwrap()
    }

    /// A query of an account that takes one request.
    pub(crate) async fn query_once(&self, account: &str) -> Result<StockPage, Error> {
        self.account(account).query(query("read or-fail")).await
    }

    /// A query whose provider reports an exceeded rate limit.
    pub(crate) async fn query_limited(&self, account: &str, limit: Value) -> Error {
        let query = query("read limited").extra("limit", Json::parse(limit.to_string()).unwrap());
        self.account(account).query(query).await.unwrap_err()
    }

    /// Looks a write up, with a request.
    pub(crate) async fn look_up(&self, account: &str) -> Result<(), Error> {
        let attempt = Attempt { first_sent: Timestamp::now(), last_sent: Timestamp::now(), key: None };
        self.account(account).resolve(&Write::Transfer(order("read or-fail")), &attempt).await.map(drop)
    }

    /// Number of requests sent.
    pub(crate) fn sent(&self) -> usize {
        self.provider.sent().len()
    }
}

pub(crate) fn query(instruction: &str) -> StockQuery {
    StockQuery::all().extra("do", Json::text(instruction))
}

pub(crate) fn order(instruction: &str) -> TransferOrder {
    TransferOrder {
        lines: vec![TransferLine::new("s", 1)],
        extras: Extras::new().with("do", Json::text(instruction)),
        ..TransferOrder::between("a", "b")
    }
}

/// A rate limit for this many milliseconds.
pub(crate) fn wait(milliseconds: u64) -> Value {
    json!({"wait": milliseconds})
}

/// Result of a future, and its duration.
pub(crate) async fn timed<T>(future: impl Future<Output = T>) -> (T, Duration) {
    let started = Instant::now();
    let result = future.await;
    (result, started.elapsed())
}
