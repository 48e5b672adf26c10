//! Telemetry of calls for an application: spans, and an observer's counts.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use stockbridge::{
    Account, CallEnded, CallObserver, CallOptions, CallOutcome, Config, Host, HostBuilder, Limits, RequestEnded,
    TransferLine, TransferOrder,
};
use stockbridge_tests::{How, Repeats, Traced, passive};
use tracing::field::{Field, Visit};
use tracing::{Metadata, Subscriber, span};

fn order() -> TransferOrder {
    TransferOrder { lines: vec![TransferLine::new("daj1", 10)], ..TransferOrder::between("here", "there") }
}

/// An observed call: its operation, outcome, code and attempts.
type ObservedCall = (String, &'static str, Option<&'static str>, u32);

/// An observed request: its operation, status and failure, and whether it carried a write.
type ObservedRequest = (String, Option<u16>, Option<&'static str>, bool);

#[derive(Clone, Default)]
struct Counts {
    calls: Arc<Mutex<Vec<ObservedCall>>>,
    requests: Arc<Mutex<Vec<ObservedRequest>>>,
}

impl CallObserver for Counts {
    fn call_ended(&self, call: &CallEnded<'_>) {
        assert_eq!(call.account, "traced");
        assert!(call.duration < Duration::from_secs(60));
        assert_eq!(call.class.is_some(), call.code.is_some());
        let observed = (call.operation.to_owned(), call.outcome.as_str(), call.code, call.attempts);
        self.calls.lock().unwrap().push(observed);
    }

    fn request_ended(&self, request: &RequestEnded<'_>) {
        if request.status.is_some() {
            assert!(request.bytes_sent > 0 && request.bytes_received > 0 && request.sent);
        }
        assert!(request.origin.is_some_and(|origin| origin.starts_with("http://127.0.0.1:")), "{request:?}");
        let observed = (request.operation.to_owned(), request.status, request.failure, request.write);
        self.requests.lock().unwrap().push(observed);
    }
}

async fn account(builder: HostBuilder, provider: &Traced, repetition: &str) -> (Host, Account) {
    let account = provider.account(repetition).limits(Limits::default().attempts(2));
    let host = builder.build(Config::new().account(account)).await.unwrap();
    let account = host.account("traced").unwrap();
    (host, account)
}

#[tokio::test]
async fn an_observer_is_told_once_of_each_call_and_each_request() {
    let (counts, provider) = (Counts::default(), Traced::start(Repeats::CarriedOut));
    let (host, account) = account(passive().observe_calls(counts.clone()), &provider, "blind").await;
    account.check().await.unwrap();
    let sent = order();
    account.transfer(sent.clone()).await.unwrap();
    // From the journal: the connector is not called.
    account.transfer(sent).await.unwrap();
    provider
        .writes_go(|write| if write.earlier == 0 { How::RateLimited(Duration::from_millis(10)) } else { How::Well });
    account.transfer(order()).await.unwrap();
    provider.writes_go(|_| How::Rejected);
    account.transfer(order()).await.unwrap_err();
    provider.writes_go(|_| How::DroppedAfter);
    account.transfer(order()).await.unwrap_err();
    account.query(stockbridge::StockQuery::all()).await.unwrap_err();
    host.apply(Config::new()).await.unwrap();
    account.check().await.unwrap_err();

    let observed = |operation: &str, outcome, code, attempts| (operation.to_owned(), outcome, code, attempts);
    let calls = counts.calls.lock().unwrap().clone();
    assert_eq!(
        calls,
        [
            observed("check", "answered", None, 1),
            observed("transfer", "applied", None, 1),
            observed("transfer", "applied", None, 0),
            observed("transfer", "applied", None, 2),
            observed("transfer", "not-applied", Some("provider.rejected"), 1),
            observed("transfer", "unknown", Some("provider.unavailable"), 1),
            observed("query", "failed", Some("operation.unsupported"), 0),
            observed("check", "failed", Some("account.removed"), 0),
        ]
    );
    let requests = counts.requests.lock().unwrap().clone();
    let (answered, broken): (Vec<_>, Vec<_>) = requests.iter().partition(|(_, status, ..)| status.is_some());
    assert_eq!((answered.len(), broken.len()), (4, 1), "{requests:?}");
    assert!(requests.iter().all(|(operation, _, _, write)| operation == "transfer" && *write), "{requests:?}");
    assert_eq!(broken[0].2, Some("broken"));
}

#[tokio::test]
async fn what_the_host_finds_out_by_itself_is_told_as_its_own() {
    struct Recoveries(Arc<Mutex<Vec<(String, CallOutcome)>>>);
    impl CallObserver for Recoveries {
        fn call_ended(&self, call: &CallEnded<'_>) {
            if call.recovery {
                self.0.lock().unwrap().push((call.operation.to_owned(), call.outcome));
            }
        }
    }
    let (seen, provider) = (Arc::default(), Traced::start(Repeats::CarriedOut));
    let waits = Host::builder().recovery_waits(Duration::from_millis(20), Duration::from_millis(200));
    let (_host, account) = account(waits.observe_calls(Recoveries(Arc::clone(&seen))), &provider, "traceable").await;
    provider.writes_go(|_| How::DroppedAfter);
    account.transfer(order()).await.unwrap_err();
    for _ in 0..2000 {
        if seen.lock().unwrap().contains(&("resolve".to_owned(), CallOutcome::Answered)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{:?}", seen.lock().unwrap());
}

#[tokio::test]
async fn a_caller_that_goes_away_is_told_as_that_and_its_write_as_what_became_of_it() {
    let (counts, provider) = (Counts::default(), Traced::start(Repeats::CarriedOut));
    let (_host, account) = account(passive().observe_calls(counts.clone()), &provider, "blind").await;
    provider.writes_go(|_| How::AnsweredAfter(Duration::from_millis(200)));
    let write = account.transfer(order());
    assert!(tokio::time::timeout(Duration::from_millis(50), write).await.is_err());
    let observed = || counts.calls.lock().unwrap().clone();
    for _ in 0..1000 {
        if !observed().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(observed(), [("transfer".to_owned(), "applied", None, 1)]);
    // A read ends with its caller.
    let mut checking = Box::pin(account.check());
    let pending = std::future::poll_fn(|context| Poll::Ready(checking.as_mut().poll(context).is_pending())).await;
    drop(checking);
    let outcome = if pending { "cancelled" } else { "answered" };
    assert_eq!(
        observed().last().map(|(operation, outcome, ..)| (operation.clone(), *outcome)),
        Some(("check".into(), outcome))
    );
}

#[tokio::test]
async fn a_panic_in_an_observer_changes_nothing() {
    struct Panics(Arc<AtomicUsize>);
    impl CallObserver for Panics {
        fn call_ended(&self, _: &CallEnded<'_>) {
            self.0.fetch_add(1, Ordering::Relaxed);
            panic!("in the application's own code");
        }
        fn request_ended(&self, _: &RequestEnded<'_>) {
            self.0.fetch_add(1, Ordering::Relaxed);
            panic!("in the application's own code");
        }
    }
    let (observed, provider) = (Arc::new(AtomicUsize::new(0)), Traced::start(Repeats::CarriedOut));
    let (host, account) = account(passive().observe_calls(Panics(observed.clone())), &provider, "blind").await;
    let receipt = account.transfer(order()).await.unwrap();
    assert_eq!(provider.applied(receipt.reference.as_str()), 1);
    account.check().await.unwrap();
    assert_eq!(observed.load(Ordering::Relaxed), 3);
    assert_eq!(host.in_use(), Default::default());
}

/// Fields of call spans by name, and the requests within each span.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<BTreeMap<String, String>>>>);

thread_local! {
    static WITHIN: std::cell::RefCell<Vec<u64>> = const { std::cell::RefCell::new(Vec::new()) };
}

struct Fields<'a>(&'a mut BTreeMap<String, String>);

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }
}

impl Subscriber for Spans {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        matches!(metadata.target(), "stockbridge::call" | "stockbridge::egress")
    }
    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        let mut spans = self.0.lock().unwrap();
        let mut fields = BTreeMap::new();
        span.record(&mut Fields(&mut fields));
        spans.push(fields);
        span::Id::from_u64(u64::try_from(spans.len()).unwrap())
    }
    fn record(&self, span: &span::Id, values: &span::Record<'_>) {
        let mut spans = self.0.lock().unwrap();
        let place = usize::try_from(span.into_u64()).unwrap() - 1;
        values.record(&mut Fields(&mut spans[place]));
    }
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        let mut observed = BTreeMap::new();
        event.record(&mut Fields(&mut observed));
        let within = WITHIN.with_borrow(|within| within.last().copied());
        let place = usize::try_from(within.expect("a request within a call")).unwrap() - 1;
        let mut spans = self.0.lock().unwrap();
        assert_eq!(observed.get("operation"), spans[place].get("operation"));
        spans[place].insert("requests".to_owned(), observed["verdict"].clone());
    }
    fn enter(&self, span: &span::Id) {
        WITHIN.with_borrow_mut(|within| within.push(span.into_u64()));
    }
    fn exit(&self, _: &span::Id) {
        WITHIN.with_borrow_mut(Vec::pop);
    }
}

#[tokio::test]
async fn each_call_is_a_span_with_its_end_and_its_requests_are_told_within_it() {
    let spans = Spans::default();
    let provider = Traced::start(Repeats::CarriedOut);
    let (_host, account) = account(passive(), &provider, "blind").await;
    let digest = account.digest().unwrap().to_string();
    {
        let _listening = tracing::subscriber::set_default(spans.clone());
        let asked = account.with(CallOptions::new().asked_by("somebody"));
        let receipt = asked.transfer(order()).await.unwrap();
        provider.writes_go(|_| How::Rejected);
        account.transfer(order()).await.unwrap_err();
        account.check().await.unwrap();
        let seen = spans.0.lock().unwrap();
        let [applied, rejected, check] = &seen[..] else { panic!("{seen:#?}") };
        for (span, expected) in [
            (applied, [("operation", "transfer"), ("outcome", "applied"), ("attempt", "1"), ("requests", "allowed")]),
            (
                rejected,
                [("outcome", "not-applied"), ("code", "provider.rejected"), ("account", "traced"), ("attempt", "1")],
            ),
            (check, [("operation", "check"), ("outcome", "answered"), ("attempt", "1"), ("account", "traced")]),
        ] {
            assert_eq!(span["connector"], digest);
            for (name, value) in expected {
                assert_eq!(span.get(name).map(String::as_str), Some(value), "{span:#?}");
            }
        }
        assert_eq!(applied["asked_by"], "somebody");
        assert_eq!(applied["reference"], receipt.reference.as_str());
    }
}
