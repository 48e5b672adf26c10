//! The host's own recovery of writes with an unknown outcome.

use std::time::{Duration, Instant};

use stockbridge::journal::{Evidence, Next, WriteFilter, WriteState};
use stockbridge::{Config, Host, Limits, Outcome};
use stockbridge_tests::{How, LookUp};

use crate::scene::{Scene, account, applied, not_applied, order, until};

#[tokio::test]
async fn what_the_provider_deduplicates_is_sent_again_until_it_answers() {
    let scene = Scene::new("deduplicated");
    scene.provider.writes_go(|write| if write.earlier < 3 { How::DroppedAfter } else { How::Well });
    let host = scene.host().await;
    let order = order();
    let failure = account(&host).transfer(order.clone()).await.unwrap_err();
    assert_eq!(failure.outcome(), Outcome::Unknown);
    let record = until(&host, "applied", applied).await;
    assert!(matches!(record.state, WriteState::Applied { by: Evidence::Repeat, .. }), "{record:?}");
    let kept = scene.provider.kept(order.reference.as_str());
    assert_eq!((kept.writes, kept.documents.len(), record.sendings), (4, 1, 4));
    let receipt = account(&host).transfer(order).await.unwrap();
    assert_eq!(receipt.document.as_deref(), kept.documents.first().map(String::as_str));
}

#[tokio::test]
async fn a_refusal_of_a_repeat_does_not_prove_that_the_first_was_not_taken() {
    for look_up in [LookUp::Truth, LookUp::Archived] {
        let scene = Scene::new("deduplicated");
        scene.provider.writes_go(|write| if write.earlier == 0 { How::DroppedAfter } else { How::Rejected });
        scene.provider.look_ups_go(move |_| look_up);
        let host = scene.host().await;
        account(&host).transfer(order()).await.unwrap_err();
        // It is looked up then, at least for its connector's instructions.
        let record = until(&host, "looked up", |record| applied(record) || record.needs_manual_review()).await;
        match &record.state {
            WriteState::Applied { by: Evidence::LookUp, .. } => assert_eq!(look_up, LookUp::Truth),
            WriteState::Unknown { next: Next::ManualReview { why }, .. } => assert!(why.contains("archived"), "{why}"),
            other => panic!("{other:?}"),
        }
        assert_eq!(record.sendings, 2, "a provider that rejects gets no further request");
    }
}

#[tokio::test]
async fn what_could_only_leave_after_the_providers_window_is_not_sent_again() {
    let scene = Scene::new("deduplicated");
    let order = order();
    let lost = order.reference.to_string();
    scene.provider.writes_go(move |write| {
        if write.reference == lost { How::DroppedAfter } else { How::RateLimited(Duration::from_secs(4)) }
    });
    let patient = Limits::default().attempts(1).deadline(Duration::from_secs(10));
    let its = scene.provider.account("deduplicated").setting("window-ms", "2000").limits(patient);
    let waits = Host::builder().recovery_waits(Duration::from_millis(500), Duration::from_secs(1));
    let host = waits.build(Config::new().account(its)).await.unwrap();
    account(&host).transfer(order.clone()).await.unwrap_err();
    // Nothing is sent from now on for four seconds: the repeat that is due within them waits, and is too late.
    account(&host).transfer(crate::scene::order()).await.unwrap_err();
    let started = Instant::now();
    loop {
        let record = host.journal().list(&WriteFilter::default()).await.unwrap().into_iter();
        let record = record.into_iter().find(|record| record.reference == order.reference).unwrap();
        if !record.is_open() || record.lookups > 0 {
            break;
        }
        assert!(started.elapsed() < Duration::from_secs(20), "{record:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(scene.provider.kept(order.reference.as_str()).writes, 1);
}

#[tokio::test]
async fn a_look_up_that_fails_is_made_again_whatever_the_provider_promises() {
    let scene = Scene::new("deduplicated");
    scene.provider.writes_go(|write| if write.earlier == 0 { How::DroppedAfter } else { How::Rejected });
    scene.provider.look_ups_go(|look_up| if look_up.earlier < 2 { LookUp::Unavailable } else { LookUp::Truth });
    let host = scene.host().await;
    account(&host).transfer(order()).await.unwrap_err();
    let record = until(&host, "applied", applied).await;
    assert_eq!((record.lookups, record.sendings), (3, 2));
}

#[tokio::test]
async fn what_can_be_looked_for_is_found_and_never_sent_again() {
    let scene = Scene::new("traceable");
    scene.provider.writes_go(|_| How::DroppedAfter);
    let host = scene.host().await;
    let order = order();
    account(&host).transfer(order.clone()).await.unwrap_err();
    let record = until(&host, "applied", applied).await;
    assert!(matches!(record.state, WriteState::Applied { by: Evidence::LookUp, .. }), "{record:?}");
    let kept = scene.provider.kept(order.reference.as_str());
    assert_eq!((kept.writes, kept.documents.len()), (1, 1));
}

#[tokio::test]
async fn what_was_not_carried_out_is_found_to_be_so_and_may_be_ordered_again() {
    let scene = Scene::new("traceable");
    scene.provider.writes_go(|write| if write.earlier == 0 { How::DroppedBefore } else { How::Well });
    let host = scene.host().await;
    let order = order();
    assert_eq!(account(&host).transfer(order.clone()).await.unwrap_err().outcome(), Outcome::Unknown);
    let record = until(&host, "not applied", not_applied).await;
    assert!(matches!(record.state, WriteState::NotApplied { by: Evidence::LookUp, .. }), "{record:?}");
    account(&host).transfer(order.clone()).await.unwrap();
    assert_eq!(scene.provider.applied(order.reference.as_str()), 1);
}

#[tokio::test]
async fn a_provider_that_is_still_working_is_asked_again_when_it_says() {
    let scene = Scene::new("traceable");
    scene.provider.writes_go(|_| How::DroppedAfter);
    scene.provider.look_ups_go(|look_up| match look_up.earlier {
        0 => LookUp::CutOff,
        1 => LookUp::Unavailable,
        2..5 => LookUp::Working(Duration::from_millis(120)),
        _ => LookUp::Truth,
    });
    let host = scene.host().await;
    let order = order();
    account(&host).transfer(order.clone()).await.unwrap_err();
    let record = until(&host, "applied", applied).await;
    assert_eq!((record.lookups, record.sendings), (6, 1));
}

#[tokio::test]
async fn what_the_provider_cannot_tell_waits_for_a_person_with_what_there_is_to_look_at() {
    for (repetition, words) in [("blind", "look for "), ("traceable", "archived")] {
        let scene = Scene::new(repetition);
        scene.provider.writes_go(|_| How::DroppedAfter);
        scene.provider.look_ups_go(|_| LookUp::Archived);
        let host = scene.host().await;
        let order = order();
        account(&host).transfer(order.clone()).await.unwrap_err();
        let record = until(&host, "in manual review", |record| record.needs_manual_review()).await;
        let WriteState::Unknown { next: Next::ManualReview { why }, .. } = &record.state else { panic!("{record:?}") };
        assert!(why.contains(words), "{repetition}: {why}");
        assert_eq!(scene.provider.kept(order.reference.as_str()).writes, 1);
    }
}

#[tokio::test]
async fn the_host_after_goes_on_with_what_the_host_before_left() {
    for repetition in ["deduplicated", "traceable"] {
        let scene = Scene::new(repetition);
        scene.provider.writes_go(|write| if write.earlier == 0 { How::DroppedAfter } else { How::Well });
        let host = scene.idle_host().await;
        let order = order();
        account(&host).transfer(order.clone()).await.unwrap_err();
        let before = crate::scene::the_write(&host).await;
        host.shutdown(Duration::from_secs(5)).await.unwrap();

        // Its plan was made by a host that waits for an hour, and stays valid.
        let host = scene.host().await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        let after = crate::scene::the_write(&host).await;
        assert_eq!(format!("{:?}", after.state), format!("{:?}", before.state), "{repetition}");
    }
}

#[tokio::test]
async fn a_write_whose_task_is_ended_with_the_host_is_taken_up_by_the_next() {
    for repetition in ["deduplicated", "traceable"] {
        let scene = Scene::new(repetition);
        scene.provider.writes_go(|write| {
            if write.earlier == 0 { How::AnsweredAfter(Duration::from_secs(600)) } else { How::Well }
        });
        let host = scene.host().await;
        let order = order();
        let writing = tokio::spawn({
            let (account, order) = (account(&host), order.clone());
            async move { account.transfer(order).await }
        });
        while scene.provider.applied(order.reference.as_str()) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let report = host.shutdown(Duration::from_millis(50)).await.unwrap();
        assert_eq!((report.interrupted, report.recorded_unknown), (1, 1));
        assert_eq!(writing.await.unwrap().unwrap_err().outcome(), Outcome::Unknown);

        let host = scene.host().await;
        until(&host, "applied", applied).await;
        assert_eq!(scene.provider.applied(order.reference.as_str()), 1, "{repetition}");
    }
}
