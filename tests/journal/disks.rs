//! Full and broken disks: nothing is sent without a durable intent, reported outcomes are true, and the host continues without a
//! restart.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use stockbridge::journal::{Settlement, WriteEventKind, WriteFilter, WriteState};
use stockbridge::{Host, Outcome, TransferOrder};
use stockbridge_tests::{DiskFault, How, Operation, TestDisk};

use crate::scene::{Scene, account, applied, order, recorded, until};

/// A full disk.
fn full(operation: Operation) -> Option<DiskFault> {
    matches!(operation, Operation::Write | Operation::SetLen).then_some(DiskFault::Full)
}

async fn refused(host: &Host, order: TransferOrder) -> Outcome {
    let failure = account(host).transfer(order).await.unwrap_err();
    assert_eq!(failure.error().code(), "journal.unwritable", "{failure}");
    failure.outcome()
}

#[tokio::test]
async fn on_a_disk_that_takes_nothing_nothing_is_sent_and_with_room_again_it_goes_on() {
    let (scene, disk) = (Scene::new("blind"), TestDisk::new(1));
    let host = scene.host_on(&disk).await.unwrap();
    account(&host).transfer(order()).await.unwrap();
    disk.goes_wrong(full);
    let order = order();
    // Even overwriting in place fails, and whether the intent was written is unknown.
    refused(&host, order.clone()).await;
    assert_eq!(scene.provider.kept(order.reference.as_str()).writes, 0);
    disk.is_mended();
    account(&host).transfer(order.clone()).await.unwrap();
    assert_eq!(scene.provider.applied(order.reference.as_str()), 1);
}

#[tokio::test]
async fn on_a_disk_that_does_not_grow_nothing_is_sent_for_as_long_as_that_lasts() {
    let (scene, disk) = (Scene::new("blind"), TestDisk::new(1));
    let host = scene.host_on(&disk).await.unwrap();
    // Large orders, until the file has no space left.
    disk.goes_wrong(|operation| (operation == Operation::SetLen).then_some(DiskFault::Full));
    let large = || {
        let line = order().lines[0].clone();
        TransferOrder { lines: vec![line; 2000], ..order() }
    };
    let mut written = 0;
    let first_refused = loop {
        let order = large();
        match account(&host).transfer(order.clone()).await {
            Ok(_) => written += 1,
            Err(failure) => break (failure, order),
        }
        assert!(written < 100, "the file never grew");
    };
    assert_eq!(first_refused.0.error().code(), "journal.unwritable");
    for _ in 0..3 {
        let order = large();
        // An unopened journal cannot say whether the order was sent before.
        refused(&host, order.clone()).await;
        assert_eq!(scene.provider.kept(order.reference.as_str()).writes, 0);
    }
    disk.is_mended();
    account(&host).transfer(large()).await.unwrap();
}

#[tokio::test]
async fn what_was_under_way_as_the_disk_filled_is_told_and_durable_once_there_is_room() {
    let (scene, disk) = (Scene::new("blind"), TestDisk::new(1));
    let filling = disk.clone();
    // The intent is durable when the provider sees the write; recording its outcome fails for lack of space.
    scene.provider.writes_go(move |_| {
        filling.goes_wrong(full);
        How::Well
    });
    let host = scene.host_on(&disk).await.unwrap();
    let order = order();
    let receipt = account(&host).transfer(order.clone()).await.unwrap();
    assert_eq!(receipt.document.as_deref(), Some("D1"));
    disk.is_mended();
    let record = until(&host, "applied", applied).await;
    disk.cut();
    let host = scene.host_on(&disk).await.unwrap();
    assert_eq!(host.journal().get(record.id).await.unwrap().unwrap().since, record.since);
    assert_eq!(recorded(account(&host).transfer(order.clone()).await.unwrap()), receipt);
    assert_eq!(scene.provider.kept(order.reference.as_str()).writes, 1);
}

#[tokio::test]
async fn nobody_works_on_a_write_whose_end_is_not_durable_yet() {
    let (scene, disk) = (Scene::new("deduplicated"), TestDisk::new(1));
    let (filling, first) = (disk.clone(), AtomicBool::new(true));
    scene.provider.writes_go(move |_| {
        if !first.swap(false, Ordering::Relaxed) {
            return How::Well;
        }
        filling.goes_wrong(|operation| (operation == Operation::Sync).then_some(DiskFault::Broken));
        How::Well
    });
    let host = scene.host_on(&disk).await.unwrap();
    let order = order();
    account(&host).transfer(order.clone()).await.unwrap();
    // The disk works again, and pending records are written after a while.
    disk.is_mended();
    let id = "1".parse().unwrap();
    let settlement =
        Settlement { applied: false, by: "ana".to_owned(), note: "it is not in the list".to_owned(), document: None };
    // A write with a receipt is not settled as not applied, whether its outcome is durable by now or not.
    let refused = host.journal().settle(id, settlement).await.unwrap_err();
    assert!(["write.busy", "write.ended"].contains(&refused.code()), "{refused:?}");
    until(&host, "applied", applied).await;
    let story = host.journal().history(id).await.unwrap().unwrap();
    let kinds: Vec<_> = story.events.iter().map(|event| &event.what).collect();
    assert!(
        matches!(
            kinds.as_slice(),
            [
                WriteEventKind::Requested(_),
                WriteEventKind::Intended { .. },
                WriteEventKind::Answered(_),
                WriteEventKind::Applied { .. }
            ]
        ),
        "{kinds:?}"
    );
}

#[tokio::test]
async fn an_intent_whose_sync_fails_is_never_sent_and_told_whole() {
    for failing in 1..6 {
        let (scene, disk) = (Scene::new("blind"), TestDisk::new(failing));
        let host = scene.host_on(&disk).await.unwrap();
        // Deleting expired writes at the start is a commit as well.
        tokio::time::sleep(Duration::from_millis(200)).await;
        let syncs = Arc::new(AtomicU32::new(0));
        disk.goes_wrong(move |operation| {
            let fails = operation == Operation::Sync && u64::from(syncs.fetch_add(1, Ordering::Relaxed)) < failing;
            fails.then_some(DiskFault::Broken)
        });
        let order = order();
        let outcome = refused(&host, order.clone()).await;
        disk.is_mended();
        assert_eq!(scene.provider.kept(order.reference.as_str()).writes, 0, "{failing}");
        let started = std::time::Instant::now();
        // Not applied once it is durable that it was not sent, or if the journal has nothing of it.
        let records = loop {
            let records = host.journal().list(&WriteFilter::default()).await.unwrap_or_default();
            if records.iter().all(|record| matches!(record.state, WriteState::NotApplied { .. })) {
                break records;
            }
            assert!(started.elapsed() < Duration::from_secs(20), "{outcome:?}: {records:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        for record in records {
            let story = host.journal().history(record.id).await.unwrap().unwrap();
            assert!(matches!(story.events[0].what, WriteEventKind::Requested(_)), "{failing}: {:?}", story.events);
            assert!(matches!(story.events[1].what, WriteEventKind::Intended { .. }), "{failing}: {:?}", story.events);
        }
        account(&host).transfer(order.clone()).await.unwrap();
        assert_eq!(scene.provider.applied(order.reference.as_str()), 1, "{failing}");
        let reference = Some(order.reference);
        let records = host.journal().list(&WriteFilter { reference, ..WriteFilter::default() }).await.unwrap();
        assert!(records.len() == 1 && applied(&records[0]), "an order has one record: {records:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_not_told_as_not_applied() {
    let (scene, disk) = (Scene::new("blind"), TestDisk::new(1));
    let host = scene.host_on(&disk).await.unwrap();
    let order = order();
    account(&host).transfer(order.clone()).await.unwrap();
    disk.goes_wrong(|_| Some(DiskFault::Broken));
    // The first failed write reopens the journal.
    drop(account(&host).transfer(crate::scene::order()).await);
    assert_eq!(refused(&host, order.clone()).await, Outcome::Unknown, "it was carried out");
    disk.is_mended();
    account(&host).transfer(order.clone()).await.unwrap();
    assert_eq!(scene.provider.kept(order.reference.as_str()).writes, 1);
}

#[tokio::test]
async fn a_journal_whose_making_was_cut_off_is_made_again() {
    for operations in 0..12 {
        for seed in 0..4 {
            let disk = TestDisk::new(seed);
            let source = disk.plugged_in();
            disk.cut_after(operations);
            let cut = tokio::time::timeout(
                Duration::from_secs(1),
                Host::builder().journal_on(source).build(stockbridge::Config::new()),
            );
            drop(cut.await);
            disk.cut();
            let opened = Host::builder().journal_on(disk.plugged_in()).build(stockbridge::Config::new()).await;
            assert!(opened.is_ok(), "after {operations} operations, seed {seed}: {}", opened.unwrap_err());
        }
    }
}
