//! Rejections by the provider: wrong credentials, missing objects, insufficient stock.

use stockbridge::{
    AdjustedItem, Adjustment, AdjustmentLine, AdjustmentOrder, Config, ErrorClass, Host, OccupationOrder, Outcome,
    Packaging, Secret, StockQuery, TransferLine, TransferOrder, TransferStage,
};
use stockbridge_tests::{Provider, account_at, host_at, simulator};

fn transfer(from: &str, quantity: i64) -> TransferOrder {
    TransferOrder {
        stage: TransferStage::Approved,
        lines: vec![TransferLine::new("daj1", quantity)],
        ..TransferOrder::between(from, "lz-002")
    }
}

#[tokio::test]
async fn a_wrong_secret_is_unauthorized_at_every_provider() {
    let simulator = simulator().await;
    for provider in Provider::ALL {
        let name = if provider == Provider::Winit { "token" } else { "secret" };
        let account = account_at(provider, &simulator.url()).secret(name, Secret::new("wrong-secret"));
        let host = Host::from_config(Config::new().account(account)).await.unwrap();
        let account = host.account(provider.name()).unwrap();
        let error = match provider {
            Provider::TaobaoTop => {
                let order = include_str!("../../examples/orders/taobao-discrepancy.json");
                let order: OccupationOrder = serde_json::from_str(order).unwrap();
                account.occupy(order).await.unwrap_err().into()
            }
            _ => account.query(StockQuery::all().warehouse("US0001")).await.unwrap_err(),
        };
        assert_eq!(error.class(), ErrorClass::Unauthorized, "{provider:?}: {error}");
        assert!(!error.to_string().contains("wrong-secret"));
    }
    assert!(simulator.ledger().documents.is_empty());
}

#[tokio::test]
async fn an_unknown_warehouse_is_not_found_and_nothing_was_carried_out() {
    let simulator = simulator().await;
    for provider in [Provider::WdtFlagship, Provider::WdtEnterprise] {
        let failure = host_at(provider, &simulator).await.transfer(transfer("nowhere", 1)).await.unwrap_err();
        assert_eq!(failure.outcome(), Outcome::NotApplied);
        assert_eq!(failure.error().class(), ErrorClass::NotFound, "{provider:?}: {failure}");
        assert!(failure.error().provider_code().is_some());
        assert!(failure.error().provider_message().unwrap().contains("不存在"));
    }
}

#[tokio::test]
async fn more_than_there_is_does_not_move() {
    let simulator = simulator().await;
    for provider in [Provider::WdtFlagship, Provider::WdtEnterprise] {
        let failure = host_at(provider, &simulator).await.transfer(transfer("daj-wms-wdt", 10_000)).await.unwrap_err();
        assert_eq!(failure.outcome(), Outcome::NotApplied, "{provider:?}");
    }
    let item = AdjustedItem::new("liaowl1002", 10_000, Packaging::Box);
    let from = AdjustedItem { barcode: Some("T00001".to_owned()), ..item.clone() };
    let to = AdjustedItem { barcode: Some("T00002".to_owned()), ..item };
    let order = AdjustmentOrder {
        organisation: Some("nj".to_owned()),
        ..AdjustmentOrder::new("US0001", Adjustment::Relabel(vec![AdjustmentLine { from, to }]))
    };
    assert!(host_at(Provider::Winit, &simulator).await.adjust(order).await.is_err());
    assert!(simulator.ledger().documents.is_empty());
}

#[tokio::test]
async fn an_unknown_owner_is_not_found_at_taobao() {
    let simulator = simulator().await;
    let order = include_str!("../../examples/orders/taobao-discrepancy.json");
    let order = OccupationOrder { owner: Some("NOBODY".to_owned()), ..serde_json::from_str(order).unwrap() };
    let failure = host_at(Provider::TaobaoTop, &simulator).await.occupy(order).await.unwrap_err();
    assert_eq!(failure.outcome(), Outcome::NotApplied);
    assert_eq!(failure.error().class(), ErrorClass::NotFound);
    assert_eq!(failure.error().provider_code(), Some("ERROR_OWNER_NOT_EXIST"));
    assert_eq!(failure.error().provider_message(), Some("货主不存在"));
}

#[tokio::test]
async fn an_operation_that_the_account_does_not_offer_is_refused_before_anything_is_sent() {
    let simulator = simulator().await;
    let account = host_at(Provider::TaobaoTop, &simulator).await;
    let failure = account.transfer(transfer("daj-wms-wdt", 1)).await.unwrap_err();
    assert_eq!(failure.to_string(), "not applied: account `taobao-top` does not offer `transfer`; it offers `occupy`");
    assert_eq!(failure.error().code(), "operation.unsupported");
    let error = account.query(StockQuery::all()).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Unsupported);
    assert!(simulator.requests().is_empty());
}

#[tokio::test]
async fn a_field_that_the_provider_cannot_carry_is_refused_by_its_path() {
    let simulator = simulator().await;
    let line = TransferLine { batch: Some("B1".to_owned()), ..TransferLine::new("WDTPDA-BLACK007", 1) };
    let order = TransferOrder { lines: vec![line], ..TransferOrder::between("xyp2test", "lz-002") };
    let failure = host_at(Provider::WdtEnterprise, &simulator).await.transfer(order).await.unwrap_err();
    assert_eq!(failure.outcome(), Outcome::NotApplied);
    assert_eq!(failure.error().path(), Some("lines[0].batch"));
    assert!(simulator.requests().is_empty());
}
