use stockbridge_connector::native::not_applied;
use stockbridge_connector::{Adjustment, AdjustmentOrder, Condition, Connector, CountLine, Progress};
use stockbridge_wdt_enterprise::WdtEnterprise;

use crate::support::{self, pairs};

const OK: &str = r#"{"code":"0","message":"ok","pd_no":"PD1"}"#;

pub(crate) fn order() -> AdjustmentOrder {
    AdjustmentOrder {
        reference: "ref-1".into(),
        warehouse: "ghs2test".into(),
        organisation: None,
        adjustment: Adjustment::Count(vec![line()]),
        remark: None,
        extras: vec![],
    }
}

fn line() -> CountLine {
    CountLine {
        sku: "货1".into(),
        condition: None,
        position: None,
        batch: None,
        counted: "0.5000".into(),
        remark: None,
        extras: vec![],
    }
}

#[test]
fn a_count_is_carried_out_under_the_callers_number() {
    let host = support::answering(OK);
    let receipt = WdtEnterprise::adjust(&host, order()).unwrap();
    let request = host.only_sent();
    assert_eq!(request.url, "https://wdt.example/openapi2/stock_sync_by_pd.php");
    assert_eq!(request.write, Some(Some("ref-1".to_owned())));
    assert_eq!(
        support::business(&request),
        pairs(&[
            ("warehouse_no", "ghs2test"),
            ("outer_no", "ref-1"),
            ("api_outer_no", "ref-1"),
            ("is_adjust_stock", "1"),
            ("is_check", "1"),
            ("goods_list", r#"[{"spec_no":"\u8d271","stock_num":"0.5000"}]"#),
        ])
    );
    // A stocktake waits for a person, unless the client audits it by itself.
    assert_eq!((receipt.document, receipt.progress), (None, Progress::Accepted));
    let host = support::answering(OK).setting("counts-audit-themselves", "true");
    assert_eq!(WdtEnterprise::adjust(&host, order()).unwrap().progress, Progress::Done);
    let host = support::answering(OK).setting("counts-audit-themselves", "yes");
    WdtEnterprise::adjust(&host, order()).unwrap_err();
    assert!(host.sent().is_empty());
    assert_eq!(receipt.extras, pairs(&[("message", "\"ok\""), ("pd_no", "\"PD1\"")]));
}

#[test]
fn the_extras_may_want_the_document_alone() {
    for (extras, adjust, check) in [
        (pairs(&[("is_adjust_stock", "0")]), "0", "0"),
        (pairs(&[("is_check", "\"0\"")]), "1", "0"),
        (pairs(&[("is_adjust_stock", "0"), ("is_check", "1")]), "0", "1"),
    ] {
        let host = support::answering(OK).setting("counts-audit-themselves", "true");
        let receipt = WdtEnterprise::adjust(&host, AdjustmentOrder { extras, ..order() }).unwrap();
        let request = host.only_sent();
        assert_eq!(request.field("is_adjust_stock").as_deref(), Some(adjust));
        assert_eq!(request.field("is_check").as_deref(), Some(check));
        assert_eq!(receipt.progress, Progress::Accepted);
    }
}

#[test]
fn the_pages_other_switches_are_sent_where_the_extras_ask_for_them() {
    let host = support::answering(OK);
    let order = AdjustmentOrder { extras: pairs(&[("is_post_error", "0"), ("is_create_stock", "1")]), ..order() };
    WdtEnterprise::adjust(&host, order).unwrap();
    let request = host.only_sent();
    assert_eq!(request.field("is_post_error").as_deref(), Some("0"));
    assert_eq!(request.field("is_create_stock").as_deref(), Some("1"));
}

#[test]
fn a_count_is_by_position_where_every_line_has_one() {
    let at = |position: Option<&str>| CountLine { position: position.map(Into::into), ..line() };
    let host = support::answering(OK);
    let lines = vec![at(Some("A-1")), at(Some("A-2"))];
    WdtEnterprise::adjust(&host, AdjustmentOrder { adjustment: Adjustment::Count(lines), ..order() }).unwrap();
    let request = host.only_sent();
    assert_eq!(request.field("mode").as_deref(), Some("1"));
    assert_eq!(
        request.field("goods_list").as_deref(),
        Some(
            r#"[{"spec_no":"\u8d271","position_no":"A-1","stock_num":"0.5000"},{"spec_no":"\u8d271","position_no":"A-2","stock_num":"0.5000"}]"#
        )
    );
    let host = support::answering(OK);
    let mixed = vec![at(Some("A-1")), at(None)];
    let failure =
        WdtEnterprise::adjust(&host, AdjustmentOrder { adjustment: Adjustment::Count(mixed), ..order() }).unwrap_err();
    assert_eq!(host.refused_at(not_applied(failure)), "adjustment.count[1].position");
}

#[test]
fn what_the_method_cannot_carry_is_refused_with_its_path() {
    let with = |change: fn(&mut CountLine)| {
        let mut line = line();
        change(&mut line);
        AdjustmentOrder { adjustment: Adjustment::Count(vec![line]), ..order() }
    };
    let orders = [
        ("organisation", AdjustmentOrder { organisation: Some("o".into()), ..order() }),
        ("remark", AdjustmentOrder { remark: Some("r".into()), ..order() }),
        ("warehouse", AdjustmentOrder { warehouse: "w".repeat(41), ..order() }),
        ("reference", AdjustmentOrder { reference: "r".repeat(41), ..order() }),
        ("extras.is_adjust_stock", AdjustmentOrder { extras: pairs(&[("is_adjust_stock", "2")]), ..order() }),
        ("extras.goods_list", AdjustmentOrder { extras: pairs(&[("goods_list", "[]")]), ..order() }),
        ("adjustment.count", AdjustmentOrder { adjustment: Adjustment::Count(vec![]), ..order() }),
        ("adjustment.count[0].sku", with(|line| line.sku = "s".repeat(41))),
        ("adjustment.count[0].condition", with(|line| line.condition = Some(Condition::Sellable))),
        ("adjustment.count[0].position", with(|line| line.position = Some("p".repeat(51)))),
        ("adjustment.count[0].sku", with(|line| line.sku = "box-📦".into())),
        ("adjustment.count", AdjustmentOrder { adjustment: Adjustment::Count(vec![line(); 501]), ..order() }),
        ("adjustment.count[0].batch", with(|line| line.batch = Some("B".into()))),
        ("adjustment.count[0].remark", with(|line| line.remark = Some("r".into()))),
        ("adjustment.count[0].counted", with(|line| line.counted = "1.00001".into())),
        ("adjustment.count[0].extras.x", with(|line| line.extras = pairs(&[("x", "1")]))),
    ];
    for (path, order) in orders {
        let host = support::answering(OK);
        let failure = WdtEnterprise::adjust(&host, order).unwrap_err();
        assert_eq!(host.refused_at(not_applied(failure)), path);
    }
}
