//! Providers' answers to writes, and the meaning of each: a table, read through the real components.
//!
//! A line of `table.jsonl` is an answer: the provider's method, the HTTP status and the body; then the expected result for the
//! caller (outcome, class, progress, pause), and its source. Words without a source ("no page prints it") leave a write unknown.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::Deserialize;
use stockbridge::transport::{Exchange, InboundResponse, OutboundRequest, Transport};
use stockbridge::{Account, Config, ErrorClass, Limits, Outcome, Progress, Write, WriteFailure};
use stockbridge_tests::{Provider, account_at, orders, passive, send};

const TABLE: &str = include_str!("table.jsonl");
/// Lower bound for the number of answers.
const LEAST: usize = 150;
const NOWHERE: &str = "http://127.0.0.1:9";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    provider: String,
    method: String,
    status: u16,
    #[serde(default)]
    headers: Vec<(String, String)>,
    body: String,
    outcome: Told,
    class: Option<ErrorClass>,
    progress: Option<Progress>,
    document: Option<String>,
    /// In milliseconds, if the provider asks for one.
    pause: Option<u64>,
    source: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Told {
    Applied,
    NotApplied,
    Unknown,
}

/// Answers every request with the present content.
#[derive(Clone, Default)]
struct Standing(Arc<Mutex<Option<InboundResponse>>>);

impl Transport for Standing {
    fn send(&self, _: OutboundRequest) -> Exchange<'_> {
        let answer = self.0.lock().unwrap().clone().unwrap();
        Box::pin(async move { Ok(answer) })
    }
}

fn table() -> Vec<Answer> {
    TABLE.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// An account of the provider that uses the method, with a matching order.
async fn prepared(answer: &Answer, transport: &Standing, compiled: &Path) -> (Account, Write) {
    let provider = Provider::ALL.into_iter().find(|provider| provider.name() == answer.provider).unwrap();
    let (place, setting) = match answer.method.as_str() {
        "wms.stocktransfer.Edit.createOrder" => (0, Some(("transfer-method", "wms.stocktransfer.Edit.createOrder"))),
        "wms.StockPd.stockSyncByPd" | "stock_sync_by_pd" => (1, None),
        "setting.strategy.VirtualWarehouse.reserveExtractAdd" => (2, None),
        _ => (0, None),
    };
    let account = account_at(provider, NOWHERE).limits(Limits::default().attempts(1).requests_per_minute(60_000_000));
    let account = setting.into_iter().fold(account, |account, (name, value)| account.setting(name, value));
    let config = Config::new().cache(compiled).account(account);
    let host = passive().transport(transport.clone()).build(config).await.unwrap();
    host.cache_written().await;
    (host.account(provider.name()).unwrap(), orders(provider).swap_remove(place))
}

/// Difference between the result and the table.
async fn differs(answer: &Answer, account: &Account, order: &Write) -> Option<String> {
    let told = send(account, order).await;
    let (outcome, class, progress, document, pause) = match &told {
        Ok(receipt) => (Told::Applied, None, Some(receipt.progress), receipt.document.clone(), None),
        Err(failure) => {
            let outcome = if failure.outcome() == Outcome::NotApplied { Told::NotApplied } else { Told::Unknown };
            let error = failure.error();
            let pause = error.provider().and_then(|said| said.retry_after);
            (outcome, Some(error.class()), None, None, pause)
        }
    };
    let expected = (
        answer.outcome,
        answer.class,
        answer.progress.or(progress),
        answer.document.clone().or(document.clone()),
        answer.pause.map(Duration::from_millis).or(pause),
    );
    let found = (outcome, class, progress, document, pause);
    let words = told.as_ref().err().map(WriteFailure::error).map(ToString::to_string).unwrap_or_default();
    (found != expected).then(|| {
        format!("{} {} {}\n  {found:?}, and not {expected:?}: {words}", answer.provider, answer.status, answer.body)
    })
}

#[tokio::test]
async fn each_answer_is_told_for_what_it_is() {
    let table = table();
    assert!(table.len() >= LEAST);
    let mut wrong = Vec::new();
    let mut serving: Option<(String, String, Account, Write)> = None;
    let (transport, compiled) = (Standing::default(), tempfile::tempdir().unwrap());
    for answer in &table {
        let key = (answer.provider.clone(), answer.method.clone());
        let stands = serving.take().filter(|(provider, method, ..)| (provider, method) == (&key.0, &key.1));
        let (account, order) = match stands {
            Some((_, _, account, order)) => (account, order),
            None => prepared(answer, &transport, compiled.path()).await,
        };
        let headers = answer.headers.iter().map(|(name, value)| (name.clone(), value.clone().into_bytes())).collect();
        *transport.0.lock().unwrap() =
            Some(InboundResponse { status: answer.status, headers, body: answer.body.clone().into_bytes() });
        wrong.extend(differs(answer, &account, &anew(&order)).await);
        // After a rate limit the host sends nothing for a while.
        if answer.class != Some(ErrorClass::RateLimited) {
            serving = Some((key.0, key.1, account, order));
        }
    }
    assert!(wrong.is_empty(), "{} of {} answers:\n{}", wrong.len(), table.len(), wrong.join("\n"));
}

/// The order under a new reference.
fn anew(order: &Write) -> Write {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let reference = format!("answer-{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let mut order = order.clone();
    match &mut order {
        Write::Transfer(order) => order.reference = reference.parse().unwrap(),
        Write::Adjust(order) => order.reference = reference.parse().unwrap(),
        Write::Occupy(order) => order.reference = reference.parse().unwrap(),
    }
    order
}

#[test]
fn each_answer_has_a_source_and_no_refusal_has_none() {
    for answer in table() {
        assert!(!answer.source.trim().is_empty(), "{}", answer.body);
        let is_refusal = answer.outcome == Told::NotApplied;
        assert!(!is_refusal || !answer.source.starts_with("no page"), "{} {}", answer.provider, answer.body);
    }
}
