//! Calls with too little time left are not started: nothing is recorded and nothing sent.

use std::time::Duration;

use stockbridge::journal::{WriteFilter, WriteState};
use stockbridge::{Account, CallOptions, Config, Host, Limits, Outcome, WriteFailure};
use stockbridge_tests::How;

use crate::scene::{Scene, account, order, the_write};

const HOUR: Duration = Duration::from_secs(3600);

fn within(account: &Account, milliseconds: u64) -> Account {
    account.with(CallOptions::new().deadline(Duration::from_millis(milliseconds)))
}

#[tokio::test]
async fn a_write_without_time_is_neither_recorded_nor_sent() {
    for repetition in ["blind", "traceable", "deduplicated"] {
        let scene = Scene::new(repetition);
        let host = scene.host().await;
        for time in [0, 1, 20, 100, 200].repeat(4) {
            let order = order();
            let failure = within(&account(&host), time).transfer(order.clone()).await.unwrap_err();
            assert!(
                matches!(&failure, WriteFailure::NotApplied(error) if error.code() == "call.too-late"),
                "{failure}"
            );
            assert!(failure.to_string().contains("give the call more time"), "{failure}");
            assert_eq!(scene.provider.kept(order.reference.as_str()).writes, 0);
        }
        assert!(host.journal().list(&WriteFilter::default()).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn how_much_time_there_must_be_is_a_limit_of_the_accounts() {
    let scene = Scene::new("blind");
    let limits = |least| Limits::default().min_time_left(Duration::from_millis(least));
    for (least, sent) in [(4000, 0), (2000, 1)] {
        let config = Config::new().account(scene.provider.account("blind").limits(limits(least)));
        let host = Host::from_config(config).await.unwrap();
        let order = order();
        let result = within(&account(&host), 3000).transfer(order.clone()).await;
        assert_eq!((result.is_ok(), scene.provider.applied(order.reference.as_str())), (sent == 1, sent), "{result:?}");
    }
}

#[tokio::test]
async fn what_was_sent_before_is_told_as_ever_where_no_time_is_left() {
    let scene = Scene::new("blind");
    let host = scene.idle_host().await;
    let hurried = within(&account(&host), 0);
    let (applied, lost, refused) = (order(), order(), order());
    let receipt = account(&host).transfer(applied.clone()).await.unwrap();
    scene.provider.writes_go(|_| How::DroppedAfter);
    account(&host).transfer(lost.clone()).await.unwrap_err();
    scene.provider.writes_go(|_| How::Rejected);
    account(&host).transfer(refused.clone()).await.unwrap_err();
    scene.provider.writes_go(|_| How::Well);

    assert_eq!(hurried.transfer(applied).await.unwrap().document, receipt.document);
    assert_eq!(hurried.transfer(lost).await.unwrap_err().outcome(), Outcome::Unknown);
    let again = hurried.transfer(refused.clone()).await.unwrap_err();
    assert_eq!((again.outcome(), again.error().code()), (Outcome::NotApplied, "call.too-late"));
    assert_eq!(scene.provider.kept(refused.reference.as_str()).writes, 1);
}

#[tokio::test]
async fn the_host_begins_no_repeat_and_no_look_up_without_time_for_it() {
    for repetition in ["deduplicated", "traceable"] {
        let scene = Scene::new(repetition);
        scene.provider.writes_go(|write| if write.earlier == 0 { How::DroppedAfter } else { How::Well });
        let its = || scene.provider.account(repetition).setting("window-ms", "36000000");
        let host = Host::builder().without_recovery();
        let limits = Limits::default().attempts(1);
        let host = host.build(scene.config_without_account().account(its().limits(limits))).await.unwrap();
        let order = order();
        account(&host).transfer(order.clone()).await.unwrap_err();
        host.shutdown(Duration::from_secs(5)).await.unwrap();

        // The next host, hours later, has hardly any time for each call.
        let waits = Host::builder().recovery_waits(Duration::from_millis(5), Duration::from_millis(20));
        let later = waits.wall_clock(|| stockbridge::Timestamp::now().later(2 * HOUR));
        let short = limits.deadline(Duration::from_millis(100));
        let host = later.build(scene.config_without_account().account(its().limits(short))).await.unwrap();
        tokio::time::sleep(Duration::from_millis(500)).await;
        let kept = scene.provider.kept(order.reference.as_str());
        assert_eq!((kept.writes, kept.look_ups), (1, 0), "{repetition}");
        assert!(matches!(the_write(&host).await.state, WriteState::Unknown { .. }), "{repetition}");
    }
}
