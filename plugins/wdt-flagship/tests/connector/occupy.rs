use serde_json::Value;
use stockbridge_connector::native::not_applied;
use stockbridge_connector::{
    Condition, Connector, ErrorClass, OccupationLine, OccupationOrder, OccupationReason, Progress, WriteFailure,
};
use stockbridge_wdt_flagship::WdtFlagship;

use crate::support::{self, extras};

const RESPONSE: &str = r#"{"status":0,"data":{"data":"策略创建成功"}}"#;

pub(crate) fn order() -> OccupationOrder {
    OccupationOrder {
        reference: "ref-1".into(),
        document: "TF38580".into(),
        reason: OccupationReason::Transfer,
        owner: None,
        warehouse: None,
        occurred: None,
        lines: vec![line()],
        remark: None,
        extras: vec![],
    }
}

fn line() -> OccupationLine {
    OccupationLine {
        line: None,
        sku: "daj1".into(),
        quantity: Some("2.5000".into()),
        condition: None,
        batch: None,
        lot: None,
        produced: None,
        expiry: None,
        serial: None,
        provider_item: None,
        pool: Some("XNC-1".into()),
        to_pool: Some("XNC-2".into()),
        priority: Some(7),
        extras: vec![],
    }
}

fn sent(order: OccupationOrder) -> Value {
    let host = support::answering(RESPONSE);
    WdtFlagship::occupy(&host, order).unwrap();
    serde_json::from_slice(&host.only_sent().body).unwrap()
}

#[test]
fn every_field_of_the_page_has_its_place() {
    let host = support::answering(RESPONSE);
    let receipt = WdtFlagship::occupy(&host, order()).unwrap();
    let request = host.only_sent();
    assert_eq!(
        request.text(),
        r#"[{"order_no":"TF38580","order_type":2},[{"spec_no":"daj1","vir_warehouse_no":"XNC-1","to_virwarehouse_no":"XNC-2","priority":7,"num":"2.5000"}]]"#
    );
    assert_eq!(request.parameters()["method"], "setting.strategy.VirtualWarehouse.reserveExtractAdd");
    assert_eq!(request.write, Some(None));
    assert_eq!((receipt.document, receipt.progress), (None, Progress::Done));
    assert_eq!(receipt.extras, extras(&[("data", r#"{"data":"策略创建成功"}"#)]));
}

#[test]
fn the_documents_kind_is_its_code() {
    for (reason, code) in [
        (OccupationReason::Transfer, 2),
        (OccupationReason::Stocktake, 4),
        (OccupationReason::PurchaseReturn, 14),
        (OccupationReason::OtherOutbound, 21),
    ] {
        assert_eq!(sent(OccupationOrder { reason, ..order() })[0]["order_type"], code);
    }
}

#[test]
fn a_quantity_or_a_pool_to_give_to_may_be_left_out() {
    let mut order = order();
    order.lines[0].quantity = None;
    order.lines[0].to_pool = None;
    let expected: Value =
        serde_json::from_str(r#"[{"spec_no":"daj1","vir_warehouse_no":"XNC-1","priority":7}]"#).unwrap();
    assert_eq!(sent(order)[1], expected);
}

#[test]
fn a_second_level_that_is_no_success_is_none() {
    let audit = support::answering(r#"{"status":0,"data":{"status":20,"message":"审核失败"}}"#);
    assert_eq!(WdtFlagship::occupy(&audit, order()).unwrap().progress, Progress::Stuck);
    let no = support::answering(r#"{"status":0,"data":{"status":"5","message":"不行"}}"#);
    let WriteFailure::Unknown(error) = WdtFlagship::occupy(&no, order()).unwrap_err() else { panic!() };
    assert_eq!(error.provider_message.as_deref(), Some("不行"));
}

#[test]
fn a_second_level_that_cannot_be_read_is_no_success() {
    for data in [r#"{"status":20,"status":0}"#, r#"{"status":[5]}"#, r#"{"status":{}}"#, r#"{"status":"\ud83d"}"#] {
        let host = support::answering(&format!(r#"{{"status":0,"data":{data}}}"#));
        let WriteFailure::Unknown(error) = WdtFlagship::occupy(&host, order()).unwrap_err() else { panic!("{data}") };
        assert_eq!(error.class, ErrorClass::MalformedResponse, "{data}");
    }
}

#[test]
fn an_answer_without_data_is_enough() {
    for answer in [r#"{"status":0}"#, r#"{"status":0,"data":null}"#] {
        let receipt = WdtFlagship::occupy(&support::answering(answer), order()).unwrap();
        assert!(receipt.extras.is_empty());
    }
}

/// Turns an accepted order into one that is refused.
type Change = fn(&mut OccupationOrder);

#[test]
fn what_the_page_has_no_field_for_is_refused_with_its_path() {
    let changes: [(&str, Change); 22] = [
        ("reason", |order| order.reason = OccupationReason::Discrepancy),
        ("reason", |order| order.reason = OccupationReason::Other("9".into())),
        ("owner", |order| order.owner = Some("o".into())),
        ("warehouse", |order| order.warehouse = Some("w".into())),
        ("occurred", |order| order.occurred = Some(0)),
        ("remark", |order| order.remark = Some("r".into())),
        ("extras.mode", |order| order.extras = extras(&[("mode", "1")])),
        ("lines", |order| order.lines.clear()),
        ("lines[0].line", |order| order.lines[0].line = Some("1".into())),
        ("lines[0].condition", |order| order.lines[0].condition = Some(Condition::Sellable)),
        ("lines[0].batch", |order| order.lines[0].batch = Some("b".into())),
        ("lines[0].lot", |order| order.lines[0].lot = Some("l".into())),
        ("lines[0].produced", |order| order.lines[0].produced = Some("2026-01-01".into())),
        ("lines[0].expiry", |order| order.lines[0].expiry = Some("2027-01-01".into())),
        ("lines[0].serial", |order| order.lines[0].serial = Some("s".into())),
        ("lines[0].provider-item", |order| order.lines[0].provider_item = Some("p".into())),
        ("lines[0].extras.x", |order| order.lines[0].extras = extras(&[("x", "1")])),
        ("lines[0].pool", |order| order.lines[0].pool = None),
        ("lines[0].pool", |order| order.lines[0].pool = Some("虚".repeat(41))),
        ("lines[0].to-pool", |order| order.lines[0].to_pool = Some("虚".repeat(41))),
        ("lines[0].priority", |order| order.lines[0].priority = None),
        ("lines[0].sku", |order| order.lines[0].sku = "s".repeat(41)),
    ];
    for (path, change) in changes {
        let mut order = order();
        change(&mut order);
        let host = support::answering(RESPONSE);
        let failure = WdtFlagship::occupy(&host, order).unwrap_err();
        assert_eq!(host.refused_at(not_applied(failure)), path);
    }
}
