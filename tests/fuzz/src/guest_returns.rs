//! Whatever a guest returns, as it lies in its memory: what the contract allows arrives exactly as it was returned, and
//! all else is a typed error. With bytes overwritten at random it is nonsense to the boundary itself: then the call ends in
//! a typed error or in a result within the bounds.

mod expected;
mod generated;

use std::sync::LazyLock;

use arbitrary::Unstructured;
use stockbridge::{
    Account, Adjustment, AdjustmentOrder, Attempt, CountLine, Cursor, Error, Extras, OccupationLine, OccupationOrder,
    OccupationReason, Outcome, Receipt, StockPage, StockQuery, Timestamp, TransferLine, TransferOrder, Write,
    WriteFailure,
};

use crate::Target;
use crate::guest::{Guest, abi, block_on, laid_out};
use generated::Returned;

pub(crate) const TARGET: Target = Target {
    name: "guest-returns",
    run,
    seeds,
    words: &["-12.5000", "0.0", "28", "{\"a\":1}", "null", "2026-11-21", "1e3", "\u{0}", "货"],
};

fn run(data: &[u8]) {
    static GUEST: LazyLock<Guest> = LazyLock::new(|| Guest::granted(&[]));
    let mut input = Unstructured::new(data);
    let Ok(returned) = generated::returned(&mut input) else { return };
    let mut bytes = match &returned {
        Returned::Page(page) => laid_out(page),
        Returned::Written(_, written) => laid_out(written),
        Returned::Resolved(resolved) => laid_out(resolved),
    };
    let torn = generated::tear(&mut input, &mut bytes);
    let account = &GUEST.given(bytes);
    match returned {
        Returned::Page(page) => queried(account, &page, torn, &mut input),
        Returned::Written(operation, written) => {
            let came = block_on(write(account, operation));
            if torn { typed_write(&came) } else { expected::written(&written, &came) }
        }
        Returned::Resolved(resolved) => {
            let attempt =
                Attempt { first_sent: Timestamp::from_millis(0), last_sent: Timestamp::from_millis(1), key: None };
            let came = block_on(account.resolve(&Write::Transfer(transfer()), &attempt));
            if torn { typed(&came) } else { expected::resolved(&resolved, &came) }
        }
    }
}

fn queried(account: &Account, page: &Result<abi::StockPage, abi::Error>, torn: bool, input: &mut Unstructured<'_>) {
    let came = block_on(account.query(StockQuery::all()));
    if torn {
        typed(&came)
    } else {
        expected::page(page, &came)
    }
    let Ok(StockPage { next: Some(next), .. }) = came else { return };
    // The page's own cursor is taken, for this query alone, and nothing that only looks like it.
    let code = |query: StockQuery| block_on(account.query(query)).err().map(|error| error.code());
    let own = code(StockQuery::all().after(next.clone()));
    assert!(!own.is_some_and(|code| code.starts_with("cursor.")), "{own:?}");
    assert_eq!(code(StockQuery::skus(["other"]).after(next.clone())), Some("cursor.foreign"));
    let mut other = next.as_str().to_owned().into_bytes();
    generated::tear(input, &mut other);
    if let Ok(other) = String::from_utf8(other)
        && other != next.as_str()
    {
        // What is torn behind the binding is the connector's own to refuse.
        let code = code(StockQuery::all().after(Cursor::from(other)));
        assert!(code.is_none_or(|code| code.starts_with("cursor.")
            || code.starts_with("connector.")
            || code.starts_with("provider.")));
    }
}

/// A result within its bounds, or an error of the connector's or the provider's.
fn typed<T: expected::Bounded>(came: &Result<T, Error>) {
    match came {
        Ok(value) => assert!(value.within(), "{value:?}"),
        Err(error) => {
            let code = error.code();
            assert!(code.starts_with("connector.") || code.starts_with("provider."), "{code}: {error}");
            assert!(error.to_string().len() < expected::LONGEST_MESSAGE, "{} bytes", error.to_string().len());
        }
    }
}

/// The provider answered, so whatever the connector did not say clearly is unknown.
fn typed_write(came: &Result<Receipt, WriteFailure>) {
    match came {
        Ok(receipt) => assert!(expected::Bounded::within(receipt)),
        Err(failure) => {
            let code = failure.error().code();
            assert!(code.starts_with("connector.") || code.starts_with("provider."), "{code}: {failure}");
            assert!(code.starts_with("provider.") || failure.outcome() == Outcome::Unknown, "{failure}");
        }
    }
}

async fn write(account: &Account, operation: u8) -> Result<Receipt, WriteFailure> {
    match operation {
        0 => account.transfer(transfer()).await,
        1 => account.adjust(AdjustmentOrder::new("w", Adjustment::Count(vec![CountLine::new("s", 1)]))).await,
        _ => account.occupy(occupation()).await,
    }
}

fn transfer() -> TransferOrder {
    TransferOrder { lines: vec![TransferLine::new("s", 1)], extras: Extras::new(), ..TransferOrder::between("a", "b") }
}

fn occupation() -> OccupationOrder {
    let lines = vec![OccupationLine::new("s", 1)];
    OccupationOrder { lines, ..OccupationOrder::new("d", OccupationReason::Discrepancy) }
}

fn seeds() -> Vec<Vec<u8>> {
    // A text of control characters alone, so long that it is cut on its line.
    let found = vec![7, 213, 213, 213, 213, 213, 213, 213, 213, 213, 0, 213];
    let mut seeds =
        vec![found, vec![], vec![0; 64], vec![1; 256], (0..=255).collect::<Vec<u8>>(), (0..=255).rev().collect()];
    seeds.extend((0..12_u8).map(|kind| (0..160_u8).map(|place| place.wrapping_mul(kind * 2 + 3) ^ kind).collect()));
    seeds
}
