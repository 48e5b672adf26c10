use stockbridge_connector::native::not_applied;
use stockbridge_connector::{
    Condition, Connector, Progress, TransferGranularity, TransferLine, TransferOrder, TransferStage, WarehouseNotice,
};
use stockbridge_wdt_enterprise::WdtEnterprise;

use crate::support::{self, pairs};

const OK: &str = r#"{"code":0,"message":"TF201812100001"}"#;

pub(crate) fn order() -> TransferOrder {
    TransferOrder {
        reference: "ref-1".into(),
        from_warehouse: "ghs2test".into(),
        to_warehouse: "lx2test".into(),
        stage: TransferStage::Approved,
        granularity: TransferGranularity::ByItem,
        notice: WarehouseNotice::Silent,
        lines: vec![line()],
        remark: None,
        extras: vec![],
    }
}

fn line() -> TransferLine {
    TransferLine {
        sku: "daj1".into(),
        quantity: "1".into(),
        condition: None,
        batch: None,
        expiry: None,
        remark: None,
        extras: vec![],
    }
}

fn sent(order: TransferOrder) -> String {
    let host = support::answering(OK);
    WdtEnterprise::transfer(&host, order).unwrap();
    host.only_sent().field("transfer_info").unwrap()
}

#[test]
fn a_transfer_is_one_json_text_in_a_form() {
    let host = support::answering(OK);
    let receipt = WdtEnterprise::transfer(&host, order()).unwrap();
    let request = host.only_sent();
    assert_eq!(
        (request.method.as_str(), request.url.as_str()),
        ("POST", "https://wdt.example/openapi2/stock_transfer_push.php")
    );
    assert_eq!(request.query, "");
    assert_eq!(request.headers, pairs(&[("content-type", "application/x-www-form-urlencoded")]));
    // The provider's key for the write.
    assert_eq!(request.write, Some(Some("ref-1".to_owned())));
    let names: Vec<_> = request.form().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["sid", "appkey", "timestamp", "transfer_info", "sign"]);
    assert_eq!(request.field("timestamp").unwrap(), "1700000000");
    assert_eq!(
        request.field("transfer_info").unwrap(),
        r#"{"outer_no":"ref-1","from_warehouse_no":"ghs2test","to_warehouse_no":"lx2test","autocheck":1,"skus":[{"spec_no":"daj1","num":"1"}]}"#
    );
    assert_eq!((receipt.document, receipt.progress), (None, Progress::Done));
    assert_eq!(receipt.extras, pairs(&[("message", "\"TF201812100001\"")]));
}

#[test]
fn every_field_of_the_method_has_its_place_and_is_ascii() {
    let order = TransferOrder {
        remark: Some("备注".into()),
        extras: pairs(&[
            ("mode", "1"),
            ("transfer_type", "0"),
            ("address", "\"Shanghai\""),
            ("contact", "\"Li\""),
            ("telno", "\"1\""),
        ]),
        lines: vec![TransferLine {
            remark: Some("行".into()),
            extras: pairs(&[("from_position_no", "\"A-1\""), ("to_position_no", "\"B-2\"")]),
            ..line()
        }],
        ..order()
    };
    assert_eq!(
        sent(order),
        r#"{"outer_no":"ref-1","from_warehouse_no":"ghs2test","to_warehouse_no":"lx2test","address":"Shanghai","contact":"Li","telno":"1","remark":"\u5907\u6ce8","transfer_type":0,"mode":1,"autocheck":1,"skus":[{"spec_no":"daj1","from_position_no":"A-1","to_position_no":"B-2","num":"1","remark":"\u884c"}]}"#
    );
}

#[test]
fn only_an_approval_in_one_go_is_done() {
    let step_by_step = pairs(&[("transfer_type", "0")]);
    for (stage, extras, autocheck, progress) in [
        (TransferStage::Approved, vec![], 1, Progress::Done),
        (TransferStage::Approved, step_by_step, 1, Progress::Accepted),
        (TransferStage::Draft, vec![], 0, Progress::Accepted),
    ] {
        let order = TransferOrder { stage, extras, ..order() };
        assert!(sent(order.clone()).contains(&format!(r#""autocheck":{autocheck}"#)));
        let receipt = WdtEnterprise::transfer(&support::answering(OK), order).unwrap();
        assert_eq!(receipt.progress, progress);
    }
}

/// Turns an accepted order into one that is refused.
type Change = fn(&mut TransferOrder);

#[test]
fn what_the_method_cannot_carry_is_refused_with_its_path() {
    let changes: [(&str, Change); 19] = [
        ("stage", |order| order.stage = TransferStage::Submitted),
        ("granularity", |order| order.granularity = TransferGranularity::ByBatch),
        ("notice", |order| order.notice = WarehouseNotice::Notified),
        ("reference", |order| order.reference = "r".repeat(41)),
        ("from-warehouse", |order| order.from_warehouse = "仓".repeat(41)),
        ("to-warehouse", |order| order.to_warehouse = "仓".repeat(41)),
        ("remark", |order| order.remark = Some("注".repeat(256))),
        ("lines", |order| order.lines.clear()),
        ("extras.mode", |order| order.extras = pairs(&[("mode", "2")])),
        ("extras.transfer_type", |order| order.extras = pairs(&[("transfer_type", "\"x\"")])),
        ("extras.address", |order| order.extras = pairs(&[("address", &format!("\"{}\"", "a".repeat(256)))])),
        ("extras.contact", |order| order.extras = pairs(&[("contact", "\"\"")])),
        ("extras.autocheck", |order| order.extras = pairs(&[("autocheck", "1")])),
        ("lines[0].condition", |order| order.lines[0].condition = Some(Condition::Sellable)),
        ("lines[0].batch", |order| order.lines[0].batch = Some("B".into())),
        ("lines[0].expiry", |order| order.lines[0].expiry = Some("2027-01-31".into())),
        ("lines[0].quantity", |order| order.lines[0].quantity = "0.12345".into()),
        ("lines[0].sku", |order| order.lines[0].sku = "s".repeat(41)),
        ("lines[0].extras.x", |order| order.lines[0].extras = pairs(&[("x", "1")])),
    ];
    for (path, change) in changes {
        let mut order = order();
        change(&mut order);
        let host = support::answering(OK);
        let failure = WdtEnterprise::transfer(&host, order).unwrap_err();
        assert_eq!(host.refused_at(not_applied(failure)), path);
    }
}
