use serde_json::Value;
use stockbridge_connector::native::not_applied;
use stockbridge_connector::{
    Condition, Connector, ErrorClass, Progress, TransferGranularity, TransferLine, TransferOrder, TransferStage,
    WarehouseNotice, WriteFailure,
};
use stockbridge_wdt_flagship::WdtFlagship;

use crate::support::{self, extras};

const RESPONSE: &str = include_str!("../pages/createByApi.response.json");

/// The order in the example on the vendor's page.
pub(crate) fn page_example() -> TransferOrder {
    TransferOrder {
        reference: "ref-1".into(),
        from_warehouse: "daj-wms-wdt".into(),
        to_warehouse: "lz-002".into(),
        stage: TransferStage::Approved,
        granularity: TransferGranularity::ByBatch,
        notice: WarehouseNotice::Silent,
        lines: vec![TransferLine {
            remark: Some("testDetailRemark".into()),
            condition: Some(Condition::Sellable),
            ..line()
        }],
        remark: Some("testMainRemark".into()),
        extras: extras(&[("wms_edit", "1")]),
    }
}

fn line() -> TransferLine {
    TransferLine {
        sku: "daj1".into(),
        quantity: "10".into(),
        condition: None,
        batch: None,
        expiry: None,
        remark: None,
        extras: vec![],
    }
}

fn sent(order: TransferOrder) -> Value {
    let host = support::answering(RESPONSE);
    WdtFlagship::transfer(&host, order).unwrap();
    serde_json::from_slice(&host.only_sent().body).unwrap()
}

fn with_line(line: TransferLine) -> TransferOrder {
    TransferOrder { lines: vec![line], ..page_example() }
}

#[test]
fn the_pages_example_order_gives_the_pages_example_body() {
    let host = support::answering(RESPONSE);
    let receipt = WdtFlagship::transfer(&host, page_example()).unwrap();
    let request = host.only_sent();
    let page: Value = serde_json::from_str(include_str!("../pages/createByApi.request.json")).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&request.body).unwrap(), page);
    // Compact, and in the order of the page's tables.
    assert_eq!(
        request.text(),
        r#"[{"create_mode":"2","from_warehouse_no":"daj-wms-wdt","to_warehouse_no":"lz-002","wms_edit":"1","mode":"2","remark":"testMainRemark"},[{"spec_no":"daj1","num":"10","defect":"0","remark":"testDetailRemark"}]]"#
    );
    assert_eq!((request.method.as_str(), request.url.as_str()), ("POST", "http://wdt.example/openapi"));
    assert_eq!(request.headers, [("content-type".to_owned(), "application/json".to_owned())]);
    // A write without a key: the method has no number of the caller's.
    assert_eq!(request.write, Some(None));
    assert_eq!(
        request.query.rsplit_once("&sign=").unwrap().0,
        "sid=demo-sid&key=demo-key&salt=demo-salt&method=wms.outer.OuterTransfer.createByApi&v=1.0&timestamp=374652800"
    );
    assert_eq!(receipt.document.as_deref(), Some("TF38580"));
    assert_eq!(receipt.progress, Progress::Done);
    assert!(receipt.failed.is_empty() && receipt.repeated.is_none() && receipt.extras.is_empty());
}

#[test]
fn every_field_of_the_page_has_its_place() {
    let order = TransferOrder {
        stage: TransferStage::Draft,
        extras: extras(&[("wms_edit", "0")]),
        lines: vec![TransferLine {
            quantity: "0.0001".into(),
            condition: Some(Condition::Defective),
            batch: Some("B-1".into()),
            expiry: Some("2027-01-31".into()),
            remark: Some("备注".into()),
            ..line()
        }],
        ..page_example()
    };
    let expected: Value = serde_json::from_str(
        r#"[{"create_mode":"0","from_warehouse_no":"daj-wms-wdt","to_warehouse_no":"lz-002","wms_edit":"0","mode":"2",
        "remark":"testMainRemark"},[{"spec_no":"daj1","num":"0.0001","batch_no":"B-1","expire_date":"2027-01-31 00:00:00",
        "defect":"1","remark":"备注"}]]"#,
    )
    .unwrap();
    assert_eq!(sent(order), expected);
}

#[test]
fn what_was_not_asked_for_is_left_out() {
    let order = TransferOrder { remark: None, extras: vec![], ..with_line(line()) };
    let expected: Value = serde_json::from_str(
        r#"[{"create_mode":"2","from_warehouse_no":"daj-wms-wdt","to_warehouse_no":"lz-002","mode":"2"},
        [{"spec_no":"daj1","num":"10"}]]"#,
    )
    .unwrap();
    assert_eq!(sent(order), expected);
}

#[test]
fn the_mode_says_granularity_and_notice() {
    use {TransferGranularity as By, WarehouseNotice as Notice};
    for (granularity, notice, mode) in [
        (By::ByItem, Notice::Silent, "1"),
        (By::ByBatch, Notice::Silent, "2"),
        (By::ByItem, Notice::Notified, "3"),
        (By::ByBatch, Notice::Notified, "4"),
    ] {
        let order = TransferOrder { granularity, notice, ..page_example() };
        assert_eq!(sent(order)[0]["mode"], mode);
    }
}

#[test]
fn the_stage_says_the_create_mode_and_only_an_approval_is_done() {
    for (stage, mode, progress) in [
        (TransferStage::Draft, "0", Progress::Accepted),
        (TransferStage::Submitted, "1", Progress::Accepted),
        (TransferStage::Approved, "2", Progress::Done),
    ] {
        let order = TransferOrder { stage, ..page_example() };
        assert_eq!(sent(order.clone())[0]["create_mode"], mode);
        let receipt = WdtFlagship::transfer(&support::answering(RESPONSE), order).unwrap();
        assert_eq!(receipt.progress, progress);
    }
}

#[test]
fn what_the_page_does_not_allow_is_refused_with_its_path() {
    let by_item = |line| TransferOrder { granularity: TransferGranularity::ByItem, ..with_line(line) };
    let long = "仓".repeat(41);
    let orders = [
        ("from-warehouse", TransferOrder { from_warehouse: long.clone(), ..page_example() }),
        ("to-warehouse", TransferOrder { to_warehouse: long, ..page_example() }),
        ("from-warehouse", TransferOrder { from_warehouse: String::new(), ..page_example() }),
        ("lines", TransferOrder { lines: vec![], ..page_example() }),
        ("lines[0].batch", by_item(TransferLine { batch: Some("B".into()), ..line() })),
        ("lines[0].expiry", by_item(TransferLine { expiry: Some("2027-01-31".into()), ..line() })),
        ("lines[0].quantity", with_line(TransferLine { quantity: "1.00001".into(), ..line() })),
        ("lines[0].quantity", with_line(TransferLine { quantity: "1000000000000000".into(), ..line() })),
        ("lines[0].quantity", with_line(TransferLine { quantity: "1e3".into(), ..line() })),
        ("lines[0].condition", with_line(TransferLine { condition: Some(Condition::Other("JS".into())), ..line() })),
        ("lines[0].extras.colour", with_line(TransferLine { extras: extras(&[("colour", "1")]), ..line() })),
        ("extras.wms_edit", TransferOrder { extras: extras(&[("wms_edit", "2")]), ..page_example() }),
        ("extras.create_mode", TransferOrder { extras: extras(&[("create_mode", "1")]), ..page_example() }),
        (
            "lines[1].batch",
            TransferOrder {
                granularity: TransferGranularity::ByItem,
                lines: vec![line(), TransferLine { batch: Some("B".into()), ..line() }],
                ..page_example()
            },
        ),
    ];
    for (path, order) in orders {
        let host = support::answering(RESPONSE);
        let failure = WdtFlagship::transfer(&host, order).unwrap_err();
        assert_eq!(host.refused_at(not_applied(failure)), path);
    }
}

#[test]
fn a_document_whose_audit_failed_is_stuck() {
    let host = support::answering(r#"{"status":0,"data":{"transfer_no":"TF1","status":20,"message":"库存不足"}}"#);
    let receipt = WdtFlagship::transfer(&host, page_example()).unwrap();
    assert_eq!((receipt.progress, receipt.document.as_deref()), (Progress::Stuck, Some("TF1")));
    assert_eq!(receipt.extras, extras(&[("status", "20"), ("message", "\"库存不足\"")]));
}

#[test]
fn a_second_level_that_says_no_leaves_the_write_unknown() {
    let host = support::answering(r#"{"status":0,"data":{"status":100,"message":"不行"}}"#);
    let WriteFailure::Unknown(error) = WdtFlagship::transfer(&host, page_example()).unwrap_err() else { panic!() };
    assert_eq!(error.class, ErrorClass::Rejected);
    assert_eq!(error.provider_code.as_deref(), Some("100"));
    assert_eq!(error.provider_message.as_deref(), Some("不行"));
}

#[test]
fn what_else_the_provider_says_is_kept() {
    let host = support::answering(r#"{"status":"0","traceId":"t-1","data":{"status":0,"transfer_no":"TF1","n":1.50}}"#);
    let receipt = WdtFlagship::transfer(&host, page_example()).unwrap();
    assert_eq!(receipt.progress, Progress::Done);
    assert_eq!(receipt.extras, extras(&[("traceId", "\"t-1\""), ("status", "0"), ("n", "1.50")]));
}

#[test]
fn what_both_levels_say_under_one_name_is_kept_of_both() {
    let answer = r#"{"status":0,"message":"","data":{"transfer_no":"TF1","status":0,"message":"ok"}}"#;
    let receipt = WdtFlagship::transfer(&support::answering(answer), page_example()).unwrap();
    let both = extras(&[("message", r#""""#), ("status", "0"), ("data.message", r#""ok""#)]);
    assert_eq!((receipt.document.as_deref(), receipt.extras), (Some("TF1"), both));
    let no = r#"{"status":0,"message":"","data":{"status":100,"message":"不行"}}"#;
    let failure = WdtFlagship::transfer(&support::answering(no), page_example()).unwrap_err();
    let WriteFailure::Unknown(error) = failure else { panic!("{failure:?}") };
    assert_eq!(error.provider_message.as_deref(), Some("不行"));
    assert_eq!(error.extras, extras(&[("message", r#""""#), ("status", "100"), ("data.message", r#""不行""#)]));
}
