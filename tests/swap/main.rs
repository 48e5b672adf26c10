//! Connectors are added, removed and changed while calls are running: the view of applications and operators.

mod applying;
mod deserted;
mod rolling_back;
mod streams;
mod tolerating;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use stockbridge::transport::{Exchange, OutboundRequest, Transport};
use stockbridge::{AccountConfig, Config, ConnectorSource, Digest, Event, Host, Probation, StockQuery, Subscription};
use stockbridge_tests::{Recording, hostile_guest, version};
use tokio::sync::Semaphore;

/// A connector that answers every query with an empty page.
fn harmless() -> PathBuf {
    hostile_guest("harmless")
}

/// Another version of it.
fn harmless_version(number: u32) -> Vec<u8> {
    version(&harmless(), number)
}

/// An account with this connector and these settings.
fn account(name: &str, connector: impl Into<ConnectorSource>, url: &str) -> AccountConfig {
    AccountConfig::new(name, connector).allow("https://granted.example").setting("url", url)
}

/// A configuration with one account, `main`.
fn one(connector: impl Into<ConnectorSource>) -> Config {
    Config::new().account(account("main", connector, "https://granted.example/api"))
}

/// A host that rolls a version back after three faults.
async fn host(config: Config) -> Host {
    Host::builder().transport(Recording::answering(["{}"])).build(config).await.unwrap()
}

/// A host with this probation period for new versions.
async fn host_with_probation_of(period: Duration, config: Config) -> Host {
    let probation = Probation::default().period(period);
    Host::builder().transport(Recording::answering(["{}"])).probation(probation).build(config).await.unwrap()
}

/// The version that serves an account.
fn digest(host: &Host, account: &str) -> Digest {
    host.account(account).unwrap().digest().unwrap()
}

/// Queries an account: success, or the error's code.
async fn query(host: &Host, account: &str, sku: &str) -> Result<(), &'static str> {
    host.account(account).unwrap().query(StockQuery::skus([sku])).await.map(drop).map_err(|error| error.code())
}

/// The next event, within a short time.
async fn next(events: &mut Subscription<Event>) -> Event {
    tokio::time::timeout(Duration::from_secs(20), events.next()).await.unwrap().unwrap().unwrap()
}

/// Waits until the condition holds.
async fn until(so: impl Fn() -> bool) {
    let waiting = async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting).await.expect("it never was so");
}

/// A provider that holds its answers back until they are released.
#[derive(Clone)]
struct Slow {
    answers: Recording,
    turns: Arc<Semaphore>,
}

impl Slow {
    fn answering(body: &str) -> Slow {
        Slow { answers: Recording::answering([body]), turns: Arc::new(Semaphore::new(0)) }
    }

    /// Number of requests sent, answered or not.
    fn requests(&self) -> usize {
        self.answers.sent().len()
    }

    fn let_go(&self) {
        self.turns.add_permits(1000);
    }
}

impl Transport for Slow {
    fn send(&self, request: OutboundRequest) -> Exchange<'_> {
        let answer = self.answers.send(request);
        Box::pin(async move {
            self.turns.acquire().await.unwrap().forget();
            answer.await
        })
    }
}
