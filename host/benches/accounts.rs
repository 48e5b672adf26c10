//! Ten thousand accounts over four connectors: how long a host takes to start with them from the compile cache, and how
//! much of the heap each of them holds while nothing calls it, its configuration apart.
//!
//! `cargo xtask connectors && cargo bench -p stockbridge --bench accounts`

#![allow(missing_docs, clippy::expect_used, clippy::float_arithmetic)] // A bench reports; it has no callers.

#[allow(dead_code, reason = "the calls of the other benches")]
mod support;

use std::alloc::System;
use std::time::{Duration, Instant};

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use stockbridge::{AccountConfig, Config, Host, Secret};
use tokio::runtime::Builder;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const ACCOUNTS: usize = 10_000;
const ROUNDS: usize = 5;
/// What is wanted.
const START: Duration = Duration::from_secs(2);
const IDLE: usize = 8 * 1024;

const GATEWAY: &str = "http://127.0.0.1:9";

/// The account of this number, as an operator would configure it.
fn account(number: usize) -> AccountConfig {
    let of = |connector: &str| {
        AccountConfig::new(format!("shop-{number}"), support::connector(connector))
            .allow(support::grant(GATEWAY))
            .setting("url", format!("{GATEWAY}/api"))
    };
    let secret = |name: &str| Secret::new(format!("{name} of the account {number:08}"));
    match number % 4 {
        0 => of("wdt-flagship")
            .setting("sid", format!("sid-{number}"))
            .setting("key", format!("key-{number}"))
            .setting("salt", "demo-salt")
            .secret("secret", secret("secret")),
        1 => of("wdt-enterprise")
            .setting("sid", format!("sid-{number}"))
            .setting("appkey", format!("key-{number}"))
            .secret("secret", secret("secret")),
        2 => of("taobao-top")
            .setting("app_key", format!("{number}"))
            .secret("secret", secret("secret"))
            .secret("session", secret("session")),
        _ => of("winit")
            .setting("app_key", format!("shop-{number}@example.com"))
            .setting("client_id", format!("client-{number}"))
            .secret("token", secret("token"))
            .secret("client_secret", secret("client secret")),
    }
}

fn config(cache: &std::path::Path) -> Config {
    (0..ACCOUNTS).fold(Config::new().cache(cache), |config, number| config.account(account(number)))
}

fn held() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated.saturating_sub(stats.bytes_deallocated)
}

fn main() {
    // Not when cargo only checks that benches start.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let cache = tempfile::tempdir().expect("a directory");
    let cache = cache.path().join("compiled");
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let started = |config| runtime.block_on(async { Host::from_config(config).await.expect("a host") });

    let filling = started(config(&cache));
    runtime.block_on(filling.cache_written());
    drop(filling);

    let mut rounds: Vec<(Duration, usize)> = (0..ROUNDS)
        .map(|_| {
            let config = config(&cache);
            let (before, begun) = (held(), Instant::now());
            let host = started(config);
            let took = begun.elapsed();
            let each = held().saturating_sub(before) / ACCOUNTS;
            assert_eq!((host.accounts().len(), host.versions().len()), (ACCOUNTS, 4));
            (took, each)
        })
        .collect();
    rounds.sort_unstable();
    let (took, each) = rounds.get(ROUNDS / 2).copied().unwrap_or_default();
    println!(
        "{ACCOUNTS} accounts over four connectors, out of the cache: started in {} ms (at most {})",
        took.as_millis(),
        START.as_millis()
    );
    println!("an idle account holds {each} bytes of the heap beside its configuration (at most {IDLE})");
}
