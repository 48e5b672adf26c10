//! Retries of the host while the caller waits.

use std::time::Duration;

use stockbridge::{CallOptions, Config, Host, Limits, Outcome};
use stockbridge_tests::{How, Repeats, Traced};

use crate::scene::{account, order, the_write};

async fn host(provider: &Traced, repetition: &str) -> Host {
    Host::from_config(Config::new().account(provider.account(repetition))).await.unwrap()
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_where_the_provider_deduplicates() {
    let provider = Traced::start(Repeats::Deduplicated);
    provider.writes_go(|write| if write.earlier < 2 { How::DroppedAfter } else { How::Well });
    let host = host(&provider, "deduplicated").await;
    let order = order();
    let receipt = account(&host).transfer(order.clone()).await.unwrap();
    let kept = provider.kept(order.reference.as_str());
    assert_eq!((kept.writes, kept.documents, receipt.repeated), (3, vec![receipt.document.unwrap()], Some(true)));
}

#[tokio::test]
async fn a_lost_answer_is_not_asked_for_again_where_it_could_be_carried_out_twice() {
    for repetition in ["traceable", "blind"] {
        let provider = Traced::start(Repeats::CarriedOut);
        provider.writes_go(|_| How::DroppedAfter);
        let host = host(&provider, repetition).await;
        let order = order();
        let failure = account(&host).transfer(order.clone()).await.unwrap_err();
        assert_eq!(failure.outcome(), Outcome::Unknown);
        assert_eq!(provider.kept(order.reference.as_str()).writes, 1, "{repetition}");
    }
}

#[tokio::test]
async fn what_the_provider_limits_is_sent_again_when_it_says_whatever_it_deduplicates() {
    let provider = Traced::start(Repeats::CarriedOut);
    let wait = Duration::from_millis(150);
    provider.writes_go(move |write| if write.earlier == 0 { How::RateLimited(wait) } else { How::Well });
    let host = host(&provider, "blind").await;
    let (order, started) = (order(), std::time::Instant::now());
    account(&host).transfer(order.clone()).await.unwrap();
    assert!(started.elapsed() >= wait);
    let kept = provider.kept(order.reference.as_str());
    assert_eq!((kept.writes, kept.documents.len()), (2, 1));
}

#[tokio::test]
async fn a_call_ends_at_the_deadline_that_the_caller_gives_and_the_host_finds_out_after_it() {
    let provider = Traced::start(Repeats::Deduplicated);
    provider.writes_go(|write| match write.earlier {
        0 => How::AnsweredAfter(Duration::from_secs(60)),
        _ => How::Well,
    });
    let waits = Host::builder().recovery_waits(Duration::from_millis(20), Duration::from_millis(20));
    let config = Config::new().account(provider.account("deduplicated").limits(Limits::default().attempts(1)));
    let host = waits.build(config).await.unwrap();
    let started = std::time::Instant::now();
    let hurried = account(&host).with(CallOptions::new().deadline(Duration::from_millis(600)));
    assert_eq!(hurried.transfer(order()).await.unwrap_err().outcome(), Outcome::Unknown);
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    crate::scene::until(&host, "applied", crate::scene::applied).await;
}

#[tokio::test]
async fn who_asked_and_the_trace_are_in_the_journal() {
    let provider = Traced::start(Repeats::CarriedOut);
    let host = host(&provider, "blind").await;
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let options = CallOptions::new().asked_by("ana").trace(trace);
    account(&host).with(options).transfer(order()).await.unwrap();
    let record = the_write(&host).await;
    assert_eq!((record.asked_by.as_deref(), record.trace.as_deref()), (Some("ana"), Some(trace)));
    let long = CallOptions::new().asked_by("a".repeat(300));
    let refused = account(&host).with(long).transfer(order()).await.unwrap_err();
    assert_eq!((refused.outcome(), refused.error().path()), (Outcome::NotApplied, Some("options.asked-by")));
}
