//! Writes: where one is allowed, how many, and what is known of one when its call has ended.

use stockbridge::transport::{InboundResponse, TransportError};
use stockbridge::{
    Account, Adjustment, AdjustmentOrder, CountLine, ErrorClass, Extras, Json, OccupationLine, OccupationOrder,
    OccupationReason, Outcome, Receipt, WriteFailure,
};
use stockbridge_tests::Recording;

use crate::guest::{GRANTED, Provider, account_at, answered, opened, order, query, saw, seen, serves_on};

type Answer = Result<InboundResponse, TransportError>;

const SENT_ITS_ONE: &str = "denied, not sent: the host refused the request: the call has sent its one write";

fn ok() -> Answer {
    Ok(InboundResponse { status: 200, headers: Vec::new(), body: b"{}".to_vec() })
}

fn unreachable() -> Answer {
    Err(TransportError::Unreachable("refused".to_owned()))
}

fn broken() -> Answer {
    Err(TransportError::Broken("reset".to_owned()))
}

/// An account, and the provider that answers it.
struct Told {
    account: Account,
    provider: Provider,
}

impl Told {
    async fn new() -> Told {
        let provider = Provider::new();
        Told { account: opened(account_at(GRANTED), provider.clone()).await, provider }
    }

    /// What becomes of a transfer that does this where the provider answers like that, and how many requests it sent.
    async fn told(&self, told: &str, answers: Vec<Answer>) -> (Result<Receipt, WriteFailure>, usize) {
        self.provider.becomes(Recording::with(answers));
        let came = self.account.transfer(order(told)).await;
        let sent = self.provider.sent().len();
        serves_on(&self.account).await;
        (came, sent)
    }
}

/// The same at an account of its own.
async fn told(told: &str, answers: Vec<Answer>) -> (Result<Receipt, WriteFailure>, usize) {
    Told::new().await.told(told, answers).await
}

#[tokio::test]
async fn a_write_in_a_query_is_denied_and_nothing_is_sent() {
    let (account, recording) = answered().await;
    let denied = "denied, not sent: the host refused the request: a read-only operation asked for a write";
    assert_eq!(saw(&account, query("write")).await, [denied]);
    assert!(recording.sent().is_empty());
    // It spent nothing: a request that reads is sent.
    assert_eq!(saw(&account, query("write read")).await, [denied, "200 {}"]);
}

#[tokio::test]
async fn a_second_write_is_denied_once_the_first_was_sent() {
    let (receipt, sent) = told("write write receipt", vec![ok()]).await;
    assert_eq!(seen(&receipt.unwrap().extras), ["200 {}", SENT_ITS_ONE]);
    assert_eq!(sent, 1);

    // The first may have arrived although nobody answered.
    let (failure, sent) = told("write write unknown", vec![broken()]).await;
    let failure = failure.unwrap_err();
    assert_eq!((failure.outcome(), sent), (Outcome::Unknown, 1));
    let seen = seen(&failure.error().provider().unwrap().extras);
    assert_eq!(seen, ["broken, sent: the connection broke: reset", SENT_ITS_ONE]);
}

#[tokio::test]
async fn a_second_write_is_allowed_after_nothing_of_the_first_was_sent() {
    let (receipt, sent) = told("write write receipt", vec![unreachable(), ok()]).await;
    assert_eq!(seen(&receipt.unwrap().extras), ["unreachable, not sent: no connection: refused", "200 {}"]);
    assert_eq!(sent, 2);
}

#[tokio::test]
async fn reading_is_allowed_before_and_after_a_write() {
    let (receipt, sent) = told("read write read receipt", vec![ok()]).await;
    assert_eq!(seen(&receipt.unwrap().extras), ["200 {}", "200 {}", "200 {}"]);
    assert_eq!(sent, 3);
}

/// What the guest does, how the provider answers, how many requests there are, and how the call must end.
#[tokio::test]
async fn the_outcome_is_what_the_host_knows_whatever_the_guest_says() {
    use Outcome::{NotApplied, Unknown};
    type Case = (&'static str, fn() -> Answer, usize, Outcome, &'static str);
    let cases: [Case; 14] = [
        // It ends without a word.
        ("panic", ok, 0, NotApplied, "connector.trapped"),
        ("read panic", ok, 1, NotApplied, "connector.trapped"),
        ("write panic", unreachable, 1, NotApplied, "connector.trapped"),
        ("write panic", broken, 1, Unknown, "connector.trapped"),
        ("write panic", ok, 1, Unknown, "connector.trapped"),
        // It gives a receipt that has nothing to stand on.
        ("receipt", ok, 0, NotApplied, "connector.violation"),
        ("read receipt", ok, 1, NotApplied, "connector.violation"),
        ("write receipt", unreachable, 1, NotApplied, "connector.violation"),
        ("write receipt", broken, 1, Unknown, "connector.violation"),
        ("write repeated", broken, 1, Unknown, "connector.violation"),
        // It says what it cannot know.
        ("write not-applied", broken, 1, Unknown, "provider.rejected"),
        ("write unknown", unreachable, 1, NotApplied, "provider.rejected"),
        // The provider answered, so the guest's word counts.
        ("write not-applied", ok, 1, NotApplied, "provider.rejected"),
        ("write unknown", ok, 1, Unknown, "provider.rejected"),
    ];
    let guest = Told::new().await;
    for (steps, answer, requests, outcome, code) in cases {
        let (failure, sent) = guest.told(steps, vec![answer()]).await;
        let failure = failure.unwrap_err();
        let case = format!("{steps}, {:?}: {failure}", answer());
        assert_eq!((failure.outcome(), failure.error().code(), sent), (outcome, code, requests), "{case}");
        assert_eq!(failure.error().outcome(), Some(outcome), "{case}");
    }
}

/// `repeated` says that an earlier sending was found, so this call needs no write of its own.
#[tokio::test]
async fn a_receipt_for_a_write_that_was_found_needs_no_write() {
    let (receipt, sent) = told("read repeated", vec![ok()]).await;
    assert_eq!((receipt.unwrap().repeated, sent), (Some(true), 1));
}

/// All operations that write are held to the same.
#[tokio::test]
async fn an_adjustment_and_an_occupation_send_one_write_each() {
    async fn adjusted(account: &Account, extras: Extras) -> Result<Receipt, WriteFailure> {
        let count = Adjustment::Count(vec![CountLine::new("s", 1)]);
        account.adjust(AdjustmentOrder { extras, ..AdjustmentOrder::new("w", count) }).await
    }
    async fn occupied(account: &Account, extras: Extras) -> Result<Receipt, WriteFailure> {
        let lines = vec![OccupationLine::new("s", 1)];
        let order = OccupationOrder { lines, extras, ..OccupationOrder::new("d", OccupationReason::Transfer) };
        account.occupy(order).await
    }
    let (account, recording) = answered().await;
    let told = |steps| Extras::new().with("do", Json::text(steps));
    for came in
        [adjusted(&account, told("write write receipt")).await, occupied(&account, told("write write receipt")).await]
    {
        assert_eq!(seen(&came.unwrap().extras), ["200 {}", SENT_ITS_ONE]);
    }
    assert_eq!(recording.sent().len(), 2);
    for came in [adjusted(&account, told("write panic")).await, occupied(&account, told("write panic")).await] {
        let failure = came.unwrap_err();
        assert_eq!((failure.outcome(), failure.error().class()), (Outcome::Unknown, ErrorClass::Internal));
    }
}
