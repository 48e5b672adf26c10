//! The table: each row has a grant, a URL and the expected result, and goes through a connector and over the network. A refused
//! row leaves the listeners' counts unchanged; an allowed one is one connection with one request.

use std::collections::BTreeMap;

use serde_json::json;
use stockbridge::egress::AddressKind;
use stockbridge::transport::Network;
use stockbridge::{Account, AccountConfig, Config, Host};

use crate::guest::{account, grant, network, observation};
use crate::names;
use crate::server::{OK, Server};
use crate::spellings;

/// A grant as configured: an origin, and kinds of address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Written {
    origin: String,
    kinds: Vec<AddressKind>,
}

impl Written {
    pub(crate) fn new(origin: impl Into<String>, kinds: impl IntoIterator<Item = AddressKind>) -> Written {
        Written { origin: origin.into(), kinds: kinds.into_iter().collect() }
    }

    /// A host on this machine.
    pub(crate) fn here(origin: &str) -> Written {
        Written::new(origin, [AddressKind::Loopback])
    }
}

/// A spelling, and its expected result. `{4}` is the port of the listener on 127.0.0.1, `{6}` of the one on ::1.
pub(crate) struct Row {
    pub(crate) grant: Written,
    pub(crate) url: String,
    /// None if it is allowed.
    pub(crate) refusal: Option<String>,
}

impl Row {
    pub(crate) fn allowed(grant: &Written, url: impl Into<String>) -> Row {
        Row { grant: grant.clone(), url: url.into(), refusal: None }
    }

    pub(crate) fn refused(grant: &Written, url: impl Into<String>, refusal: impl Into<String>) -> Row {
        Row { grant: grant.clone(), url: url.into(), refusal: Some(refusal.into()) }
    }
}

/// Listeners on both loopback addresses, the second if the machine has it.
struct Listeners {
    v4: Server,
    v6: Option<Server>,
}

fn once() -> impl Fn(&mut crate::server::Peer) -> std::io::Result<()> {
    |peer| match peer.request()? {
        Some(_) => peer.answer(&OK.replacen("\r\n", "\r\nconnection: close\r\n", 1)),
        None => Ok(()),
    }
}

impl Listeners {
    fn start() -> Listeners {
        let v6 = Server::at("::1".parse().unwrap(), once()).ok();
        Listeners { v4: Server::at("127.0.0.1".parse().unwrap(), once()).unwrap(), v6 }
    }

    fn filled(&self, text: &str) -> String {
        let v6 = self.v6.as_ref().map_or(1, |server| server.address.port());
        text.replace("{4}", &self.v4.address.port().to_string()).replace("{6}", &v6.to_string())
    }

    /// Connections, requests and bytes.
    fn counts(&self) -> (usize, usize, usize) {
        let all = [Some(&self.v4), self.v6.as_ref()].into_iter().flatten().map(Server::seen);
        all.fold((0, 0, 0), |sum, seen| (sum.0 + seen.connections, sum.1 + seen.requests, sum.2 + seen.bytes))
    }
}

/// An account for each grant, all at one host.
async fn accounts(rows: &[Row], listeners: &Listeners, network: Network) -> BTreeMap<Written, Account> {
    let grants: BTreeMap<&Written, String> =
        rows.iter().enumerate().map(|(number, row)| (&row.grant, format!("grant-{number}"))).collect();
    let opened = |(written, name): (&&Written, &String)| -> AccountConfig {
        let granted = grant(&listeners.filled(&written.origin), &written.kinds);
        account(granted, "http://unused.test/").named(name)
    };
    let config = grants.iter().map(opened).fold(Config::new(), Config::account);
    let host = Host::builder().transport(network).build(config).await.unwrap();
    grants.into_iter().map(|(written, name)| (written.clone(), host.account(&name).unwrap())).collect()
}

#[tokio::test]
async fn every_spelling_is_allowed_or_refused_as_the_table_says_and_nothing_comes_of_a_refused_one() {
    let listeners = Listeners::start();
    let mut rows: Vec<Row> = spellings::rows().chain(names::rows()).collect();
    if listeners.v6.is_none() {
        rows.retain(|row| row.refusal.is_some() || !row.url.contains("{6}"));
    }
    assert!(rows.len() >= 150, "{} rows", rows.len());
    let accounts = accounts(&rows, &listeners, network(names::resolver())).await;
    let mut allowed = 0;
    for Row { grant, url, refusal } in &rows {
        let before = listeners.counts();
        let seen = observation(&accounts[grant], json!({"url": listeners.filled(url)})).await;
        let after = listeners.counts();
        match refusal {
            Some(reason) => {
                let refused = format!("denied, not sent: the host refused the request: {}", listeners.filled(reason));
                assert_eq!((seen, after), (refused, before), "{url:?} under {grant:?}");
            }
            None => {
                allowed += 1;
                assert_eq!(seen, "200 {}", "{url:?} under {grant:?}");
                assert_eq!((after.0, after.1), (before.0 + 1, before.1 + 1), "{url:?} under {grant:?}");
                assert!(after.2 > before.2, "{url:?} under {grant:?}");
            }
        }
    }
    // A connection that was counted late would show here.
    let counts = listeners.counts();
    assert_eq!((counts.0, counts.1), (allowed, allowed));
    assert!(allowed >= 15, "{allowed} rows are allowed");
}
