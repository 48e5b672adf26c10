//! Look-ups: the result of `resolve` for each answer of the provider.

use std::time::Duration;

use stockbridge::{Attempt, ErrorClass, Resolution};
use stockbridge_tests::{How, LookUp, Repeats, Traced, send};

use crate::scene::{LATE, a_write, every_write, opened, reference, resolved, sent_now, traceable};

#[tokio::test]
async fn a_write_that_was_carried_out_is_found_with_its_receipt() {
    let (provider, account) = traceable().await;
    provider.writes_go(|_| How::DroppedAfter);
    for write in every_write() {
        send(&account, &write).await.unwrap_err();
        let Resolution::Applied(receipt) = resolved(&account, &write).await else { panic!() };
        let kept = provider.kept(reference(&write).as_str());
        assert_eq!((&receipt.reference, receipt.document), (reference(&write), kept.documents.first().cloned()));
        assert_eq!((kept.writes, kept.documents.len(), kept.look_ups), (1, 1, 1));
    }
}

#[tokio::test]
async fn it_is_looked_up_by_the_key_that_it_was_sent_under() {
    let (_provider, account) = traceable().await;
    let (first, second) = (a_write(), a_write());
    send(&account, &first).await.unwrap();
    let under_another = Attempt { key: sent_now(&first).key, ..sent_now(&second) };
    assert!(matches!(account.resolve(&second, &under_another).await.unwrap(), Resolution::Applied(_)));
    let without = Attempt { key: None, ..sent_now(&second) };
    assert!(matches!(account.resolve(&second, &without).await.unwrap(), Resolution::NotApplied(_)));
}

#[tokio::test]
async fn a_write_that_never_arrived_was_not_applied() {
    let (provider, account) = traceable().await;
    provider.writes_go(|_| How::DroppedBefore);
    let write = a_write();
    send(&account, &write).await.unwrap_err();
    let Resolution::NotApplied(looked_at) = resolved(&account, &write).await else { panic!() };
    assert!(looked_at.contains(reference(&write).as_str()), "{looked_at}");
}

#[tokio::test]
async fn a_write_that_look_ups_do_not_show_at_once_is_asked_for_again_until_it_must_show() {
    let provider = Traced::start(Repeats::CarriedOut);
    let account = opened(provider.account("traceable").setting("settles-ms", "2000")).await;
    provider.writes_go(|_| How::DroppedAfter.hidden_for(Duration::from_millis(1500)));
    let write = a_write();
    send(&account, &write).await.unwrap_err();
    let attempt = sent_now(&write);
    let Resolution::TooEarly(wait) = account.resolve(&write, &attempt).await.unwrap() else { panic!() };
    assert!(wait > Duration::ZERO && wait <= Duration::from_millis(2000), "{wait:?}");
    tokio::time::sleep(wait).await;
    assert!(matches!(account.resolve(&write, &attempt).await.unwrap(), Resolution::Applied(_)));

    let never_sent = a_write();
    let attempt = sent_now(&never_sent);
    assert!(matches!(account.resolve(&never_sent, &attempt).await.unwrap(), Resolution::TooEarly(_)));
    tokio::time::sleep(wait).await;
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert!(matches!(account.resolve(&never_sent, &attempt).await.unwrap(), Resolution::NotApplied(_)));
}

#[tokio::test]
async fn while_the_provider_works_on_it_it_is_too_early_to_tell() {
    let (provider, account) = traceable().await;
    let wait = Duration::from_millis(70);
    provider.look_ups_go(move |look_up| if look_up.earlier < 3 { LookUp::Working(wait) } else { LookUp::Truth });
    let write = a_write();
    send(&account, &write).await.unwrap();
    for _ in 0..3 {
        assert_eq!(resolved(&account, &write).await, Resolution::TooEarly(wait));
    }
    assert!(matches!(resolved(&account, &write).await, Resolution::Applied(_)));
}

#[tokio::test]
async fn a_write_that_is_carried_out_late_is_worked_on_until_then() {
    let (provider, account) = traceable().await;
    provider.writes_go(|_| How::CarriedOutAfter(LATE));
    let write = a_write();
    send(&account, &write).await.unwrap_err();
    assert!(matches!(resolved(&account, &write).await, Resolution::TooEarly(_)));
    tokio::time::sleep(LATE).await;
    assert!(matches!(resolved(&account, &write).await, Resolution::Applied(_)));
}

#[tokio::test]
async fn an_archived_record_tells_nothing_but_where_to_look() {
    let (provider, account) = traceable().await;
    provider.look_ups_go(|_| LookUp::Archived);
    let write = a_write();
    send(&account, &write).await.unwrap();
    let Resolution::CannotTell(words) = resolved(&account, &write).await else { panic!() };
    assert!(words.contains("archive") && words.contains(reference(&write).as_str()), "{words}");
}

#[tokio::test]
async fn a_look_up_that_is_broken_or_partial_settles_nothing() {
    let (provider, account) = traceable().await;
    let write = a_write();
    send(&account, &write).await.unwrap();
    for (how, class) in [
        (LookUp::CutOff, ErrorClass::Unavailable),
        (LookUp::HalfJson, ErrorClass::MalformedResponse),
        (LookUp::OfAnother, ErrorClass::MalformedResponse),
        (LookUp::Unavailable, ErrorClass::Unavailable),
    ] {
        provider.look_ups_go(move |_| how);
        let error = account.resolve(&write, &sent_now(&write)).await.unwrap_err();
        assert_eq!(error.class(), class, "{how:?}: {error}");
    }
    provider.look_ups_go(|_| LookUp::Truth);
    assert!(matches!(resolved(&account, &write).await, Resolution::Applied(_)));
}

#[tokio::test]
async fn a_blind_account_asks_nothing_and_says_where_a_person_looks() {
    let provider = Traced::start(Repeats::CarriedOut);
    let (account, write) = (opened(provider.account("blind")).await, a_write());
    send(&account, &write).await.unwrap();
    let Resolution::CannotTell(words) = resolved(&account, &write).await else { panic!() };
    assert!(words.contains(reference(&write).as_str()), "{words}");
    assert_eq!(provider.kept(reference(&write).as_str()).look_ups, 0);
}
