//! An operator's view of a write, and an operator's settlement.

use stockbridge::journal::{Evidence, Next, Settlement, WireAnswer, WriteEventKind, WriteFilter, WriteState};
use stockbridge::{Config, Host, Outcome};
use stockbridge_tests::{How, Provider, account_at, simulator, write};

use crate::scene::{Scene, account, order, the_write, until};

fn settlement(applied: bool) -> Settlement {
    Settlement { applied, by: "ana".to_owned(), note: "seen in the provider's list".to_owned(), document: None }
}

#[tokio::test]
async fn a_person_closes_a_write_and_from_then_on_their_word_holds() {
    for applied in [true, false] {
        let scene = Scene::new("blind");
        scene.provider.writes_go(move |write| match write.earlier {
            0 if applied => How::DroppedAfter,
            0 => How::DroppedBefore,
            _ => How::Well,
        });
        let host = scene.host().await;
        let order = order();
        account(&host).transfer(order.clone()).await.unwrap_err();
        let waits = until(&host, "in manual review", |record| record.needs_manual_review()).await;
        let record = host.journal().settle(waits.id, settlement(applied)).await.unwrap();
        let (WriteState::Applied { by, .. } | WriteState::NotApplied { by, .. }) = &record.state else {
            panic!("{record:?}")
        };
        assert!(matches!(by, Evidence::Operator { by, .. } if by == "ana"), "{by:?}");
        assert!(!record.is_open());
        // An applied write is not sent again; one that was not applied may be.
        account(&host).transfer(order.clone()).await.unwrap();
        assert_eq!(scene.provider.applied(order.reference.as_str()), 1, "{applied}");
    }
}

#[tokio::test]
async fn what_has_ended_is_not_settled_and_neither_is_what_never_was() {
    let scene = Scene::new("blind");
    let host = scene.host().await;
    account(&host).transfer(order()).await.unwrap();
    let id = the_write(&host).await.id;
    assert_eq!(host.journal().settle(id, settlement(false)).await.unwrap_err().code(), "write.ended");
    let none = host.journal().settle("77".parse().unwrap(), settlement(false)).await.unwrap_err();
    assert_eq!(none.code(), "journal.no-such-write");
    let silent = Settlement { note: " ".to_owned(), ..settlement(true) };
    assert_eq!(host.journal().settle(id, silent).await.unwrap_err().code(), "journal.note");
}

#[tokio::test]
async fn the_story_has_every_request_and_answer_and_no_secret() {
    let simulator = simulator().await;
    for provider in Provider::ALL {
        let config = Config::new().account(account_at(provider, &simulator.url()));
        let host = Host::from_config(config).await.unwrap();
        write(provider, &host.account(provider.name()).unwrap()).await.unwrap();
        let id = the_write(&host).await.id;
        let story = host.journal().history(id).await.unwrap().unwrap();
        let text = serde_json::to_string(&story).unwrap();
        for secret in ["demo-secret", "demo-session", "demo-token", "demo-client-secret"] {
            assert!(!text.contains(secret), "{provider:?}: {secret} in {text}");
        }
        let kinds: Vec<_> = story.events.iter().map(|event| &event.what).collect();
        let [
            WriteEventKind::Requested(request),
            WriteEventKind::Intended { .. },
            WriteEventKind::Answered(answer),
            WriteEventKind::Applied { .. },
        ] = kinds.as_slice()
        else {
            panic!("{provider:?}: {kinds:?}")
        };
        assert!(request.carried_write && request.url.starts_with("http://127.0.0.1:"), "{request:?}");
        assert!(matches!(&**answer, WireAnswer::Response { status: 200, .. }), "{answer:?}");
        assert!(story.events.windows(2).all(|pair| pair[0].at <= pair[1].at));
    }
}

#[tokio::test]
async fn writes_are_listed_the_latest_first_and_by_what_is_asked_for() {
    let scene = Scene::new("blind");
    scene.provider.writes_go(|write| if write.reference.starts_with("lost") { How::DroppedAfter } else { How::Well });
    let host = scene.host().await;
    let mut orders = Vec::new();
    for name in ["one", "lost-1", "two", "lost-2", "three"] {
        let order = stockbridge::TransferOrder { reference: name.parse().unwrap(), ..order() };
        let result = account(&host).transfer(order.clone()).await;
        assert_eq!(result.is_err(), name.starts_with("lost"));
        if let Err(failure) = result {
            assert_eq!(failure.outcome(), Outcome::Unknown);
        }
        orders.push(order);
    }
    let listed = |filter: WriteFilter| {
        let host = host.clone();
        async move {
            let records = host.journal().list(&filter).await.unwrap();
            records.iter().map(|record| record.reference.to_string()).collect::<Vec<_>>()
        }
    };
    let all = WriteFilter::default();
    assert_eq!(listed(all.clone()).await, ["three", "lost-2", "two", "lost-1", "one"]);
    assert_eq!(listed(WriteFilter { open: true, ..all.clone() }).await, ["lost-2", "lost-1"]);
    assert_eq!(listed(WriteFilter { limit: Some(2), ..all.clone() }).await, ["three", "lost-2"]);
    let third = host.journal().list(&all).await.unwrap()[2].id;
    assert_eq!(listed(WriteFilter { before: Some(third), ..all.clone() }).await, ["lost-1", "one"]);
    let reference = Some("two".parse().unwrap());
    assert_eq!(listed(WriteFilter { reference, ..all.clone() }).await, ["two"]);
    assert!(listed(WriteFilter { account: Some("other".to_owned()), ..all }).await.is_empty());
}

#[tokio::test]
async fn an_application_is_told_of_every_change() {
    let scene = Scene::new("deduplicated");
    scene.provider.writes_go(|write| if write.earlier == 0 { How::DroppedAfter } else { How::Well });
    let host = scene.host().await;
    let mut events = host.journal().subscribe();
    account(&host).transfer(order()).await.unwrap_err();
    let lost = events.next().await.unwrap().unwrap();
    assert!(matches!(lost.state, WriteState::Unknown { .. }), "{lost:?}");
    let found = events.next().await.unwrap().unwrap();
    assert!(matches!(found.state, WriteState::Applied { .. }), "{found:?}");
    assert_eq!(lost.id, found.id);
}

#[tokio::test]
async fn what_is_ordered_again_after_a_persons_word_is_asked_about_anew_when_its_answer_is_lost_too() {
    let scene = Scene::new("blind");
    scene.provider.writes_go(|_| How::DroppedAfter);
    let host = scene.host().await;
    let order = order();
    for sendings in 1..=2 {
        account(&host).transfer(order.clone()).await.unwrap_err();
        let record = until(&host, "in manual review", |record| record.needs_manual_review()).await;
        let WriteState::Unknown { next: Next::ManualReview { why }, .. } = &record.state else { panic!("{record:?}") };
        assert!(why.contains("look for "), "{why}");
        assert_eq!((record.sendings, record.lookups), (sendings, 1));
        host.journal().settle(record.id, settlement(false)).await.unwrap();
    }
}
