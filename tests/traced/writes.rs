//! Writes: the account's report, compared with the provider's ledger.

use std::time::Duration;

use stockbridge::{ErrorClass, Outcome, Repetition};
use stockbridge_tests::{APP, How, Repeats, Traced, operation, send};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::scene::{LATE, a_write, every_write, opened, reference, traceable};

#[tokio::test]
async fn the_settings_say_how_a_write_may_be_repeated_and_what_the_application_is() {
    let provider = Traced::start(Repeats::CarriedOut);
    for (repetition, expected) in [
        ("deduplicated", Repetition::Deduplicated(Duration::from_secs(90))),
        ("traceable", Repetition::Traceable(Duration::from_secs(90))),
        ("blind", Repetition::Blind),
    ] {
        let account = opened(provider.account(repetition).setting("window-ms", "90000")).await;
        let operations = account.operations().unwrap();
        let names: Vec<_> = operations.iter().map(|support| support.operation.as_str()).collect();
        assert_eq!(names, ["transfer", "adjust.count", "occupy"]);
        assert!(operations.iter().all(|support| support.repetition == expected), "{operations:?}");
        assert_eq!(account.descriptor().unwrap().application, ["app"]);
        account.check().await.unwrap();
    }
    let mistaken = opened(provider.account("perhaps")).await;
    assert_eq!(mistaken.operations().unwrap()[0].repetition, Repetition::Blind);
    assert!(mistaken.check().await.unwrap_err().to_string().contains("`perhaps`"));
}

#[tokio::test]
async fn every_kind_of_write_is_carried_out_once_under_its_reference() {
    let (provider, account) = traceable().await;
    for write in every_write() {
        let receipt = send(&account, &write).await.unwrap();
        let kept = provider.kept(reference(&write).as_str());
        assert_eq!((kept.operation.as_str(), kept.writes), (operation(&write), 1));
        assert_eq!((receipt.document, receipt.repeated), (Some(kept.documents[0].clone()), Some(false)));
    }
    assert_eq!(provider.ledger().len(), 3);
    assert!(provider.ledger().keys().all(|(app, _)| app == APP));
}

#[tokio::test]
async fn a_second_write_is_dropped_refused_or_carried_out_as_the_provider_is() {
    for (repeats, repeated, applied) in [
        (Repeats::Deduplicated, Some(Some(true)), 1),
        (Repeats::CarriedOut, Some(Some(false)), 2),
        (Repeats::Refused, None, 1),
    ] {
        let provider = Traced::start(repeats);
        let (account, write) = (opened(provider.account("deduplicated")).await, a_write());
        let first = send(&account, &write).await.unwrap();
        // From a host without a record of the first one.
        let second = send(&opened(provider.account("deduplicated")).await, &write).await;
        if let Err(failure) = &second {
            // The provider rejected the second one: the first was applied.
            assert_eq!((failure.outcome(), failure.error().provider_code()), (Outcome::Unknown, Some("repeat")));
        }
        assert_eq!(second.as_ref().ok().map(|receipt| receipt.repeated), repeated, "{repeats:?}");
        let again = second.ok().and_then(|receipt| receipt.document);
        assert_eq!(again == first.document, repeats == Repeats::Deduplicated, "{repeats:?}");
        assert_eq!(provider.applied(reference(&write).as_str()), applied, "{repeats:?}");
    }
}

#[tokio::test]
async fn references_belong_to_an_application() {
    let provider = Traced::start(Repeats::Deduplicated);
    let write = a_write();
    let other = opened(provider.account("deduplicated").setting("app", "a & b")).await;
    for account in [opened(provider.account("deduplicated")).await, other] {
        assert_eq!(send(&account, &write).await.unwrap().repeated, Some(false));
    }
    let apps: Vec<_> = provider.ledger().into_keys().map(|(app, _)| app).collect();
    assert_eq!(apps, ["a & b", APP]);
}

#[tokio::test]
async fn a_lost_answer_is_unknown_whether_or_not_the_write_was_carried_out() {
    let (provider, account) = traceable().await;
    for (how, applied) in [
        (How::DroppedBefore, 0),
        (How::DroppedAfter, 1),
        (How::AnsweredAfter(LATE), 1),
        (How::CarriedOutAfter(LATE), 0),
    ] {
        provider.writes_go(move |_| how);
        let write = a_write();
        let failure = send(&account, &write).await.unwrap_err();
        assert_eq!(failure.outcome(), Outcome::Unknown, "{how:?}: {failure}");
        assert_eq!(provider.applied(reference(&write).as_str()), applied, "{how:?}");
    }
}

#[tokio::test]
async fn what_the_caller_no_longer_waits_for_is_carried_out_all_the_same() {
    let (provider, account) = traceable().await;
    provider.writes_go(|_| How::CarriedOutAfter(LATE));
    let write = a_write();
    send(&account, &write).await.unwrap_err();
    tokio::time::sleep(LATE).await;
    assert_eq!(provider.applied(reference(&write).as_str()), 1);
}

#[tokio::test]
async fn a_refusal_is_the_providers_word_that_nothing_was_carried_out() {
    let (provider, account) = traceable().await;
    for (how, class, wait) in [
        (How::Rejected, ErrorClass::Rejected, None),
        (How::RateLimited(Duration::from_millis(1500)), ErrorClass::RateLimited, Some(Duration::from_millis(1500))),
    ] {
        provider.writes_go(move |write| if write.earlier == 0 { how } else { How::Well });
        let write = a_write();
        let failure = send(&account, &write).await.unwrap_err();
        assert_eq!((failure.outcome(), failure.error().class()), (Outcome::NotApplied, class));
        assert_eq!(failure.error().retry_after(), wait);
        assert_eq!(provider.applied(reference(&write).as_str()), 0);
        // By a host without the provider's request to wait.
        send(&opened(provider.account("traceable")).await, &write).await.unwrap();
        assert_eq!(provider.applied(reference(&write).as_str()), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_on_many_connections_at_once_are_counted_one_by_one() {
    let provider = Traced::start(Repeats::CarriedOut);
    let address = provider.origin().trim_start_matches("http://").to_owned();
    let connections: Vec<_> =
        (0..8).map(|connection| tokio::spawn(raw_writes(address.clone(), connection, 500))).collect();
    for connection in connections {
        connection.await.unwrap();
    }
    let ledger = provider.ledger();
    assert_eq!(ledger.len(), 8 * 500);
    assert!(ledger.values().all(|kept| kept.documents.len() == 1));
}

/// Sends this many writes, one after the other, without a host.
async fn raw_writes(address: String, connection: usize, writes: usize) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut answer = [0; 512];
    for number in 0..writes {
        let body = format!(r#"{{"operation":"transfer","reference":"{connection}-{number}"}}"#);
        let head = format!("POST /writes?app={APP} HTTP/1.1\r\nhost: h\r\nContent-Length: {}\r\n\r\n", body.len());
        stream.write_all((head + &body).as_bytes()).await.unwrap();
        // A short answer arrives in one piece.
        let read = stream.read(&mut answer).await.unwrap();
        assert!(answer[..read].starts_with(b"HTTP/1.1 200 "));
    }
}
