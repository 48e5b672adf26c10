//! The Taobao Open Platform, through its HTTP interface.

#![allow(clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod common;

use common::top::{self, example, occupy, result};
use common::{expect, figures, form, send, simulator};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};

/// `code` and `msg`.
type PlatformError = (Value, Value);

fn platform(code: u32, msg: &str) -> PlatformError {
    (json!(code), json!(msg))
}

fn error(answer: &Value) -> PlatformError {
    (answer["error_response"]["code"].clone(), answer["error_response"]["msg"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_example_holds_twelve_and_leaves_the_goods() {
    let sim = simulator().await;
    let answer = occupy(&sim, &example()).await;
    assert_eq!(result(&answer), json!({"success": true}));
    assert!(answer["logistics_wms_inventory_imbalance_create_response"]["request_id"].is_string());
    assert_eq!(figures(&sim, "STA", "I1234"), expect("120", "12", "108"));
    let document = &sim.ledger().documents[0];
    assert_eq!((document.number.as_str(), document.reference.as_str()), ("IM1234", "1234567890"));
    assert_eq!(document.fields["remark"], "是\t良转残");
    assert_eq!(document.lines[0].fields["sn_code"], "S1234");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_out_biz_code_is_carried_out_once_and_answered_with_success_each_time() {
    let sim = simulator().await;
    for _ in 0..3 {
        assert_eq!(result(&occupy(&sim, &example()).await), json!({"success": true}));
    }
    assert_eq!(figures(&sim, "STA", "I1234"), expect("120", "12", "108"));
    let mut other = example();
    other["out_biz_code"] = json!("another");
    occupy(&sim, &other).await;
    assert_eq!(figures(&sim, "STA", "I1234"), expect("120", "24", "96"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_occupation_is_not_remembered() {
    let sim = simulator().await;
    let mut order = example();
    order["items"][0]["lock_quantity"] = json!(101);
    let refused = result(&occupy(&sim, &order).await);
    assert_eq!((&refused["success"], &refused["error_code"]), (&json!(false), &json!("ERROR_INVENTORY_NOT_ENOUGH")));
    assert_eq!(figures(&sim, "STA", "I1234"), expect("120", "0", "120"));
    assert_eq!(result(&occupy(&sim, &example()).await), json!({"success": true}));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_refuses_within_spi_result() {
    let sim = simulator().await;
    let refusal = async |pointer: &str, value: Value| {
        let mut order = example();
        *order.pointer_mut(pointer).unwrap() = value;
        result(&occupy(&sim, &order).await)
    };
    let owner = json!({"success": false, "error_code": "ERROR_OWNER_NOT_EXIST", "error_message": "货主不存在"});
    assert_eq!(refusal("/owner_code", json!("nobody")).await, owner);
    assert_eq!(refusal("/warehouse_code", json!("nowhere")).await["error_code"], "ERROR_WAREHOUSE_NOT_EXIST");
    assert_eq!(refusal("/items/0/item_code", json!("nothing")).await["error_code"], "ERROR_ITEM_NOT_EXIST");
    assert_eq!(refusal("/items/0/item_id", json!("CK999")).await["error_code"], "ERROR_ITEM_NOT_EXIST");
    assert_eq!(refusal("/items/0/batch_code", json!("P9")).await["error_code"], "ERROR_INVENTORY_NOT_ENOUGH");
    assert_eq!(refusal("/items/0/inventory_type", json!("CC")).await["error_code"], "ERROR_INVENTORY_NOT_ENOUGH");
}

#[tokio::test(flavor = "multi_thread")]
async fn defective_goods_are_held_by_their_type() {
    let sim = simulator().await;
    let mut order = example();
    let item = order["items"][0].as_object_mut().unwrap();
    item.insert("inventory_type".to_owned(), json!("CC"));
    item.retain(|name, _| !["batch_code", "expire_date", "product_date"].contains(&name.as_str()));
    assert_eq!(result(&occupy(&sim, &order).await), json!({"success": true}));
    let held = sim.ledger().stock.into_iter().find(|lot| lot.reserved > rust_decimal::Decimal::ZERO).unwrap();
    assert_eq!(held.condition, stockbridge_simulator::Condition::Cc);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_field_in_the_dto_is_an_invalid_parameter() {
    let sim = simulator().await;
    let cases = [
        ("/adjust_type", json!("OTHER"), "adjust_type"),
        ("/operate_time", json!("2016-09-09"), "operate_time"),
        ("/extend_props", json!("[]"), "extend_props"),
        ("/items", json!([]), "items"),
        ("/items/0/lock_quantity", json!(1.5), "items[0].lock_quantity"),
        ("/items/0/lock_quantity", json!("12"), "items[0].lock_quantity"),
        ("/items/0/lock_quantity", json!(0), "items[0].lock_quantity"),
        ("/items/0/inventory_type", json!("XX"), "items[0].inventory_type"),
        ("/items/0/expire_date", json!("2016/09/09"), "items[0].expire_date"),
        ("/items/0/order_line_id", json!(null), "items[0].order_line_id"),
        ("/items/0", json!({"itme_code": "I1234"}), "items[0].order_line_id"),
    ];
    for (pointer, value, path) in cases {
        let mut order = example();
        *order.pointer_mut(pointer).unwrap() = value;
        let answer = occupy(&sim, &order).await;
        let message = format!("非法参数:req_dto.{path}");
        let expected = json!({
            "code": 50, "msg": "Remote service error", "sub_code": "isv.invalid-parameter", "sub_msg": message,
            "request_id": answer["error_response"]["request_id"]
        });
        assert_eq!(answer["error_response"], expected);
    }
    let mut misspelt = example();
    misspelt["items"][0]["batch_cod"] = json!("P1234");
    let sub_msg = occupy(&sim, &misspelt).await["error_response"]["sub_msg"].clone();
    assert_eq!(sub_msg, "非法参数:req_dto.items[0].batch_cod");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_platform_refuses_with_its_codes() {
    let sim = simulator().await;
    let dto = example().to_string();
    let cases: [(&[(&str, &str)], PlatformError); 16] = [
        (&[("method", "")], platform(21, "Missing Method")),
        (&[("method", "taobao.no.such")], platform(22, "Invalid Method")),
        (&[("app_key", "")], platform(28, "Missing App Key")),
        (&[("app_key", "other")], platform(29, "Invalid App Key")),
        (&[("session", "")], platform(26, "Missing Session")),
        (&[("session", "other")], platform(27, "Invalid Session")),
        (&[("timestamp", "")], platform(30, "Missing Timestamp")),
        (&[("timestamp", "2026-11-22 07:49:59")], platform(31, "Invalid Timestamp")),
        (&[("timestamp", "2026-11-22 08:10:01")], platform(31, "Invalid Timestamp")),
        (&[("timestamp", "now")], platform(31, "Invalid Timestamp")),
        (&[("v", "")], platform(32, "Missing Version")),
        (&[("v", "1.0")], platform(33, "Invalid Version")),
        (&[("sign_method", "sha1")], platform(25, "Invalid Signature")),
        (&[("req_dto", "")], platform(40, "Missing required arguments:req_dto")),
        (&[("req_dto", "{")], platform(41, "Invalid arguments:req_dto")),
        (&[("req_dot", "x")], platform(41, "Invalid arguments:req_dot")),
    ];
    for (changes, expected) in cases {
        let mut all = vec![("req_dto", dto.as_str())];
        all.extend(changes);
        assert_eq!(error(&top::call(&sim, &all).await.json()), expected, "{changes:?}");
    }
    let mut unsigned = top::parameters(&[("req_dto", &dto)]);
    assert_eq!(error(&top::post(&sim, "", &form(&unsigned)).await.json()), platform(24, "Missing Signature"));
    unsigned.push(("sign".to_owned(), "0".repeat(32)));
    assert_eq!(error(&top::post(&sim, "", &form(&unsigned)).await.json()), platform(25, "Invalid Signature"));
    let get = send(&sim, "GET", &format!("/router/rest?{}", form(&unsigned)), "", "").await;
    assert_eq!(error(&get.json()), platform(9, "Http Action Not Allowed"));
    assert!(sim.ledger().documents.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn timestamps_are_taken_within_ten_minutes_and_in_milliseconds_too() {
    let sim = simulator().await;
    let dto = example().to_string();
    for timestamp in ["2026-11-22 07:50:00", "2026-11-22 08:10:00", "1795305600000"] {
        let answer = top::call(&sim, &[("req_dto", &dto), ("timestamp", timestamp)]).await.json();
        assert_eq!(result(&answer), json!({"success": true}), "{timestamp}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn public_parameters_may_stand_in_the_query_and_empty_ones_are_not_signed() {
    let sim = simulator().await;
    let dto = example().to_string();
    let all = top::signed(&[("req_dto", &dto)]);
    let (business, public): (Vec<_>, Vec<_>) = all.into_iter().partition(|(name, _)| name == "req_dto");
    let answer = top::post(&sim, &format!("?{}&partner_id=", form(&public)), &form(&business)).await;
    assert_eq!(result(&answer.json()), json!({"success": true}));
}

#[tokio::test(flavor = "multi_thread")]
async fn both_hmac_signatures_verify() {
    fn upper(mac: impl Mac) -> String {
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02X}")).collect()
    }
    let sim = simulator().await;
    let dto = example().to_string();
    for method in ["hmac", "hmac-sha256"] {
        let mut all = top::parameters(&[("req_dto", &dto), ("sign_method", method)]);
        let text = top::text(&all);
        let sign = if method == "hmac" {
            upper(Hmac::<md5::Md5>::new_from_slice(b"demo-secret").unwrap().chain_update(text))
        } else {
            upper(Hmac::<sha2::Sha256>::new_from_slice(b"demo-secret").unwrap().chain_update(text))
        };
        all.push(("sign".to_owned(), sign));
        assert_eq!(result(&top::post(&sim, "", &form(&all)).await.json()), json!({"success": true}), "{method}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn simplify_leaves_out_the_root_and_without_a_format_the_answer_is_xml() {
    let sim = simulator().await;
    let dto = example().to_string();
    let simple = top::call(&sim, &[("req_dto", &dto), ("simplify", "true")]).await.json();
    assert_eq!(simple["spi_result"], json!({"success": true}));
    let xml = top::call(&sim, &[("req_dto", &dto), ("format", "")]).await;
    assert!(xml.content_type.starts_with("text/xml"));
    let beginning = "<?xml version=\"1.0\" encoding=\"utf-8\" ?><logistics_wms_inventory_imbalance_create_response>\
        <spi_result><success>true</success></spi_result>";
    assert!(xml.body.starts_with(beginning), "{}", xml.body);
    let wrong = top::call(&sim, &[("req_dto", &dto), ("format", "yaml")]).await;
    assert!(wrong.body.contains("<error_response><code>23</code><msg>Invalid Format</msg>"), "{}", wrong.body);
}
