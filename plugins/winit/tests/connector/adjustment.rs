//! An adjustment as sent.

use serde_json::{Value, json};
use stockbridge_connector::native::{NativeHost, SentRequest};
use stockbridge_connector::{AdjustmentOrder, Connector, Packaging, Progress};
use stockbridge_winit::Winit;

use super::order::{SUCCESS, account, change_owner, moved, relabel, relabelled, unpack, unpacked};

fn sent(host: &NativeHost, order: AdjustmentOrder) -> SentRequest {
    Winit::adjust(host, order).unwrap();
    host.only_sent()
}

fn answering() -> NativeHost {
    account(NativeHost::answering(SUCCESS))
}

fn body(host: &NativeHost, order: AdjustmentOrder) -> String {
    sent(host, order).text()
}

fn data(order: AdjustmentOrder) -> Value {
    let body: Value = serde_json::from_str(&body(&answering(), order)).unwrap();
    body["data"].clone()
}

/// The page's example with its own envelope.
fn page(example: &str) -> Value {
    serde_json::from_str(example).unwrap()
}

#[test]
fn the_pages_change_of_organisation_is_sent_as_the_page_has_it() {
    let page = page(include_str!("../pages/osf64.json"));
    assert_eq!(data(change_owner(vec![moved()])), page["data"]);
}

#[test]
fn the_pages_other_examples_name_two_organisations_and_one_is_sent_as_its_rule_wants() {
    for (example, order) in [
        (include_str!("../pages/osf61.json"), unpack(vec![unpacked()])),
        (include_str!("../pages/osf65.json"), relabel(vec![relabelled()])),
    ] {
        let mut page = page(example);
        assert_eq!((&page["data"]["turnOutCode"], &page["data"]["turnInCode"]), (&json!("nj"), &json!("bj")));
        page["data"]["turnInCode"] = json!("nj");
        assert_eq!(data(order), page["data"]);
    }
}

#[test]
fn the_envelope_is_the_pages_but_for_the_account() {
    let mut page = page(include_str!("../pages/osf64.json"));
    page["app_key"] = json!("demo@example.com");
    page["sign"] = json!("350B9952DDBA282A7CE13FC574739F50");
    let sent: Value = serde_json::from_str(&body(&answering(), change_owner(vec![moved()]))).unwrap();
    assert_eq!(sent, page);
}

#[test]
fn the_data_is_sent_as_the_very_text_that_was_signed() {
    for (order, signed, sign) in [
        (
            unpack(vec![unpacked()]),
            r#"{"merchandiseList":[{"transferInInfo":{"barcodeValue":"T00001","merchandiseCode":"liaowl1003","quantity":"10","skuType":"SINGLE","specification":"","standPartsQty":10},"transferOutInfo":{"barcodeValue":"T00001","merchandiseCode":"liaowl1002","quantity":"1","skuType":"BOX","specification":"","standPartsQty":10}}],"sellerOrderNo":"liao1028","turnInCode":"nj","turnOutCode":"nj","warehouseCode":"US0001","winitProductCode":"OSF611005741"}"#,
            "3F670B2AC9A35697142524BA8AEE5B46",
        ),
        (
            change_owner(vec![moved()]),
            r#"{"merchandiseList":[{"transferInInfo":{"barcodeValue":"T00001","merchandiseCode":"liaowl1002","quantity":"1","skuType":"BOX","specification":"","standPartsQty":10},"transferOutInfo":{"barcodeValue":"T00001","merchandiseCode":"liaowl1002","quantity":"1","skuType":"BOX","specification":"","standPartsQty":10}}],"sellerOrderNo":"liao1028","turnInCode":"bj","turnOutCode":"nj","warehouseCode":"US0001","winitProductCode":"OSF641006365"}"#,
            "350B9952DDBA282A7CE13FC574739F50",
        ),
        (
            relabel(vec![relabelled()]),
            r#"{"merchandiseList":[{"transferInInfo":{"barcodeValue":"T00002","merchandiseCode":"liaowl1002","quantity":"1","skuType":"BOX","specification":"","standPartsQty":10},"transferOutInfo":{"barcodeValue":"T00001","merchandiseCode":"liaowl1002","quantity":"1","skuType":"BOX","specification":"","standPartsQty":10}}],"sellerOrderNo":"liao1028","turnInCode":"nj","turnOutCode":"nj","warehouseCode":"US0001","winitProductCode":"OSF651006365"}"#,
            "5281DAB260AA1C36BBCB6A5D2A17FF37",
        ),
    ] {
        assert_eq!(
            body(&answering(), order),
            format!(
                r#"{{"action":"wh.inventoryAdjustment.createOrder.v2","app_key":"demo@example.com","data":{signed},"format":"json","language":"zh_CN","platform":"OWNERERP","sign":"{sign}","sign_method":"md5","timestamp":"2020-05-18 20:09:05","version":"1.0"}}"#
            )
        );
    }
}

#[test]
fn an_application_signs_with_its_own_secret_too() {
    for (order, client_sign) in [
        (unpack(vec![unpacked()]), "7B2EC7071846C81724579AB1B49131C4"),
        (change_owner(vec![moved()]), "0393263908192E43695C3DA5BDEADC77"),
        (relabel(vec![relabelled()]), "A301E643DF7DA6F475479F343CC09DF4"),
    ] {
        let host = answering()
            .setting("client_id", "demo-client")
            .setting("platform", "OWNERERP")
            .secret("client_secret", "demo-client-secret");
        let body = body(&host, order);
        let part =
            format!(r#""app_key":"demo@example.com","client_id":"demo-client","client_sign":"{client_sign}","data":"#);
        assert!(body.contains(&part), "{body}");
    }
}

#[test]
fn settings_change_the_envelope_and_the_gateway() {
    let host = answering()
        .setting("url", "http://127.0.0.1:8080/openapi/service")
        .setting("platform", "SELLERERP")
        .setting("language", "en_US");
    let request = sent(&host, unpack(vec![unpacked()]));
    assert_eq!(request.method, "POST");
    assert_eq!(request.url, "http://127.0.0.1:8080/openapi/service");
    assert_eq!(request.headers, [("content-type".to_owned(), "application/json;charset=UTF-8".to_owned())]);
    let body = String::from_utf8(request.body).unwrap();
    assert!(body.contains(r#""language":"en_US","platform":"SELLERERP""#), "{body}");
}

#[test]
fn the_write_has_no_key_because_winit_keeps_none() {
    let request = sent(&answering(), unpack(vec![unpacked()]));
    assert_eq!(request.url, "https://openapi.winit.com.cn/openapi/service");
    assert_eq!(request.write, Some(None));
}

#[test]
fn each_field_of_an_item_has_its_own_field_of_the_page() {
    let mut line = unpacked();
    line.from.specification = Some("红".into());
    line.from.quantity = "2".into();
    line.from.packaging = Packaging::Suite;
    line.from.standard_parts = Some(5);
    line.to.specification = Some("蓝".into());
    assert_eq!(
        data(unpack(vec![line]))["merchandiseList"],
        json!([{
            "transferOutInfo": {
                "merchandiseCode": "liaowl1002", "specification": "红", "quantity": "2", "skuType": "SUITE",
                "standPartsQty": 5, "barcodeValue": "T00001"
            },
            "transferInInfo": {
                "merchandiseCode": "liaowl1003", "specification": "蓝", "quantity": "10", "skuType": "SINGLE",
                "standPartsQty": 10, "barcodeValue": "T00001"
            }
        }])
    );
}

#[test]
fn what_the_order_leaves_open_is_left_out() {
    let mut line = unpacked();
    for item in [&mut line.from, &mut line.to] {
        item.specification = None;
        item.standard_parts = None;
        item.barcode = None;
    }
    let mut order = unpack(vec![line]);
    order.organisation = None;
    assert_eq!(
        data(order),
        json!({
            "winitProductCode": "OSF611005741",
            "sellerOrderNo": "liao1028",
            "warehouseCode": "US0001",
            "merchandiseList": [{
                "transferOutInfo": {"merchandiseCode": "liaowl1002", "quantity": "1", "skuType": "BOX"},
                "transferInInfo": {"merchandiseCode": "liaowl1003", "quantity": "10", "skuType": "SINGLE"}
            }]
        })
    );
}

#[test]
fn lines_keep_their_order_and_quantities_are_whole() {
    let mut second = moved();
    second.from.sku = "second".into();
    second.from.quantity = "2.00".into();
    let list = data(change_owner(vec![moved(), second]))["merchandiseList"].clone();
    assert_eq!(list[0]["transferOutInfo"]["merchandiseCode"], "liaowl1002");
    assert_eq!(list[1]["transferOutInfo"]["merchandiseCode"], "second");
    assert_eq!(list[1]["transferOutInfo"]["quantity"], "2");
}

#[test]
fn an_adjustment_order_that_was_made_is_accepted_under_its_number() {
    let host = answering();
    let receipt = Winit::adjust(&host, unpack(vec![unpacked()])).unwrap();
    assert_eq!(receipt.document.as_deref(), Some("WT010000000210"));
    assert_eq!(receipt.progress, Progress::Accepted);
    assert!(receipt.failed.is_empty());
    assert_eq!(receipt.repeated, None);
    assert_eq!(receipt.extras, [("msg".to_owned(), "\"操作成功\"".to_owned())]);
}

#[test]
fn an_answer_without_a_number_is_a_success_all_the_same() {
    for data in ["{}", r#"{"orderNo":null}"#, r#"{"orderNo":""}"#] {
        let host = account(NativeHost::answering(format!(r#"{{"code":0,"data":{data}}}"#)));
        let receipt = Winit::adjust(&host, unpack(vec![unpacked()])).unwrap();
        assert_eq!(receipt.document, None, "{data}");
    }
}

#[test]
fn what_winit_says_beside_the_number_is_kept() {
    let host = account(NativeHost::answering(r#"{"code":"0","trace":"t","data":{"orderNo":"1","state":1.50}}"#));
    let receipt = Winit::adjust(&host, unpack(vec![unpacked()])).unwrap();
    assert_eq!(receipt.extras, [("trace".to_owned(), "\"t\"".to_owned()), ("state".to_owned(), "1.50".to_owned()),]);
}
