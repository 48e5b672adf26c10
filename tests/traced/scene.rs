//! Accounts at the traced provider, and their orders.

use std::time::Duration;

use stockbridge::{
    Account, AccountConfig, Adjustment, AdjustmentOrder, Attempt, Config, CountLine, Host, Limits, OccupationLine,
    OccupationOrder, OccupationReason, Reference, Resolution, Timestamp, TransferLine, TransferOrder, Write,
};
use stockbridge_tests::{Repeats, Traced};

/// Deadline of a call.
pub(crate) const DEADLINE: Duration = Duration::from_secs(1);
/// Longer than any call with that deadline, on a busy machine.
pub(crate) const LATE: Duration = Duration::from_secs(3);

/// A provider and an account at it, whose calls have [`DEADLINE`].
pub(crate) async fn traceable() -> (Traced, Account) {
    let provider = Traced::start(Repeats::CarriedOut);
    let account = opened(provider.account("traceable")).await;
    (provider, account)
}

pub(crate) async fn opened(account: AccountConfig) -> Account {
    let config = Config::new().account(account.limits(Limits::default().deadline(DEADLINE)));
    Host::from_config(config).await.unwrap().account("traced").unwrap()
}

/// A write of each kind that the provider accepts.
pub(crate) fn every_write() -> [Write; 3] {
    let count = AdjustmentOrder::new("w", Adjustment::Count(vec![CountLine::new("s", 7)]));
    let occupation = OccupationOrder {
        lines: vec![OccupationLine::new("s", 1)],
        ..OccupationOrder::new("O1", OccupationReason::OtherOutbound)
    };
    [a_write(), Write::Adjust(count), Write::Occupy(occupation)]
}

pub(crate) fn a_write() -> Write {
    Write::Transfer(TransferOrder { lines: vec![TransferLine::new("s", 1)], ..TransferOrder::between("a", "b") })
}

pub(crate) fn reference(write: &Write) -> &Reference {
    match write {
        Write::Transfer(order) => &order.reference,
        Write::Adjust(order) => &order.reference,
        Write::Occupy(order) => &order.reference,
    }
}

/// An attempt sent just now, with the write's reference as its key.
pub(crate) fn sent_now(write: &Write) -> Attempt {
    let now = Timestamp::now();
    Attempt { first_sent: now, last_sent: now, key: Some(reference(write).to_string()) }
}

/// The account's look-up result for a write that was sent just now.
pub(crate) async fn resolved(account: &Account, write: &Write) -> Resolution {
    account.resolve(write, &sent_now(write)).await.unwrap()
}
