//! Untrustworthy answers: a write with a lost answer is unknown, and one that was never sent is not applied.

use stockbridge::{
    Attempt, Config, ErrorClass, Host, Outcome, Progress, Reference, Repetition, Resolution, StockQuery, Timestamp,
    Write,
};
use stockbridge_simulator::Fault;
use stockbridge_tests::{Provider, account_at, host_at, orders, send, simulator, write};

#[tokio::test]
async fn an_answer_that_is_not_what_is_documented_leaves_a_write_unknown() {
    let simulator = simulator().await;
    for provider in Provider::ALL {
        let account = host_at(provider, &simulator).await;
        for (what, body) in [
            ("not JSON", "<html>bad gateway</html>"),
            ("cut off", "{\"status\":0,\"code\":0,\"data\":{\"transfer"),
            ("empty", ""),
            ("lacks every field", "{}"),
            ("of another shape", "[1,2,3]"),
        ] {
            simulator.inject(Fault::raw(provider.gateway(), 200, "application/json", body));
            let failure = write(provider, &account).await.unwrap_err();
            assert_eq!(failure.outcome(), Outcome::Unknown, "{provider:?}, {what}: {failure}");
            assert_eq!(failure.error().class(), ErrorClass::MalformedResponse, "{provider:?}, {what}: {failure}");
        }
    }
}

#[tokio::test]
async fn a_query_with_such_an_answer_is_malformed_and_has_no_outcome() {
    let simulator = simulator().await;
    for provider in [Provider::WdtFlagship, Provider::WdtEnterprise, Provider::Winit] {
        let account = host_at(provider, &simulator).await;
        for body in ["<html>", "{\"code\":0,\"status\":0,\"stocks\":[{\"spec", "{}"] {
            simulator.inject(Fault::raw(provider.gateway(), 200, "text/html", body));
            let error = account.query(StockQuery::all().warehouse("US0001")).await.unwrap_err();
            assert_eq!(error.class(), ErrorClass::MalformedResponse, "{provider:?}: {error}");
            assert_eq!(error.outcome(), None);
        }
    }
}

#[tokio::test]
async fn another_http_status_than_200_leaves_a_write_unknown() {
    let simulator = simulator().await;
    for provider in Provider::ALL {
        let account = host_at(provider, &simulator).await;
        for status in [302, 403, 500, 502, 503, 504, 429] {
            simulator.inject(Fault::raw(provider.gateway(), status, "text/plain", "proxy"));
            let failure = write(provider, &account).await.unwrap_err();
            assert_eq!(failure.outcome(), Outcome::Unknown, "{provider:?} {status}: {failure}");
        }
    }
}

#[tokio::test]
async fn a_write_that_was_carried_out_before_its_answer_was_lost_is_unknown_and_done() {
    let simulator = simulator().await;
    for provider in Provider::ALL {
        let documents = simulator.ledger().documents.len();
        simulator.inject(Fault::raw(provider.gateway(), 200, "application/json", "").after_commit());
        let failure = write(provider, &host_at(provider, &simulator).await).await.unwrap_err();
        assert_eq!(failure.outcome(), Outcome::Unknown, "{provider:?}: {failure}");
        assert_eq!(simulator.ledger().documents.len(), documents + 1, "{provider:?}");
    }
}

#[tokio::test]
async fn a_write_to_a_provider_that_cannot_be_reached_is_not_applied() {
    // A port that was free a moment ago: nothing listens there.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for provider in Provider::ALL {
        let config = Config::new().account(account_at(provider, &format!("http://{nobody}")));
        let account = Host::from_config(config).await.unwrap().account(provider.name()).unwrap();
        let failure = write(provider, &account).await.unwrap_err();
        assert_eq!(failure.outcome(), Outcome::NotApplied, "{provider:?}: {failure}");
        assert_eq!(failure.error().class(), ErrorClass::Unavailable, "{provider:?}: {failure}");
    }
}

#[tokio::test]
async fn a_dropped_future_does_not_end_a_write() {
    let simulator = simulator().await;
    let account = host_at(Provider::WdtFlagship, &simulator).await;
    let written = write(Provider::WdtFlagship, &account);
    // Polled once, so that the write has started, and then dropped.
    tokio::select! {
        biased;
        _ = written => panic!("the write ended at once"),
        () = tokio::task::yield_now() => {}
    }
    for _ in 0..200 {
        if !simulator.ledger().documents.is_empty() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("the write was not carried out");
}

#[tokio::test]
async fn of_a_write_that_no_look_up_finds_a_person_is_told_where_to_look() {
    let simulator = simulator().await;
    let sent = Timestamp::now();
    for provider in Provider::ALL {
        let account = host_at(provider, &simulator).await;
        for write in orders(provider) {
            let attempt = Attempt { first_sent: sent, last_sent: sent, key: None };
            let Resolution::CannotTell(words) = account.resolve(&write, &attempt).await.unwrap() else { panic!() };
            for expected in [reference(&write).as_str(), "look", "made between", "do not send it again"] {
                assert!(words.contains(expected), "{provider:?} lacks {expected}: {words}");
            }
        }
        // Only a provider that drops duplicates may get the same write again.
        let operations = account.operations().unwrap();
        let repeats = operations.iter().any(|support| support.repetition != Repetition::Blind);
        assert_eq!(repeats, matches!(provider, Provider::TaobaoTop | Provider::WdtFlagship));
    }
    // Without a marker only the enterprise edition's transfers can be looked up; for Winit's three adjustments, the movements of
    // the four items are queried.
    assert_eq!(simulator.requests().len(), 1 + 4);
}

#[tokio::test]
async fn an_enterprise_transfer_whose_answer_was_lost_is_found_by_its_number() {
    let simulator = simulator().await;
    let account = host_at(Provider::WdtEnterprise, &simulator).await;
    let write = orders(Provider::WdtEnterprise).remove(0);
    let sent = Timestamp::now();
    let attempt = Attempt { first_sent: sent, last_sent: sent, key: Some(reference(&write).to_string()) };
    simulator.inject(Fault::raw(Provider::WdtEnterprise.gateway(), 200, "application/json", "").after_commit());
    assert_eq!(send(&account, &write).await.unwrap_err().outcome(), Outcome::Unknown);

    let Resolution::Applied(receipt) = account.resolve(&write, &attempt).await.unwrap() else { panic!() };
    let [made] = simulator.ledger().documents.try_into().unwrap();
    assert_eq!((receipt.document, receipt.progress), (Some(made.number), Progress::Done));
    // An operator's resend is rejected, which does not prove that the first write was not applied.
    assert_eq!(send(&account, &write).await.unwrap_err().outcome(), Outcome::Unknown);
    assert_eq!(simulator.ledger().documents.len(), 1);
}

#[tokio::test]
async fn of_a_winit_adjustment_whose_answer_was_lost_a_person_is_told_the_document_that_moved_its_goods() {
    let simulator = simulator().await;
    let account = host_at(Provider::Winit, &simulator).await;
    for write in orders(Provider::Winit) {
        simulator.inject(Fault::raw(Provider::Winit.gateway(), 200, "application/json", "").after_commit());
        assert_eq!(send(&account, &write).await.unwrap_err().outcome(), Outcome::Unknown);
        let made = simulator.ledger().documents.pop().unwrap();
        let sent = Timestamp::now();
        let attempt = Attempt { first_sent: sent, last_sent: sent, key: None };
        let Resolution::CannotTell(words) = account.resolve(&write, &attempt).await.unwrap() else { panic!() };
        assert!(words.contains(&format!("{} at {}", made.number, made.created)), "{words}");
        assert!(words.contains("liaowl1002"), "{words}");
    }
}

fn reference(write: &Write) -> &Reference {
    match write {
        Write::Transfer(order) => &order.reference,
        Write::Adjust(order) => &order.reference,
        Write::Occupy(order) => &order.reference,
    }
}
