use stockbridge_connector::native::NativeHost;
use stockbridge_connector::{
    Adjustment, AdjustmentOrder, Attempt, Connector, ErrorClass, Repetition, Resolution, Write, WriteFailure,
};
use stockbridge_wdt_flagship::WdtFlagship;

use crate::{count, occupy, support, transfer};

#[test]
fn the_account_is_described_for_the_operator() {
    let descriptor = WdtFlagship::describe();
    assert_eq!(descriptor.provider, "wdt-flagship");
    let settings: Vec<_> = descriptor
        .settings
        .iter()
        .map(|setting| (setting.name.as_str(), setting.required, setting.default.as_deref()))
        .collect();
    assert_eq!(
        settings,
        [
            ("sid", true, None),
            ("key", true, None),
            ("salt", true, None),
            ("url", false, Some("http://wdt.wangdian.cn/openapi")),
            ("since", false, None),
            ("transfer-method", false, Some("wms.outer.OuterTransfer.createByApi")),
            ("occupy-method", false, Some("setting.strategy.VirtualWarehouse.reserveExtractAdd")),
            ("remark-marker", false, Some("true")),
            ("look-up-is-complete-after", false, None),
        ]
    );
    assert_eq!(descriptor.secrets.len(), 1);
    assert!(!descriptor.secrets[0].sent && descriptor.secrets[0].required);
    assert_eq!(descriptor.application, ["sid", "key"]);
    assert_eq!(descriptor.origins, ["http://wdt.wangdian.cn"]);
    assert_eq!(descriptor.requests_per_minute, None);
}

#[test]
fn without_markers_no_write_may_be_repeated_without_a_person() {
    let operations = WdtFlagship::operations(&NativeHost::without_http());
    let names: Vec<_> = operations.iter().map(|operation| operation.operation.as_str()).collect();
    assert_eq!(names, ["query", "transfer", "adjust.count", "occupy"]);
    for operation in operations {
        assert!(matches!(operation.repetition, Repetition::Blind));
        assert_eq!(operation.methods.len(), 1);
    }
}

#[test]
fn a_check_reads_one_row_and_changes_nothing() {
    let host = support::answering(r#"{"status":0,"data":{"total_count":0,"detail_list":[]}}"#);
    WdtFlagship::check(&host).unwrap();
    let sent = host.only_sent();
    assert_eq!(sent.write, None);
    assert_eq!(sent.parameters()["page_size"], "1");
    assert!(host.logged()[0].contains("at least 145 requests"), "{:?}", host.logged());
    assert_eq!(sent.text(), r#"[{"start_time":"2023-11-15 06:13:19","end_time":"2023-11-15 06:13:20"}]"#);

    let host = support::answering(r#"{"status":1,"message":"验证失败"}"#);
    assert_eq!(WdtFlagship::check(&host).unwrap_err().class, ErrorClass::Unauthorized);
}

#[test]
fn other_adjustments_than_counts_are_refused() {
    for adjustment in [Adjustment::Unpack(vec![]), Adjustment::Relabel(vec![])] {
        let host = support::answering("");
        let order = AdjustmentOrder { adjustment, ..count::page_example() };
        let WriteFailure::NotApplied(error) = WdtFlagship::adjust(&host, order).unwrap_err() else { panic!() };
        assert_eq!((error.class, error.path.as_deref()), (ErrorClass::Unsupported, Some("adjustment")));
        assert!(host.sent().is_empty());
    }
}

#[test]
fn a_missing_setting_or_secret_is_told_before_anything_is_sent() {
    let bare = NativeHost::without_http();
    let error = WdtFlagship::check(&bare).unwrap_err();
    assert!(error.message.contains("`sid`"), "{}", error.message);
    let host = NativeHost::without_http()
        .setting("sid", "s")
        .setting("key", "k")
        .setting("salt", "salt")
        .setting("url", "http://wdt.example/openapi");
    let error = WdtFlagship::check(&host).unwrap_err();
    assert!(error.message.contains("`secret`"), "{}", error.message);
    assert_eq!(error.class, ErrorClass::Unauthorized);
    assert!(host.sent().is_empty());
}

#[test]
fn a_lost_write_without_a_marker_cannot_be_looked_up_and_a_person_is_told_where() {
    let writes = [
        (
            Write::Transfer(transfer::page_example()),
            &["(调拨单)", "from daj-wms-wdt to lz-002 of daj1 × 10", "do not send it again"][..],
        ),
        (Write::Adjust(count::page_example()), &["(盘点单)", "1002", "API TEST", "Count again before"]),
        (Write::Occupy(occupy::order()), &["TF38580", "虚拟仓库存分配", "do not send it again"]),
    ];
    for (write, words) in writes {
        let host = NativeHost::without_http();
        let attempt = Attempt { first_sent: support::NOW, last_sent: support::NOW, key: None };
        let Resolution::CannotTell(text) = WdtFlagship::resolve(&host, write, attempt).unwrap() else { panic!() };
        assert!(text.contains("2023-11-15 06:13:20"), "{text}");
        for word in words {
            assert!(text.contains(word), "{word}: {text}");
        }
        assert!(host.sent().is_empty());
    }
}
