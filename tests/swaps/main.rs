//! Swaps connectors under a steady load of calls: queries and writes of all four connectors, answered from memory so that the
//! host waits for nothing else.
//!
//! `cargo xtask swap --swaps 1000` builds and runs it. It exits with an error when a call failed, when a swap with a cached
//! component took more than 50 ms, or when anything is left: a call, an unused version, memory.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use stockbridge::{Account, Config, Digest, Host, InUse, Limits, Probation, StockQuery, SwapEnd, Write};
use stockbridge_tests::{
    Provider, Replay, account_at, connector, orders, query, resident, send, simulator, standing_clock, version,
};

/// Concurrent calls.
const WORKERS: usize = 16;
/// Number of versions of each connector.
const VERSIONS: u32 = 3;
/// Probation period. Shorter than the time between two swaps of one account, so that the previous version is freed and has to be
/// loaded again.
const PROBATION: Duration = Duration::from_millis(5);
/// The time between two swaps.
const PAUSE: Duration = Duration::from_millis(5);
/// Longest permitted swap.
const CUT_OVER: Duration = Duration::from_millis(50);
/// Warm-up swaps: afterwards the allocator has the pieces that it will reuse.
const WARMING: usize = 400;
/// Permitted growth of the process, in KiB.
const GROWTH: u64 = 4096;

/// One kind of call, with its account.
#[derive(Clone)]
enum Call {
    Query(Account, StockQuery),
    Write(Account, Write),
}

impl Call {
    /// Whether it succeeded.
    async fn made(&self) -> Result<(), String> {
        match self {
            Call::Query(account, query) => {
                account.query(query.clone()).await.map(drop).map_err(|error| error.to_string())
            }
            Call::Write(account, order) => send(account, order).await.map(drop).map_err(|failure| failure.to_string()),
        }
    }
}

/// The load, and its results.
#[derive(Default)]
struct Load {
    over: AtomicBool,
    calls: AtomicU64,
    failed: AtomicU64,
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    let swaps: usize = std::env::args().nth(1).map_or(1000, |swaps| swaps.parse().unwrap());
    let cache = tempfile::tempdir().unwrap();
    let simulator = simulator().await;
    let accounts = Accounts::new(simulator.url(), cache.path().join("compiled"));
    let replay = Replay::new(String::new());
    let builder = Host::builder().transport(replay.clone()).clock(standing_clock());
    let host = builder.probation(Probation::default().period(PROBATION)).build(accounts.config([0; 4])).await.unwrap();
    let kinds = kinds(&host);
    for call in &kinds {
        call.made().await.unwrap();
    }
    replay.answer_from_memory();
    warmed(&host, &accounts).await;

    let load = Arc::new(Load::default());
    let workers: Vec<_> = (0..WORKERS).map(|first| tokio::spawn(work(first, kinds.clone(), load.clone()))).collect();
    let (mut took, mut warm) = (Vec::with_capacity(swaps), 0);
    for swap in 0..WARMING + swaps {
        if swap == WARMING {
            (took, warm) = (Vec::with_capacity(swaps), resident());
        }
        took.push(swapped(&host, &accounts, swap).await);
        tokio::time::sleep(PAUSE).await;
    }
    let grown = resident().saturating_sub(warm);
    load.over.store(true, Ordering::Relaxed);
    for worker in workers {
        worker.await.unwrap();
    }
    let left = left(&host).await;
    report(&load, took, grown, &left)
}

/// The four accounts, each with a component in several versions.
struct Accounts {
    address: String,
    cache: PathBuf,
    versions: Vec<Vec<Arc<[u8]>>>,
}

impl Accounts {
    fn new(address: String, cache: PathBuf) -> Accounts {
        let of = |provider: Provider| {
            (0..VERSIONS).map(|number| version(&connector(provider.name()), number).into()).collect()
        };
        Accounts { address, cache, versions: Provider::ALL.into_iter().map(of).collect() }
    }

    /// The configuration with these versions.
    fn config(&self, numbers: [usize; 4]) -> Config {
        let accounts = Provider::ALL.into_iter().zip(&self.versions).zip(numbers);
        accounts.fold(Config::new().cache(self.cache.clone()), |config, ((provider, versions), number)| {
            let component = versions[number % versions.len()].to_vec();
            let limits = Limits::default().requests_per_minute(60_000_000);
            config.account(account_at(provider, &self.address).served_by(component).limits(limits))
        })
    }
}

fn kinds(host: &Host) -> Vec<Call> {
    let of = |provider: Provider| {
        let account = host.account(provider.name()).unwrap();
        let query = query(provider).map(|query| Call::Query(account.clone(), query));
        query.into_iter().chain(orders(provider).into_iter().map(move |order| Call::Write(account.clone(), order)))
    };
    Provider::ALL.into_iter().flat_map(of).collect()
}

/// Lets every version serve once, so that each is in the cache.
async fn warmed(host: &Host, accounts: &Accounts) {
    for number in (0..VERSIONS as usize).rev() {
        host.apply(accounts.config([number; 4])).await.unwrap();
    }
    host.cache_written().await;
}

/// Swaps the connector of one account, the next in turn. Returns the time from the configuration to the first call that would
/// start on the new version.
async fn swapped(host: &Host, accounts: &Accounts, swap: usize) -> Duration {
    let round = swap / 4 + 1;
    let config = accounts.config([0, 1, 2, 3].map(|account| round + usize::from(account <= swap % 4) - 1));
    let begun = Instant::now();
    let applied = host.apply(config).await.unwrap();
    let took = begun.elapsed();
    assert_eq!(applied.swapped, [Provider::ALL[swap % 4].name()]);
    took
}

async fn work(first: usize, kinds: Vec<Call>, load: Arc<Load>) {
    for call in kinds.iter().cycle().skip(first) {
        if load.over.load(Ordering::Relaxed) {
            return;
        }
        if let Err(error) = call.made().await {
            load.failed.fetch_add(1, Ordering::Relaxed);
            println!("a call failed: {error}");
        }
        load.calls.fetch_add(1, Ordering::Relaxed);
    }
}

/// Versions and calls that are left once the last probation is over.
async fn left(host: &Host) -> Vec<String> {
    let on_probation = || {
        host.status()
            .iter()
            .any(|status| status.last_swap.as_ref().is_some_and(|swap| swap.end == SwapEnd::OnProbation))
    };
    while on_probation() {
        tokio::time::sleep(PROBATION).await;
    }
    let serving: BTreeSet<String> =
        host.status().iter().filter_map(|status| status.digest).map(|digest| digest.to_string()).collect();
    let idle = host.versions().into_iter().map(|digest: Digest| digest.to_string());
    let mut left: Vec<String> = idle.filter(|digest| !serving.contains(digest)).collect();
    if host.in_use() != InUse::default() {
        left.push(format!("{:?}", host.in_use()));
    }
    let put_back = |end: &SwapEnd| matches!(end, SwapEnd::RolledBack { .. });
    let swaps = host.status().into_iter().filter_map(|status| status.last_swap.map(|swap| (status.name, swap.end)));
    left.extend(swaps.filter(|(_, end)| put_back(end)).map(|(account, end)| format!("{account}: {end:?}")));
    left
}

fn report(load: &Load, mut took: Vec<Duration>, grown: u64, left: &[String]) -> ExitCode {
    took.sort();
    let at = |percent: usize| took[(took.len() - 1) * percent / 100].as_secs_f64() * 1000.0;
    let (calls, failed) = (load.calls.load(Ordering::Relaxed), load.failed.load(Ordering::Relaxed));
    println!("{} swaps under {calls} calls, {WORKERS} at a time: {failed} failed", took.len());
    println!(
        "a swap took {:.1} ms in the middle, {:.1} ms at the 99th of a hundred, {:.1} ms at most",
        at(50),
        at(99),
        at(100)
    );
    println!("grown by {grown} KiB since the {WARMING} swaps before");
    println!("left at the end: {}", if left.is_empty() { "nothing".to_owned() } else { left.join(", ") });
    if failed > 0 || at(100) > CUT_OVER.as_secs_f64() * 1000.0 || grown > GROWTH || !left.is_empty() {
        println!("that is more than it may: no failed call, {CUT_OVER:?} a swap, {GROWTH} KiB, and nothing left");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
