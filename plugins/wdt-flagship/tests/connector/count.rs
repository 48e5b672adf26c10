use serde_json::Value;
use stockbridge_connector::native::not_applied;
use stockbridge_connector::{
    Adjustment, AdjustmentOrder, Condition, Connector, CountLine, ErrorClass, Progress, WriteFailure,
};
use stockbridge_wdt_flagship::WdtFlagship;

use crate::support::{self, extras};

const RESPONSE: &str = include_str!("../pages/stockSyncByPd.response.json");

/// The order in the example on the vendor's page.
pub(crate) fn page_example() -> AdjustmentOrder {
    counting(vec![CountLine { remark: Some("PD TEST".into()), ..line("PC_2018", Condition::Sellable) }])
}

fn counting(lines: Vec<CountLine>) -> AdjustmentOrder {
    AdjustmentOrder {
        reference: "ref-1".into(),
        warehouse: "1002".into(),
        organisation: None,
        adjustment: Adjustment::Count(lines),
        remark: Some("API TEST".into()),
        extras: vec![],
    }
}

fn line(sku: &str, condition: Condition) -> CountLine {
    CountLine {
        sku: sku.into(),
        condition: Some(condition),
        position: None,
        batch: None,
        counted: "200.0000".into(),
        remark: None,
        extras: vec![],
    }
}

fn sent(order: AdjustmentOrder) -> Value {
    let host = support::answering(RESPONSE);
    WdtFlagship::adjust(&host, order).unwrap();
    serde_json::from_slice(&host.only_sent().body).unwrap()
}

#[test]
fn the_pages_example_order_gives_the_pages_example_body() {
    let host = support::answering(RESPONSE);
    let receipt = WdtFlagship::adjust(&host, page_example()).unwrap();
    let request = host.only_sent();
    assert_eq!(request.text(), include_str!("../pages/stockSyncByPd.request.json").trim_end());
    assert_eq!(request.parameters()["method"], "wms.StockPd.stockSyncByPd");
    assert_eq!(request.write, Some(None));
    assert_eq!(receipt.document.as_deref(), Some("WP202503070003"));
    assert_eq!(receipt.progress, Progress::Done);
    assert_eq!(receipt.extras, extras(&[("8638", "\"ok\"")]));
}

#[test]
fn the_goods_that_are_counted_decide_the_defect_mode() {
    let (sellable, defective) = (line("a", Condition::Sellable), line("a", Condition::Defective));
    for (lines, mode) in
        [(vec![sellable.clone(), sellable.clone()], 1), (vec![defective.clone()], 2), (vec![sellable, defective], 0)]
    {
        assert_eq!(sent(counting(lines))[0]["defect_mode"], mode);
    }
    let defective = sent(counting(vec![line("a", Condition::Defective)]));
    assert_eq!(defective[1][0]["defect"], true);
}

#[test]
fn remarks_that_the_provider_requires_are_the_reference_where_there_are_none() {
    let order = AdjustmentOrder { remark: None, ..counting(vec![line("a", Condition::Sellable)]) };
    let body = sent(order);
    assert_eq!((&body[0]["remark"], &body[1][0]["remark"]), (&"ref-1".into(), &"ref-1".into()));
}

#[test]
fn strictness_is_sent_where_the_extras_ask_for_it() {
    for (json, strict) in [("1", true), ("\"0\"", false)] {
        let order = AdjustmentOrder { extras: extras(&[("is_post_error", json)]), ..page_example() };
        assert_eq!(sent(order)[0]["is_post_error"], strict);
    }
    assert!(sent(page_example())[0].get("is_post_error").is_none());
}

#[test]
fn items_that_were_left_out_are_failed_lines() {
    let lines = ["a", "b", "c"].map(|sku| line(sku, Condition::Sellable));
    let host = support::answering(r#"{"status":0,"data":{"pd_no":"WP1","skip_spec_no":"c,a","8638":"ok"}}"#);
    let receipt = WdtFlagship::adjust(&host, counting(lines.into())).unwrap();
    let failed: Vec<_> = receipt.failed.iter().map(|failure| failure.line).collect();
    assert_eq!(failed, [0, 2]);
    assert_eq!(receipt.failed[0].provider_message.as_deref(), Some("c,a"));
    assert_eq!(receipt.extras, extras(&[("8638", "\"ok\""), ("skip_spec_no", "\"c,a\"")]));
}

#[test]
fn a_count_that_was_not_settled_is_stuck() {
    let host = support::answering(r#"{"status":0,"data":{"pd_no":"WP1","8638":"盘点单状态错误"}}"#);
    let receipt = WdtFlagship::adjust(&host, page_example()).unwrap();
    assert_eq!((receipt.progress, receipt.document.as_deref()), (Progress::Stuck, Some("WP1")));
}

#[test]
fn what_the_page_does_not_allow_is_refused_with_its_path() {
    let with = |change: fn(&mut CountLine)| {
        let mut line = line("a", Condition::Sellable);
        change(&mut line);
        counting(vec![line])
    };
    let orders = [
        ("organisation", AdjustmentOrder { organisation: Some("o".into()), ..page_example() }),
        ("warehouse", AdjustmentOrder { warehouse: "w".repeat(41), ..page_example() }),
        ("remark", AdjustmentOrder { remark: Some("注".repeat(256)), ..page_example() }),
        ("extras.is_post_error", AdjustmentOrder { extras: extras(&[("is_post_error", "2")]), ..page_example() }),
        ("extras.mode", AdjustmentOrder { extras: extras(&[("mode", "1")]), ..page_example() }),
        ("adjustment.count", counting(vec![])),
        ("adjustment.count[0].sku", with(|line| line.sku = "s".repeat(41))),
        ("adjustment.count[0].condition", with(|line| line.condition = None)),
        ("adjustment.count[0].condition", with(|line| line.condition = Some(Condition::Other("JS".into())))),
        ("adjustment.count[0].position", with(|line| line.position = Some("A-1".into()))),
        ("adjustment.count[0].batch", with(|line| line.batch = Some("B".into()))),
        ("adjustment.count[0].counted", with(|line| line.counted = "0.00001".into())),
        ("adjustment.count[0].counted", with(|line| line.counted = "000000000000000000001".into())),
        ("adjustment.count[0].remark", with(|line| line.remark = Some("注".repeat(256)))),
        ("adjustment.count[0].extras.x", with(|line| line.extras = extras(&[("x", "1")]))),
    ];
    for (path, order) in orders {
        let host = support::answering(RESPONSE);
        let failure = WdtFlagship::adjust(&host, order).unwrap_err();
        assert_eq!(host.refused_at(not_applied(failure)), path);
    }
}

#[test]
fn the_pages_error_and_an_answer_without_a_number() {
    let host = support::answering(include_str!("../pages/stockSyncByPd.error.json"));
    let WriteFailure::NotApplied(error) = WdtFlagship::adjust(&host, page_example()).unwrap_err() else { panic!() };
    assert_eq!(error.class, ErrorClass::NotFound);
    assert_eq!(error.provider_message.as_deref(), Some("商家编码全不存在或都已删除"));

    let host = support::answering(r#"{"status":0,"data":{"8638":"ok"}}"#);
    let WriteFailure::Unknown(error) = WdtFlagship::adjust(&host, page_example()).unwrap_err() else { panic!() };
    assert_eq!(error.class, ErrorClass::MalformedResponse);
}
