//! A query over loopback through the sandbox, beside the same connector compiled natively: what the sandbox costs a
//! user. Rounds alternate in one run; a second native series shows how far two equal things differ here.
//!
//! `cargo xtask connectors && cargo bench -p stockbridge --bench end_to_end`

#![allow(missing_docs, clippy::expect_used, clippy::float_arithmetic)] // A bench reports; it has no callers.

mod support;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::post;
use stockbridge::egress::{Grant, Target};
use stockbridge::transport::{Network, OutboundRequest, Transport};
use stockbridge::{Account, Config, Host, StockQuery};
use stockbridge_connector::native::NativeHost;
use stockbridge_connector::{Connector, Failure, HttpError, Response};
use stockbridge_wdt_enterprise::WdtEnterprise;
use tokio::runtime::{Builder, Handle, Runtime};

const IN_FLIGHT: usize = 16;
const ROUNDS: usize = 7;

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

/// A provider that answers every request with one vendor row, after so long.
async fn provider(takes: Duration) -> SocketAddr {
    let answer = move || async move {
        if !takes.is_zero() {
            tokio::time::sleep(takes).await;
        }
        ([(CONTENT_TYPE, "application/json")], support::ONE_ROW)
    };
    let router = Router::new().fallback(post(answer));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// One way to make the query.
#[derive(Clone)]
enum Way {
    Sandboxed(Account),
    Native(Arc<Native>),
}

/// The connector's own code over the same HTTP client, without a sandbox. It waits for its answers on a thread.
struct Native {
    gateway: String,
    network: Network,
    grant: Arc<Grant>,
    runtime: Handle,
}

impl Native {
    fn query(self: &Arc<Self>) -> usize {
        let native = self.clone();
        let host = NativeHost::new(move |request| {
            let headers =
                request.headers.iter().map(|(name, value)| (name.clone(), value.clone().into_bytes())).collect();
            let target = Target::parse(&request.url).map_err(|error| failed(&error))?;
            let mut outbound = OutboundRequest::post(target, native.grant.clone());
            outbound.headers = headers;
            outbound.body = request.body.clone().into();
            let answer = native.runtime.block_on(native.network.send(outbound)).map_err(|error| failed(&error))?;
            Ok(Response { status: answer.status, headers: answer.headers, body: answer.body })
        })
        .setting("url", &self.gateway)
        .setting("sid", "demo-sid")
        .setting("appkey", "demo-key")
        .secret("secret", "demo-secret");
        let query = stockbridge_connector::StockQuery {
            warehouse: None,
            skus: vec!["WDTPDA-BLACK007".to_owned()],
            barcodes: Vec::new(),
            changed: None,
            include_deleted: false,
            cursor: None,
            page_size: None,
            extras: Vec::new(),
        };
        WdtEnterprise::query(&host, query).expect("a page").levels.len()
    }
}

fn failed(error: &dyn std::fmt::Display) -> HttpError {
    HttpError { failure: Failure::Broken, sent: true, retry_after: None, message: error.to_string() }
}

impl Way {
    async fn query(&self) {
        let rows = match self {
            Way::Sandboxed(account) => {
                account.query(StockQuery::skus(["WDTPDA-BLACK007"])).await.expect("a page").levels.len()
            }
            Way::Native(native) => {
                let native = native.clone();
                tokio::task::spawn_blocking(move || native.query()).await.expect("the task")
            }
        };
        assert_eq!(rows, 1);
    }

    /// Queries a second, with so many in flight.
    async fn throughput(&self, queries: usize) -> f64 {
        let begun = Instant::now();
        let tasks: Vec<_> = (0..IN_FLIGHT)
            .map(|_| {
                let way = self.clone();
                tokio::spawn(async move {
                    for _ in 0..queries / IN_FLIGHT {
                        way.query().await;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("the task");
        }
        (queries / IN_FLIGHT * IN_FLIGHT) as f64 / begun.elapsed().as_secs_f64()
    }
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or_default()
}

async fn compare(name: &str, takes: Duration, queries: usize) {
    let gateway = format!("http://{}", provider(takes).await);
    let config = Config::new().account(support::account(&gateway));
    let host = Host::from_config(config).await.expect("a host");
    let grant = Arc::new(support::grant(&gateway).parse().expect("a grant"));
    let native = Native { gateway, network: Network::new().expect("a client"), grant, runtime: Handle::current() };
    let sandboxed = Way::Sandboxed(host.account("bench").expect("the account"));
    let native = Way::Native(Arc::new(native));
    for way in [&sandboxed, &native] {
        way.throughput(queries / 4).await;
    }
    let (mut sandbox_rates, mut native_rates, mut control_rates) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        sandbox_rates.push(sandboxed.throughput(queries).await);
        native_rates.push(native.throughput(queries).await);
        control_rates.push(native.throughput(queries).await);
    }
    let (sandboxed, native, control) = (median(sandbox_rates), median(native_rates), median(control_rates));
    println!(
        "{name}, one row, {IN_FLIGHT} in flight: sandboxed {sandboxed:.0}/s, native {native:.0}/s, \
         ratio {:.3} (native against itself: {:.3})",
        sandboxed / native,
        control / native
    );
}

fn main() {
    // Cargo starts a bench with `--test` to see that it starts.
    let quick = std::env::args().any(|argument| argument == "--test");
    let scale = if quick { 1 } else { 50 };
    runtime().block_on(async {
        compare("provider takes 20 ms", Duration::from_millis(20), IN_FLIGHT * scale).await;
        compare("provider answers at once", Duration::ZERO, IN_FLIGHT * scale * 8).await;
    });
}
