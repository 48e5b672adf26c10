//! The connector's description, and the operations that it does not support.

use stockbridge_connector::native::NativeHost;
use stockbridge_connector::{Attempt, Connector, ErrorClass, Repetition, Resolution, StockQuery, Write};
use stockbridge_taobao_top::TaobaoTop;

use super::order::{account, example};

#[test]
fn the_signing_secret_is_never_sent_and_the_session_is() {
    let descriptor = TaobaoTop::describe();
    let secrets: Vec<_> =
        descriptor.secrets.iter().map(|secret| (secret.name.as_str(), secret.required, secret.sent)).collect();
    assert_eq!(secrets, [("secret", true, false), ("session", false, true)]);
    assert_eq!(descriptor.application, ["app_key"]);
    assert_eq!(descriptor.origins, ["https://eco.taobao.com"]);
}

#[test]
fn settings_that_are_not_required_have_a_default() {
    let settings: Vec<_> = TaobaoTop::describe()
        .settings
        .into_iter()
        .map(|setting| (setting.name, setting.required, setting.default))
        .collect();
    assert_eq!(
        settings,
        [
            ("app_key".to_owned(), true, None),
            ("url".to_owned(), false, Some("https://eco.taobao.com/router/rest".to_owned())),
            ("sign_method".to_owned(), false, Some("hmac-sha256".to_owned())),
        ]
    );
}

#[test]
fn it_occupies_and_no_more() {
    let host = account(NativeHost::without_http());
    let [occupy] = TaobaoTop::operations(&host).try_into().unwrap();
    assert_eq!(occupy.operation, "occupy");
    assert!(matches!(occupy.repetition, Repetition::Deduplicated(600_000)));
    assert_eq!(occupy.methods, ["taobao.logistics.wms.inventory.imbalance.create"]);

    let query = StockQuery {
        warehouse: None,
        skus: vec![],
        barcodes: vec![],
        changed: None,
        include_deleted: false,
        cursor: None,
        page_size: None,
        extras: vec![],
    };
    let error = TaobaoTop::query(&host, query).unwrap_err();
    assert_eq!(error.class, ErrorClass::Unsupported);
    assert_eq!(error.message, "this connector has no operation `query`");
}

#[test]
fn a_check_names_a_missing_setting_and_otherwise_says_that_there_is_nothing_to_try() {
    let host = NativeHost::without_http();
    assert_eq!(
        TaobaoTop::check(&host).unwrap_err().message,
        "the setting `app_key` is needed for this: add it to the account's settings"
    );
    let host = account(NativeHost::without_http());
    let error = TaobaoTop::check(&host).unwrap_err();
    assert_eq!(error.class, ErrorClass::Unsupported);
    assert!(error.message.contains("the first occupation shows"), "{}", error.message);
    assert!(host.sent().is_empty());
}

#[test]
fn a_person_is_told_where_to_look_for_an_occupation_and_not_to_send_it_again() {
    let host = account(NativeHost::without_http());
    let attempt = Attempt { first_sent: 0, last_sent: 0, key: Some("1234567890".into()) };
    let Resolution::CannotTell(text) = TaobaoTop::resolve(&host, Write::Occupy(example()), attempt).unwrap() else {
        panic!("TOP has no look-up");
    };
    for word in [
        "In the warehouse's system, look for an occupation",
        "out_biz_code 1234567890",
        "仓内库存差异占用",
        "made between 1970-01-01 08:00:00",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    // The host sends it again by itself while it may, and later a second one would be a new one.
    assert!(!text.contains("send the same order"), "{text}");
    assert!(host.sent().is_empty());
}
