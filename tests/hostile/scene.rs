//! Where a guest meets the host: an account that it serves, beside one that the guest `harmless` serves.

use std::future::Future;
use std::time::{Duration, Instant};

use stockbridge::egress::GrantSpec;
use stockbridge::transport::Transport;
use stockbridge::{
    Account, AccountConfig, Adjustment, AdjustmentOrder, Attempt, Config, ConnectorSource, CountLine, Error, Extras,
    Host, InUse, Limits, OccupationLine, OccupationOrder, OccupationReason, Outcome, Secret, StockQuery, Timestamp,
    TransferLine, TransferOrder, Write, WriteFailure,
};
use stockbridge_tests::{Recording, hostile_guest, on_loopback, passive};

use crate::growth;

/// How long a call may take of a guest that does not end by itself.
pub(crate) const DEADLINE: Duration = Duration::from_millis(400);
/// The same for guests that have work to do, on a machine that has other things to do.
const AMPLE: Duration = Duration::from_secs(20);
/// How much later than its deadline a call may end. The host looks every 10 ms; the rest is for a machine that has other
/// things to do.
pub(crate) const SLACK: Duration = Duration::from_secs(2);
/// How many bytes the host may allocate for one call. All that a guest can hand over at once is 128 MiB.
const GROWTH: usize = 400 * 1024 * 1024;

/// What a hostile account is granted. Nobody is there.
pub(crate) const GRANTED: &str = "https://granted.example";
/// A secret that is only for signing.
pub(crate) const SIGNING: &str = "s1gning-s3cret";
/// A secret that may be sent. A query cannot carry it as it stands.
pub(crate) const BEARER: &str = "b3arer s3cret";

/// An account. This is the one place where anything is granted: an origin in public, or else one on this machine.
fn account(name: &str, guest: impl Into<ConnectorSource>, granted: &str) -> AccountConfig {
    let grant = if granted.contains("127.0.0.1") || granted.contains("here.example") {
        on_loopback(granted)
    } else {
        GrantSpec::new(granted)
    };
    AccountConfig::new(name, guest).allow(grant)
}

fn deadline_of(guest: &str) -> Duration {
    let endless = ["spin-", "wait-", "timeout-of-ages", "secret-asked-for-ever", "secret-turn-held"];
    if endless.iter().any(|start| guest.starts_with(start)) { DEADLINE } else { AMPLE }
}

/// What the operations are called for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Call {
    Check,
    Query,
    Transfer,
    Adjust,
    Occupy,
    Resolve,
}

/// How a call ended: for a person, for a program, and for a write.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Came {
    /// `answered`, or the error's code.
    pub(crate) code: &'static str,
    /// What the guest says that it saw, or the error's text.
    pub(crate) text: String,
    pub(crate) outcome: Option<Outcome>,
}

/// The call was answered, and the guest saw this.
pub(crate) fn answered(saw: &str) -> Came {
    Came { code: "answered", text: saw.to_owned(), outcome: None }
}

/// The call failed with this code and this text.
pub(crate) fn failed(code: &'static str, text: &str) -> Came {
    Came { code, text: format!("account `hostile`: {text}"), outcome: None }
}

/// The write failed, and was not carried out.
pub(crate) fn not_applied(code: &'static str, text: &str) -> Came {
    Came { outcome: Some(Outcome::NotApplied), ..failed(code, text) }
}

/// The write failed, and may have been carried out.
pub(crate) fn unknown(code: &'static str, text: &str) -> Came {
    Came { outcome: Some(Outcome::Unknown), ..failed(code, text) }
}

impl From<Error> for Came {
    fn from(error: Error) -> Came {
        Came { code: error.code(), text: error.to_string(), outcome: error.outcome() }
    }
}

/// A host with two accounts, and what was there before it.
pub(crate) struct Scene {
    host: Host,
    deadline: Duration,
    /// The tasks that there were before.
    tasks: usize,
}

impl Scene {
    /// The guest within the suite's deadline; its requests are answered from memory.
    pub(crate) async fn of(guest: &str) -> Scene {
        Scene::at(guest, GRANTED, Recording::answering(["{}"])).await
    }

    /// The same within another deadline.
    pub(crate) async fn lasting(guest: &str, deadline: Duration) -> Scene {
        let way = Recording::answering(["{}"]);
        Scene::open(hostile_guest(guest).into(), deadline, GRANTED, way).await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// The guest with this origin granted, and its requests going that way.
    pub(crate) async fn at(guest: &str, granted: &str, way: impl Transport) -> Scene {
        Scene::open(hostile_guest(guest).into(), deadline_of(guest), granted, way)
            .await
            .unwrap_or_else(|error| panic!("{error}"))
    }

    /// The same, where loading the guest may be what fails.
    pub(crate) async fn open(
        guest: ConnectorSource,
        deadline: Duration,
        granted: &str,
        way: impl Transport,
    ) -> Result<Scene, Error> {
        // What was left of a host before this one ends at its next turn.
        tokio::time::sleep(Duration::from_millis(2)).await;
        let tasks = tasks();
        let hostile = account("hostile", guest, granted)
            .setting("url", format!("{granted}/api"))
            .secret("signing", Secret::new(SIGNING))
            .secret("bearer", Secret::new(BEARER))
            .limits(Limits::default().deadline(deadline).min_time_left(Duration::ZERO));
        let well = account("well", hostile_guest("harmless"), GRANTED);
        let host = passive().transport(way).build(Config::new().account(hostile).account(well)).await?;
        Ok(Scene { host, deadline, tasks })
    }

    /// The guest's account.
    pub(crate) fn account(&self) -> Account {
        self.host.account("hostile").unwrap()
    }

    /// Makes the call, sees it end in time and within bounds, and leaves nothing.
    pub(crate) async fn came_of(&self, call: Call) -> Came {
        let came = self.bounded(called(&self.account(), call)).await;
        self.is_well().await;
        came
    }

    /// What comes of something that must end with its deadline, and for which the host may not grow.
    pub(crate) async fn bounded<T>(&self, call: impl Future<Output = T>) -> T {
        let (begun, held) = (Instant::now(), growth::begin());
        let came = call.await;
        let (took, grown) = (begun.elapsed(), growth::since(held));
        assert!(took < self.deadline + SLACK, "it took {took:?}, with a deadline of {:?}", self.deadline);
        assert!(grown < GROWTH, "the host allocated {grown} bytes for one call");
        came
    }

    /// Another account of the same host is served, and nothing is left of what was before.
    pub(crate) async fn is_well(&self) {
        assert_eq!(self.well().await, answered("nothing"), "the other account is not served");
        self.leaves_nothing().await;
    }

    /// What comes of a query of the other account.
    pub(crate) async fn well(&self) -> Came {
        called(&self.host.account("well").unwrap(), Call::Query).await
    }

    /// Tasks end a moment after the call that they belong to.
    async fn leaves_nothing(&self) {
        let begun = Instant::now();
        while left(&self.host, self.tasks) != 0 && begun.elapsed() < SLACK {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(left(&self.host, self.tasks), 0, "something is left of the call");
    }
}

/// Calls, handles, exchanges and tasks that are left.
fn left(host: &Host, tasks_before: usize) -> usize {
    let InUse { calls, secrets, requests, .. } = host.in_use();
    calls + secrets + requests + tasks().abs_diff(tasks_before)
}

fn tasks() -> usize {
    tokio::runtime::Handle::current().metrics().num_alive_tasks()
}

/// What comes of a guest's call: see [`Scene::came_of`].
pub(crate) async fn came_of(guest: &str, call: Call) -> Came {
    Scene::of(guest).await.came_of(call).await
}

/// What comes of a guest that cannot be loaded. Its text begins with where it came from, which is left out.
pub(crate) async fn loading(guest: &str) -> (&'static str, String) {
    let path = hostile_guest(guest);
    let place = format!("component {}: ", path.display());
    let (tasks, held) = (tasks(), growth::begin());
    let error = match Scene::open(path.into(), deadline_of(guest), GRANTED, Recording::answering(["{}"])).await {
        Err(error) => error,
        Ok(_) => panic!("{guest} was loaded"),
    };
    assert!(growth::since(held) < GROWTH, "the host allocated {} bytes for one file", growth::since(held));
    assert_eq!(self::tasks(), tasks, "something is left");
    let text = error.to_string();
    (error.code(), text.split_once(&place).map_or(text.clone(), |(_, said)| said.to_owned()))
}

/// The text of a component that is none.
pub(crate) fn malformed_text(reason: &str) -> String {
    let fix = "build it for the component model, as `cargo xtask connectors` does";
    format!("is no valid WebAssembly component: {reason}; {fix}")
}

async fn called(account: &Account, call: Call) -> Came {
    let count = Adjustment::Count(vec![CountLine::new("s", 1)]);
    let occupation = OccupationOrder::new("d", OccupationReason::Transfer);
    let written = match call {
        Call::Check => return ended(account.check().await.map(|()| "checked".to_owned())),
        Call::Query => return queried(account, "s").await,
        Call::Resolve => {
            let attempt = Attempt { first_sent: Timestamp::now(), last_sent: Timestamp::now(), key: None };
            let resolved = account.resolve(&Write::Transfer(transfer()), &attempt).await;
            return ended(resolved.map(|resolution| format!("{resolution:?}")));
        }
        Call::Transfer => account.transfer(transfer()).await,
        Call::Adjust => account.adjust(AdjustmentOrder::new("w", count)).await,
        Call::Occupy => {
            account.occupy(OccupationOrder { lines: vec![OccupationLine::new("s", 1)], ..occupation }).await
        }
    };
    ended(written.map(|receipt| seen(&receipt.extras)).map_err(WriteFailure::into))
}

/// What comes of a query for this item.
pub(crate) async fn queried(account: &Account, sku: &str) -> Came {
    let page = account.query(StockQuery::skus([sku])).await;
    ended(page.map(|page| page.total.map_or_else(|| seen(&page.extras), |total| total.to_string())))
}

fn transfer() -> TransferOrder {
    TransferOrder { lines: vec![TransferLine::new("s", 1)], ..TransferOrder::between("a", "b") }
}

fn ended(came: Result<String, Error>) -> Came {
    came.map_or_else(Came::from, |saw| answered(&saw))
}

fn seen(extras: &Extras) -> String {
    extras.get("seen").map(|seen| serde_json::from_str(seen.as_str()).unwrap()).unwrap_or_default()
}
