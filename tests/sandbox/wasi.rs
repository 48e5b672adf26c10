//! What a component finds that was built for WASI: nothing but what the contract gives it.
//!
//! The component is `tests/components/wasi-probe`, which Rust's own toolchain builds for `wasm32-wasip2` and which uses
//! the standard library: see its documentation for the steps.

use std::time::{Duration, Instant};

use stockbridge::{Account, AccountConfig, Clock, Config, Host, Limits, Secret, Timestamp, inspect};
use stockbridge_tests::{Log, Recording, test_component};

use crate::guest::{GRANTED, order, query, saw};

const NOON: i64 = 1_790_000_000_123;

fn named(name: &str, limits: Limits) -> AccountConfig {
    AccountConfig::new(name, test_component("wasi-probe"))
        .allow(GRANTED)
        .setting("url", format!("{GRANTED}/api"))
        .secret("signing", Secret::new("s3cret"))
        .limits(limits)
}

/// Accounts of these names, on a host whose clock stands at this time.
async fn host_at(millis: i64, names: &[&str], limits: Limits) -> (Host, Recording) {
    let recording = Recording::answering(["{}"]);
    let config = names.iter().fold(Config::new(), |config, name| config.account(named(name, limits)));
    let clock = Clock::Fixed(Timestamp::from_millis(millis));
    (Host::builder().transport(recording.clone()).clock(clock).build(config).await.unwrap(), recording)
}

async fn within(limits: Limits) -> Account {
    host_at(NOON, &["wasi"], limits).await.0.account("wasi").unwrap()
}

async fn opened() -> Account {
    within(Limits::default()).await
}

#[tokio::test]
async fn a_component_that_was_built_for_wasi_is_a_connector_like_any_other() {
    let inspection = inspect(test_component("wasi-probe")).await.unwrap();
    assert!(inspection.imports.iter().any(|import| import.starts_with("wasi:cli/environment@0.2.")), "{inspection:?}");
    assert!(inspection.imports.iter().any(|import| import.starts_with("stockbridge:connector/http@")));

    let (host, recording) = host_at(NOON, &["wasi"], Limits::default()).await;
    let account = host.account("wasi").unwrap();
    assert_eq!(account.query(query("")).await.unwrap().levels.len(), 1);
    let receipt = account.transfer(order("")).await.unwrap();
    assert_eq!(receipt.document.as_deref(), Some("{}"));
    assert_eq!(recording.sent().len(), 1);
}

#[tokio::test]
async fn a_component_that_describes_itself_knows_no_time_and_no_chance() {
    let title = inspect(test_component("wasi-probe")).await.unwrap().descriptor.title;
    assert!(title.starts_with("Time 0, chance "), "{title}");
    assert_eq!(inspect(test_component("wasi-probe")).await.unwrap().descriptor.title, title);
}

#[tokio::test]
async fn there_are_no_files() {
    let account = opened().await;
    let told = "read-file:/etc/passwd read-file:stockbridge.toml write-file:/tmp/x list:/ list:. directories";
    let missing = "error: No such file or directory (os error 44)";
    assert_eq!(saw(&account, query(told)).await, [missing, missing, missing, missing, missing, "0"]);
}

#[tokio::test]
async fn there_is_no_environment_and_no_input() {
    let account = opened().await;
    let seen = saw(&account, query("environment arguments stdin directory")).await;
    assert_eq!(seen, ["0", "0", "0", "/"]);
}

#[tokio::test]
async fn there_are_no_sockets_and_no_names() {
    // Somebody listens, so nothing but the refusal keeps the guest away.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let account = opened().await;
    let told = format!("connect:{address} connect:[::1]:80 listen:127.0.0.1:0 datagram:127.0.0.1:0");
    for said in saw(&account, query(&told)).await {
        assert!(said.starts_with("error: Permission denied"), "{said}");
    }
    let seen = saw(&account, query("look-up:localhost look-up:granted.example")).await;
    for said in &seen {
        assert!(said.starts_with("error: "), "{said}");
    }
    listener.set_nonblocking(true).unwrap();
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

#[tokio::test]
async fn the_time_is_the_contracts() {
    let account = opened().await;
    let now = NOON.to_string();
    assert_eq!(saw(&account, query("clock time time")).await, [&*now, &*now, &*now]);
    // A guest that waits, waits; the time that it sees is the contract's all the same.
    let begun = Instant::now();
    assert_eq!(saw(&account, query("sleep:50 time")).await, ["0 ms", &*now]);
    assert!(begun.elapsed() >= Duration::from_millis(50));

    let host = Host::from_config(Config::new().account(named("wasi", Limits::default()))).await.unwrap();
    let seen = saw(&host.account("wasi").unwrap(), query("sleep:50 clock time")).await;
    let passed: u64 = seen[0].strip_suffix(" ms").unwrap().parse().unwrap();
    assert!((50..5000).contains(&passed), "{seen:?}");
    let [clock, time] = [&seen[1], &seen[2]].map(|time| time.parse::<i64>().unwrap());
    assert!((clock..clock + 5000).contains(&time), "{seen:?}");
}

#[tokio::test]
async fn random_numbers_follow_from_the_account_and_the_time() {
    let drawn = async |millis, name| {
        let (host, _) = host_at(millis, &["one", "other"], Limits::default()).await;
        let account = host.account(name).unwrap();
        let seen = saw(&account, query("chance bytes:16 insecure bytes:16")).await;
        assert_eq!(saw(&account, query("chance bytes:16 insecure bytes:16")).await, seen);
        assert_ne!(seen[1], seen[3]);
        seen
    };
    let seen = drawn(NOON, "one").await;
    assert_eq!(drawn(NOON, "one").await, seen);
    for other in [drawn(NOON + 1, "one").await, drawn(NOON, "other").await] {
        assert!(other.iter().zip(&seen).all(|(other, one)| other != one), "{other:?} {seen:?}");
    }
}

#[tokio::test]
async fn more_random_bytes_at_a_time_than_anybody_needs_are_a_trap() {
    let account = opened().await;
    assert_eq!(saw(&account, query("bytes:65536")).await[0].len(), 32);
    let error = account.query(query("bytes:65537")).await.unwrap_err();
    assert_eq!(error.code(), "connector.trapped");
    assert!(error.to_string().contains("requested len 65537 exceeds limit 65536"), "{error}");
}

#[tokio::test]
async fn a_wait_ends_with_the_call() {
    let deadline = Duration::from_millis(250);
    let account = within(Limits::default().deadline(deadline).min_time_left(Duration::ZERO)).await;
    for forever in ["sleep:60000", "sleep:18446744073709551615"] {
        let begun = Instant::now();
        let error = account.query(query(forever)).await.unwrap_err();
        let took = begun.elapsed();
        assert_eq!(error.code(), "connector.deadline");
        assert!(took >= deadline && took < deadline + Duration::from_secs(3), "{took:?}");
    }
    assert_eq!(saw(&account, query("sleep:1")).await, ["0 ms"]);
}

#[tokio::test]
async fn a_guest_that_exits_gives_no_answer() {
    let account = opened().await;
    for (told, status) in [("exit:0", 0), ("exit:3", 1)] {
        let error = account.query(query(told)).await.unwrap_err();
        assert_eq!(error.code(), "connector.trapped");
        assert_eq!(
            error.to_string(),
            format!(
                "account `wasi`: the connector trapped: it called exit with status {status}; a connector returns an answer"
            )
        );
    }
    assert_eq!(saw(&account, query("environment")).await, ["0"]);
}

/// Its handles lie in the table that the secrets lie in.
#[tokio::test]
async fn what_a_guest_holds_of_wasi_counts_with_its_secrets() {
    let account = within(Limits::default().digests(1000)).await;
    let held: usize = saw(&account, query("hold:300")).await[0].parse().unwrap();
    assert_eq!(held, 256);
    let held: usize = saw(&account, query("print:x hold:300")).await[1].parse().unwrap();
    assert!((200..256).contains(&held), "{held}");
    let error = account.query(query("hold:300 print:x")).await.unwrap_err();
    assert_eq!(error.code(), "connector.trapped");
    assert_eq!(saw(&account, query("environment")).await, ["0"]);
}

#[tokio::test]
async fn what_a_guest_prints_is_in_its_log_in_the_order_in_which_it_said_it() {
    let log = Log::listen();
    let account = opened().await;
    assert_eq!(log.of_connectors(), Vec::<String>::new(), "what it prints in `describe` goes nowhere");

    saw(&account, query("print:one log:two warn:three begin:fo print:ur begin:five")).await;
    let expected = [
        "INFO one stream=stdout",
        "INFO two ",
        "WARN three stream=stderr",
        "INFO four stream=stdout",
        "INFO five stream=stdout",
    ];
    assert_eq!(log.of_connectors(), expected);
}

#[tokio::test]
async fn a_printed_line_is_one_line_and_a_bounded_one() {
    let log = Log::listen();
    let account = opened().await;
    saw(&account, query(&format!("print:a\u{1b}[2Jb print:{}", "x".repeat(20_000)))).await;
    let cut = format!("INFO {}… stream=stdout", "x".repeat(2000));
    assert_eq!(log.of_connectors(), ["INFO a\\u{1b}[2Jb stream=stdout", &cut]);
}

#[tokio::test]
async fn a_guest_that_panics_leaves_its_words_in_the_log() {
    let log = Log::listen();
    let account = opened().await;
    let error = account.query(query("panic")).await.unwrap_err();
    assert_eq!(error.to_string(), "account `wasi`: the connector trapped: it panicked or aborted");
    let lines = log.of_connectors();
    assert!(lines.iter().any(|line| line == "WARN as it was told stream=stderr"), "{lines:?}");
}

#[tokio::test]
async fn a_guest_that_prints_more_at_once_than_it_may_traps() {
    let account = opened().await;
    assert_eq!(saw(&account, query("pour:4096")).await, ["poured"]);
    let error = account.query(query("pour:4097")).await.unwrap_err();
    let reason = "it wrote more at a time than the stream permits";
    assert_eq!(error.to_string(), format!("account `wasi`: the connector trapped: {reason}"));
}

#[tokio::test]
async fn printed_lines_count_with_the_contracts_own() {
    let log = Log::listen();
    let account = within(Limits::default().log_lines(3)).await;
    assert_eq!(saw(&account, query("log:one flood:1000 warn:more environment")).await[3], "0");
    assert_eq!(log.of_connectors(), ["INFO one ", "INFO line 0 stream=stdout", "INFO line 1 stream=stdout"]);
    assert_eq!(log.dropped(), [999]);
}
