//! A repeated order, and another order under the same reference.

use std::time::Duration;

use stockbridge::journal::WriteFilter;
use stockbridge::{Decimal, ErrorClass, Outcome, TransferLine, TransferOrder};
use stockbridge_tests::How;

use crate::scene::{Scene, account, order, recorded};

#[tokio::test]
async fn the_same_order_again_gets_the_recorded_receipt_and_nothing_is_sent() {
    let scene = Scene::new("blind");
    let host = scene.host().await;
    let order = order();
    let first = account(&host).transfer(order.clone()).await.unwrap();
    // 10 and 10.0000 are the same figure.
    let again = TransferOrder { lines: vec![TransferLine::new("daj1", Decimal::new(100_000, 4))], ..order.clone() };
    assert_eq!(recorded(account(&host).transfer(again).await.unwrap()), first);
    host.shutdown(Duration::from_secs(5)).await.unwrap();

    let host = scene.host().await;
    assert_eq!(recorded(account(&host).transfer(order.clone()).await.unwrap()), first, "also by the host after it");
    let kept = scene.provider.kept(order.reference.as_str());
    assert_eq!((kept.writes, kept.documents.len()), (1, 1));
}

#[tokio::test]
async fn another_order_under_a_reference_is_refused_with_nothing_sent() {
    let scene = Scene::new("deduplicated");
    let host = scene.host().await;
    let order = order();
    account(&host).transfer(order.clone()).await.unwrap();
    let other = TransferOrder { lines: vec![TransferLine::new("daj1", 11)], ..order.clone() };
    let failure = account(&host).transfer(other).await.unwrap_err();
    assert_eq!((failure.outcome(), failure.error().code()), (Outcome::NotApplied, "order.reference-taken"));
    assert_eq!(failure.error().class(), ErrorClass::InvalidRequest);
    assert!(failure.error().to_string().contains(order.reference.as_str()), "{failure}");
    assert_eq!(scene.provider.kept(order.reference.as_str()).writes, 1);
}

#[tokio::test]
async fn an_order_that_was_not_applied_is_sent_again_under_its_reference() {
    let scene = Scene::new("blind");
    scene.provider.writes_go(|write| if write.earlier == 0 { How::Rejected } else { How::Well });
    let host = scene.host().await;
    let order = order();
    let failure = account(&host).transfer(order.clone()).await.unwrap_err();
    assert_eq!((failure.outcome(), failure.error().class()), (Outcome::NotApplied, ErrorClass::Rejected));
    account(&host).transfer(order.clone()).await.unwrap();
    assert_eq!(scene.provider.applied(order.reference.as_str()), 1);
    let records = host.journal().list(&WriteFilter::default()).await.unwrap();
    assert_eq!(records.iter().map(|record| record.sendings).collect::<Vec<_>>(), [2]);
}

#[tokio::test]
async fn an_order_whose_outcome_is_unknown_is_not_sent_again_for_being_ordered_again() {
    let scene = Scene::new("blind");
    scene.provider.writes_go(|_| How::DroppedAfter);
    let host = scene.idle_host().await;
    let order = order();
    for _ in 0..3 {
        let failure = account(&host).transfer(order.clone()).await.unwrap_err();
        assert_eq!(failure.outcome(), Outcome::Unknown, "{failure}");
    }
    let kept = scene.provider.kept(order.reference.as_str());
    assert_eq!((kept.writes, kept.documents.len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_callers_with_the_same_order_one_sends_it_and_all_get_its_receipt() {
    let scene = Scene::new("blind");
    scene.provider.writes_go(|_| How::AnsweredAfter(Duration::from_millis(50)));
    let host = scene.host().await;
    let order = order();
    let calls = (0..32).map(|_| {
        let (account, order) = (account(&host), order.clone());
        tokio::spawn(async move { account.transfer(order).await.unwrap().document })
    });
    let mut documents = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        documents.push(call.await.unwrap());
    }
    assert!(documents[0].is_some());
    documents.dedup();
    assert_eq!(documents.len(), 1);
    assert_eq!(scene.provider.kept(order.reference.as_str()).writes, 1);
}

#[tokio::test]
async fn two_accounts_of_one_application_share_their_references() {
    let scene = Scene::new("blind");
    let config = scene.config();
    let twin = scene.provider.account("blind").named("twin");
    let host = stockbridge::Host::from_config(config.account(twin)).await.unwrap();
    let order = order();
    let receipt = account(&host).transfer(order.clone()).await.unwrap();
    assert_eq!(recorded(host.account("twin").unwrap().transfer(order.clone()).await.unwrap()), receipt);
    assert_eq!(scene.provider.kept(order.reference.as_str()).writes, 1);
}

#[tokio::test]
async fn a_caller_that_goes_away_finds_the_outcome_by_its_reference() {
    let scene = Scene::new("blind");
    scene.provider.writes_go(|_| How::AnsweredAfter(Duration::from_millis(100)));
    let host = scene.host().await;
    let (account, order) = (account(&host), order());
    assert!(account.find_write(&order.reference).await.unwrap().is_none());
    let gone = tokio::time::timeout(Duration::from_millis(30), account.transfer(order.clone())).await;
    assert!(gone.is_err());
    let record = crate::scene::until(&host, "applied", crate::scene::applied).await;
    assert_eq!(account.find_write(&order.reference).await.unwrap().unwrap().id, record.id);
    assert_eq!(scene.provider.applied(order.reference.as_str()), 1);
}

#[tokio::test]
async fn what_stands_in_the_way_of_an_order_says_nothing_about_its_first_sending() {
    let scene = Scene::new("blind");
    scene.provider.writes_go(|write| if write.reference == "lost" { How::DroppedAfter } else { How::Well });
    let host = scene.idle_host().await;
    let applied = order();
    let receipt = account(&host).transfer(applied.clone()).await.unwrap();
    let lost = TransferOrder { reference: "lost".parse().unwrap(), ..order() };
    account(&host).transfer(lost.clone()).await.unwrap_err();

    // An account that is blocked for a while by the provider's rate limit.
    scene.provider.writes_go(|_| How::RateLimited(Duration::from_secs(600)));
    let limited = account(&host).transfer(order()).await.unwrap_err();
    assert_eq!(limited.outcome(), Outcome::NotApplied);
    assert_eq!(account(&host).transfer(order()).await.unwrap_err().outcome(), Outcome::NotApplied);
    assert_eq!(account(&host).transfer(lost).await.unwrap_err().outcome(), Outcome::Unknown);
    assert_eq!(recorded(account(&host).transfer(applied).await.unwrap()), receipt);
}
