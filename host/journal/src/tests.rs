//! Cases that cannot be caused from outside: tasks of the journal in an unlucky order, a store that forgets, and a
//! connector that changes its key.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use stockbridge_model::{
    Descriptor, Digest, ErrorClass, Failure, Outcome, Receipt, Repetition, TransferLine, TransferOrder, Write,
};

use super::record::{Intent, RetryTerms};
use super::*;
use crate::application::{Applications, Member};

fn ordered() -> WriteRequest {
    ordered_under(Repetition::Blind)
}

fn ordered_under(repetition: Repetition) -> WriteRequest {
    let lines = vec![TransferLine::new("daj1", 1)];
    let write = Write::Transfer(TransferOrder { lines, ..TransferOrder::between("here", "there") });
    let component = Digest::from([0; 32]);
    let member = Member { account: "wms".to_owned(), ..Member::described(&Descriptor::default(), &BTreeMap::new()) };
    let membership = Applications::default().join(member);
    let intent = Intent {
        application: membership.application(),
        account: "wms".to_owned(),
        provider: "made-up".to_owned(),
        operation: write.operation().to_owned(),
        asked_by: None,
        trace: None,
        origins: Some(Vec::new()),
        write,
    };
    let terms = RetryTerms { repetition, methods: Vec::new() };
    WriteRequest { intent, membership, terms, connector: component, ordered_at: None, share: None }
}

fn failed(outcome: Outcome) -> Result<&'static Receipt, (Outcome, AttemptFailure)> {
    let failure = Failure::new("test.failed", ErrorClass::Unavailable, "as the test says");
    Err((outcome, AttemptFailure { failure, retry_after: None }))
}

async fn entered(journal: &Arc<Journal>, order: &WriteRequest) -> Box<Entry> {
    match journal.enter(order, Instant::now() + Duration::from_secs(10)).await {
        Ok(Admission::Proceed(entry)) => entry,
        _ => panic!("it was not begun"),
    }
}

#[tokio::test]
async fn a_write_that_is_forgotten_as_it_is_sent_again_is_recorded_before_it_leaves() {
    let (journal, order) = (Arc::new(Journal::in_memory(JournalOptions::default())), ordered());
    let mut entry = entered(&journal, &order).await;
    entry.intend(None, true).await.unwrap();
    assert!(matches!(entry.ended(failed(Outcome::NotApplied), false).await, Ending::AsReported));

    let mut again = entered(&journal, &order).await;
    assert_eq!(journal.store().forget(journal.ageing.now().later(Duration::from_secs(1))).await.unwrap(), 1);
    again.intend(Some("key".to_owned()), true).await.unwrap();
    let (_, _, status) = journal.find_recorded(&Sought::exact(order.intent.name()), None).await.unwrap().unwrap();
    assert!(matches!(status.state, State::Sending) && status.sendings == 2, "{status:?}");
}

#[cfg(feature = "file")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_told_what_is_durable_reads_it_at_once_though_the_database_takes_it_later() {
    let directory = tempfile::tempdir().unwrap();
    let config = JournalConfig::new(directory.path().join("journal"));
    let journal = Journal::open(Some(&config), None, JournalOptions::default()).await.unwrap();
    for _ in 0..100 {
        let order = ordered();
        let mut entry = entered(&journal, &order).await;
        entry.intend(None, true).await.unwrap();
        let (id, _, status) = journal.find_recorded(&Sought::exact(order.intent.name()), None).await.unwrap().unwrap();
        assert!(matches!(status.state, State::Sending), "{status:?}");
        assert!(matches!(entry.ended(failed(Outcome::NotApplied), false).await, Ending::AsReported));
        let (_, status) = journal.read(id).await.unwrap().unwrap();
        assert!(matches!(status.state, State::NotApplied { .. }), "{status:?}");
    }
    journal.close().await.unwrap();
}

#[cfg(feature = "file")]
#[tokio::test]
async fn the_number_of_a_write_that_is_forgotten_is_not_given_again_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let config = JournalConfig::new(directory.path().join("journal"));
    let mut ids = Vec::new();
    for _ in 0..2 {
        let journal = Journal::open(Some(&config), None, JournalOptions::default()).await.unwrap();
        let order = ordered();
        let mut entry = entered(&journal, &order).await;
        entry.intend(None, true).await.unwrap();
        assert!(matches!(entry.ended(failed(Outcome::NotApplied), false).await, Ending::AsReported));
        ids.push(journal.find_recorded(&Sought::exact(order.intent.name()), None).await.unwrap().unwrap().0);
        assert_eq!(journal.store().forget(journal.ageing.now().later(Duration::from_secs(1))).await.unwrap(), 1);
        journal.close().await.unwrap();
    }
    assert!(ids[0] < ids[1], "{ids:?}");
}

#[tokio::test]
async fn a_repeat_under_another_key_is_not_sent() {
    let order = ordered_under(Repetition::Deduplicated(Duration::from_secs(600)));
    let journal = Arc::new(Journal::in_memory(JournalOptions::default()));
    let mut first = entered(&journal, &order).await;
    first.intend(Some("one".to_owned()), true).await.unwrap();
    assert!(matches!(first.ended(failed(Outcome::Unknown), true).await, Ending::AsReported));

    let deadline = Instant::now() + Duration::from_secs(10);
    let Ok(Admission::Proceed(mut again)) = journal.enter_again(&order, deadline).await else { panic!("not begun") };
    let refused = again.intend(Some("another".to_owned()), true).await.unwrap_err();
    assert!(refused.contains("another key"), "{refused}");
    assert!(matches!(again.ended(failed(Outcome::NotApplied), false).await, Ending::Unknown));
    let (_, _, status) = journal.find_recorded(&Sought::exact(order.intent.name()), None).await.unwrap().unwrap();
    assert!(matches!(status.state, State::Unknown { next: Next::LookUp { .. }, .. }), "{status:?}");
    assert_eq!((status.sendings, status.key.as_deref()), (1, Some("one")));
}

#[tokio::test]
async fn a_persons_word_waits_for_a_task_that_is_about_to_be_done_with_the_write() {
    let (journal, order) = (Arc::new(Journal::in_memory(JournalOptions::default())), ordered());
    let mut entry = entered(&journal, &order).await;
    entry.intend(None, true).await.unwrap();
    let (id, ..) = journal.find_recorded(&Sought::exact(order.intent.name()), None).await.unwrap().unwrap();
    let ending = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(100)).await;
        entry.ended(failed(Outcome::Unknown), true).await
    });
    let word = Settlement { applied: true, by: "ana".to_owned(), note: "seen".to_owned(), document: None };
    let settled = journal.settle(id, word).await.unwrap();
    assert!(matches!(settled.state, State::Applied { .. }), "{settled:?}");
    assert!(matches!(ending.await.unwrap(), Ending::AsReported));
}
