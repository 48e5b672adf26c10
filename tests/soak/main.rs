//! Many calls on one host, to check that it does not grow: all four connectors' queries and writes, calls over real connections,
//! and calls that fail in the connector and at the provider.
//!
//! `cargo xtask soak --calls 1000000` builds and runs it. It exits with an error when the process holds more than 1 MiB above its
//! memory after the first tenth, or when anything of a call is left.

mod provider;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use stockbridge::{Account, Config, Host, InUse, Json, Limits, StockQuery, Write};
use stockbridge_tests::{
    NOT_JSON, Provider, Replay, account_at, on_loopback, orders, query, resident, send, simulator, standing_clock,
    test_component,
};

/// Concurrent calls.
const WORKERS: usize = 16;
/// Permitted growth of the process, in KiB.
const GROWTH: u64 = 1024;

/// One kind of call, with its account.
#[derive(Clone)]
enum Call {
    Query(Account, StockQuery),
    Write(Account, Write),
    /// A query that must fail with this code.
    Failing(Account, StockQuery, &'static str),
}

impl Call {
    async fn make(&self) {
        match self {
            Call::Query(account, query) => drop(account.query(query.clone()).await.unwrap()),
            Call::Write(account, order) => drop(send(account, order).await.unwrap()),
            Call::Failing(account, query, code) => {
                assert_eq!(account.query(query.clone()).await.unwrap_err().code(), *code);
            }
        }
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    let calls: usize = std::env::args().nth(1).map_or(1_000_000, |calls| calls.parse().unwrap());
    let (host, kinds) = prepared().await;
    println!("{} kinds of call, {WORKERS} at a time", kinds.len());

    let begun = Instant::now();
    run(&kinds, calls / 10).await;
    let warm = resident();
    println!("{:>9} calls  {warm} KiB, warmed up", calls / 10);
    for tenth in 2..=10 {
        run(&kinds, calls / 10).await;
        println!("{:>9} calls  {} KiB", calls / 10 * tenth, resident());
    }
    let grown = resident().saturating_sub(warm);
    println!("{calls} calls in {} s; grown by {grown} KiB since the first tenth", begun.elapsed().as_secs());
    println!("in use at the end: {:?}", host.in_use());
    if grown > GROWTH || host.in_use() != InUse::default() {
        println!("that is more than it may: {GROWTH} KiB, and nothing in use");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Makes this many calls, of all kinds in turn.
async fn run(kinds: &Arc<Vec<Call>>, calls: usize) {
    let next = Arc::new(AtomicUsize::new(0));
    let workers: Vec<_> = (0..WORKERS)
        .map(|_| {
            let (kinds, next) = (kinds.clone(), next.clone());
            tokio::spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= calls {
                        return;
                    }
                    kinds[number % kinds.len()].make().await;
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
}

/// A host with an account for each provider, whose calls were made once at the simulator and are answered from memory afterwards;
/// one at a provider on a real connection; and failing calls.
async fn prepared() -> (Host, Arc<Vec<Call>>) {
    let simulator = simulator().await;
    let keeping = provider::keeping().await;
    let mut config = Config::new();
    for provider in Provider::ALL {
        // Winit documents a rate limit that this exceeds by far.
        let limits = Limits::default().requests_per_minute(60_000_000);
        config = config.account(account_at(provider, &simulator.url()).limits(limits));
    }
    config = config
        .account(account_at(Provider::WdtEnterprise, &keeping).named("connected"))
        .account(account_at(Provider::WdtEnterprise, NOT_JSON).named("not-json"))
        .account(
            stockbridge::AccountConfig::new("probe", test_component("probe"))
                .allow(on_loopback(&keeping))
                .setting("url", &keeping)
                .limits(Limits::default().memory(2 * 1024 * 1024)),
        );
    let replay = Replay::new(keeping);
    let host = Host::builder().transport(replay.clone()).clock(standing_clock()).build(config).await.unwrap();
    let account = |name: &str| host.account(name).unwrap();

    let mut kinds = Vec::new();
    for provider in Provider::ALL {
        kinds.extend(query(provider).map(|query| Call::Query(account(provider.name()), query)));
        kinds.extend(orders(provider).into_iter().map(|order| Call::Write(account(provider.name()), order)));
    }
    let rows = || query(Provider::WdtEnterprise).unwrap();
    let instruction = |instruction: &str| StockQuery::all().extra("do", Json::text(instruction));
    kinds.push(Call::Query(account("connected"), rows()));
    kinds.push(Call::Failing(account("not-json"), rows(), "provider.malformed-response"));
    kinds.push(Call::Failing(account("probe"), instruction("panic"), "connector.trapped"));
    kinds.push(Call::Failing(account("probe"), instruction("grow"), "connector.memory"));
    for call in &kinds {
        call.make().await;
    }
    replay.answer_from_memory();
    (host, Arc::new(kinds))
}
