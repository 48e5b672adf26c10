//! Repeats one kind of call on a host, for `cargo xtask instructions` to count: instructions under valgrind, system calls under
//! strace. HTTP is answered from memory, so the counts exclude sockets.
//!
//! `stockbridge-instructions WORK TIMES CACHE`: the work is one of the names below, the cache a directory of compiled connectors,
//! which `prepare` fills. Each count includes the start of the host: two counts with different `TIMES` give the cost of a call.
//!
//! The program is built in the dev profile, like the tests: dependencies are optimised, wasmtime and redb among them, this
//! repository's own crates are not, and their assertions are on. The counts show whether a change makes a call cheaper or more
//! expensive; they do not show the cost of a call in production.

use std::path::Path;
use std::time::Duration;

use stockbridge::transport::{Exchange, InboundResponse, OutboundRequest, Transport};
use stockbridge::{
    Account, AccountConfig, Allocation, CacheConfig, Clock, Config, Host, Secret, StockQuery, Timestamp,
};
use stockbridge_tests::{Provider, bare, on_loopback, unhurried, write};
use tempfile::TempDir;
use tokio::runtime::Builder;

const PROVIDER: Provider = Provider::WdtEnterprise;
/// Gateway that receives no requests.
const GATEWAY: &str = "http://127.0.0.1:9";
/// Answer with the one row of the vendor's page for `stock_query_detail`, with all its fields.
const ONE_ROW: &str = include_str!("../../host/benches/support/one_row.json");
/// Item of that row.
const SKU: &str = "WDTPDA-BLACK007";
/// Rows of a full page.
const PAGE: usize = 100;
/// Answer to a write.
const ACCEPTED: &str = r#"{"code":0,"message":"ok"}"#;
/// Fixed time of the connector, which makes the signed bytes the same in each run.
const NOW: Timestamp = Timestamp::from_millis(1_764_374_400_000);
/// Concurrent calls in the pool.
const CALLS: u32 = 4;

/// Kind of call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Work {
    /// No call: the host compiles its connector into the cache.
    Prepare,
    /// Query with this number of rows in the answer.
    Query { rows: usize },
    /// Write, with the journal in a file.
    Write,
}

impl Work {
    fn named(name: &str) -> Work {
        match name {
            "prepare" => Work::Prepare,
            "query" => Work::Query { rows: 1 },
            "page" => Work::Query { rows: PAGE },
            "write" => Work::Write,
            other => panic!("unknown work `{other}`: expected prepare, query, page or write"),
        }
    }

    fn answer(self) -> String {
        match self {
            Work::Prepare | Work::Query { rows: 1 } => ONE_ROW.to_owned(),
            Work::Query { rows } => page(rows),
            Work::Write => ACCEPTED.to_owned(),
        }
    }

    async fn call(self, account: &Account) {
        match self {
            Work::Prepare => {}
            Work::Query { rows } => {
                let page = account.query(StockQuery::skus([SKU])).await.unwrap();
                assert_eq!(page.levels.len(), rows);
            }
            Work::Write => drop(write(PROVIDER, account).await.unwrap()),
        }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [work, times, cache] = arguments.as_slice() else {
        panic!("usage: WORK TIMES CACHE, as run by `cargo xtask instructions`");
    };
    let (work, times) = (Work::named(work), times.parse().unwrap());
    Builder::new_current_thread().enable_all().build().unwrap().block_on(run(work, times, cache.as_ref()));
}

async fn run(work: Work, times: usize, cache: &Path) {
    let directory = TempDir::new().unwrap();
    let mut config = Config::new().cache(CacheConfig::new(cache)).account(account());
    if work == Work::Write {
        config = config.journal(directory.path().join("journal"));
    }
    let builder = Host::builder().under_valgrind(CALLS).clock(Clock::Fixed(NOW)).transport(Memory(work.answer()));
    let host = builder.build(config).await.unwrap();
    // On-demand instances and compilations would distort the count silently.
    assert_eq!(host.allocation(), Allocation::Pooling, "valgrind has too little address space for the pool");
    if work != Work::Prepare {
        assert_eq!(host.compilations().compiled, 0, "the cache was not prepared");
    }
    let account = host.account(PROVIDER.name()).unwrap();
    for _ in 0..times {
        work.call(&account).await;
    }
    host.shutdown(Duration::from_secs(60)).await.unwrap();
    host.cache_written().await;
}

/// Account whose connector lacks its vectors: their limit of two seconds is too short for valgrind on a busy machine.
fn account() -> AccountConfig {
    AccountConfig::new(PROVIDER.name(), bare(PROVIDER.name()))
        .allow(on_loopback(GATEWAY))
        .limits(unhurried())
        .setting("url", GATEWAY)
        .setting("sid", "demo-sid")
        .setting("appkey", "demo-key")
        .secret("secret", Secret::new("demo-secret"))
}

/// Answer with this number of rows, each of a different item.
fn page(rows: usize) -> String {
    let answer: serde_json::Value = serde_json::from_str(ONE_ROW).unwrap();
    let row = answer.pointer("/stocks/0").unwrap().to_string();
    let rows: Vec<String> = (0..rows).map(|number| row.replace(SKU, &format!("item-{number}"))).collect();
    format!(r#"{{"code":0,"message":"ok","stocks":[{}],"total_count":"{PAGE}"}}"#, rows.join(","))
}

/// Transport that answers every request with the same body.
struct Memory(String);

impl Transport for Memory {
    fn send(&self, _: OutboundRequest) -> Exchange<'_> {
        let body = self.0.as_bytes().to_vec();
        Box::pin(async move { Ok(InboundResponse { status: 200, headers: Vec::new(), body }) })
    }
}
