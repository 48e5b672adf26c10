//! Journals that are missing, new, or put back: each is reported, and none is mistaken for another.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use stockbridge::journal::{self, ClosedGap, GapCause, JournalClient, WriteFilter};
use stockbridge::model::Timestamp;
use stockbridge::{Event, Host, JournalConfig, Outcome};
use stockbridge_tests::{How, Log};

use crate::scene::{Scene, account, order, the_write};

fn file(scene: &Scene) -> PathBuf {
    scene.directory.path().join("journal")
}

fn witness(journal: &Path) -> PathBuf {
    journal.with_added_extension("witness")
}

async fn end(host: Host) {
    host.shutdown(Duration::from_secs(5)).await.unwrap();
}

#[tokio::test]
async fn a_new_journal_is_told_with_its_identity_by_an_event_and_a_warning() {
    let scene = Scene::new("blind");
    let log = Log::listen();
    let builder = Host::builder();
    let mut events = builder.subscribe();
    let host = builder.build(scene.config()).await.unwrap();
    let identity = host.journal().identity().unwrap();
    let (place, made) = loop {
        if let Event::JournalMade { place, identity } = events.next().await.unwrap().unwrap() {
            break (place, identity);
        }
    };
    assert_eq!((place, made), (file(&scene).display().to_string(), identity));
    let warning = |log: &Log| log.lines().into_iter().find(|line| line.contains("a new journal was created"));
    assert!(warning(&log).is_some_and(|line| line.contains(&identity.to_string())), "{:?}", log.lines());
    end(host).await;
    log.forget();
    let host = scene.host().await;
    assert_eq!((host.journal().identity(), warning(&log)), (Some(identity), None));
}

#[tokio::test]
async fn a_journal_that_has_to_exist_is_not_made_and_one_that_was_made_before_is_found() {
    let scene = Scene::new("blind");
    let config = || scene.config().journal(JournalConfig::new(file(&scene)).must_exist());
    let refused = Host::from_config(config()).await.unwrap_err();
    assert_eq!(refused.code(), "journal.missing");
    assert!(refused.to_string().contains("stockbridge journal init"), "{refused}");
    assert!(!file(&scene).exists());
    let identity = journal::init(file(&scene)).await.unwrap();
    let host = Host::from_config(config()).await.unwrap();
    assert_eq!(host.journal().identity(), Some(identity));
    assert!(host.journal().gaps().is_empty());
    let again = journal::init(file(&scene)).await.unwrap_err();
    assert_eq!(again.code(), "journal.exists");
}

#[tokio::test]
async fn a_journal_that_is_gone_is_missed_where_its_witness_is_left() {
    let scene = Scene::new("blind");
    end(scene.host().await).await;
    fs::remove_file(file(&scene)).unwrap();
    let missed = Host::from_config(scene.config()).await.unwrap_err();
    assert_eq!(missed.code(), "journal.missing");
    assert!(missed.to_string().contains("witness") && !file(&scene).exists(), "{missed}");
}

#[tokio::test]
async fn a_file_that_was_only_touched_is_no_journal() {
    let scene = Scene::new("blind");
    fs::write(file(&scene), "").unwrap();
    let refused = Host::from_config(scene.config()).await.unwrap_err();
    assert_eq!(refused.code(), "journal.damaged");
    assert!(refused.to_string().contains("it is empty"), "{refused}");
    assert_eq!(fs::metadata(file(&scene)).unwrap().len(), 0);
}

#[tokio::test]
async fn an_older_copy_that_is_put_back_begins_a_gap_in_which_nothing_is_sent_that_may_be_as_old() {
    let scene = Scene::new("blind");
    let host = scene.idle_host().await;
    account(&host).transfer(order()).await.unwrap();
    end(host).await;
    let copy = fs::read(file(&scene)).unwrap();
    let host = scene.idle_host().await;
    let lost = order();
    account(&host).transfer(lost.clone()).await.unwrap();
    end(host).await;

    fs::write(file(&scene), copy).unwrap();
    let host = scene.idle_host().await;
    let gaps = host.journal().gaps();
    assert_eq!((gaps.len(), gaps[0].why), (1, GapCause::OlderCopy));
    let failure = account(&host).transfer(lost.clone()).await.unwrap_err();
    assert_eq!((failure.outcome(), failure.error().code()), (Outcome::Unknown, "write.in-gap"));
    assert!(failure.error().to_string().contains("it is not sent"), "{failure}");
    let again = account(&host).transfer(lost.clone()).await.unwrap_err();
    assert_eq!((again.outcome(), again.error().code()), (Outcome::Unknown, "write.recorded"));
    assert!(again.error().to_string().starts_with("it may have been sent before, as write 2"), "{again}");
    assert_eq!(scene.provider.applied(lost.reference.as_str()), 1);
    // The journal lists it from now on, for the recovery.
    let open = host.journal().list(&WriteFilter { open: true, ..WriteFilter::default() }).await.unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].reference, lost.reference);
    end(host).await;
    // The gap stays until an operator has compared and closes it.
    let host = scene.idle_host().await;
    assert_eq!(host.journal().gaps().len(), 1);
    account(&host).transfer(order()).await.unwrap();
}

/// The files of a killed host are the same as while it runs: the journal's file, and its witness.
#[tokio::test]
async fn a_copy_of_a_live_journal_that_is_put_back_after_a_kill_is_an_older_one() {
    let scene = Scene::new("blind");
    let host = scene.idle_host().await;
    account(&host).transfer(order()).await.unwrap();
    let copy = fs::read(file(&scene)).unwrap();
    let lost = order();
    account(&host).transfer(lost.clone()).await.unwrap();
    let (whole, killed_with) = (fs::read(file(&scene)).unwrap(), fs::read(witness(&file(&scene))).unwrap());
    end(host).await;

    for (journal, gaps) in [(whole, 0), (copy, 1)] {
        fs::write(file(&scene), journal).unwrap();
        fs::write(witness(&file(&scene)), &killed_with).unwrap();
        let host = scene.idle_host().await;
        let found: Vec<GapCause> = host.journal().gaps().iter().map(|gap| gap.why).collect();
        assert_eq!(found, vec![GapCause::OlderCopy; gaps]);
        let again = account(&host).transfer(lost.clone()).await;
        assert_eq!(again.is_err_and(|failure| failure.error().code() == "write.in-gap"), gaps == 1);
        assert_eq!(scene.provider.applied(lost.reference.as_str()), 1);
        end(host).await;
    }
}

#[tokio::test]
async fn what_may_have_been_sent_in_a_gap_is_looked_up_where_it_can_be() {
    let scene = Scene::new("traceable");
    let host = scene.idle_host().await;
    let backup = scene.directory.path().join("backup");
    host.journal().back_up(&backup).await.unwrap();
    let lost = order();
    account(&host).transfer(lost.clone()).await.unwrap();
    end(host).await;
    fs::copy(&backup, file(&scene)).unwrap();
    let host = scene.host().await;
    account(&host).transfer(lost.clone()).await.unwrap_err();
    let started = std::time::Instant::now();
    while the_write(&host).await.is_open() {
        assert!(started.elapsed() < Duration::from_secs(20), "{:?}", the_write(&host).await);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let receipt = account(&host).transfer(lost.clone()).await.unwrap();
    assert_eq!(receipt.document.as_deref(), Some("D1"));
    assert_eq!(scene.provider.kept(lost.reference.as_str()).writes, 1, "it was never sent again");
}

#[tokio::test]
async fn what_was_refused_before_a_backup_and_sent_again_after_it_is_not_sent_a_third_time() {
    let scene = Scene::new("blind");
    scene.provider.writes_go(|write| if write.earlier == 0 { How::Rejected } else { How::Well });
    let (host, backup) = (scene.idle_host().await, scene.directory.path().join("backup"));
    let order = order();
    account(&host).transfer(order.clone()).await.unwrap_err();
    host.journal().back_up(&backup).await.unwrap();
    account(&host).transfer(order.clone()).await.unwrap();
    end(host).await;
    fs::copy(&backup, file(&scene)).unwrap();
    let host = scene.idle_host().await;
    let failure = account(&host).transfer(order.clone()).await.unwrap_err();
    assert_eq!(failure.outcome(), Outcome::Unknown);
    assert_eq!(scene.provider.applied(order.reference.as_str()), 1);
}

#[tokio::test]
async fn an_order_that_cannot_be_sent_now_is_unknown_in_a_gap_and_not_unsent() {
    let scene = Scene::new("blind");
    let (host, backup) = (scene.idle_host().await, scene.directory.path().join("backup"));
    host.journal().back_up(&backup).await.unwrap();
    let lost = order();
    account(&host).transfer(lost.clone()).await.unwrap();
    end(host).await;
    fs::copy(&backup, file(&scene)).unwrap();
    let host = scene.idle_host().await;
    let gone = account(&host);
    host.apply(scene.config_without_account()).await.unwrap();
    let failure = gone.transfer(lost).await.unwrap_err();
    assert_eq!((failure.outcome(), failure.error().code()), (Outcome::Unknown, "write.in-gap"));
    let younger = gone.transfer(order()).await.unwrap_err();
    assert_eq!((younger.outcome(), younger.error().code()), (Outcome::NotApplied, "account.removed"));
}

#[tokio::test]
async fn a_gap_is_closed_for_one_account_or_for_all_with_who_and_how() {
    let scene = Scene::new("blind");
    let (host, backup) = (scene.idle_host().await, scene.directory.path().join("backup"));
    host.journal().back_up(&backup).await.unwrap();
    end(host).await;
    fs::copy(&backup, file(&scene)).unwrap();
    let host = scene.idle_host().await;
    let closing = |account: Option<&str>, note: &str| ClosedGap {
        account: account.map(str::to_owned),
        by: "ana".to_owned(),
        note: note.to_owned(),
    };
    let journal = host.journal();
    assert_eq!(journal.close_gap(closing(None, " ")).await.unwrap_err().code(), "journal.note");
    journal.close_gap(closing(Some("another"), "compared")).await.unwrap();
    let own = stockbridge::TransferOrder { reference: "own-1".parse().unwrap(), ..order() };
    assert!(account(&host).transfer(own.clone()).await.is_err(), "the gap is open for this account");
    // As an operator does it, through the host that holds the journal.
    let client = JournalClient::open(file(&scene)).await.unwrap();
    let closed = client.close_gap(closing(Some("traced"), "compared with their list")).await.unwrap();
    assert_eq!(closed[0].closed.len(), 2);
    let own = stockbridge::TransferOrder { reference: "own-2".parse().unwrap(), ..own };
    account(&host).transfer(own).await.unwrap();
    let again = client.close_gap(closing(Some("traced"), "again")).await.unwrap_err();
    assert_eq!(again.code(), "journal.no-gap");
    end(host).await;
    let host = scene.idle_host().await;
    assert!(!host.journal().gaps()[0].is_open_for("traced"), "the settlement is durable");
}

#[tokio::test]
async fn a_witness_that_is_missing_or_anothers_makes_a_journal_one_that_may_be_old() {
    for (harm, why) in [
        (fs::remove_file as fn(PathBuf) -> std::io::Result<()>, GapCause::NoWitness),
        (|witness| fs::write(witness, "not one"), GapCause::NoWitness),
        (
            |witness| {
                let other = "{\"journal\":\"01890a5d-ac96-774b-bcce-b302099a8057\",\"openings\":1,\"changes\":1}";
                fs::write(witness, other)
            },
            GapCause::OtherWitness,
        ),
    ] {
        let scene = Scene::new("blind");
        end(scene.host().await).await;
        harm(witness(&file(&scene))).unwrap();
        let host = scene.host().await;
        assert_eq!(host.journal().gaps()[0].why, why);
        end(host).await;
        let host = scene.host().await;
        assert_eq!(host.journal().gaps().len(), 1, "the gap is detected once");
    }
}

#[tokio::test]
async fn a_backup_of_a_live_host_is_whole_and_says_of_when_it_is() {
    let scene = Scene::new("blind");
    let (host, backup) = (scene.idle_host().await, scene.directory.path().join("backup"));
    for _ in 0..5 {
        account(&host).transfer(order()).await.unwrap();
    }
    let before = Timestamp::now();
    let client = JournalClient::open(file(&scene)).await.unwrap();
    let copied = client.back_up(&backup).await.unwrap();
    assert_eq!((copied.writes, Some(copied.journal)), (5, host.journal().identity()));
    let verified = journal::verify(&backup).await.unwrap();
    assert_eq!(verified.writes, 5);
    assert!(verified.backup_of.is_some_and(|at| at >= before));
    assert_eq!(client.verify().await.unwrap().writes, 5, "so is the journal, while a host works on it");
    let there = client.back_up(&backup).await.unwrap_err();
    assert!(there.to_string().contains("exists already"), "{there}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&backup).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let mut bytes = fs::read(&backup).unwrap();
    let page = bytes.len() - 100_000;
    let at = (page..bytes.len()).find(|at| bytes[*at] != 0).unwrap();
    bytes[at] ^= 1;
    fs::write(&backup, bytes).unwrap();
    let found = journal::verify(&backup).await;
    assert!(found.is_ok() || found.is_err_and(|error| error.code() == "journal.damaged"));
}

#[tokio::test]
async fn a_running_host_takes_no_other_journal_and_none_that_is_made_anew() {
    let scene = Scene::new("blind");
    let disk = stockbridge_tests::TestDisk::new(1);
    let host = scene.host_on(&disk).await.unwrap();
    let sent = order();
    account(&host).transfer(sent.clone()).await.unwrap();
    // Every operation fails once, so that the journal is reopened; it is the same one.
    disk.goes_wrong(|_| Some(stockbridge_tests::DiskFault::Broken));
    drop(account(&host).transfer(order()).await);
    disk.is_mended();
    let again = account(&host).transfer(sent.clone()).await.unwrap();
    assert_eq!(again.document.as_deref(), Some("D1"));
    assert_eq!(scene.provider.kept(sent.reference.as_str()).writes, 1);
}

#[cfg(unix)]
#[tokio::test]
async fn a_journal_with_a_long_path_or_a_long_name_can_be_looked_into_and_settled() {
    for name in ["journal".to_owned(), "j".repeat(200)] {
        let scene = Scene::new("blind");
        let deep = scene.directory.path().join("d".repeat(60)).join("e".repeat(60));
        fs::create_dir_all(&deep).unwrap();
        let journal = deep.join(name);
        let host = Host::from_config(scene.config().journal(journal.clone())).await.unwrap();
        account(&host).transfer(order()).await.unwrap();
        let client = JournalClient::open(&journal).await.unwrap();
        assert!(client.is_in_use());
        assert_eq!(client.list(&WriteFilter::default()).await.unwrap().len(), 1);
        end(host).await;
    }
}

#[tokio::test]
async fn one_command_under_a_clock_far_ahead_forgets_nothing() {
    let scene = Scene::new("blind");
    let host = scene.idle_host().await;
    let sent = order();
    account(&host).transfer(sent.clone()).await.unwrap();
    end(host).await;
    // Each opens the journal briefly, and deletes expired writes.
    for days in [91, -3650, 3650, 400] {
        let jump = Duration::from_secs(24 * 60 * 60 * u64::from(i32::unsigned_abs(days)));
        let clock = move || if days > 0 { Timestamp::now().later(jump) } else { Timestamp::now().earlier(jump) };
        let host = Host::builder().wall_clock(clock).build(scene.config()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(host.journal().list(&WriteFilter::default()).await.unwrap().len(), 1, "{days} days");
        account(&host).transfer(sent.clone()).await.unwrap();
        end(host).await;
    }
    assert_eq!(scene.provider.kept(sent.reference.as_str()).writes, 1);
}
