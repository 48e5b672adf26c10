//! Test host of a hostile guest: an account that the guest serves, beside one that the guest `harmless` serves.

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

/// Deadline for calls of a guest that does not end by itself.
pub(crate) const DEADLINE: Duration = Duration::from_millis(400);
/// Deadline for guests that have work to do, on a busy machine.
const AMPLE: Duration = Duration::from_secs(20);
/// How much later than its deadline a call may end. The host checks every 10 ms; the rest is for a busy machine.
pub(crate) const SLACK: Duration = Duration::from_secs(2);
/// Bytes that the host may allocate for one call. The most that a guest can pass at once is 128 MiB.
const GROWTH: usize = 400 * 1024 * 1024;

/// Origin granted to the hostile account. No server is there.
pub(crate) const GRANTED: &str = "https://granted.example";
/// A secret that is only for signing.
pub(crate) const SIGNING: &str = "s1gning-s3cret";
/// A secret that may be sent. A query cannot carry it unencoded.
pub(crate) const BEARER: &str = "b3arer s3cret";

/// Account with one grant, the only one in these tests: for a public origin, or for one on this machine.
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

/// Operation to call.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Call {
    Check,
    Query,
    Transfer,
    Adjust,
    Occupy,
    Resolve,
}

/// Result of a call: its code for programs, its text for people, and a write's outcome.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CallResult {
    /// `answered`, or the error's code.
    pub(crate) code: &'static str,
    /// The guest's observation, or the error's text.
    pub(crate) text: String,
    pub(crate) outcome: Option<Outcome>,
}

/// The call was answered with this observation of the guest.
pub(crate) fn answered(saw: &str) -> CallResult {
    CallResult { code: "answered", text: saw.to_owned(), outcome: None }
}

/// The call failed with this code and this text.
pub(crate) fn failed(code: &'static str, text: &str) -> CallResult {
    CallResult { code, text: format!("account `hostile`: {text}"), outcome: None }
}

/// The write failed, and was not applied.
pub(crate) fn not_applied(code: &'static str, text: &str) -> CallResult {
    CallResult { outcome: Some(Outcome::NotApplied), ..failed(code, text) }
}

/// The write failed, and may have been applied.
pub(crate) fn unknown(code: &'static str, text: &str) -> CallResult {
    CallResult { outcome: Some(Outcome::Unknown), ..failed(code, text) }
}

impl From<Error> for CallResult {
    fn from(error: Error) -> CallResult {
        CallResult { code: error.code(), text: error.to_string(), outcome: error.outcome() }
    }
}

/// A host with two accounts, and the number of tasks before it.
pub(crate) struct Scene {
    host: Host,
    deadline: Duration,
    /// Number of tasks before the host was built.
    tasks: usize,
}

impl Scene {
    /// The guest with the suite's deadline; its requests are answered from memory.
    pub(crate) async fn of(guest: &str) -> Scene {
        Scene::at(guest, GRANTED, Recording::answering(["{}"])).await
    }

    /// The guest with another deadline.
    pub(crate) async fn lasting(guest: &str, deadline: Duration) -> Scene {
        let transport = Recording::answering(["{}"]);
        Scene::open(hostile_guest(guest).into(), deadline, GRANTED, transport)
            .await
            .unwrap_or_else(|error| panic!("{error}"))
    }

    /// The guest with this origin granted, and its requests using that transport.
    pub(crate) async fn at(guest: &str, granted: &str, transport: impl Transport) -> Scene {
        Scene::open(hostile_guest(guest).into(), deadline_of(guest), granted, transport)
            .await
            .unwrap_or_else(|error| panic!("{error}"))
    }

    /// The same, returning the error if loading the guest fails.
    pub(crate) async fn open(
        guest: ConnectorSource,
        deadline: Duration,
        granted: &str,
        transport: impl Transport,
    ) -> Result<Scene, Error> {
        // Remaining tasks of the previous host end when they are next polled.
        tokio::time::sleep(Duration::from_millis(2)).await;
        let tasks = tasks();
        let hostile = account("hostile", guest, granted)
            .setting("url", format!("{granted}/api"))
            .secret("signing", Secret::new(SIGNING))
            .secret("bearer", Secret::new(BEARER))
            .limits(Limits::default().deadline(deadline).min_time_left(Duration::ZERO));
        let well = account("well", hostile_guest("harmless"), GRANTED);
        let host = passive().transport(transport).build(Config::new().account(hostile).account(well)).await?;
        Ok(Scene { host, deadline, tasks })
    }

    /// The guest's account.
    pub(crate) fn account(&self) -> Account {
        self.host.account("hostile").unwrap()
    }

    /// Makes the call and checks that it ends in time, within bounds, and leaves nothing behind.
    pub(crate) async fn result_of(&self, call: Call) -> CallResult {
        let result = self.bounded(perform(&self.account(), call)).await;
        self.assert_well().await;
        result
    }

    /// Result of a future that must end by the deadline without growing the host.
    pub(crate) async fn bounded<T>(&self, call: impl Future<Output = T>) -> T {
        let (started, held) = (Instant::now(), growth::begin());
        let result = call.await;
        let (took, grown) = (started.elapsed(), growth::since(held));
        assert!(took < self.deadline + SLACK, "it took {took:?}, with a deadline of {:?}", self.deadline);
        assert!(grown < GROWTH, "the host allocated {grown} bytes for one call");
        result
    }

    /// Checks that the host's other account is served, and that the call left nothing behind.
    pub(crate) async fn assert_well(&self) {
        assert_eq!(self.well().await, answered("nothing"), "the other account is not served");
        self.assert_nothing_left().await;
    }

    /// Result of a query of the other account.
    pub(crate) async fn well(&self) -> CallResult {
        perform(&self.other_account(), Call::Query).await
    }

    /// The host's other account, whose connector is harmless.
    pub(crate) fn other_account(&self) -> Account {
        self.host.account("well").unwrap()
    }

    /// Waits for tasks, which end shortly after their call.
    async fn assert_nothing_left(&self) {
        let started = Instant::now();
        while left(&self.host, self.tasks) != 0 && started.elapsed() < SLACK {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(left(&self.host, self.tasks), 0, "something is left of the call");
    }
}

/// Number of remaining calls, handles, requests and tasks.
fn left(host: &Host, tasks_before: usize) -> usize {
    let InUse { calls, secrets, requests, .. } = host.in_use();
    calls + secrets + requests + tasks().abs_diff(tasks_before)
}

fn tasks() -> usize {
    tokio::runtime::Handle::current().metrics().num_alive_tasks()
}

/// Result of a guest's call: see [`Scene::result_of`].
pub(crate) async fn result_of(guest: &str, call: Call) -> CallResult {
    Scene::of(guest).await.result_of(call).await
}

/// Error of a guest that cannot be loaded. The file's path at the beginning of the text is removed.
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

/// Error text for an invalid component.
pub(crate) fn malformed_text(reason: &str) -> String {
    let fix = "build it for the component model, as `cargo xtask connectors` does";
    format!("is no valid WebAssembly component: {reason}; {fix}")
}

async fn perform(account: &Account, call: Call) -> CallResult {
    let count = Adjustment::Count(vec![CountLine::new("s", 1)]);
    let occupation = OccupationOrder::new("d", OccupationReason::Transfer);
    let written = match call {
        Call::Check => return finished(account.check().await.map(|()| "checked".to_owned())),
        Call::Query => return queried(account, "s").await,
        Call::Resolve => {
            let attempt = Attempt { first_sent: Timestamp::now(), last_sent: Timestamp::now(), key: None };
            let resolved = account.resolve(&Write::Transfer(transfer()), &attempt).await;
            return finished(resolved.map(|resolution| format!("{resolution:?}")));
        }
        Call::Transfer => account.transfer(transfer()).await,
        Call::Adjust => account.adjust(AdjustmentOrder::new("w", count)).await,
        Call::Occupy => {
            account.occupy(OccupationOrder { lines: vec![OccupationLine::new("s", 1)], ..occupation }).await
        }
    };
    finished(written.map(|receipt| seen(&receipt.extras)).map_err(WriteFailure::into))
}

/// Result of a query for this item.
pub(crate) async fn queried(account: &Account, sku: &str) -> CallResult {
    let page = account.query(StockQuery::skus([sku])).await;
    finished(page.map(|page| page.total.map_or_else(|| seen(&page.extras), |total| total.to_string())))
}

fn transfer() -> TransferOrder {
    TransferOrder { lines: vec![TransferLine::new("s", 1)], ..TransferOrder::between("a", "b") }
}

fn finished(result: Result<String, Error>) -> CallResult {
    result.map_or_else(CallResult::from, |saw| answered(&saw))
}

fn seen(extras: &Extras) -> String {
    extras.get("seen").map(|seen| serde_json::from_str(seen.as_str()).unwrap()).unwrap_or_default()
}
