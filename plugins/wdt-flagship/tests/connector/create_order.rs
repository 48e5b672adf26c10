use serde_json::{Value, json};
use stockbridge_connector::native::{NativeHost, not_applied};
use stockbridge_connector::{
    Attempt, Condition, Connector, Error, ErrorClass, Progress, Repetition, Resolution, TransferGranularity,
    TransferLine, TransferOrder, TransferStage, WarehouseNotice, Write, WriteFailure,
};
use stockbridge_wdt_flagship::WdtFlagship;

use crate::support::{self, extras};

const METHOD: &str = "wms.stocktransfer.Edit.createOrder";
const RESPONSE: &str = include_str!("../pages/createOrder.response.json");

fn answering(json: &str) -> NativeHost {
    support::answering(json).setting("transfer-method", METHOD)
}

/// The order in the example on the vendor's page.
pub(crate) fn page_example() -> TransferOrder {
    TransferOrder {
        reference: "test1111".into(),
        from_warehouse: "lz".into(),
        to_warehouse: "jziyy".into(),
        stage: TransferStage::Approved,
        granularity: TransferGranularity::ByItem,
        notice: WarehouseNotice::Silent,
        lines: vec![line("lz11", "test1"), line("lz12", "test2")],
        remark: None,
        extras: vec![],
    }
}

fn line(sku: &str, remark: &str) -> TransferLine {
    TransferLine {
        sku: sku.into(),
        quantity: "1".into(),
        condition: None,
        batch: None,
        expiry: None,
        remark: Some(remark.into()),
        extras: vec![],
    }
}

fn with_line(line: TransferLine) -> TransferOrder {
    TransferOrder { lines: vec![line], ..page_example() }
}

fn by_batch(order: TransferOrder) -> TransferOrder {
    TransferOrder { granularity: TransferGranularity::ByBatch, ..order }
}

fn with_mode(mode: &str, order: TransferOrder) -> TransferOrder {
    TransferOrder { extras: extras(&[("mode", mode)]), ..order }
}

fn sent(order: TransferOrder) -> Value {
    let host = answering(RESPONSE);
    WdtFlagship::transfer(&host, order).unwrap();
    serde_json::from_slice(&host.only_sent().body).unwrap()
}

#[test]
fn the_pages_example_order_gives_the_pages_example_body_but_for_its_mode() {
    let host = answering(RESPONSE);
    let receipt = WdtFlagship::transfer(&host, page_example()).unwrap();
    let request = host.only_sent();
    // The example's mode 3 is not in the page's table.
    let mut page: Value = serde_json::from_str(include_str!("../pages/createOrder.request.json")).unwrap();
    page[0]["mode"] = json!(5);
    assert_eq!(serde_json::from_slice::<Value>(&request.body).unwrap(), page);
    // Compact, and in the order of the page's tables.
    assert_eq!(
        request.text(),
        r#"[{"outer_no":"test1111","from_warehouse_no":"lz","to_warehouse_no":"jziyy","mode":5},[{"spec_no":"lz11","num":1,"remark":"test1"},{"spec_no":"lz12","num":1,"remark":"test2"}],true]"#
    );
    assert_eq!(request.write, Some(Some("test1111".to_owned())), "a write under the reference as its key");
    assert_eq!(request.parameters()["method"], METHOD);
    assert_eq!((receipt.document.as_deref(), receipt.progress), (Some("TF202204180004"), Progress::Done));
    assert_eq!(receipt.extras, extras(&[("status", "0")]));
}

#[test]
fn every_field_of_the_page_has_its_place() {
    let given = [
        ("mode", "2"),
        ("contact", "\"张三\""),
        ("telno", "\"13800000000\""),
        ("province", "\"北京\""),
        ("city", "\"北京市\""),
        ("district", "\"海淀区\""),
        ("address", "\"中关村 1 号\""),
    ];
    let order = TransferOrder {
        stage: TransferStage::Draft,
        remark: Some("备注".into()),
        extras: extras(&given),
        lines: vec![TransferLine {
            quantity: "0.2500".into(),
            condition: Some(Condition::Defective),
            batch: Some("B-1".into()),
            expiry: Some("2027-01-31".into()),
            extras: extras(&[("from_position_no", "\"A-1\""), ("to_position_no", "\"B-2\"")]),
            ..line("lz11", "test1")
        }],
        ..by_batch(page_example())
    };
    let host = answering(RESPONSE);
    WdtFlagship::transfer(&host, order).unwrap();
    // A number keeps its digits.
    assert_eq!(
        host.only_sent().text(),
        concat!(
            r#"[{"outer_no":"test1111","from_warehouse_no":"lz","to_warehouse_no":"jziyy","mode":2,"remark":"备注","#,
            r#""contact":"张三","telno":"13800000000","province":"北京","city":"北京市","district":"海淀区","#,
            r#""address":"中关村 1 号"},[{"spec_no":"lz11","num":0.2500,"from_position_no":"A-1","to_position_no":"B-2","#,
            r#""batch_no":"B-1","expire_date":"2027-01-31 00:00:00","defect":true,"remark":"test1"}],false]"#
        )
    );
}

#[test]
fn the_mode_follows_the_granularity_and_its_extra_and_says_when_stock_moves() {
    for (order, mode, progress) in [
        (page_example(), 5, Progress::Done),
        (by_batch(page_example()), 7, Progress::Done),
        (with_mode("0", page_example()), 0, Progress::Accepted),
        (with_mode("\"1\"", page_example()), 1, Progress::Accepted),
        (with_mode("6", page_example()), 6, Progress::Done),
        (with_mode("2", by_batch(page_example())), 2, Progress::Accepted),
        (TransferOrder { stage: TransferStage::Draft, ..page_example() }, 5, Progress::Accepted),
    ] {
        let receipt = WdtFlagship::transfer(&answering(RESPONSE), order.clone()).unwrap();
        assert_eq!(receipt.progress, progress, "{order:?}");
        let approved = order.stage == TransferStage::Approved;
        let body = sent(order);
        assert_eq!((&body[0]["mode"], &body[2]), (&json!(mode), &json!(approved)));
    }
}

#[test]
fn a_reference_that_is_longer_than_the_field_has_a_number_made_of_it() {
    let order = TransferOrder { reference: "0190d5c2-7f3a-7000-8000-000000000001".into(), ..page_example() };
    let host = answering(RESPONSE);
    let receipt = WdtFlagship::transfer(&host, order.clone()).unwrap();
    let request = host.only_sent();
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    let number = body[0]["outer_no"].as_str().unwrap();
    assert_eq!(number.len(), 20);
    // It is the write's key, by which a person looks for it, and is in the receipt.
    assert_eq!(request.write, Some(Some(number.to_owned())));
    let receipt_number = receipt.extras.iter().find(|(name, _)| name == "outer_no").map(|(_, json)| json.as_str());
    assert_eq!(receipt_number, Some(&*format!("\"{number}\"")));
    assert_eq!(sent(order)[0]["outer_no"], number, "the same for the same order");
}

#[test]
fn what_the_method_cannot_carry_is_refused_with_its_path() {
    let batch = || TransferLine { batch: Some("B".into()), ..line("lz11", "r") };
    let positioned = |name| TransferLine { extras: extras(&[(name, "\"A-1\"")]), ..line("lz11", "r") };
    let long = "仓".repeat(41);
    let orders = [
        ("from-warehouse", TransferOrder { from_warehouse: long.clone(), ..page_example() }),
        ("to-warehouse", TransferOrder { to_warehouse: String::new(), ..page_example() }),
        ("stage", TransferOrder { stage: TransferStage::Submitted, ..page_example() }),
        ("notice", TransferOrder { notice: WarehouseNotice::Notified, ..page_example() }),
        ("remark", TransferOrder { remark: Some("备".repeat(256)), ..page_example() }),
        ("lines", TransferOrder { lines: vec![], ..page_example() }),
        // The gateway fails halfway through a write on characters beyond U+FFFF, unescaped or escaped.
        ("remark", TransferOrder { remark: Some("备📦".into()), ..page_example() }),
        ("from-warehouse", TransferOrder { from_warehouse: "📦".into(), ..page_example() }),
        ("extras.city", TransferOrder { extras: extras(&[("city", r#""\ud83d\ude00""#)]), ..page_example() }),
        ("lines[0].sku", with_line(line("lz𠮷", "r"))),
        ("lines[0].remark", with_line(line("lz11", "😀"))),
        ("extras.mode", with_mode("3", page_example())),
        ("extras.mode", with_mode("7", page_example())),
        ("extras.mode", with_mode("5", by_batch(page_example()))),
        ("extras.wms_edit", TransferOrder { extras: extras(&[("wms_edit", "1")]), ..page_example() }),
        ("extras.city", TransferOrder { extras: extras(&[("city", &format!("\"{long}\""))]), ..page_example() }),
        ("extras.contact", TransferOrder { extras: extras(&[("contact", "\"\"")]), ..page_example() }),
        ("lines[0].batch", with_line(batch())),
        ("lines[0].batch", with_mode("6", with_line(batch()))),
        ("lines[0].expiry", with_line(TransferLine { expiry: Some("2027-01-31".into()), ..line("lz11", "r") })),
        ("lines[0].extras.from_position_no", with_line(positioned("from_position_no"))),
        ("lines[0].extras.to_position_no", with_mode("0", with_line(positioned("to_position_no")))),
        ("lines[0].extras.colour", with_line(positioned("colour"))),
        ("lines[0].condition", with_line(TransferLine { condition: Some(Condition::Other("JS".into())), ..batch() })),
        ("lines[0].quantity", with_line(TransferLine { quantity: "1.00001".into(), ..line("lz11", "r") })),
        ("lines[0].quantity", with_line(TransferLine { quantity: "01".into(), ..line("lz11", "r") })),
        ("lines[0].sku", with_line(line("", "r"))),
    ];
    for (path, order) in orders {
        let order = if path == "lines[0].condition" { by_batch(order) } else { order };
        let host = answering(RESPONSE);
        let failure = WdtFlagship::transfer(&host, order).unwrap_err();
        assert_eq!(host.refused_at(not_applied(failure)), path);
    }
}

#[test]
fn a_document_whose_audit_failed_is_stuck_and_has_its_number() {
    let host = answering(r#"{"status":0,"data":{"status":20,"message":"可用库存不足","transfer_no":"TF1"}}"#);
    let receipt = WdtFlagship::transfer(&host, page_example()).unwrap();
    assert_eq!((receipt.progress, receipt.document.as_deref()), (Progress::Stuck, Some("TF1")));
    assert_eq!(receipt.extras, extras(&[("status", "20"), ("message", "\"可用库存不足\"")]));
}

#[test]
fn a_refusal_is_not_applied_but_one_of_a_number_that_was_used_before_is_unknown() {
    let failed = |json: &str| WdtFlagship::transfer(&answering(json), page_example()).unwrap_err();
    let WriteFailure::NotApplied(error) = failed(include_str!("../pages/createOrder.error.json")) else { panic!() };
    assert_eq!(error.class, ErrorClass::NotFound);
    for words in ["外部单号重复!", "此外部单已使用!"] {
        let json = json!({"status": 100, "message": words}).to_string();
        let WriteFailure::Unknown(Error { class, provider_message, .. }) = failed(&json) else { panic!("{words}") };
        assert_eq!((class, provider_message.as_deref()), (ErrorClass::Rejected, Some(words)));
    }
}

#[test]
fn an_answer_that_is_not_whole_leaves_the_write_unknown() {
    for json in [
        r#"{"status":0}"#,
        r#"{"status":0,"data":{"status":0}}"#,
        r#"{"status":0,"data":{"status":0,"message":""}}"#,
        r#"{"status":0,"data":{"status":100,"message":"不行"}}"#,
        r#"{"status":0,"data":{"status":0,"message":"TF1""#,
    ] {
        let failure = WdtFlagship::transfer(&answering(json), page_example()).unwrap_err();
        assert!(matches!(failure, WriteFailure::Unknown(_)), "{json}: {failure:?}");
    }
}

#[test]
fn the_setting_chooses_the_method_and_no_method_may_be_repeated() {
    for method in ["wms.outer.OuterTransfer.createByApi", METHOD] {
        let operations = WdtFlagship::operations(&support::answering("").setting("transfer-method", method));
        let transfer = operations.iter().find(|support| support.operation == "transfer").unwrap();
        assert_eq!(transfer.methods, [method]);
        assert!(matches!(transfer.repetition, Repetition::Blind));
    }
    let mistaken = support::answering("").setting("transfer-method", "createOrder");
    let error = WdtFlagship::check(&mistaken).unwrap_err();
    assert_eq!(
        error.message,
        "the setting `transfer-method` cannot be used: `createOrder` is neither wms.outer.OuterTransfer.createByApi nor \
         wms.stocktransfer.Edit.createOrder"
    );
    assert!(matches!(WdtFlagship::transfer(&mistaken, page_example()), Err(WriteFailure::NotApplied(_))));
    assert!(mistaken.sent().is_empty());
}

#[test]
fn a_lost_transfer_is_looked_for_by_its_outside_number_whatever_the_setting_says_now() {
    let attempt = Attempt { first_sent: support::NOW, last_sent: support::NOW, key: Some("test1111".into()) };
    let host = NativeHost::without_http().setting("transfer-method", "wms.outer.OuterTransfer.createByApi");
    let write = Write::Transfer(page_example());
    let Resolution::CannotTell(text) = WdtFlagship::resolve(&host, write, attempt).unwrap() else { panic!() };
    assert_eq!(
        text,
        "In the ERP client's list of transfers (调拨单), look for the one with the outside number (外部单号) test1111, which no \
         look-up shows: from lz to jziyy of lz11 × 1, lz12 × 1, made between 2023-11-15 06:13:20 and a few minutes after 2023-11-15 06:13:20 (Asia/Shanghai). If it is there, the \
         write was carried out: do not send it again. If it is not, look once more some minutes later before you treat it \
         as not carried out."
    );
}
