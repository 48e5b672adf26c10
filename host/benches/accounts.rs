//! Ten thousand accounts over four connectors: how long a host takes to start with them from the compile cache, and how
//! much of the heap each of them holds while nothing calls it, its configuration apart. Then ten thousand of one application, each
//! asking once at one https origin: how many TLS handshakes that takes.
//!
//! `cargo xtask connectors && cargo bench -p stockbridge --bench accounts`

#![allow(missing_docs, clippy::expect_used, clippy::float_arithmetic)] // A bench reports; it has no callers.

#[allow(dead_code, reason = "the calls of the other benches")]
mod support;

use std::alloc::System;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use stockbridge::transport::Network;
use stockbridge::{AccountConfig, Config, Host, Secret, StockQuery};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio_rustls::TlsAcceptor;

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
            .setting("platform", "BENCH")
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
    let (handshakes, took) = runtime.block_on(handshakes());
    println!(
        "{ACCOUNTS} accounts of one application asked once each at one https origin: {handshakes} handshakes, {} ms",
        took.as_millis()
    );
}

/// An answer without rows.
const ANSWER: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 55\r\n\r\n\
                      {\"code\":0,\"message\":\"ok\",\"stocks\":[],\"total_count\":\"0\"}";

/// Has the accounts ask in turn, and counts what it took of handshakes, resumed ones too.
async fn handshakes() -> (usize, Duration) {
    let key = KeyPair::generate().expect("a key");
    let names = CertificateParams::new(["127.0.0.1".to_owned()]).expect("a name");
    let certificate = names.self_signed(&key).expect("a certificate");
    let server = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions of TLS")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .expect("a certificate");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let origin = format!("https://127.0.0.1:{}", listener.local_addr().expect("an address").port());
    let counted = Arc::new(AtomicUsize::new(0));
    let count = counted.clone();
    tokio::spawn(async move {
        let acceptor = TlsAcceptor::from(Arc::new(server));
        while let Ok((tcp, _)) = listener.accept().await {
            let (acceptor, count) = (acceptor.clone(), count.clone());
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(tcp).await else { return };
                count.fetch_add(1, Ordering::Relaxed);
                let mut buffer = [0; 4096];
                // Requests are small: each comes in one piece.
                while let Ok(1..) = stream.read(&mut buffer).await {
                    if stream.write_all(ANSWER.as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    let network = Network::builder().trust(certificate.der().to_vec()).build().expect("a network");
    let account = |number| support::account(&origin).named(format!("shop-{number}")).application("one");
    let config = (0..ACCOUNTS).fold(Config::new(), |config, number| config.account(account(number)));
    let host = Host::builder().transport(network).build(config).await.expect("a host");
    let begun = Instant::now();
    for number in 0..ACCOUNTS {
        let account = host.account(&format!("shop-{number}")).expect("the account");
        account.query(StockQuery::skus(["one"])).await.expect("an answer");
    }
    (counted.load(Ordering::Relaxed), begun.elapsed())
}
