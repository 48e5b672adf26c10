//! Hosts that start on a journal: one at a time, and not on an unreadable one.

use std::time::{Duration, Instant};

use stockbridge::journal::WriteFilter;
use stockbridge::{Host, JournalConfig, Outcome, ShutdownReport};
use stockbridge_tests::How;

use crate::scene::{Scene, account, order, the_write};

#[tokio::test]
async fn two_hosts_do_not_work_on_one_journal() {
    let scene = Scene::new("blind");
    let first = scene.host().await;
    let refused = Host::from_config(scene.config()).await.unwrap_err();
    assert_eq!(refused.code(), "journal.in-use");
    let holder = format!("process {} (", std::process::id());
    let message = refused.to_string();
    assert!(message.contains(&holder) && message.contains(", since 20") && message.contains("holds it"), "{message}");
    first.shutdown(Duration::from_secs(5)).await.unwrap();
    scene.host().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_hosts_that_make_a_journal_at_the_same_time_one_has_it() {
    let scene = Scene::new("blind");
    let (one, other) = tokio::join!(Host::from_config(scene.config()), Host::from_config(scene.config()));
    let (mut started, refused): (Vec<_>, Vec<_>) = [one, other].into_iter().partition(Result::is_ok);
    let host = started.pop().unwrap().unwrap();
    assert_eq!(refused[0].as_ref().unwrap_err().code(), "journal.in-use");
    account(&host).transfer(order()).await.unwrap();
    let files = scene.directory.path().read_dir().unwrap().map(|file| file.unwrap().path());
    let left: Vec<_> = files.filter(|file| file.extension().is_some_and(|end| end == "new")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn a_host_that_is_shut_down_begins_no_write_and_does_not_say_that_it_was_not_applied() {
    let scene = Scene::new("deduplicated");
    let host = scene.host().await;
    let before = order();
    account(&host).transfer(before.clone()).await.unwrap();
    assert_eq!(host.shutdown(Duration::from_secs(5)).await.unwrap(), ShutdownReport::default());
    // Only the lost journal knows whether the order was sent before.
    for order in [before, order()] {
        let failure = account(&host).transfer(order).await.unwrap_err();
        assert_eq!((failure.outcome(), failure.error().code()), (Outcome::Unknown, "host.closed"));
    }
}

#[tokio::test]
async fn an_order_that_was_sent_before_is_told_of_after_its_account_is_gone() {
    let scene = Scene::new("blind");
    scene.provider.writes_go(|write| if write.earlier == 0 { How::DroppedAfter } else { How::Well });
    let host = scene.idle_host().await;
    let (gone, lost) = (account(&host), order());
    gone.transfer(lost.clone()).await.unwrap_err();
    host.apply(scene.config_without_account()).await.unwrap();
    assert_eq!(gone.transfer(lost).await.unwrap_err().outcome(), Outcome::Unknown);
    let fresh = gone.transfer(order()).await.unwrap_err();
    assert_eq!((fresh.outcome(), fresh.error().code()), (Outcome::NotApplied, "account.removed"));
}

#[tokio::test]
async fn a_file_that_is_no_journal_is_refused_and_left_as_it_is() {
    let scene = Scene::new("blind");
    let file = scene.directory.path().join("journal");
    std::fs::write(&file, "this is a letter, and no journal".repeat(1000)).unwrap();
    let refused = Host::from_config(scene.config()).await.unwrap_err();
    assert_eq!(refused.code(), "journal.unopened");
    assert!(refused.to_string().contains("journal"), "{refused}");
    assert!(std::fs::read(&file).unwrap().starts_with(b"this is a letter"));
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_nobody_elses_to_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let scene = Scene::new("blind");
    let host = scene.host().await;
    account(&host).transfer(order()).await.unwrap();
    assert_eq!(the_write(&host).await.account, "traced");
    let mode = std::fs::metadata(scene.directory.path().join("journal")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn what_has_ended_is_forgotten_at_its_age_and_not_while_the_provider_would_know_a_second_one() {
    for (repetition, left) in [("blind", 0), ("deduplicated", 1)] {
        let scene = Scene::new(repetition);
        let kept = JournalConfig::new(scene.directory.path().join("journal")).keep(Duration::ZERO);
        let config = scene.config().journal(kept);
        let host = Host::from_config(config.clone()).await.unwrap();
        let (ended, waiting) = (order(), order());
        account(&host).transfer(ended.clone()).await.unwrap();
        scene.provider.writes_go(|_| How::DroppedAfter);
        // A write with an unknown outcome never expires.
        account(&host).transfer(waiting).await.unwrap_err();
        host.shutdown(Duration::from_secs(5)).await.unwrap();

        scene.provider.writes_go(|_| How::Well);
        let host = Host::from_config(config).await.unwrap();
        let started = Instant::now();
        let known = || async { account(&host).find_write(&ended.reference).await.unwrap().map_or(0, |_| 1) };
        while known().await != left && started.elapsed() < Duration::from_secs(10) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(known().await, left, "{repetition}");
        assert_eq!(host.journal().list(&WriteFilter::default()).await.unwrap().len(), 1 + left, "{repetition}");
    }
}
