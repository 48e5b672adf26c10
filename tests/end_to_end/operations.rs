//! Every cell of the table of operations and providers. Effects of writes are read from the simulator's ledger.

use std::time::Duration;

use stockbridge::{
    AdjustedItem, Adjustment, AdjustmentLine, AdjustmentOrder, Condition, Config, CountLine, Decimal, ErrorClass, Host,
    Json, OccupationLine, OccupationOrder, OccupationReason, Outcome, OwnerChange, Packaging, Progress, StockQuery,
    Timestamp, TransferGranularity, TransferLine, TransferOrder, TransferStage,
};
use stockbridge_tests::{Provider, account_at, host_at, simulator};

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[tokio::test]
async fn the_enterprise_edition_tells_a_whole_row_of_stock() {
    let simulator = simulator().await;
    let account = host_at(Provider::WdtEnterprise, &simulator).await;
    let page = account.query(StockQuery::skus(["WDTPDA-BLACK007"]).warehouse("xyp2test")).await.unwrap();
    let [level] = page.levels.as_slice() else { panic!("{page:?}") };
    assert_eq!((level.sku.as_str(), level.warehouse.as_str()), ("WDTPDA-BLACK007", "xyp2test"));
    assert_eq!(level.on_hand.unwrap().to_string(), "55.0000");
    assert_eq!(level.available.unwrap(), decimal("55"));
    assert_eq!(level.barcode.as_deref(), Some("WDTPDA-BLACK007"));
    assert!(level.name.as_deref().unwrap().starts_with("旺店通手持终端"));
    assert!(level.changed.is_some());
    assert_eq!(level.details.len(), 2);
    assert_eq!(level.details[0].batch.as_deref(), Some("B20190501"));
    assert_eq!(level.details[0].expiry.unwrap().to_string(), "2029-05-01");
    assert!(level.raw.as_str().contains("\"brand_no\":\"BD201811230002\""), "{}", level.raw);
}

#[tokio::test]
async fn the_flagship_edition_tells_sellable_and_defective_stock_apart() {
    let simulator = simulator().await;
    let account = host_at(Provider::WdtFlagship, &simulator).await;
    let page = account.query(StockQuery::skus(["daj1"]).warehouse("daj-wms-wdt")).await.unwrap();
    let on_hand = |condition: &str| -> Decimal {
        let rows = page.levels.iter().filter(|level| level.condition.as_ref().unwrap().to_string() == condition);
        rows.filter_map(|level| level.on_hand).sum()
    };
    assert_eq!((on_hand("sellable"), on_hand("defective")), (decimal("130"), decimal("8")));
}

#[tokio::test]
async fn winit_tells_the_stock_of_a_warehouse_and_of_the_items_asked_for() {
    let simulator = simulator().await;
    let account = host_at(Provider::Winit, &simulator).await;
    let all = account.query(StockQuery::all().warehouse("US0001")).await.unwrap();
    assert!(all.levels.iter().any(|level| level.sku.as_str() == "liaowl1002"));
    let one = account.query(StockQuery::skus(["liaowl1003"]).warehouse("US0001")).await.unwrap();
    assert!(!one.levels.is_empty());
    assert!(one.levels.iter().all(|level| level.sku.as_str() == "liaowl1003"));
    assert_eq!(one.levels.iter().filter_map(|level| level.on_hand).sum::<Decimal>(), decimal("80"));
}

#[tokio::test]
async fn a_flagship_transfer_moves_stock_that_every_gateway_then_shows() {
    let simulator = simulator().await;
    let order = TransferOrder {
        stage: TransferStage::Approved,
        lines: vec![TransferLine::new("daj1", 10)],
        ..TransferOrder::between("daj-wms-wdt", "lz-002")
    };
    let receipt = host_at(Provider::WdtFlagship, &simulator).await.transfer(order).await.unwrap();
    assert_eq!(receipt.progress, Progress::Done);
    let document = receipt.document.unwrap();
    assert!(simulator.ledger().documents.iter().any(|made| made.number == document));

    for (provider, sum) in [(Provider::WdtFlagship, "15"), (Provider::WdtEnterprise, "15"), (Provider::Winit, "15")] {
        let account = host_at(provider, &simulator).await;
        let page = account.query(StockQuery::skus(["daj1"]).warehouse("lz-002")).await.unwrap();
        let total: Decimal = page.levels.iter().filter_map(|level| level.on_hand).sum();
        assert_eq!(total, decimal(sum), "{provider:?}");
    }
    assert_eq!(simulator.ledger().on_hand("daj-wms-wdt", "daj1"), decimal("128"));
}

#[tokio::test]
async fn a_flagship_transfer_under_the_callers_number_moves_stock_once() {
    let simulator = simulator().await;
    let method = "wms.stocktransfer.Edit.createOrder";
    let account = account_at(Provider::WdtFlagship, &simulator.url()).setting("transfer-method", method);
    let config = Config::new().account(account);
    let account = Host::from_config(config.clone()).await.unwrap().account("wdt-flagship").unwrap();
    assert_eq!(account.operations().unwrap()[1].methods, [method]);
    let order = TransferOrder {
        reference: "shop-7-20261122-1".parse().unwrap(),
        stage: TransferStage::Approved,
        lines: vec![TransferLine::new("daj1", decimal("2.50"))],
        ..TransferOrder::between("daj-wms-wdt", "lz-002")
    };
    let receipt = account.transfer(order.clone()).await.unwrap();
    assert_eq!(receipt.progress, Progress::Done);
    let document = receipt.document.unwrap();
    let [made] = simulator.ledger().documents.try_into().unwrap();
    assert_eq!((made.number, made.reference.as_str()), (document, "shop-7-20261122-1"));

    // From a host without a record of the first: the rejection is about the second one, and shows that there is a first.
    let another = Host::from_config(config).await.unwrap().account("wdt-flagship").unwrap();
    let failure = another.transfer(order).await.unwrap_err();
    assert_eq!(failure.outcome(), Outcome::Unknown, "{failure}");
    assert_eq!(failure.error().class(), ErrorClass::Rejected, "{failure}");
    assert_eq!(simulator.ledger().on_hand("lz-002", "daj1"), decimal("7.50"));
    assert_eq!(simulator.ledger().documents.len(), 1);
}

#[tokio::test]
async fn a_draft_only_makes_the_document() {
    let simulator = simulator().await;
    let order =
        TransferOrder { lines: vec![TransferLine::new("daj1", 10)], ..TransferOrder::between("daj-wms-wdt", "lz-002") };
    let receipt = host_at(Provider::WdtFlagship, &simulator).await.transfer(order).await.unwrap();
    assert_ne!(receipt.progress, Progress::Done);
    assert_eq!(simulator.ledger().on_hand("daj-wms-wdt", "daj1"), decimal("138"));
    assert_eq!(simulator.ledger().documents.len(), 1);
}

#[tokio::test]
async fn a_transfer_by_batch_moves_that_batch() {
    let simulator = simulator().await;
    let line = TransferLine { batch: Some("PC20260101".to_owned()), ..TransferLine::new("daj1", 30) };
    let order = TransferOrder {
        stage: TransferStage::Approved,
        granularity: TransferGranularity::ByBatch,
        lines: vec![line],
        ..TransferOrder::between("daj-wms-wdt", "lz-002")
    };
    host_at(Provider::WdtFlagship, &simulator).await.transfer(order).await.unwrap();
    let ledger = simulator.ledger();
    let left = ledger.stock.iter().filter(|row| row.warehouse == "daj-wms-wdt" && row.batch == "PC20260101");
    assert_eq!(left.map(|row| row.on_hand).sum::<Decimal>(), Decimal::ZERO);
}

#[tokio::test]
async fn an_enterprise_transfer_moves_stock() {
    let simulator = simulator().await;
    let order = TransferOrder {
        stage: TransferStage::Approved,
        lines: vec![TransferLine::new("WDTPDA-BLACK007", 5)],
        remark: Some("调拨".to_owned()),
        ..TransferOrder::between("xyp2test", "lz-002")
    };
    host_at(Provider::WdtEnterprise, &simulator).await.transfer(order).await.unwrap();
    assert_eq!(simulator.ledger().on_hand("xyp2test", "WDTPDA-BLACK007"), decimal("50"));
    assert_eq!(simulator.ledger().on_hand("lz-002", "WDTPDA-BLACK007"), decimal("5"));
}

#[tokio::test]
async fn a_count_sets_stock_at_both_editions() {
    // The flagship edition counts sellable and defective goods separately, the enterprise edition makes no difference.
    for (provider, condition) in [(Provider::WdtFlagship, Some(Condition::Sellable)), (Provider::WdtEnterprise, None)] {
        let simulator = simulator().await;
        let line = CountLine { condition, ..CountLine::new("daj1", decimal("7.25")) };
        let order = AdjustmentOrder::new("lz-002", Adjustment::Count(vec![line]));
        host_at(provider, &simulator).await.adjust(order).await.unwrap();
        assert_eq!(simulator.ledger().on_hand("lz-002", "daj1"), decimal("7.25"), "{provider:?}");
    }
}

fn boxes(sku: &str, quantity: i64, barcode: &str) -> AdjustedItem {
    let item = AdjustedItem::new(sku, quantity, Packaging::Box);
    AdjustedItem { barcode: Some(barcode.to_owned()), standard_parts: Some(10), ..item }
}

/// On-hand stock of one item, owner, packaging and barcode in US0001.
fn winit_stock(simulator: &stockbridge_simulator::Simulator, item: &str, owner: &str, barcode: &str) -> Decimal {
    let ledger = simulator.ledger();
    let rows = ledger.stock.iter().filter(|row| row.warehouse == "US0001" && row.item == item && row.owner == owner);
    // Boxes of one item and singles of the other: filtering by packaging is unnecessary.
    rows.filter(|row| row.barcode == barcode && (row.item != "liaowl1002" || format!("{:?}", row.packaging) == "Box"))
        .map(|row| row.on_hand)
        .sum()
}

#[tokio::test]
async fn winit_tells_what_changed_in_both_grades_and_by_barcode() {
    let simulator = simulator().await;
    let account = host_at(Provider::Winit, &simulator).await;
    let now = Timestamp::now();
    let day = Duration::from_secs(86_400);
    let lately = (now.earlier(day), Timestamp::from_millis(now.as_millis() + 60_000));
    let skus = async |query: StockQuery| {
        let (mut skus, mut pages) = (Vec::new(), account.pages(query));
        while let Some(page) = pages.next().await {
            skus.extend(page.unwrap().levels.into_iter().map(|level| level.sku.to_string()));
        }
        skus
    };
    let all = StockQuery::all().warehouse("US0001");
    let changed = skus(all.clone().changed_within(lately.0, lately.1)).await;
    assert!(changed.contains(&"liaowl1002".to_owned()) && changed.contains(&"liaowl1003".to_owned()), "{changed:?}");
    assert!(skus(all.clone().changed_within(now.earlier(10 * day), now.earlier(day))).await.is_empty());
    // By barcode, with a window of change and without one.
    let mut barcode = all;
    barcode.barcodes = vec!["T00001".to_owned()];
    assert_eq!(skus(barcode.clone().changed_within(lately.0, lately.1)).await, changed);
    assert!(skus(barcode).await.contains(&"liaowl1002".to_owned()));
}

#[tokio::test]
async fn winit_opens_a_box_into_singles() {
    let simulator = simulator().await;
    let to = AdjustedItem { packaging: Packaging::Single, ..boxes("liaowl1003", 10, "T00001") };
    let line = AdjustmentLine { from: boxes("liaowl1002", 1, "T00001"), to };
    let order = AdjustmentOrder {
        organisation: Some("nj".to_owned()),
        ..AdjustmentOrder::new("US0001", Adjustment::Unpack(vec![line]))
    };
    let receipt = host_at(Provider::Winit, &simulator).await.adjust(order).await.unwrap();
    assert!(receipt.document.unwrap().starts_with("WT"));
    assert_eq!(winit_stock(&simulator, "liaowl1002", "nj", "T00001"), decimal("19"));
    assert_eq!(winit_stock(&simulator, "liaowl1003", "nj", "T00001"), decimal("50"));
}

#[tokio::test]
async fn winit_moves_stock_between_organisations() {
    let simulator = simulator().await;
    let item = boxes("liaowl1002", 4, "T00001");
    let change = OwnerChange {
        from_organisation: "nj".to_owned(),
        to_organisation: "bj".to_owned(),
        lines: vec![AdjustmentLine { from: item.clone(), to: item }],
    };
    let order = AdjustmentOrder::new("US0001", Adjustment::ChangeOwner(change));
    host_at(Provider::Winit, &simulator).await.adjust(order).await.unwrap();
    assert_eq!(winit_stock(&simulator, "liaowl1002", "nj", "T00001"), decimal("16"));
    assert_eq!(winit_stock(&simulator, "liaowl1002", "bj", "T00001"), decimal("24"));
}

#[tokio::test]
async fn winit_gives_stock_another_barcode() {
    let simulator = simulator().await;
    let line = AdjustmentLine { from: boxes("liaowl1002", 2, "T00001"), to: boxes("liaowl1002", 2, "T00002") };
    let order = AdjustmentOrder {
        organisation: Some("nj".to_owned()),
        ..AdjustmentOrder::new("US0001", Adjustment::Relabel(vec![line]))
    };
    host_at(Provider::Winit, &simulator).await.adjust(order).await.unwrap();
    assert_eq!(winit_stock(&simulator, "liaowl1002", "nj", "T00001"), decimal("18"));
    assert_eq!(winit_stock(&simulator, "liaowl1002", "nj", "T00002"), decimal("5"));
}

/// The occupation of the vendor's example request.
fn discrepancy() -> OccupationOrder {
    serde_json::from_str(include_str!("../../examples/orders/taobao-discrepancy.json")).unwrap()
}

#[tokio::test]
async fn a_taobao_occupation_holds_stock_once_however_often_it_is_sent() {
    let simulator = simulator().await;
    let account = host_at(Provider::TaobaoTop, &simulator).await;
    for _ in 0..2 {
        account.occupy(discrepancy()).await.unwrap();
    }
    let ledger = simulator.ledger();
    assert_eq!(ledger.reserved("STA", "I1234"), decimal("12"));
    assert_eq!(ledger.on_hand("STA", "I1234"), decimal("120"));
    assert_eq!(ledger.available("STA", "I1234"), decimal("108"));
    assert_eq!(ledger.documents.len(), 1);
}

#[tokio::test]
async fn every_signing_scheme_of_taobao_is_accepted() {
    let simulator = simulator().await;
    for (method, reference) in [("md5", "r1"), ("hmac", "r2"), ("hmac-sha256", "r3")] {
        let account =
            stockbridge_tests::account_at(Provider::TaobaoTop, &simulator.url()).setting("sign_method", method);
        let host = stockbridge::Host::from_config(stockbridge::Config::new().account(account)).await.unwrap();
        let order = OccupationOrder { reference: reference.parse().unwrap(), ..discrepancy() };
        host.account("taobao-top").unwrap().occupy(order).await.unwrap();
    }
    assert_eq!(simulator.ledger().reserved("STA", "I1234"), decimal("36"));
}

#[tokio::test]
async fn a_flagship_allocation_moves_between_pools_or_sets_aside_for_a_document() {
    let simulator = simulator().await;
    let account = host_at(Provider::WdtFlagship, &simulator).await;
    let line = |quantity: i64, to_pool: Option<&str>| OccupationLine {
        pool: Some("VW-ONLINE".to_owned()),
        to_pool: to_pool.map(str::to_owned),
        priority: Some(1),
        ..OccupationLine::new("daj1", quantity)
    };
    let order = OccupationOrder {
        lines: vec![line(15, Some("VW-OFFLINE")), line(5, None)],
        ..OccupationOrder::new("TF1", OccupationReason::Transfer)
    };
    account.occupy(order).await.unwrap();
    let ledger = simulator.ledger();
    assert_eq!(ledger.pool_free("VW-ONLINE", "daj1"), decimal("40"));
    assert_eq!(ledger.pool_free("VW-OFFLINE", "daj1"), decimal("35"));
}

#[tokio::test]
async fn a_providers_own_field_goes_out_under_its_own_name() {
    let simulator = simulator().await;
    let order =
        TransferOrder { lines: vec![TransferLine::new("daj1", 1)], ..TransferOrder::between("daj-wms-wdt", "lz-002") };
    let order = TransferOrder { extras: order.extras.clone().with("wms_edit", Json::text("1")), ..order };
    host_at(Provider::WdtFlagship, &simulator).await.transfer(order).await.unwrap();
    let body = String::from_utf8(simulator.requests().pop().unwrap().body.to_vec()).unwrap();
    assert!(body.contains("\"wms_edit\":\"1\""), "{body}");
}

#[tokio::test]
async fn an_account_is_checked_without_changing_anything() {
    let simulator = simulator().await;
    for provider in [Provider::WdtFlagship, Provider::WdtEnterprise] {
        host_at(provider, &simulator).await.check().await.unwrap();
    }
    assert!(simulator.ledger().documents.is_empty());
}
