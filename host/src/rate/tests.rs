//! Waiting for permits: their timing, requests that stop waiting, and the end of a budget.

use std::pin::Pin;
use std::task::{Context, Waker};

use stockbridge_model::Descriptor;

use super::*;

const LONG: Duration = Duration::from_secs(30);
const SOON: Duration = Duration::from_millis(300);

/// Accounts of one application, each with its rate.
fn joined<const N: usize>(accounts: [(&str, Option<u32>); N]) -> (Budgets, [Pacer; N]) {
    let budgets = Budgets::default();
    let pacers = accounts.map(|(account, rate)| budgets.join(&[application("p")], "p", account, rate));
    (budgets, pacers)
}

fn application(provider: &str) -> ApplicationId {
    ApplicationId::claimed(&Descriptor::new(provider), &Default::default())
}

async fn acquire(pacer: &Pacer, within: Duration) -> Result<(), Duration> {
    pacer.acquire(Priority::Normal, Instant::now() + within).await.map(drop)
}

/// Takes all permits available at once.
async fn exhaust(pacer: &Pacer) {
    while acquire(pacer, Duration::ZERO).await.is_ok() {}
}

fn waits<F: Future + Unpin>(future: &mut F) -> bool {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop())).is_pending()
}

fn limit(wait: Duration) -> Limit<'static> {
    Limit { wait: Some(wait), method: None }
}

#[tokio::test]
async fn requests_beyond_the_burst_come_at_the_rate() {
    let (_, [pacer]) = joined([("a", Some(6000))]);
    exhaust(&pacer).await;
    let started = Instant::now();
    for _ in 0..20 {
        acquire(&pacer, LONG).await.unwrap();
    }
    // 5400 a minute without the reserve, less the burst of 270: one in 11.7 ms.
    assert!(started.elapsed() > Duration::from_millis(19 * 11), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_turn_after_the_deadline_is_refused_at_once_with_its_time() {
    let (_, [pacer]) = joined([("a", Some(6))]);
    exhaust(&pacer).await;
    let started = Instant::now();
    let room_in = acquire(&pacer, Duration::from_secs(5)).await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(1));
    assert!(room_in > Duration::from_secs(10) && room_in <= Duration::from_secs(12), "{room_in:?}");
}

#[tokio::test]
async fn what_is_kept_for_finding_out_is_there_when_all_else_is_taken() {
    let (_, [pacer]) = joined([("a", Some(20))]);
    exhaust(&pacer).await;
    let reserved = || pacer.acquire(Priority::Recovery, Instant::now());
    assert!(reserved().await.is_ok());
    assert!(reserved().await.is_err());
}

#[tokio::test]
async fn accounts_of_one_application_share_its_turns() {
    let (budgets, [one, other]) = joined([("a", Some(19)), ("b", None)]);
    let alone = budgets.join(&[application("another")], "another", "c", None);
    exhaust(&other).await;
    assert!(acquire(&one, Duration::ZERO).await.is_err());
    assert!(acquire(&alone, Duration::ZERO).await.is_ok());
}

#[tokio::test]
async fn whoever_goes_away_leaves_the_turn_to_the_next() {
    let (budgets, [one, other]) = joined([("a", Some(60)), ("b", None)]);
    exhaust(&one).await;
    let (mut first, mut second) = (Box::pin(acquire(&one, LONG)), Box::pin(acquire(&other, LONG)));
    for waiting in [&mut first, &mut second] {
        assert!(waits(waiting));
    }
    assert_eq!(budgets.status()[0].waiting, 2);
    drop(first);
    assert_eq!(budgets.status()[0].waiting, 1);
    tokio::time::timeout(Duration::from_secs(5), second).await.unwrap().unwrap();
    assert_eq!(budgets.status()[0].waiting, 0);
}

#[tokio::test]
async fn who_goes_away_with_a_turn_that_nobody_told_it_of_gives_it_back() {
    let (_, [pacer]) = joined([("a", Some(1))]);
    pacer.limited(limit(SOON));
    let mut gone = Box::pin(acquire(&pacer, LONG));
    assert!(waits(&mut gone));
    tokio::time::sleep(SOON).await;
    // Another request serves the queue, and gets no permit itself in this minute.
    acquire(&pacer, Duration::ZERO).await.unwrap_err();
    drop(gone);
    acquire(&pacer, Duration::ZERO).await.unwrap();
}

/// A caller that selects, or reads a stream, may hold a future without polling it.
#[tokio::test]
async fn whoever_is_next_and_does_not_look_keeps_the_others_waiting_for_a_moment_only() {
    let (_, [one, other]) = joined([("a", Some(600)), ("b", None)]);
    exhaust(&one).await;
    let mut busy = Box::pin(acquire(&one, LONG));
    assert!(waits(&mut busy));
    tokio::time::timeout(Duration::from_secs(3), acquire(&other, LONG)).await.unwrap().unwrap();
    // It was granted its permit in the meantime, and keeps it.
    assert!(!waits(&mut busy));
}

#[tokio::test]
async fn a_pause_is_waited_for_where_there_is_time_and_is_over_by_itself() {
    let (budgets, [pacer, other]) = joined([("a", None), ("b", None)]);
    assert!(!pacer.is_paced());
    pacer.limited(limit(SOON));
    let status = &budgets.status()[0];
    assert!(status.paused_until.is_some() && status.accounts == ["a", "b"] && status.provider == "p");
    let started = Instant::now();
    assert!(acquire(&other, SOON / 4).await.unwrap_err() > SOON / 4);
    assert!(started.elapsed() < SOON);
    acquire(&other, LONG).await.unwrap();
    assert!(started.elapsed() >= SOON - Duration::from_millis(1));
    acquire(&other, LONG).await.unwrap();
    assert!(!pacer.is_paced());
    assert_eq!(budgets.status()[0].paused_until, None);
}

#[tokio::test]
async fn a_pause_that_begins_sends_those_away_who_cannot_outlast_it() {
    let (_, [pacer]) = joined([("a", None)]);
    pacer.limited(limit(SOON));
    let waiting = acquire(&pacer, Duration::from_secs(5));
    let paused = async {
        tokio::time::sleep(SOON / 4).await;
        pacer.limited(limit(LONG));
        Instant::now()
    };
    let (refused, paused) = tokio::join!(waiting, paused);
    assert!(refused.unwrap_err() > LONG - Duration::from_secs(3));
    assert!(paused.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn a_methods_pause_holds_for_what_needs_the_method() {
    let (_, [pacer]) = joined([("a", None)]);
    let (one, two) = (["one".to_owned()], ["two".to_owned()]);
    pacer.limited(Limit { wait: Some(SOON), method: Some("one") });
    let started = Instant::now();
    pacer.methods_free(&two, started).await.unwrap();
    assert!(!pacer.is_paced());
    let (method, wait) = pacer.methods_free(&one, started + SOON / 4).await.unwrap_err();
    assert!(method == "one" && wait <= SOON);
    pacer.methods_free(&one, started + LONG).await.unwrap();
    assert!(started.elapsed() >= SOON - Duration::from_millis(1));
    assert_eq!(pacer.pause_left(&one), None);
}

/// No waiter is lost: however requests arrive, wait and give up, all that stay get a permit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_who_wait_have_their_turn_whoever_goes_away() {
    let (budgets, pacers) = joined([("a", Some(60_000)), ("b", None), ("c", None)]);
    exhaust(&pacers[0]).await;
    let pacers = Arc::new(pacers);
    let tasks: Vec<_> = (0..200_u64)
        .map(|number| {
            let pacers = pacers.clone();
            tokio::spawn(async move {
                let pacer = &pacers[usize::try_from(number % 3).unwrap()];
                let patience = if number % 4 == 0 { Duration::from_millis(number % 20) } else { LONG };
                tokio::time::timeout(patience, acquire(pacer, LONG)).await.is_ok_and(|permit| permit.is_ok())
            })
        })
        .collect();
    for (number, task) in tasks.into_iter().enumerate() {
        let served = tokio::time::timeout(Duration::from_secs(20), task).await.unwrap().unwrap();
        assert!(served || number % 4 == 0, "{number}");
    }
    assert_eq!(budgets.status()[0].waiting, 0);
}

#[tokio::test]
async fn a_budget_is_forgotten_with_the_last_account_of_its_application() {
    let (budgets, [one, other]) = joined([("a", Some(60)), ("b", Some(30))]);
    assert_eq!(budgets.status()[0].requests_per_minute, Some(30));
    drop(other);
    assert_eq!(budgets.status()[0].requests_per_minute, Some(60));
    one.limited(limit(LONG));
    drop(one);
    assert!(budgets.status().is_empty() && budgets.0.budgets().is_empty());
    assert!(!budgets.join(&[application("p")], "p", "a", None).is_paced());
}
