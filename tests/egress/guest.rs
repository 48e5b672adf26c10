//! Accounts that the probe serves over the real network, and resolvers with prepared answers.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use stockbridge::egress::{AddressKind, GrantSpec, Resolver, Resolving, Target};
use stockbridge::transport::{Network, OutboundRequest};
use stockbridge::{Account, AccountConfig, Config, Extras, Json, Secret, StockQuery, TransferLine, TransferOrder};
use stockbridge_tests::{on_loopback, passive, test_component};

/// A secret that is only for signing.
pub(crate) const SIGNING: &str = "s3cret \"key\"&";
/// A secret that may be sent.
pub(crate) const BEARER: &str = "b3arer \"key\"&";

/// An account with this grant, at this URL.
pub(crate) fn account(grant: GrantSpec, url: &str) -> AccountConfig {
    AccountConfig::new("probe", test_component("probe"))
        .allow(grant)
        .setting("url", url)
        .secret("signing", Secret::new(SIGNING))
        .secret("bearer", Secret::new(BEARER))
}

/// An account at an origin on loopback.
pub(crate) fn account_at(origin: &str) -> AccountConfig {
    account(on_loopback(origin), &format!("{origin}/api"))
}

/// A grant for a host at addresses of these kinds.
pub(crate) fn grant(origin: &str, kinds: &[AddressKind]) -> GrantSpec {
    GrantSpec::new(origin).addresses(kinds.iter().copied())
}

pub(crate) async fn opened(account: AccountConfig, network: Network) -> Account {
    let name = account.name().to_owned();
    let host = passive().transport(network).build(Config::new().account(account)).await.unwrap();
    host.account(&name).unwrap()
}

/// A query with this instruction to the probe.
pub(crate) fn query(instruction: &str) -> StockQuery {
    StockQuery::all().extra("do", Json::text(instruction))
}

/// A query that makes the probe send this request, and then follow this instruction.
pub(crate) fn requesting(request: &Value, then: &str) -> StockQuery {
    query(&format!("request {then}")).extra("request", Json::parse(request.to_string()).unwrap())
}

/// A transfer with this instruction to the probe, where `request` is a write with a timeout of a quarter of a second.
pub(crate) fn order(instruction: &str) -> TransferOrder {
    let request = json!({"method": "POST", "write": true, "timeout": 250});
    TransferOrder {
        lines: vec![TransferLine::new("s", 1)],
        extras: Extras::new()
            .with("do", Json::text(instruction))
            .with("request", Json::parse(request.to_string()).unwrap()),
        ..TransferOrder::between("a", "b")
    }
}

/// Observations of the probe in a query.
pub(crate) async fn observations(account: &Account, query: StockQuery) -> Vec<String> {
    let page = account.query(query).await.unwrap();
    serde_json::from_str(page.extras.get("seen").unwrap().as_str()).unwrap()
}

/// Observation of the probe for one request.
pub(crate) async fn observation(account: &Account, request: Value) -> String {
    let seen = observations(account, requesting(&request, "")).await;
    let [seen] = &seen[..] else { panic!("{seen:?}") };
    seen.clone()
}

/// Resolves these names to their addresses; other names have none.
#[derive(Clone, Default)]
pub(crate) struct Names(HashMap<String, Vec<IpAddr>>);

impl Names {
    pub(crate) fn of<'a>(names: impl IntoIterator<Item = (&'a str, Vec<IpAddr>)>) -> Names {
        Names(names.into_iter().map(|(name, addresses)| (name.to_owned(), addresses)).collect())
    }
}

impl Resolver for Names {
    fn resolve<'a>(&'a self, name: &'a str) -> Resolving<'a> {
        let addresses = self.0.get(name).cloned().unwrap_or_default();
        Box::pin(async move { Ok(addresses) })
    }
}

/// Answers each look-up with the next of its answers, and counts the look-ups.
#[derive(Clone)]
pub(crate) struct Changing {
    answers: Arc<Vec<Vec<IpAddr>>>,
    look_ups: Arc<AtomicUsize>,
}

impl Changing {
    pub(crate) fn new(answers: impl IntoIterator<Item = Vec<IpAddr>>) -> Changing {
        Changing { answers: Arc::new(answers.into_iter().collect()), look_ups: Arc::default() }
    }

    pub(crate) fn look_ups(&self) -> usize {
        self.look_ups.load(Ordering::SeqCst)
    }
}

impl Resolver for Changing {
    fn resolve<'a>(&'a self, _: &'a str) -> Resolving<'a> {
        let answer = self.answers.get(self.look_ups.fetch_add(1, Ordering::SeqCst)).cloned();
        Box::pin(async move { answer.ok_or_else(|| io::Error::other("asked too often")) })
    }
}

/// Never answers.
pub(crate) struct Stalled;

impl Resolver for Stalled {
    fn resolve<'a>(&'a self, _: &'a str) -> Resolving<'a> {
        Box::pin(std::future::pending())
    }
}

/// The network with this resolver.
pub(crate) fn network(resolver: impl Resolver) -> Network {
    Network::builder().resolver(resolver).build().unwrap()
}

/// The parsed address.
pub(crate) fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// A request as the host passes it to the network, under a grant of these kinds.
pub(crate) fn outbound(origin: &str, kinds: &[AddressKind]) -> OutboundRequest {
    let target = Target::parse(&format!("{origin}/")).unwrap();
    OutboundRequest::post(target, Arc::new(grant(origin, kinds).parse().unwrap()))
}
