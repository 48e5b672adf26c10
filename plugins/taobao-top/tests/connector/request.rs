//! The request as sent.

use std::collections::BTreeMap;

use stockbridge_connector::native::{NativeHost, SentRequest};
use stockbridge_connector::{Condition, Connector, OccupationOrder, OccupationReason, Progress};
use stockbridge_taobao_top::TaobaoTop;

use super::order::{REQUEST, SUCCESS, account, example};

fn sent(host: NativeHost, order: OccupationOrder) -> SentRequest {
    TaobaoTop::occupy(&host, order).unwrap();
    host.only_sent()
}

fn parameters(request: &SentRequest) -> BTreeMap<String, String> {
    request.form().into_iter().collect()
}

fn answering() -> NativeHost {
    account(NativeHost::answering(SUCCESS))
}

fn req_dto(order: OccupationOrder) -> String {
    parameters(&sent(answering(), order)).remove("req_dto").unwrap()
}

#[test]
fn the_pages_example_is_sent_as_the_page_has_it() {
    assert_eq!(req_dto(example()), REQUEST.trim_end());
}

#[test]
fn the_whole_body_is_a_form_with_the_public_parameters() {
    let request = sent(answering(), example());
    assert_eq!(request.method, "POST");
    assert_eq!(request.url, "https://eco.taobao.com/router/rest");
    assert_eq!(request.query, "");
    assert_eq!(
        request.headers,
        [("content-type".to_owned(), "application/x-www-form-urlencoded;charset=UTF-8".to_owned())]
    );
    let body = String::from_utf8(request.body).unwrap();
    assert!(
        body.starts_with(
            "method=taobao.logistics.wms.inventory.imbalance.create&app_key=demo-key\
             &timestamp=2026-01-01+12%3A00%3A00&format=json&v=2.0&sign_method=hmac-sha256&req_dto=%7B%22owner_code%22"
        ),
        "{body}"
    );
    assert!(body.ends_with("%7D&sign=D91D7117E8CCA8F8A18F54380653A108B906E88435C6208C9B05EF83963677E3"), "{body}");
}

#[test]
fn each_sign_method_signs_all_parameters() {
    for (method, sign) in [
        ("md5", "1A4E7D4D8E19366F23671801DE34C011"),
        ("hmac", "95B48BFFA03229CE8F26359270B237BE"),
        ("hmac-sha256", "D91D7117E8CCA8F8A18F54380653A108B906E88435C6208C9B05EF83963677E3"),
    ] {
        let parameters = parameters(&sent(answering().setting("sign_method", method), example()));
        assert_eq!(parameters["sign_method"], method);
        assert_eq!(parameters["sign"], sign, "{method}");
        assert!(!parameters.contains_key("session"));
        assert!(!parameters.contains_key("simplify"));
    }
}

#[test]
fn the_session_is_signed_plain_and_sent_as_a_form_value() {
    for (method, sign) in [
        ("md5", "E42DBA54FBFD293F0D02E37F94F3D686"),
        ("hmac", "72279BA4F9E1ED2AFA03A625515D83FF"),
        ("hmac-sha256", "D1F4474F4297B1E8CF7EF9394D4F0FC57B5D34C5552F4344625130AFCE246126"),
    ] {
        let host = answering().setting("sign_method", method).secret("session", "demo session+/=");
        let request = sent(host, example());
        assert_eq!(parameters(&request)["sign"], sign, "{method}");
        assert!(request.body.ends_with(b"&session=demo+session%2B%2F%3D"));
    }
}

#[test]
fn the_reference_is_the_key_of_the_write() {
    assert_eq!(sent(answering(), example()).write, Some(Some("1234567890".to_owned())));
}

#[test]
fn another_gateway_is_used_where_the_operator_names_one() {
    let request = sent(answering().setting("url", "http://127.0.0.1:8080/router/rest"), example());
    assert_eq!(request.url, "http://127.0.0.1:8080/router/rest");
}

#[test]
fn what_the_order_leaves_open_is_left_out() {
    let mut order = example();
    order.remark = None;
    order.extras = vec![];
    let line = &mut order.lines[0];
    line.provider_item = None;
    line.batch = None;
    line.produced = None;
    line.expiry = None;
    line.lot = None;
    line.serial = None;
    line.extras = vec![];
    assert_eq!(
        req_dto(order),
        r#"{"owner_code":"AX5886","warehouse_code":"STA","occupy_order_id":"IM1234","adjust_type":"ADJUST","out_biz_code":"1234567890","items":[{"order_line_id":"I1234","item_code":"I1234","inventory_type":"ZP","lock_quantity":12}],"operate_time":"2016-09-09 12:00:00"}"#
    );
}

#[test]
fn each_field_of_the_order_has_its_own_field_of_the_page() {
    let mut order = example();
    let line = &mut order.lines[0];
    line.line = Some("1".into());
    line.sku = "sku".into();
    line.batch = Some("batch".into());
    line.lot = Some("lot".into());
    line.produced = Some("2026-01-02".into());
    line.expiry = Some("2027-03-04".into());
    line.extras = vec![("extend_props".into(), r#"{"a":1}"#.into())];
    let text = req_dto(order);
    for part in [
        r#""order_line_id":"1","item_code":"sku","item_id":"CK1234""#,
        r#""batch_code":"batch","product_date":"2026-01-02","expire_date":"2027-03-04","produce_code":"lot""#,
        r#""sn_code":"S1234","extend_props":"{\"a\":1}"}]"#,
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[test]
fn lines_keep_their_order() {
    let mut order = example();
    let mut second = order.lines[0].clone();
    second.line = Some("I1235".into());
    order.lines.push(second);
    let text = req_dto(order);
    assert!(text.find("\"I1234\"").unwrap() < text.find("\"I1235\"").unwrap(), "{text}");
}

#[test]
fn conditions_are_the_pages_inventory_types() {
    let types = ["ZP", "CC", "JS", "XS", "ZT", "XQC", "ZCC", "BLC", "ZCZP", "CZC", "FP", "LQC", "XTZP"];
    let others = types.map(|code| (Condition::Other(code.into()), code));
    for (condition, code) in [(Condition::Sellable, "ZP"), (Condition::Defective, "CC")].into_iter().chain(others) {
        let mut order = example();
        order.lines[0].condition = Some(condition);
        assert!(req_dto(order).contains(&format!("\"inventory_type\":\"{code}\"")), "{code}");
    }
}

#[test]
fn a_whole_quantity_is_sent_as_a_number_however_it_is_written() {
    for written in ["12", "12.000"] {
        let mut order = example();
        order.lines[0].quantity = Some(written.into());
        assert_eq!(req_dto(order), REQUEST.trim_end());
    }
}

#[test]
fn extended_properties_may_be_given_as_the_object_or_as_its_text() {
    for given in [r#"{"key": "值"}"#, r#""{\"key\": \"值\"}""#] {
        let mut order = example();
        order.extras = vec![("extend_props".into(), given.into())];
        let text = req_dto(order);
        assert!(text.contains(r#""extend_props":"{\"key\": \"值\"}","operate_time""#), "{text}");
    }
}

#[test]
fn the_reason_may_be_the_providers_own_code() {
    let mut order = example();
    order.reason = OccupationReason::Other("ADJUST".into());
    assert_eq!(req_dto(order), REQUEST.trim_end());
}

#[test]
fn a_success_is_done_and_keeps_what_was_said_beside_it() {
    let host = answering();
    let receipt = TaobaoTop::occupy(&host, example()).unwrap();
    assert_eq!(receipt.document, None);
    assert_eq!(receipt.progress, Progress::Done);
    assert!(receipt.failed.is_empty());
    assert_eq!(receipt.repeated, None);
    assert_eq!(
        receipt.extras,
        [
            ("error_code".to_owned(), "\"ERROR_OWNER_NOT_EXIST\"".to_owned()),
            ("error_message".to_owned(), "\"货主不存在\"".to_owned()),
        ]
    );
}

#[test]
fn what_is_said_at_any_level_of_a_success_is_kept() {
    let host = account(NativeHost::answering(
        r#"{"a":1,"logistics_wms_inventory_imbalance_create_response":{"b":1.50,"spi_result":{"success":true,"c":"d"}}}"#,
    ));
    let receipt = TaobaoTop::occupy(&host, example()).unwrap();
    assert_eq!(
        receipt.extras,
        [("a", "1"), ("b", "1.50"), ("c", "\"d\"")].map(|(name, json)| (name.to_owned(), json.to_owned()))
    );
}
