//! Calls for the accounts at the simulator: a query, and the writes that each provider accepts.

use stockbridge::{
    Account, AdjustedItem, Adjustment, AdjustmentLine, AdjustmentOrder, Condition, CountLine, OccupationLine,
    OccupationOrder, OccupationReason, OwnerChange, Packaging, Receipt, Reference, StockQuery, TransferLine,
    TransferOrder, TransferStage, Write, WriteFailure,
};

use crate::Provider;

/// A query of a few rows, if the provider has queries.
#[must_use]
pub fn query(provider: Provider) -> Option<StockQuery> {
    match provider {
        Provider::WdtFlagship => Some(StockQuery::skus(["daj1"]).warehouse("daj-wms-wdt")),
        Provider::WdtEnterprise => Some(StockQuery::skus(["WDTPDA-BLACK007"]).warehouse("xyp2test")),
        Provider::TaobaoTop => None,
        Provider::Winit => Some(StockQuery::all().warehouse("US0001")),
    }
}

/// An order for each kind of write of the provider, with a quantity of one and a reference of its own.
#[must_use]
pub fn orders(provider: Provider) -> Vec<Write> {
    match provider {
        Provider::WdtFlagship => {
            vec![transfer("daj1", "daj-wms-wdt"), count("daj1", Some(Condition::Sellable)), allocation()]
        }
        Provider::WdtEnterprise => vec![transfer("WDTPDA-BLACK007", "xyp2test"), count("daj1", None)],
        Provider::TaobaoTop => vec![discrepancy()],
        Provider::Winit => vec![relabelling(), change_of_owner(), unpacking()],
    }
}

/// The order's operation, by its name in the contract.
#[must_use]
pub fn operation(order: &Write) -> &'static str {
    match order {
        Write::Transfer(_) => "transfer",
        Write::Adjust(order) => order.adjustment.operation(),
        Write::Occupy(_) => "occupy",
    }
}

/// Sends an order through the account.
///
/// # Errors
/// As the account's operation.
pub async fn send(account: &Account, order: &Write) -> Result<Receipt, WriteFailure> {
    match order.clone() {
        Write::Transfer(order) => account.transfer(order).await,
        Write::Adjust(order) => account.adjust(order).await,
        Write::Occupy(order) => account.occupy(order).await,
    }
}

/// Sends a write that the provider accepts: the first of [`orders`].
///
/// # Errors
/// As the account's operation.
///
/// # Panics
/// The provider has no writes.
pub async fn write(provider: Provider, account: &Account) -> Result<Receipt, WriteFailure> {
    send(account, orders(provider).first().unwrap()).await
}

fn transfer(sku: &str, from: &str) -> Write {
    Write::Transfer(TransferOrder {
        stage: TransferStage::Approved,
        lines: vec![TransferLine::new(sku, 1)],
        ..TransferOrder::between(from, "lz-002")
    })
}

/// The flagship edition counts sellable and defective goods separately, the enterprise edition makes no difference.
fn count(sku: &str, condition: Option<Condition>) -> Write {
    let line = CountLine { condition, ..CountLine::new(sku, 7) };
    Write::Adjust(AdjustmentOrder::new("lz-002", Adjustment::Count(vec![line])))
}

fn allocation() -> Write {
    let line = OccupationLine {
        pool: Some("VW-ONLINE".to_owned()),
        to_pool: Some("VW-OFFLINE".to_owned()),
        priority: Some(1),
        ..OccupationLine::new("daj1", 1)
    };
    Write::Occupy(OccupationOrder { lines: vec![line], ..OccupationOrder::new("TF1", OccupationReason::Transfer) })
}

/// The vendor's example, with a quantity of one.
fn discrepancy() -> Write {
    let example = include_str!("../../examples/orders/taobao-discrepancy.json");
    let mut order: OccupationOrder = serde_json::from_str(example).unwrap();
    order.reference = Reference::generate();
    for line in &mut order.lines {
        line.quantity = Some(1.into());
    }
    Write::Occupy(order)
}

fn boxes(barcode: &str) -> AdjustedItem {
    let item = AdjustedItem::new("liaowl1002", 1, Packaging::Box);
    AdjustedItem { barcode: Some(barcode.to_owned()), standard_parts: Some(10), ..item }
}

fn relabelling() -> Write {
    let line = AdjustmentLine { from: boxes("T00001"), to: boxes("T00002") };
    within_nj(Adjustment::Relabel(vec![line]))
}

fn unpacking() -> Write {
    let singles = AdjustedItem::new("liaowl1003", 10, Packaging::Single);
    let to = AdjustedItem { barcode: Some("T00001".to_owned()), standard_parts: Some(10), ..singles };
    within_nj(Adjustment::Unpack(vec![AdjustmentLine { from: boxes("T00001"), to }]))
}

fn within_nj(adjustment: Adjustment) -> Write {
    let order = AdjustmentOrder::new("US0001", adjustment);
    Write::Adjust(AdjustmentOrder { organisation: Some("nj".to_owned()), ..order })
}

fn change_of_owner() -> Write {
    let change = OwnerChange {
        from_organisation: "bj".to_owned(),
        to_organisation: "nj".to_owned(),
        lines: vec![AdjustmentLine { from: boxes("T00001"), to: boxes("T00001") }],
    };
    Write::Adjust(AdjustmentOrder::new("US0001", Adjustment::ChangeOwner(change)))
}
