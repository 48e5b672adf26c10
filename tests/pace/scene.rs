//! Accounts of one application, served by the probe and answered from memory, and what they are told to do.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stockbridge::{
    Account, AccountConfig, Attempt, Config, Error, Extras, Host, Json, Limits, StockPage, StockQuery, Timestamp,
    TransferLine, TransferOrder, Write,
};
use stockbridge_tests::{Recording, test_component};

const ORIGIN: &str = "https://granted.example";
/// What is said at once is said in this time, on a busy machine too.
pub(crate) const AT_ONCE: Duration = Duration::from_millis(1500);

/// The accounts `a` and `b`, which are one application.
pub(crate) struct Scene {
    pub(crate) host: Host,
    pub(crate) provider: Recording,
}

/// The two accounts within these limits.
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

    /// A query of an account's that takes one request.
    pub(crate) async fn asks(&self, account: &str) -> Result<StockPage, Error> {
        self.account(account).query(query("read or-fail")).await
    }

    /// A query whose provider answers that it was too much.
    pub(crate) async fn is_limited(&self, account: &str, limit: Value) -> Error {
        let query = query("read limited").extra("limit", Json::parse(limit.to_string()).unwrap());
        self.account(account).query(query).await.unwrap_err()
    }

    /// Finds out what became of a write, with a request.
    pub(crate) async fn finds_out(&self, account: &str) -> Result<(), Error> {
        let attempt = Attempt { first_sent: Timestamp::now(), last_sent: Timestamp::now(), key: None };
        self.account(account).resolve(&Write::Transfer(order("read or-fail")), &attempt).await.map(drop)
    }

    /// How many requests were sent.
    pub(crate) fn sent(&self) -> usize {
        self.provider.sent().len()
    }
}

pub(crate) fn query(told: &str) -> StockQuery {
    StockQuery::all().extra("do", Json::text(told))
}

pub(crate) fn order(told: &str) -> TransferOrder {
    TransferOrder {
        lines: vec![TransferLine::new("s", 1)],
        extras: Extras::new().with("do", Json::text(told)),
        ..TransferOrder::between("a", "b")
    }
}

/// A limit of so many milliseconds.
pub(crate) fn wait(milliseconds: u64) -> Value {
    json!({"wait": milliseconds})
}

/// What a future comes to, and how long it takes.
pub(crate) async fn timed<T>(future: impl Future<Output = T>) -> (T, Duration) {
    let begun = Instant::now();
    let result = future.await;
    (result, begun.elapsed())
}
