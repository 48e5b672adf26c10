//! A version without accounts, in the middle of its probation, causes no further events.

use std::time::Duration;

use stockbridge::{Config, Event, Host, Limits, Probation, StockQuery, Subscription, SwapEnd};
use stockbridge_tests::{Recording, hostile_guest};

use crate::{account, digest, harmless, harmless_version, next, until};

const URL: &str = "https://granted.example/api";

/// A configuration whose `main` has this connector. Another account has the next connector, so that it is in memory before.
fn main_on(connector: impl Into<stockbridge::ConnectorSource>) -> Config {
    let limits = Limits::default().deadline(Duration::from_secs(1));
    let main = account("main", connector, URL).limits(limits);
    Config::new().account(account("other", harmless_version(2), URL)).account(main)
}

async fn host(probation: Probation) -> Host {
    let host = Host::builder().transport(Recording::answering(["{}"])).probation(probation);
    host.build(main_on(harmless())).await.unwrap()
}

async fn applied(events: &mut Subscription<Event>) {
    let event = next(events).await;
    assert!(matches!(event, Event::Applied(_)), "{event:?}");
}

#[tokio::test]
async fn of_versions_that_follow_each_other_quickly_only_the_last_is_kept() {
    let host = host(Probation::default().period(Duration::from_secs(1))).await;
    let mut events = host.subscribe();
    host.apply(main_on(hostile_guest("return-the-same-cursor"))).await.unwrap();
    host.apply(main_on(harmless_version(2))).await.unwrap();

    applied(&mut events).await;
    applied(&mut events).await;
    match next(&mut events).await {
        Event::Kept { digest: kept, accounts } => {
            assert_eq!((kept, accounts), (digest(&host, "main"), vec!["main".to_owned()]));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_call_that_goes_wrong_on_a_version_that_nobody_is_on_any_more_puts_nothing_back() {
    let host = host(Probation::default().faults(1)).await;
    let mut events = host.subscribe();
    host.apply(main_on(hostile_guest("spin-in-query"))).await.unwrap();
    let (main, bad) = (host.account("main").unwrap(), digest(&host, "main"));
    let calling = tokio::spawn(async move { main.query(StockQuery::skus(["daj1"])).await });
    let calls = || host.status().iter().map(|status| status.calls).sum::<usize>();
    until(|| calls() == 1).await;
    host.apply(main_on(harmless_version(2))).await.unwrap();
    assert_eq!(calling.await.unwrap().unwrap_err().code(), "connector.deadline");

    // It is not held against the version either, without any report.
    host.apply(main_on(hostile_guest("spin-in-query"))).await.unwrap();
    assert_eq!(digest(&host, "main"), bad);
    assert_eq!(host.status()[0].last_swap.as_ref().unwrap().end, SwapEnd::OnProbation);
    for _ in 0..3 {
        applied(&mut events).await;
    }
}
