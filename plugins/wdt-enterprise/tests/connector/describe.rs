use stockbridge_connector::native::{NativeHost, not_applied};
use stockbridge_connector::{
    Adjustment, AdjustmentOrder, Attempt, Connector, ErrorClass, OccupationOrder, OccupationReason, Repetition,
    Resolution, Write, WriteFailure,
};
use stockbridge_wdt_enterprise::WdtEnterprise;

use crate::{count, support};

#[test]
fn the_account_is_described_for_the_operator() {
    let descriptor = WdtEnterprise::describe();
    assert_eq!(descriptor.provider, "wdt-enterprise");
    let settings: Vec<_> = descriptor
        .settings
        .iter()
        .map(|setting| (setting.name.as_str(), setting.required, setting.default.as_deref()))
        .collect();
    assert_eq!(
        settings,
        [
            ("sid", true, None),
            ("appkey", true, None),
            ("url", false, Some("https://api.wangdian.cn/openapi2")),
            ("since", false, None),
            ("counts-audit-themselves", false, Some("false")),
        ]
    );
    assert_eq!(descriptor.requests_per_minute, Some(60));
    assert_eq!(descriptor.secrets.len(), 1);
    assert!(!descriptor.secrets[0].sent && descriptor.secrets[0].required);
    assert_eq!(descriptor.application, ["sid", "appkey"]);
    assert_eq!(descriptor.origins, ["https://api.wangdian.cn"]);
}

#[test]
fn no_write_may_be_repeated_without_a_person() {
    let operations = WdtEnterprise::operations(&NativeHost::without_http());
    let names: Vec<_> = operations.iter().map(|operation| operation.operation.as_str()).collect();
    assert_eq!(names, ["query", "transfer", "adjust.count"]);
    assert!(operations.iter().all(|operation| matches!(operation.repetition, Repetition::Blind)));
}

#[test]
fn a_check_reads_one_row_and_changes_nothing() {
    let host = support::answering(r#"{"code":0,"message":"ok","stocks":[],"total_count":"0"}"#);
    WdtEnterprise::check(&host).unwrap();
    let sent = host.only_sent();
    assert_eq!(sent.write, None);
    assert_eq!(
        support::business(&sent),
        support::pairs(&[
            ("start_time", "2023-11-15 06:13:20"),
            ("end_time", "2023-11-15 06:13:20"),
            ("page_size", "1"),
            ("page_no", "0"),
        ])
    );
    // A check logs the cost of a query for all stock.
    assert!(host.logged()[0].contains("at least 1 requests"), "{:?}", host.logged());
    let host = support::answering(r#"{"code":2030,"message":"验证失败"}"#);
    assert_eq!(WdtEnterprise::check(&host).unwrap_err().class, ErrorClass::Unauthorized);
}

#[test]
fn other_adjustments_than_counts_and_occupations_are_refused() {
    let host = support::answering("");
    let order = AdjustmentOrder { adjustment: Adjustment::Unpack(vec![]), ..count::order() };
    let failure = WdtEnterprise::adjust(&host, order).unwrap_err();
    assert_eq!(host.refused_at(not_applied(failure)), "adjustment");
    let WriteFailure::NotApplied(error) = WdtEnterprise::occupy(&host, occupation()).unwrap_err() else { panic!() };
    assert_eq!(error.class, ErrorClass::Unsupported);
    assert!(host.sent().is_empty());
}

#[test]
fn a_missing_setting_or_secret_is_told_before_anything_is_sent() {
    let bare = NativeHost::without_http();
    let error = WdtEnterprise::check(&bare).unwrap_err();
    assert!(error.message.contains("`sid`"), "{}", error.message);
    let host = NativeHost::without_http()
        .setting("sid", "s")
        .setting("appkey", "k")
        .setting("url", "https://wdt.example/openapi2");
    let error = WdtEnterprise::check(&host).unwrap_err();
    assert!(error.message.contains("`secret`"), "{}", error.message);
    assert!(host.sent().is_empty());
}

#[test]
fn a_lost_count_cannot_be_looked_up_and_a_person_is_told_where() {
    for (write, words) in [
        (
            Write::Adjust(count::order()),
            &["(盘点单)", "(外部单号) ref-1", "2023-11-15 06:13:20", "Count again before"][..],
        ),
        (Write::Occupy(occupation()), &["no occupations", "none to look for"]),
    ] {
        let attempt = Attempt { first_sent: support::NOW, last_sent: support::NOW, key: None };
        let host = NativeHost::without_http();
        let Resolution::CannotTell(text) = WdtEnterprise::resolve(&host, write, attempt).unwrap() else { panic!() };
        for word in words {
            assert!(text.contains(word), "{word}: {text}");
        }
        assert!(host.sent().is_empty());
    }
}

fn occupation() -> OccupationOrder {
    OccupationOrder {
        reference: "ref-1".into(),
        document: "D1".into(),
        reason: OccupationReason::Transfer,
        owner: None,
        warehouse: None,
        occurred: None,
        lines: vec![],
        remark: None,
        extras: vec![],
    }
}
