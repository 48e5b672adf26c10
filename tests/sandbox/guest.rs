//! Accounts that the probe serves, and what it is told.

use std::sync::{Arc, Mutex};

use stockbridge::egress::{AddressKind, GrantSpec};
use stockbridge::transport::{Exchange, OutboundRequest, Transport};
use stockbridge::{
    Account, AccountConfig, Config, Extras, Json, Limits, Secret, StockQuery, TransferLine, TransferOrder,
};
use stockbridge_tests::{Recorded, Recording, passive, test_component};

/// The origin that is granted where nothing else is said.
pub(crate) const GRANTED: &str = "https://granted.example";
/// A secret with characters that every encoding writes in its own way.
pub(crate) const SIGNING: &str = "s3cret \"key\"&";
/// A secret that may be sent.
pub(crate) const BEARER: &str = "b3arer \"key\"&";

/// An account at an origin.
pub(crate) fn account_at(origin: &str) -> AccountConfig {
    AccountConfig::new("probe", test_component("probe"))
        .allow(GrantSpec::new(origin).addresses([AddressKind::Public, AddressKind::Loopback]))
        .setting("url", format!("{origin}/api"))
        .secret("signing", Secret::new(SIGNING))
        .secret("bearer", Secret::new(BEARER))
}

/// The account, with its requests going to the transport.
pub(crate) async fn opened(account: AccountConfig, transport: impl Transport) -> Account {
    let host = passive().transport(transport).build(Config::new().account(account)).await.unwrap();
    host.account("probe").unwrap()
}

/// An account within these limits, whose requests are all answered with `{}`.
pub(crate) async fn within(limits: Limits) -> (Account, Recording) {
    let recording = Recording::answering(["{}"]);
    (opened(account_at(GRANTED).limits(limits), recording.clone()).await, recording)
}

/// The same within the limits that hold where the operator sets none.
pub(crate) async fn answered() -> (Account, Recording) {
    within(Limits::default()).await
}

/// A provider that a test may replace between calls, so that one host serves all its cases.
#[derive(Clone)]
pub(crate) struct Provider(Arc<Mutex<Recording>>);

impl Provider {
    pub(crate) fn new() -> Provider {
        Provider(Arc::new(Mutex::new(Recording::answering(["{}"]))))
    }

    /// From now on it is this one.
    pub(crate) fn becomes(&self, other: Recording) {
        *self.0.lock().unwrap() = other;
    }

    /// What was sent to the present one.
    pub(crate) fn sent(&self) -> Vec<Recorded> {
        self.0.lock().unwrap().sent()
    }
}

impl Transport for Provider {
    fn send(&self, request: OutboundRequest) -> Exchange<'_> {
        let present = self.0.lock().unwrap().clone();
        Box::pin(async move { present.send(request).await })
    }
}

/// A query that tells the probe what to do.
pub(crate) fn query(told: &str) -> StockQuery {
    StockQuery::all().extra("do", Json::text(told))
}

/// A query that tells the probe what to do, and with what.
pub(crate) fn query_with(told: &str, name: &str, value: &serde_json::Value) -> StockQuery {
    query(told).extra(name, Json::parse(value.to_string()).unwrap())
}

/// A transfer that tells the probe what to do.
pub(crate) fn order(told: &str) -> TransferOrder {
    TransferOrder {
        lines: vec![TransferLine::new("s", 1)],
        extras: Extras::new().with("do", Json::text(told)),
        ..TransferOrder::between("a", "b")
    }
}

/// What the probe saw.
pub(crate) fn seen(extras: &Extras) -> Vec<String> {
    serde_json::from_str(extras.get("seen").unwrap().as_str()).unwrap()
}

/// What the probe saw in a query.
pub(crate) async fn saw(account: &Account, query: StockQuery) -> Vec<String> {
    seen(&account.query(query).await.unwrap().extras)
}

/// Whatever happened before, the account's next call is answered.
pub(crate) async fn serves_on(account: &Account) {
    assert_eq!(saw(account, query_with("setting", "name", &"greeting".into())).await, ["hello"]);
}
