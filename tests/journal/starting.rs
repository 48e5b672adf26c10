//! Hosts that start on a journal: one at a time, and not on what they cannot read.

use std::time::Duration;

use stockbridge::{Host, Outcome};

use crate::scene::{Scene, account, order, the_write};

#[tokio::test]
async fn two_hosts_do_not_work_on_one_journal() {
    let scene = Scene::new("blind");
    let first = scene.host().await;
    let refused = Host::from_config(scene.config()).await.unwrap_err();
    assert_eq!(refused.code(), "journal.in-use");
    assert!(refused.to_string().contains("another host works on it"), "{refused}");
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
async fn a_host_that_is_shut_down_begins_no_write() {
    let scene = Scene::new("deduplicated");
    let host = scene.host().await;
    account(&host).transfer(order()).await.unwrap();
    assert_eq!(host.shutdown(Duration::from_secs(5)).await.unwrap(), 0);
    let failure = account(&host).transfer(order()).await.unwrap_err();
    assert_eq!((failure.outcome(), failure.error().code()), (Outcome::NotApplied, "host.closed"));
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
