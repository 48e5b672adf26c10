//! Query over loopback through the sandbox, compared with two variants without one: the function that an application would
//! write itself, and the same connector compiled natively. The first comparison is the sandbox's cost to a user.
//!
//! Variants alternate in one run, in another order each round, and are compared round by round; a second series of the
//! application's function shows the noise between equal variants. CPU time is this process's, including the provider's part:
//! unlike throughput, it stays comparable on a machine with other work.
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
    // `--test` is cargo's check that a bench starts.
    let quick = std::env::args().any(|argument| argument == "--test");
    let (rounds, scale) = if quick { (1, 1) } else { (ROUNDS, 50) };
    let large: &'static str = support::large_answer().leak();
    runtime().block_on(async {
        check_equivalence().await;
        for (name, delay, scale) in
            [("with 20 ms latency", Duration::from_millis(20), scale), ("without latency", Duration::ZERO, scale * 8)]
        {
            let queries = IN_FLIGHT * scale;
            compare(
                &format!("provider {name}, one row"),
                &provider::answering(support::ONE_ROW, delay).await,
                1,
                rounds,
                queries,
            )
            .await;
            let queries = if delay.is_zero() { queries / 8 } else { queries };
            compare(
                &format!("provider {name}, a hundred rows"),
                &provider::answering(large, delay).await,
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

/// Implementation of the query under comparison.
#[derive(Clone)]
enum Variant {
    Sandboxed(Account),
    /// The application's function, with its rows' JSON texts.
    Application(Client, String),
    /// The application's function, without the texts.
    PlainRows(Client, String),
    NativeConnector(Arc<NativeConnector>),
    /// HTTP client alone, the host's and the application's: exchanges without signing or mapping.
    HostClient(Arc<NativeConnector>),
    ApplicationClient(Client, String),
}

impl Variant {
    /// Number of rows in the answer; for an exchange alone, the expected number.
    async fn query(&self, rows: usize) -> usize {
        match self {
            Variant::Sandboxed(account) => account.query(StockQuery::skus([SKU])).await.expect("a page").levels.len(),
            Variant::Application(client, gateway) => {
                application::query::<StockRowWithText>(client, gateway, SKU).await.expect("rows").len()
            }
            Variant::PlainRows(client, gateway) => {
                application::query::<StockRow>(client, gateway, SKU).await.expect("rows").len()
            }
            Variant::NativeConnector(native) => {
                let native = native.clone();
                tokio::task::spawn_blocking(move || native.query(SKU)).await.expect("the task")
            }
            Variant::HostClient(native) => rows.min(native.exchange().await),
            Variant::ApplicationClient(client, gateway) => {
                rows.min(application::exchange(client, gateway).await.expect("an answer"))
            }
        }
    }

    /// Throughput and CPU time of `queries` queries, one in flight per task.
    async fn measure(&self, rows: usize, queries: usize) -> Measurement {
        let (started, cpu_before) = (Instant::now(), cpu_time());
        let tasks: Vec<_> = (0..IN_FLIGHT)
            .map(|_| {
                let variant = self.clone();
                tokio::spawn(async move {
                    for _ in 0..queries / IN_FLIGHT {
                        assert_eq!(variant.query(rows).await, rows);
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("the task");
        }
        Measurement {
            throughput: (queries / IN_FLIGHT * IN_FLIGHT) as f64 / started.elapsed().as_secs_f64(),
            cpu_seconds: cpu_time().saturating_sub(cpu_before).as_secs_f64(),
        }
    }
}

/// Measurement of one variant in one round.
#[derive(Clone, Copy, Default)]
struct Measurement {
    /// Queries per second.
    throughput: f64,
    /// CPU time of all queries, in seconds.
    cpu_seconds: f64,
}

/// CPU time of this process so far, over all threads.
fn cpu_time() -> Duration {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(u64::try_from(used.tv_sec).unwrap_or_default(), u32::try_from(used.tv_nsec).unwrap_or_default())
}

async fn account(gateway: &str) -> Account {
    let host = Host::from_config(Config::new().account(support::account(gateway))).await.expect("a host");
    host.account("bench").expect("the account")
}

/// HTTP client of the application, without a proxy, like the host's.
fn client() -> Client {
    Client::builder().no_proxy().build().expect("a client")
}

/// Checks that a provider that verifies signatures accepts both implementations, and that both map its row to the same values.
async fn check_equivalence() {
    let gateway = provider::verifying(support::ONE_ROW).await;
    let page = account(&gateway).await.query(StockQuery::skus([SKU])).await.expect("a page");
    let rows = application::query::<StockRowWithText>(&client(), &gateway, SKU).await.expect("rows");
    let ([level], [row]) = (page.levels.as_slice(), rows.as_slice()) else { panic!("expected one row") };
    let StockLevel { sku, warehouse, on_hand, available, barcode, name, changed, details, raw, .. } = level;
    let StockRowWithText { row, raw: text } = row;
    assert_eq!((sku.as_str(), warehouse.as_str()), (&*row.sku, &*row.warehouse));
    assert_eq!((on_hand, available), (&row.on_hand, &row.available));
    assert_eq!((barcode.as_deref(), name.as_deref()), (Some(&*row.barcode), Some(&*row.name)));
    assert_eq!(changed.map(|at| at.as_millis() / 1000), row.changed.map(|at| at.unix_timestamp()));
    assert_eq!((details.len(), raw.as_str()), (row.details.len(), text.get()));
}

async fn compare(name: &str, gateway: &str, rows: usize, rounds: usize, queries: usize) {
    let variants = [
        Variant::Sandboxed(account(gateway).await),
        Variant::Application(client(), gateway.to_owned()),
        Variant::PlainRows(client(), gateway.to_owned()),
        Variant::NativeConnector(Arc::new(NativeConnector::new(gateway))),
        Variant::Application(client(), gateway.to_owned()),
        Variant::HostClient(Arc::new(NativeConnector::new(gateway))),
        Variant::ApplicationClient(client(), gateway.to_owned()),
    ];
    for variant in &variants {
        variant.measure(rows, (queries / 4).max(IN_FLIGHT)).await;
    }
    let mut rounds_measured = Vec::new();
    for round in 0..rounds {
        let mut results = [Measurement::default(); 7];
        for turn in 0..variants.len() {
            let index = (round + turn) % variants.len();
            if let (Some(variant), Some(result)) = (variants.get(index), results.get_mut(index)) {
                *result = variant.measure(rows, queries).await;
            }
        }
        rounds_measured.push(results);
    }
    let median_of = |figure: &dyn Fn(&[Measurement; 7]) -> f64| median(rounds_measured.iter().map(figure).collect());
    println!(
        "{name}, {IN_FLIGHT} in flight: sandboxed {:.0}/s, {:.0} µs of CPU time each",
        median_of(&|[sandboxed, ..]| sandboxed.throughput),
        median_of(&|[sandboxed, ..]| sandboxed.cpu_seconds * 1e6 / queries as f64)
    );
    for (comparison, one, other) in [
        ("sandboxed, against an application's own function", 0, 1),
        ("sandboxed, against the same function without the rows' texts", 0, 2),
        ("sandboxed, against the native connector on blocking threads", 0, 3),
        ("the application's function against itself", 4, 1),
        ("the host's HTTP client alone, against reqwest alone", 5, 6),
    ] {
        let at = |round: &[Measurement; 7], index: usize| round.get(index).copied().unwrap_or_default();
        let throughput = median_of(&|round| at(round, one).throughput / at(round, other).throughput);
        let cpu = median_of(&|round| at(round, one).cpu_seconds / at(round, other).cpu_seconds);
        println!("  {throughput:.3} of the throughput, {cpu:.3} of the CPU time: {comparison}");
    }
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}
