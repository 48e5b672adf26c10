//! What one call through a component costs, with HTTP answered from memory: a fresh instance each, the request signed,
//! the answer mapped; what a large call costs, and what it leaves to the small ones after it, which get the memory that it
//! has written to. Then how many calls a second core adds.
//!
//! `cargo xtask connectors && cargo bench -p stockbridge --bench call`

#![allow(missing_docs, clippy::expect_used, clippy::float_arithmetic)] // A bench reports; it has no callers.

mod support;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group};
use stockbridge::transport::{Exchange, InboundResponse, OutboundRequest, Transport};
use stockbridge::{Account, Config, Host, StockQuery};
use support::{LARGE, SKU};
use tokio::runtime::{Builder, Runtime};

/// An answer without rows.
const TINY: &str = r#"{"code":0,"message":"ok","stocks":[],"total_count":"0"}"#;

const GATEWAY: &str = "http://127.0.0.1:9";

/// Answers every request with the same body, from memory; the first one with another, if there is one.
struct Memory {
    first: Option<String>,
    is_asked: AtomicBool,
    then: String,
}

impl Transport for Memory {
    fn send(&self, _: OutboundRequest) -> Exchange<'_> {
        let is_first = !self.is_asked.swap(true, Ordering::Relaxed);
        let body = self.first.as_ref().filter(|_| is_first).unwrap_or(&self.then).as_bytes().to_vec();
        Box::pin(async move { Ok(InboundResponse { status: 200, headers: Vec::new(), body }) })
    }
}

fn runtime(threads: usize) -> Runtime {
    Builder::new_multi_thread().worker_threads(threads).enable_all().build().expect("a runtime")
}

async fn account(first: Option<String>, then: &str) -> Account {
    let config = Config::new().account(support::account(GATEWAY));
    let memory = Memory { first, is_asked: AtomicBool::new(false), then: then.to_owned() };
    let host = Host::builder().transport(memory).build(config).await.expect("a host");
    host.account("bench").expect("the account")
}

async fn call(account: &Account, rows: usize) {
    let page = account.query(StockQuery::skus([SKU])).await.expect("a page");
    assert_eq!(page.levels.len(), rows);
}

fn one_call(criterion: &mut Criterion) {
    let runtime = runtime(1);
    let mut group = criterion.benchmark_group("one call, instance per call");
    let large = support::large_answer();
    for (name, first, answer, rows) in [
        ("tiny answer", None, TINY, 0),
        ("one vendor row", None, support::ONE_ROW, 1),
        ("a hundred rows", None, &*large, LARGE),
        ("tiny answer, after a hundred rows", Some(large.clone()), TINY, 0),
        ("one vendor row, after a hundred rows", Some(large.clone()), support::ONE_ROW, 1),
    ] {
        let is_after = first.is_some();
        let account = runtime.block_on(account(first, answer));
        if is_after {
            // On the thread of the others: each has a place of its own for its instances.
            let account = account.clone();
            runtime.block_on(runtime.spawn(async move { call(&account, LARGE).await })).expect("the task");
        }
        // Through `spawn`, so that the call runs on a worker thread as in an application.
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|calls| {
                let account = account.clone();
                let task = runtime.spawn(async move {
                    let begun = Instant::now();
                    for _ in 0..calls {
                        call(&account, rows).await;
                    }
                    begun.elapsed()
                });
                runtime.block_on(task).expect("the task")
            });
        });
    }
    group.finish();
}

/// Calls a second with so many worker threads, each with work enough.
fn throughput(threads: usize, calls: u32) -> f64 {
    const TASKS: u32 = 16;
    let runtime = runtime(threads);
    let account = runtime.block_on(account(None, TINY));
    let begun = Instant::now();
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let account = account.clone();
            runtime.spawn(async move {
                for _ in 0..calls / TASKS {
                    call(&account, 0).await;
                }
            })
        })
        .collect();
    for task in tasks {
        runtime.block_on(task).expect("the task");
    }
    f64::from(calls) / begun.elapsed().max(Duration::from_nanos(1)).as_secs_f64()
}

/// One core and two, alternating in one run; the medians are compared.
fn second_core() {
    const ROUNDS: usize = 9;
    const CALLS: u32 = 64_000;
    let (mut one, mut two) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        one.push(throughput(1, CALLS));
        two.push(throughput(2, CALLS));
    }
    let median = |rates: &mut Vec<f64>| {
        rates.sort_by(f64::total_cmp);
        rates.get(ROUNDS / 2).copied().unwrap_or_default()
    };
    let (one, two) = (median(&mut one), median(&mut two));
    println!("throughput: {one:.0} calls/s on one worker, {two:.0} on two, {:.2} times as many", two / one);
}

criterion_group!(benches, one_call);

fn main() {
    benches();
    // Not when cargo only checks that benches start, nor for one named benchmark.
    if !std::env::args().skip(1).any(|argument| argument == "--test" || !argument.starts_with("--")) {
        second_core();
    }
    Criterion::default().configure_from_args().final_summary();
}
