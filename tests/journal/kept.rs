//! Journals of released formats stay readable: `format-1.journal` has a write in each state, from an earlier time.

use std::path::Path;
use std::time::Duration;

use stockbridge::journal::{Evidence, Settlement, WriteFilter, WriteRecord, WriteState};
use stockbridge::{Config, Host, TransferOrder};
use stockbridge_tests::{How, TestDisk, passive, test_component, version};

use crate::scene::{Scene, account, order};

fn named(reference: &str) -> TransferOrder {
    TransferOrder { reference: reference.parse().unwrap(), ..order() }
}

/// The file without its zeros: for each piece with content its offset and length, and its bytes.
fn packed(bytes: &[u8]) -> Vec<u8> {
    const PIECE: usize = 512;
    let mut packed = u32::try_from(bytes.len()).unwrap().to_le_bytes().to_vec();
    for (place, piece) in bytes.chunks(PIECE).enumerate().filter(|(_, piece)| piece.iter().any(|byte| *byte != 0)) {
        packed.extend(u32::try_from(place * PIECE).unwrap().to_le_bytes());
        packed.extend(u32::try_from(piece.len()).unwrap().to_le_bytes());
        packed.extend(piece);
    }
    packed
}

fn unpacked(packed: &[u8]) -> Vec<u8> {
    let number = |bytes: &[u8]| u32::from_le_bytes(bytes.try_into().unwrap()) as usize;
    let (len, mut rest) = packed.split_at(4);
    let mut bytes = vec![0; number(len)];
    while !rest.is_empty() {
        let (place, len) = (number(&rest[..4]), number(&rest[4..8]));
        bytes[place..place + len].copy_from_slice(&rest[8..8 + len]);
        rest = &rest[8 + len..];
    }
    bytes
}

/// Puts the kept journal and its witness where a host expects its own.
fn put(journal: &Path) {
    std::fs::write(journal, unpacked(&std::fs::read(file()).unwrap())).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(journal, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

fn file() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("journal/format-1.journal")
}

async fn records(host: &Host) -> Vec<WriteRecord> {
    let mut records = host.journal().list(&WriteFilter::default()).await.unwrap();
    records.reverse();
    records
}

/// Rewrites the file, for a new format: `cargo test --test journal -- --ignored writes_a_journal_to_keep`.
#[tokio::test]
#[ignore = "it writes a file of the repository"]
async fn writes_a_journal_to_keep() {
    let scene = Scene::new("blind");
    scene.provider.writes_go(|write| match write.reference.as_str() {
        "rejected" => How::Rejected,
        "applied" => How::Well,
        "sending" => How::AnsweredAfter(Duration::from_secs(600)),
        _ => How::DroppedAfter,
    });
    let disk = TestDisk::new(1);
    let host = scene.host_on(&disk).await.unwrap();
    for reference in ["applied", "rejected", "for-a-person", "settled"] {
        drop(account(&host).transfer(named(reference)).await);
    }
    let waiting = loop {
        let waiting = host.journal().list(&WriteFilter { waiting: true, ..WriteFilter::default() }).await.unwrap();
        if waiting.len() == 2 {
            break waiting;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    let settlement = Settlement {
        applied: true,
        by: "ana".to_owned(),
        note: "seen in the provider's list".to_owned(),
        document: None,
    };
    host.journal().settle(waiting[0].id, settlement).await.unwrap();
    let sending = tokio::spawn({
        let account = account(&host);
        async move { account.transfer(named("sending")).await }
    });
    while scene.provider.applied("sending") == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    disk.cut();
    sending.abort();
    // Addresses and file names of the machine that wrote it are not part of it.
    std::fs::write(file(), packed(&disk.durable())).unwrap();
}

#[tokio::test]
async fn a_journal_of_format_1_is_listed_told_and_gone_on_with() {
    let scene = Scene::new("blind");
    let disk = TestDisk::with(unpacked(&std::fs::read(file()).unwrap()), 1);
    let host = scene.host_on(&disk).await.unwrap();
    let listed = records(&host).await;
    let names: Vec<_> = listed.iter().map(|record| record.reference.as_str()).collect();
    assert_eq!(names, ["applied", "rejected", "for-a-person", "settled", "sending"]);
    let [applied, rejected, person, settled, _] = listed.as_slice() else { panic!("{listed:?}") };
    assert!(matches!(&applied.state, WriteState::Applied { by: Evidence::Answer, .. }), "{applied:?}");
    assert!(matches!(&rejected.state, WriteState::NotApplied { by: Evidence::Answer, .. }), "{rejected:?}");
    assert!(person.needs_manual_review(), "{person:?}");
    assert!(
        matches!(&settled.state, WriteState::Applied { by: Evidence::Operator { by, .. }, .. } if by == "ana"),
        "{settled:?}"
    );
    for record in &listed {
        let story = host.journal().history(record.id).await.unwrap().unwrap();
        assert_eq!(story.write.reference(), &record.reference);
        assert!(story.events.len() >= 2, "{story:?}");
    }
    // Writes in progress are recovered, and a new write has the next number.
    let started = std::time::Instant::now();
    while !records(&host).await[4].needs_manual_review() {
        assert!(started.elapsed() < Duration::from_secs(20), "{:?}", records(&host).await);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let receipt = account(&host).transfer(named("applied")).await.unwrap();
    assert_eq!(receipt.document.as_deref(), Some("D1"));
    assert!(scene.provider.ledger().values().all(|kept| kept.writes == 0), "nothing of it was sent");
    account(&host).transfer(named("after")).await.unwrap();
    assert_eq!(records(&host).await.last().unwrap().id.to_string(), "6");
}

#[tokio::test]
async fn a_file_of_format_1_is_brought_into_the_format_of_today_and_is_no_copy_that_was_put_back() {
    let scene = Scene::new("blind");
    let journal = scene.directory.path().join("journal");
    put(&journal);
    for _ in 0..2 {
        let host = scene.host().await;
        assert_eq!(records(&host).await.len(), 5);
        assert!(host.journal().gaps().is_empty());
        assert_eq!(host.journal().verify().await.unwrap().writes, 5);
        let receipt = account(&host).transfer(named("applied")).await.unwrap();
        assert_eq!(receipt.document.as_deref(), Some("D1"));
        host.shutdown(Duration::from_secs(5)).await.unwrap();
    }
    assert!(std::fs::read(&journal).unwrap().starts_with(b"stockbridge journal 2"));
    let left = scene.directory.path().read_dir().unwrap().count();
    assert_eq!(left, 2, "the journal and its witness");
}

/// A journal of an earlier format identifies an application by its connector's claims. The account that sent a write is trusted,
/// whatever its connector is by now; another account with the same claims is not.
#[tokio::test]
async fn what_an_earlier_format_has_is_known_to_the_account_that_sent_it_and_to_no_other_that_says_it_is_the_same() {
    let scene = Scene::new("blind");
    let journal = scene.directory.path().join("journal");
    put(&journal);
    let another = version(&test_component("traced"), 2);
    let config = Config::new().journal(&journal).account(scene.provider.account("blind").served_by(another));
    let host = passive().build(config).await.unwrap();
    let receipt = account(&host).transfer(named("applied")).await.unwrap();
    assert!(receipt.from_journal.is_some(), "{receipt:?}");
    host.shutdown(Duration::from_secs(5)).await.unwrap();
    let newcomer = scene.provider.account("blind").served_by(test_component("impostor")).named("newcomer");
    let host = passive().build(Config::new().journal(&journal).account(newcomer)).await.unwrap();
    let error = host.account("newcomer").unwrap().transfer(named("applied")).await.unwrap_err();
    assert_eq!(error.error().code(), "provider.internal", "it was asked, and sends nothing: {error:?}");
}
