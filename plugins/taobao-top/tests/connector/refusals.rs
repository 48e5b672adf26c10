//! Refusals before anything is sent.

use stockbridge_connector::native::{NativeHost, not_applied};
use stockbridge_connector::{
    Condition, Connector, Error, ErrorClass, OccupationLine, OccupationOrder, OccupationReason,
};
use stockbridge_taobao_top::TaobaoTop;

use super::order::{NOON, account, example};

fn refusal(host: &NativeHost, order: OccupationOrder) -> Error {
    let error = not_applied(TaobaoTop::occupy(host, order).unwrap_err());
    assert!(host.sent().is_empty());
    error
}

fn refused(change: impl FnOnce(&mut OccupationOrder)) -> Error {
    let mut order = example();
    change(&mut order);
    refusal(&account(NativeHost::without_http()), order)
}

fn refused_line(change: impl FnOnce(&mut OccupationLine)) -> Error {
    refused(|order| {
        let mut second = order.lines[0].clone();
        change(&mut second);
        order.lines.push(second);
    })
}

#[track_caller]
fn assert_refused(error: &Error, class: ErrorClass, path: &str, message: &str) {
    assert_eq!((error.class, error.path.as_deref(), error.message.as_str()), (class, Some(path), message));
}

#[test]
fn what_the_page_requires_is_asked_for_by_its_path() {
    use ErrorClass::InvalidRequest;
    let missing = "the provider requires this";
    assert_refused(&refused(|order| order.owner = None), InvalidRequest, "owner", missing);
    assert_refused(&refused(|order| order.warehouse = None), InvalidRequest, "warehouse", missing);
    assert_refused(&refused(|order| order.occurred = None), InvalidRequest, "occurred", missing);
    assert_refused(&refused_line(|line| line.line = None), InvalidRequest, "lines[1].line", missing);
    assert_refused(&refused_line(|line| line.quantity = None), InvalidRequest, "lines[1].quantity", missing);
    assert_refused(&refused_line(|line| line.condition = None), InvalidRequest, "lines[1].condition", missing);
    assert_refused(&refused(|order| order.lines.clear()), InvalidRequest, "lines", "at least one line is needed");
}

#[test]
fn an_empty_text_is_refused_wherever_it_stands() {
    type Change<T> = (fn(&mut T), &'static str);
    let orders: [Change<OccupationOrder>; 5] = [
        (|order| order.owner = Some(String::new()), "owner"),
        (|order| order.warehouse = Some(String::new()), "warehouse"),
        (|order| order.document.clear(), "document"),
        (|order| order.reference.clear(), "reference"),
        (|order| order.remark = Some(String::new()), "remark"),
    ];
    for (change, path) in orders {
        assert_refused(&refused(change), ErrorClass::InvalidRequest, path, "this must not be empty");
    }
    let lines: [Change<OccupationLine>; 8] = [
        (|line| line.line = Some(String::new()), "lines[1].line"),
        (|line| line.sku.clear(), "lines[1].sku"),
        (|line| line.provider_item = Some(String::new()), "lines[1].provider-item"),
        (|line| line.batch = Some(String::new()), "lines[1].batch"),
        (|line| line.produced = Some(String::new()), "lines[1].produced"),
        (|line| line.expiry = Some(String::new()), "lines[1].expiry"),
        (|line| line.lot = Some(String::new()), "lines[1].lot"),
        (|line| line.serial = Some(String::new()), "lines[1].serial"),
    ];
    for (change, path) in lines {
        assert_refused(&refused_line(change), ErrorClass::InvalidRequest, path, "this must not be empty");
    }
}

#[test]
fn fields_that_the_method_lacks_are_refused_rather_than_dropped() {
    use ErrorClass::Unsupported;
    let cannot = "the provider's method cannot carry this";
    assert_refused(&refused_line(|line| line.pool = Some("1".into())), Unsupported, "lines[1].pool", cannot);
    assert_refused(&refused_line(|line| line.to_pool = Some("1".into())), Unsupported, "lines[1].to-pool", cannot);
    assert_refused(&refused_line(|line| line.priority = Some(1)), Unsupported, "lines[1].priority", cannot);
    let none = "the provider's method has no such field";
    assert_refused(&refused(|order| order.extras.push(("mode".into(), "1".into()))), Unsupported, "extras.mode", none);
    assert_refused(
        &refused_line(|line| line.extras.push(("colour".into(), "\"red\"".into()))),
        Unsupported,
        "lines[1].extras.colour",
        none,
    );
}

#[test]
fn stock_is_held_for_discrepancies_alone() {
    for reason in [
        OccupationReason::Transfer,
        OccupationReason::Stocktake,
        OccupationReason::PurchaseReturn,
        OccupationReason::OtherOutbound,
        OccupationReason::Other("CHECK".into()),
    ] {
        assert_refused(
            &refused(|order| order.reason = reason),
            ErrorClass::Unsupported,
            "reason",
            "TOP's method only holds stock for discrepancies (adjust_type ADJUST)",
        );
    }
}

#[test]
fn a_state_of_goods_that_the_page_does_not_have_is_refused() {
    assert_refused(
        &refused_line(|line| line.condition = Some(Condition::Other("zp".into()))),
        ErrorClass::InvalidRequest,
        "lines[1].condition",
        "`zp` is not an inventory_type of TOP: ZP, CC, JS, XS, ZT, XQC, ZCC, BLC, ZCZP, CZC, FP, LQC, XTZP",
    );
}

#[test]
fn only_whole_quantities_above_nought_that_fit_into_a_long_are_sent() {
    for (quantity, message) in [
        ("1.5", "1.5 is not a whole number, and the provider accepts no other"),
        ("0", "0 is not more than 0"),
        ("-3", "-3 is not more than 0"),
        ("9223372036854775808", "9223372036854775808 is too large for TOP"),
        ("twelve", "`twelve` is not a decimal number in plain digits"),
    ] {
        assert_refused(
            &refused_line(|line| line.quantity = Some(quantity.into())),
            ErrorClass::InvalidRequest,
            "lines[1].quantity",
            message,
        );
    }
}

#[test]
fn a_time_that_the_page_cannot_write_is_refused() {
    assert_refused(
        &refused(|order| order.occurred = Some(1_473_393_600_001)),
        ErrorClass::Unsupported,
        "occurred",
        "TOP's operate_time only has whole seconds",
    );
    assert_refused(
        &refused(|order| order.occurred = Some(1_000_000_000_000_000)),
        ErrorClass::InvalidRequest,
        "occurred",
        "the year has more than four digits",
    );
}

#[test]
fn extended_properties_are_an_object() {
    for given in ["1", "null", "[]", "\"\"", "\"{\"", "\"[]\""] {
        assert_refused(
            &refused(|order| order.extras = vec![("extend_props".into(), given.into())]),
            ErrorClass::InvalidRequest,
            "extras.extend_props",
            "a JSON object is expected here, or its text",
        );
        assert_refused(
            &refused_line(|line| line.extras = vec![("extend_props".into(), given.into())]),
            ErrorClass::InvalidRequest,
            "lines[1].extras.extend_props",
            "a JSON object is expected here, or its text",
        );
    }
}

#[test]
fn an_account_that_cannot_sign_sends_nothing() {
    let host = NativeHost::without_http().setting("app_key", "demo-key").at(NOON);
    let error = refusal(&host, example());
    assert_eq!(error.class, ErrorClass::Unauthorized);
    assert_eq!(error.message, "the secret `secret` is not configured: add it to the account's secrets");

    let host = NativeHost::without_http().secret("secret", "demo-secret").at(NOON);
    assert_eq!(
        refusal(&host, example()).message,
        "the setting `app_key` is needed for this: add it to the account's settings"
    );

    let host = account(NativeHost::without_http()).setting("sign_method", "sha1");
    assert_eq!(
        refusal(&host, example()).message,
        "the setting `sign_method` cannot be used: `sha1` is none of md5, hmac, hmac-sha256"
    );
}
