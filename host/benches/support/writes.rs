//! Sample writes, and transports that answer them from memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use stockbridge::transport::{Exchange, InboundResponse, OutboundRequest, Transport, TransportError};
use stockbridge::{
    Account, AccountConfig, Condition, Config, Limits, OccupationLine, OccupationOrder, OccupationReason, Outcome,
    Secret, Timestamp, TransferLine, TransferOrder,
};
use tokio::runtime::{Builder, Runtime};

use crate::support;

const GATEWAY: &str = "http://127.0.0.1:9";
/// Answer to a transfer.
const ACCEPTED: &str = r#"{"code":0,"message":"ok"}"#;

pub(crate) const IN_FLIGHT: usize = 64;

/// Transport that accepts every write, from memory.
pub(crate) struct Taken;

impl Transport for Taken {
    fn send(&self, _: OutboundRequest) -> Exchange<'_> {
        let body = ACCEPTED.as_bytes().to_vec();
        Box::pin(async move { Ok(InboundResponse { status: 200, headers: Vec::new(), body }) })
    }
}

/// Transport that breaks each connection or, if `silent`, leaves requests unanswered.
#[derive(Default)]
pub(crate) struct Lost {
    pub(crate) silent: AtomicBool,
    pub(crate) waiting: AtomicUsize,
}

impl Transport for Lost {
    fn send(&self, _: OutboundRequest) -> Exchange<'_> {
        Box::pin(async move {
            if self.silent.load(Ordering::Relaxed) {
                self.waiting.fetch_add(1, Ordering::Relaxed);
                std::future::pending::<()>().await;
            }
            Err(TransportError::Broken("as requested".to_owned()))
        })
    }
}

pub(crate) fn runtime(threads: usize) -> Runtime {
    Builder::new_multi_thread().worker_threads(threads).enable_all().build().expect("a runtime")
}

pub(crate) fn enterprise() -> Config {
    Config::new().account(support::account(GATEWAY))
}

/// Account at a deduplicating provider: a write with a lost answer is sent again later.
pub(crate) fn top() -> Config {
    let account = AccountConfig::new("top", support::connector("taobao-top"))
        .allow(support::grant(GATEWAY))
        .setting("url", GATEWAY)
        .setting("app_key", "demo-key")
        .secret("secret", Secret::new("demo-secret"))
        .limits(Limits::default().attempts(1).deadline(Duration::from_secs(600)));
    Config::new().account(account)
}

pub(crate) async fn transfer(account: &Account) {
    let lines = vec![TransferLine::new("daj1", 10)];
    let order = TransferOrder { lines, ..TransferOrder::between("daj-wms-wdt", "lz-002") };
    account.transfer(order).await.expect("a receipt");
}

pub(crate) async fn occupy(account: &Account) {
    let line = OccupationLine {
        line: Some("1".to_owned()),
        condition: Some(Condition::Sellable),
        ..OccupationLine::new("daj1", 10)
    };
    let order = OccupationOrder {
        owner: Some("AX5886".to_owned()),
        warehouse: Some("STA".into()),
        occurred: Some(Timestamp::from_millis(1_700_000_000_000)),
        lines: vec![line],
        ..OccupationOrder::new("LP00012345", OccupationReason::Discrepancy)
    };
    let failure = account.occupy(order).await.expect_err("no answer");
    assert_eq!(failure.outcome(), Outcome::Unknown, "{failure}");
}

/// Runs `count` operations, 64 at a time.
pub(crate) fn at_once<F: Future<Output = ()> + Send + 'static>(
    runtime: &Runtime,
    count: usize,
    operation: impl Fn() -> F + Send + Sync + 'static,
) {
    let (operation, started) = (Arc::new(operation), Arc::new(AtomicUsize::new(0)));
    let tasks: Vec<_> = (0..IN_FLIGHT)
        .map(|_| {
            let (operation, started) = (operation.clone(), started.clone());
            runtime.spawn(async move {
                while started.fetch_add(1, Ordering::Relaxed) < count {
                    operation().await;
                }
            })
        })
        .collect();
    for task in tasks {
        runtime.block_on(task).expect("the task");
    }
}

/// Durations of a repeated operation.
pub(crate) struct Times(pub(crate) Vec<Duration>);

impl Times {
    pub(crate) fn new() -> Times {
        Times(Vec::new())
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    pub(crate) fn extend(&mut self, times: Vec<Duration>) {
        self.0.extend(times);
    }

    pub(crate) fn median(&self) -> Duration {
        self.at(50)
    }

    pub(crate) fn at(&self, percent: usize) -> Duration {
        let mut times = self.0.clone();
        times.sort_unstable();
        times.get(times.len() * percent / 100).copied().unwrap_or_default()
    }

    pub(crate) fn shown(&self) -> String {
        format!("{} µs (90 %: {})", self.median().as_micros(), self.at(90).as_micros())
    }
}
