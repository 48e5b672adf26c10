//! Property: after any sequence of orders, provider faults, power cuts and restarts, ledger and journal agree once the faults are
//! over and the host had time to recover.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use stockbridge::journal::{WriteFilter, WriteState};
use stockbridge::{Host, Outcome, TransferOrder};
use stockbridge_tests::{How, LookUp, TestDisk};

use crate::scene::{Scene, account, order};

/// Default number of sequences: `STOCKBRIDGE_SEQUENCES`.
const SEQUENCES: u32 = 16;
/// Time limit for the host's recovery.
const PATIENCE: Duration = Duration::from_secs(40);

#[derive(Clone, Debug)]
enum Step {
    /// The order of this number, under a reference of its own, or its repetition. The flag: whether its caller waits for the
    /// answer.
    Order(u8, bool),
    /// Another order under the same reference.
    Other(u8),
    Wait(u8),
    /// The host disappears, and the next one starts.
    Cut,
    /// The host is shut down, and the next one starts.
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0..6u8, any::<bool>()).prop_map(|(number, waits)| Step::Order(number, waits)),
        1 => (0..6u8).prop_map(Step::Other),
        2 => (0..60u8).prop_map(Step::Wait),
        2 => Just(Step::Cut),
        1 => Just(Step::Restart),
    ];
    prop::collection::vec(step, 1..16)
}

fn hows() -> impl Strategy<Value = Vec<How>> {
    let short = || (1..40u64).prop_map(Duration::from_millis);
    let how = prop_oneof![
        3 => Just(How::Well),
        2 => Just(How::DroppedBefore),
        3 => Just(How::DroppedAfter),
        1 => Just(How::Rejected),
        1 => short().prop_map(How::AnsweredAfter),
        1 => short().prop_map(How::CarriedOutAfter),
        1 => short().prop_map(How::RateLimited),
    ];
    prop::collection::vec(how, 1..8)
}

fn look_ups() -> impl Strategy<Value = Vec<LookUp>> {
    let look_up = prop_oneof![
        4 => Just(LookUp::Truth),
        1 => Just(LookUp::CutOff),
        1 => Just(LookUp::HalfJson),
        1 => Just(LookUp::OfAnother),
        1 => Just(LookUp::Unavailable),
    ];
    prop::collection::vec(look_up, 1..6)
}

fn numbered(number: u8) -> TransferOrder {
    TransferOrder { reference: format!("w-{number}").parse().unwrap(), ..order() }
}

fn another(number: u8) -> TransferOrder {
    TransferOrder { to_warehouse: "elsewhere".into(), ..numbered(number) }
}

async fn host(scene: &Scene, disk: &TestDisk) -> Host {
    scene.host_on(disk).await.unwrap()
}

/// A process until the power fails: all of its tasks end with it.
fn process() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

async fn take(host: &Host, order: TransferOrder, waits: bool) {
    let account = account(host);
    let requested = tokio::spawn(async move { account.transfer(order).await });
    if waits {
        drop(requested.await);
    }
}

/// Runs steps on a host until it ends, and returns their number.
async fn run_host(host: Host, disk: &TestDisk, steps: &[Step]) -> usize {
    for (place, step) in steps.iter().enumerate() {
        match step {
            Step::Order(number, waits) => take(&host, numbered(*number), *waits).await,
            Step::Other(number) => {
                if let Err(failure) = account(&host).transfer(another(*number)).await
                    && failure.error().code() == "order.reference-taken"
                {
                    assert_eq!(failure.outcome(), Outcome::NotApplied);
                }
            }
            Step::Wait(millis) => tokio::time::sleep(Duration::from_millis(u64::from(*millis))).await,
            Step::Cut => {
                disk.cut();
                return place + 1;
            }
            Step::Restart => {
                drop(host.shutdown(Duration::from_millis(20)).await);
                return place + 1;
            }
        }
    }
    disk.cut();
    steps.len()
}

async fn ends_in_agreement(scene: &Scene, disk: &TestDisk) -> Result<(), TestCaseError> {
    let host = host(scene, disk).await;
    let started = Instant::now();
    let records = loop {
        let records = host.journal().list(&WriteFilter::default()).await.unwrap();
        if records.iter().all(|record| !record.is_open() || record.needs_manual_review()) {
            break records;
        }
        prop_assert!(started.elapsed() < PATIENCE, "still open: {records:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    for ((_, reference), kept) in scene.provider.ledger() {
        let record = records.iter().find(|record| record.reference.as_str() == reference);
        let agrees = match record.map(|record| &record.state) {
            Some(WriteState::Applied { receipt, .. }) => {
                kept.documents.len() == 1 && receipt.document.as_ref() == kept.documents.first()
            }
            Some(WriteState::NotApplied { .. }) => kept.documents.is_empty(),
            Some(_) => kept.documents.len() <= 1,
            None => kept.writes == 0,
        };
        prop_assert!(agrees, "{record:?}, and the provider {kept:?}");
    }
    Ok(())
}

fn agrees(
    repetition: &'static str,
    steps: &[Step],
    hows: Vec<How>,
    look_ups: Vec<LookUp>,
    seed: u64,
) -> Result<(), TestCaseError> {
    let (scene, disk) = (Scene::settling(repetition, Duration::from_millis(200)), TestDisk::new(seed));
    let faulty = Arc::new(AtomicBool::new(true));
    let over = faulty.clone();
    scene.provider.writes_go(move |write| {
        let number = usize::from(write.reference.bytes().last().unwrap_or_default());
        if over.load(Ordering::Relaxed) { hows[(number + write.earlier) % hows.len()] } else { How::Well }
    });
    let over = faulty.clone();
    scene.provider.look_ups_go(move |look_up| {
        if over.load(Ordering::Relaxed) { look_ups[look_up.earlier % look_ups.len()] } else { LookUp::Truth }
    });
    let mut rest = steps;
    while !rest.is_empty() {
        let process = process();
        let done = process.block_on(async { run_host(host(&scene, &disk).await, &disk, rest).await });
        drop(process);
        rest = &rest[done..];
    }
    faulty.store(false, Ordering::Relaxed);
    process().block_on(ends_in_agreement(&scene, &disk))
}

#[test]
fn whatever_happens_ledger_and_journal_agree_in_the_end() {
    let requested = std::env::var("STOCKBRIDGE_SEQUENCES").ok().map(|text| text.parse().unwrap());
    let config = Config {
        cases: requested.unwrap_or(SEQUENCES),
        max_shrink_iters: 8,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    // A run with a given number of sequences uses new random ones.
    let mut runner = if requested.is_some() { TestRunner::new(config) } else { TestRunner::new_with_rng(config, rng) };
    let repetitions = prop::sample::select(vec!["deduplicated", "traceable", "blind"]);
    let any = (repetitions, steps(), hows(), look_ups(), any::<u64>());
    runner
        .run(&any, |(repetition, steps, hows, look_ups, seed)| agrees(repetition, &steps, hows, look_ups, seed))
        .unwrap();
}
