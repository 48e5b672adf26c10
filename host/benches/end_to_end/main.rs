//! A query over loopback through the sandbox, beside the two ways to do without one: what an application would write itself,
//! and the same connector compiled natively. What the sandbox costs a user is the first.
//!
//! The ways alternate in one run, each round in another order, and are compared round by round; a second series of the
//! application shows how far two equal things differ here. The processor's time is this process's, the provider's part
//! included: it says the same on a machine that has other work, where throughput does not.
//!
//! `cargo xtask connectors && cargo bench -p stockbridge --bench end_to_end`

#![allow(missing_docs, clippy::expect_used, clippy::float_arithmetic, clippy::panic)] // A bench reports; it has no callers.

mod application;
mod native;
mod provider;
#[allow(dead_code, reason = "the calls of the other benches")]
#[path = "../support/mod.rs"]
mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use application::{StockRow, StockRowWithText};
use native::NativeConnector;
use reqwest::Client;
use stockbridge::{Account, Config, Host, StockLevel, StockQuery};
use support::SKU;
use tokio::runtime::{Builder, Runtime};

const IN_FLIGHT: usize = 16;
const ROUNDS: usize = 11;

fn main() {
    // Cargo starts a bench with `--test` to see that it starts.
    let quick = std::env::args().any(|argument| argument == "--test");
    let (rounds, scale) = if quick { (1, 1) } else { (ROUNDS, 50) };
    let large: &'static str = support::large_answer().leak();
    runtime().block_on(async {
        both_sign_and_map_alike().await;
        for (name, takes, scale) in
            [("takes 20 ms", Duration::from_millis(20), scale), ("answers at once", Duration::ZERO, scale * 8)]
        {
            let queries = IN_FLIGHT * scale;
            compare(
                &format!("provider {name}, one row"),
                &provider::answering(support::ONE_ROW, takes).await,
                1,
                rounds,
                queries,
            )
            .await;
            let queries = if takes.is_zero() { queries / 8 } else { queries };
            compare(
                &format!("provider {name}, a hundred rows"),
                &provider::answering(large, takes).await,
                support::LARGE,
                rounds,
                queries,
            )
            .await;
        }
    });
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

/// One way to make the query.
#[derive(Clone)]
enum Way {
    Sandboxed(Account),
    /// The application's own function: its rows with their texts.
    Application(Client, String),
    /// The same, without the texts.
    PlainRows(Client, String),
    NativeConnector(Arc<NativeConnector>),
    /// The host's client alone, and the application's: what each exchange takes, with nothing signed or mapped.
    HostsClient(Arc<NativeConnector>),
    ApplicationsClient(Client, String),
}

impl Way {
    /// How many rows the answer has; of an exchange alone, how many are wanted.
    async fn query(&self, rows: usize) -> usize {
        match self {
            Way::Sandboxed(account) => account.query(StockQuery::skus([SKU])).await.expect("a page").levels.len(),
            Way::Application(client, gateway) => {
                application::query::<StockRowWithText>(client, gateway, SKU).await.expect("rows").len()
            }
            Way::PlainRows(client, gateway) => {
                application::query::<StockRow>(client, gateway, SKU).await.expect("rows").len()
            }
            Way::NativeConnector(native) => {
                let native = native.clone();
                tokio::task::spawn_blocking(move || native.query(SKU)).await.expect("the task")
            }
            Way::HostsClient(native) => rows.min(native.exchange().await),
            Way::ApplicationsClient(client, gateway) => {
                rows.min(application::exchange(client, gateway).await.expect("an answer"))
            }
        }
    }

    /// How so many queries go, with as many in flight as there are tasks.
    async fn measure(&self, rows: usize, queries: usize) -> Measured {
        let (begun, processor) = (Instant::now(), processor_time());
        let tasks: Vec<_> = (0..IN_FLIGHT)
            .map(|_| {
                let way = self.clone();
                tokio::spawn(async move {
                    for _ in 0..queries / IN_FLIGHT {
                        assert_eq!(way.query(rows).await, rows);
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("the task");
        }
        Measured {
            throughput: (queries / IN_FLIGHT * IN_FLIGHT) as f64 / begun.elapsed().as_secs_f64(),
            processor: processor_time().saturating_sub(processor).as_secs_f64(),
        }
    }
}

/// What was seen of one way in one round.
#[derive(Clone, Copy, Default)]
struct Measured {
    /// Queries a second.
    throughput: f64,
    /// Seconds of the processor, for all of them.
    processor: f64,
}

/// What this process has used so far, on all of its threads.
fn processor_time() -> Duration {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(u64::try_from(used.tv_sec).unwrap_or_default(), u32::try_from(used.tv_nsec).unwrap_or_default())
}

async fn account(gateway: &str) -> Account {
    let host = Host::from_config(Config::new().account(support::account(gateway))).await.expect("a host");
    host.account("bench").expect("the account")
}

/// The application's own client. It knows of no proxy, as the host's does.
fn client() -> Client {
    Client::builder().no_proxy().build().expect("a client")
}

/// A provider that verifies signatures takes both, and both make the same of its row.
async fn both_sign_and_map_alike() {
    let gateway = provider::verifying(support::ONE_ROW).await;
    let page = account(&gateway).await.query(StockQuery::skus([SKU])).await.expect("a page");
    let rows = application::query::<StockRowWithText>(&client(), &gateway, SKU).await.expect("rows");
    let ([level], [row]) = (page.levels.as_slice(), rows.as_slice()) else { panic!("one row was asked for") };
    let StockLevel { sku, warehouse, on_hand, available, barcode, name, changed, details, raw, .. } = level;
    let StockRowWithText { row, raw: text } = row;
    assert_eq!((sku.as_str(), warehouse.as_str()), (&*row.sku, &*row.warehouse));
    assert_eq!((on_hand, available), (&row.on_hand, &row.available));
    assert_eq!((barcode.as_deref(), name.as_deref()), (Some(&*row.barcode), Some(&*row.name)));
    assert_eq!(changed.map(|at| at.as_millis() / 1000), row.changed.map(|at| at.unix_timestamp()));
    assert_eq!((details.len(), raw.as_str()), (row.details.len(), text.get()));
}

async fn compare(name: &str, gateway: &str, rows: usize, rounds: usize, queries: usize) {
    let ways = [
        Way::Sandboxed(account(gateway).await),
        Way::Application(client(), gateway.to_owned()),
        Way::PlainRows(client(), gateway.to_owned()),
        Way::NativeConnector(Arc::new(NativeConnector::new(gateway))),
        Way::Application(client(), gateway.to_owned()),
        Way::HostsClient(Arc::new(NativeConnector::new(gateway))),
        Way::ApplicationsClient(client(), gateway.to_owned()),
    ];
    for way in &ways {
        way.measure(rows, (queries / 4).max(IN_FLIGHT)).await;
    }
    let mut measured = Vec::new();
    for round in 0..rounds {
        let mut of_round = [Measured::default(); 7];
        for turn in 0..ways.len() {
            let place = (round + turn) % ways.len();
            if let (Some(way), Some(seen)) = (ways.get(place), of_round.get_mut(place)) {
                *seen = way.measure(rows, queries).await;
            }
        }
        measured.push(of_round);
    }
    let of = |figure: &dyn Fn(&[Measured; 7]) -> f64| median(measured.iter().map(figure).collect());
    println!(
        "{name}, {IN_FLIGHT} in flight: sandboxed {:.0}/s, {:.0} µs of the processor each",
        of(&|[sandboxed, ..]| sandboxed.throughput),
        of(&|[sandboxed, ..]| sandboxed.processor * 1e6 / queries as f64)
    );
    for (way, one, other) in [
        ("sandboxed, beside an application's own function", 0, 1),
        ("sandboxed, beside the same without the rows' texts", 0, 2),
        ("sandboxed, beside the connector natively, on threads that wait", 0, 3),
        ("the function against itself", 4, 1),
        ("the host's HTTP client alone, beside reqwest alone", 5, 6),
    ] {
        let at = |round: &[Measured; 7], place: usize| round.get(place).copied().unwrap_or_default();
        let throughput = of(&|round| at(round, one).throughput / at(round, other).throughput);
        let processor = of(&|round| at(round, one).processor / at(round, other).processor);
        println!("  {throughput:.3} of the throughput, {processor:.3} of the processor's time: {way}");
    }
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}
