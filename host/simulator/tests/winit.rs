//! Winit, through its HTTP interface.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod common;

use common::winit::{ADJUST, INVENTORY, MOVEMENTS, STORAGE, call, envelope, goods, order, post, unpack};
use common::{NOW_TEXT, expect, figures, send, simulator};
use serde_json::{Value, json};
use stockbridge_simulator::Simulator;

/// An organisation's quantity of an item with this packaging and barcode.
fn held(sim: &Simulator, item: &str, owner: &str, packaging: &str, barcode: &str) -> String {
    let view = serde_json::to_value(sim.ledger()).unwrap();
    let lots = view["stock"].as_array().unwrap().iter().filter(|lot| {
        lot["item"] == item && lot["owner"] == owner && lot["packaging"] == packaging && lot["barcode"] == barcode
    });
    lots.map(|lot| lot["on_hand"].as_str().unwrap().to_owned()).collect()
}

fn change_owner() -> Value {
    let side = || goods("liaowl1002", "BOX", "T00001", "1");
    order("OSF641006365", "nj", "bj", side(), side())
}

fn relabel() -> Value {
    let (out, into) = (goods("liaowl1002", "BOX", "T00001", "1"), goods("liaowl1002", "BOX", "T00002", "1"));
    order("OSF651006365", "nj", "nj", out, into)
}

fn refusal(code: &str, msg: &str) -> Value {
    json!({"code": code, "msg": msg, "data": {}})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_box_becomes_ten_singles() {
    let sim = simulator().await;
    let answer = call(&sim, ADJUST, &unpack()).await;
    assert_eq!(answer, json!({"code": "0", "msg": "操作成功", "data": {"orderNo": "WT010000000211"}}));
    assert_eq!(held(&sim, "liaowl1002", "nj", "BOX", "T00001"), "19.0000");
    assert_eq!(held(&sim, "liaowl1003", "nj", "SINGLE", "T00001"), "50.0000");
    assert_eq!(sim.ledger().documents[0].lines[0].fields["transferInInfo.quantity"], "10");
}

#[tokio::test(flavor = "multi_thread")]
async fn stock_moves_between_organisations() {
    let sim = simulator().await;
    assert_eq!(call(&sim, ADJUST, &change_owner()).await["code"], "0");
    assert_eq!(held(&sim, "liaowl1002", "nj", "BOX", "T00001"), "19.0000");
    assert_eq!(held(&sim, "liaowl1002", "bj", "BOX", "T00001"), "21.0000");
}

#[tokio::test(flavor = "multi_thread")]
async fn stock_takes_another_barcode() {
    let sim = simulator().await;
    assert_eq!(call(&sim, ADJUST, &relabel()).await["code"], "0");
    assert_eq!(held(&sim, "liaowl1002", "nj", "BOX", "T00001"), "19.0000");
    assert_eq!(held(&sim, "liaowl1002", "nj", "BOX", "T00002"), "4.0000");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_without_organisations_adjusts_what_belongs_to_none() {
    let sim = simulator().await;
    let mut data = unpack();
    data.as_object_mut().unwrap().retain(|name, _| !name.starts_with("turn"));
    assert_eq!(call(&sim, ADJUST, &data).await["code"], "0");
    assert_eq!(held(&sim, "liaowl1002", "", "BOX", "T00001"), "4.0000");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_rules_between_fields_are_kept() {
    let sim = simulator().await;
    let line = "/merchandiseList/0";
    let cases = [
        (unpack(), "/turnInCode", json!("bj"), "turnInCode与turnOutCode必须一致"),
        (unpack(), "/turnInCode", json!(""), "turnInCode与turnOutCode必须一致"),
        (relabel(), "/turnInCode", json!("bj"), "turnInCode与turnOutCode必须一致"),
        (change_owner(), "/turnInCode", json!(""), "turnInCode, turnOutCode必填"),
        (change_owner(), "/turnInCode", json!("nj"), "turnInCode与turnOutCode不能一致"),
        (change_owner(), "/turnInCode", json!("xx"), "库存组织不存在: xx"),
        (unpack(), "/transferOutInfo/skuType", json!("SINGLE"), "调出商品的SKU类型只能为箱商品(BOX)或套装商品(SUITE)"),
        (unpack(), "/transferInInfo/skuType", json!("BOX"), "调入商品的SKU类型只能为单一产品(SINGLE)"),
        (change_owner(), "/transferInInfo/skuType", json!("SUITE"), "调入调出的SKU类型需保持一致"),
        (unpack(), "/transferInInfo/barcodeValue", json!("T00002"), "调入调出的条码值需保持一致"),
        (change_owner(), "/transferInInfo/barcodeValue", json!("T00002"), "调入调出的条码值需保持一致"),
        (relabel(), "/transferInInfo/barcodeValue", json!("T00001"), "条码值需变更"),
        (relabel(), "/transferInInfo/merchandiseCode", json!("liaowl1003"), "调入调出的商品信息需保持一致"),
        (change_owner(), "/transferInInfo/quantity", json!("2"), "调入调出的商品信息需保持一致"),
        (unpack(), "/transferInInfo/quantity", json!("9"), "调入调出的商品信息需保持一致"),
        (
            unpack(),
            "/transferOutInfo/quantity",
            json!("1.5"),
            "data.merchandiseList[0].transferOutInfo.quantity is out of range",
        ),
        (
            unpack(),
            "/transferOutInfo/quantity",
            json!(1),
            "data.merchandiseList[0].transferOutInfo.quantity is not a text",
        ),
        (unpack(), "/warehouseCode", json!("nowhere"), "仓库不存在: nowhere"),
        (unpack(), "/winitProductCode", json!("OSF99"), "Winit产品不存在: OSF99"),
        (unpack(), "/sellerOrderNo", json!("x".repeat(51)), "data.sellerOrderNo is longer than 50 characters"),
        (unpack(), "/transferOutInfo/specification", json!("red"), "商品liaowl1002库存不足, 可用: 0"),
        (unpack(), "/transferOutInfo/merchandiseCode", json!("nothing"), "商品不存在: nothing"),
    ];
    for (mut data, pointer, value, message) in cases {
        let place = if pointer.starts_with("/transfer") { format!("{line}{pointer}") } else { pointer.to_owned() };
        *data.pointer_mut(&place).unwrap() = value;
        assert_eq!(call(&sim, ADJUST, &data).await, refusal("-1", message), "{data}");
    }
    assert!(sim.ledger().documents.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_unpacks_boxes_or_suites_and_not_both() {
    let sim = simulator().await;
    let mut data = unpack();
    let mut second = data["merchandiseList"][0].clone();
    second["transferOutInfo"]["skuType"] = json!("SUITE");
    data["merchandiseList"].as_array_mut().unwrap().push(second);
    assert_eq!(call(&sim, ADJUST, &data).await, refusal("-1", "同一订单下所有商品的调出SKU类型必须一致"));
}

#[tokio::test(flavor = "multi_thread")]
async fn more_boxes_than_there_are_are_not_opened() {
    let sim = simulator().await;
    let (out, into) = (goods("liaowl1002", "BOX", "T00001", "21"), goods("liaowl1003", "SINGLE", "T00001", "210"));
    let answer = call(&sim, ADJUST, &order("OSF611005741", "nj", "nj", out, into)).await;
    assert_eq!(answer, refusal("-1", "商品liaowl1002库存不足, 可用: 20"));
    assert_eq!(figures(&sim, "US0001", "liaowl1003"), expect("80", "0", "80"));
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_and_misspelt_fields_are_named() {
    let sim = simulator().await;
    let mut misspelt = unpack();
    misspelt["merchandiseList"][0]["transferInInfo"]["barcode"] = json!("T00001");
    let message = "data.merchandiseList[0].transferInInfo.barcode is not a field";
    assert_eq!(call(&sim, ADJUST, &misspelt).await, refusal("-1", message));
    let mut missing = unpack();
    missing.as_object_mut().unwrap().remove("warehouseCode");
    assert_eq!(call(&sim, ADJUST, &missing).await, refusal("-1", "data.warehouseCode is missing"));
    assert_eq!(call(&sim, "no.such", &json!({})).await, refusal("-1", "action不存在: no.such"));
}

#[tokio::test(flavor = "multi_thread")]
async fn both_signatures_are_verified_over_the_canonical_text() {
    let sim = simulator().await;
    let identity = refusal("03010250007", "identity check failed or no permission");
    let good = envelope(ADJUST, &unpack(), NOW_TEXT);
    let changed = |name: &str, value: Value| {
        let mut envelope = good.clone();
        envelope[name] = value;
        envelope.to_string()
    };
    assert_eq!(post(&sim, &changed("sign", json!("0".repeat(32)))).await, identity);
    assert_eq!(post(&sim, &changed("client_sign", json!("0".repeat(32)))).await, identity);
    assert_eq!(post(&sim, &changed("client_id", json!("other"))).await, identity);
    assert_eq!(post(&sim, &changed("client_id", Value::Null)).await, identity);
    assert_eq!(post(&sim, &changed("platform", json!("OTHER"))).await, identity);
    let user = refusal("03010250006", "user does not exist");
    assert_eq!(post(&sim, &changed("app_key", json!("other"))).await, user);
    assert!(sim.ledger().documents.is_empty());
    let mut token_only = good.clone();
    token_only.as_object_mut().unwrap().retain(|name, _| !name.starts_with("client_"));
    assert_eq!(post(&sim, &token_only.to_string()).await["code"], "0");
    let loose = serde_json::to_string_pretty(&good).unwrap().replacen("\"data\": {", "\"data\": {\"none\": null,", 1);
    let answer = post(&sim, &loose).await;
    assert_eq!(answer["msg"], "data.none is not a field", "signed as if it were not there");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_envelope_is_checked() {
    let sim = simulator().await;
    let stale = envelope(ADJUST, &unpack(), "2026-11-22 07:49:59").to_string();
    let clock = "timestamp is not a yyyy-MM-dd HH:mm:ss near the present";
    assert_eq!(post(&sim, &stale).await, refusal("-1", clock));
    let good = envelope(ADJUST, &unpack(), NOW_TEXT);
    for (name, value, message) in [
        ("format", json!("xml"), "format is not json"),
        ("sign_method", json!("sha1"), "sign_method is not md5"),
        ("version", json!("2.0"), "version is not 1.0"),
        ("sign", Value::Null, "sign is missing"),
        ("extra", json!(1), "extra is not a field"),
    ] {
        let mut envelope = good.clone();
        envelope[name] = value;
        assert_eq!(post(&sim, &envelope.to_string()).await, refusal("-1", message));
    }
    assert_eq!(post(&sim, "{").await["code"], "-1");
    assert_eq!(post(&sim, "[]").await["code"], "-1");
    for (method, content_type) in [("GET", "application/json"), ("POST", "text/plain")] {
        let answer = send(&sim, method, "/openapi/service", content_type, &good.to_string()).await;
        assert_eq!(answer.json(), refusal("-1", "POST application/json expected"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warehouses_storage_is_listed_page_by_page() {
    let sim = simulator().await;
    let data =
        json!({"warehouseCode": "US0001", "inReturnInventory": "N", "isActive": "Y", "pageSize": "1", "pageNum": 2});
    let answer = call(&sim, STORAGE, &data).await;
    let row = json!({
        "merchandiseSerno": "T00001", "productCode": "liaowl1003", "specification": "", "qtyAvailable": "80",
        "qtyFrozen": 0, "inStockQty": 80, "pipelineInventory": 0, "qtyWaitOut": 0, "qtyDestruction": 0,
        "qtyLostConfirming": 0, "prohibitUsableQty": 0, "warehouseID": 1000001, "warehouseCode": "US0001",
        "warehouseName": "US Warehouse"
    });
    assert_eq!(answer["data"], json!({"currentPageSize": 1, "total": 2, "currentPageNum": 2, "list": [row]}));
    let by_id = call(&sim, STORAGE, &json!({"warehouseID": 1000001})).await;
    assert_eq!(by_id["data"]["total"], 2);
    let unknown = call(&sim, STORAGE, &json!({"warehouseCode": "nowhere"})).await;
    assert_eq!(unknown, refusal("-1", "仓库不存在: nowhere"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_accounts_warehouses_are_listed() {
    let sim = simulator().await;
    let answer = call(&sim, "queryWarehouse", &json!({})).await;
    assert_eq!(answer["code"], "0");
    let list = answer["data"]["list"].as_array().unwrap();
    assert!(list.iter().any(|warehouse| warehouse["warehouseCode"] == "US0001"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_adjustments_did_to_an_item_is_told() {
    let sim = simulator().await;
    call(&sim, ADJUST, &unpack()).await;
    let data_for = |sku: &str| {
        json!({"skuCode": sku, "warehouseCode": "US0001", "docType": "ADJUSTMENT", "startDate": "2026-11-21",
            "endDate": "2026-11-23", "pageVo": {"pageNo": 1, "pageSize": 100}})
    };
    for (sku, change) in [("liaowl1002", -1), ("liaowl1003", 10)] {
        let data = call(&sim, MOVEMENTS, &data_for(sku)).await["data"].clone();
        assert_eq!(data["pageParams"]["totalCount"], 1);
        let expected =
            json!({"docType": "ADJUSTMENT", "docNo": "WT010000000211", "changeQty": change, "changeDate": NOW_TEXT});
        assert_eq!(data["list"], json!([expected]));
    }
    let mut long = data_for("liaowl1002");
    long["startDate"] = json!("2026-10-23");
    assert_eq!(call(&sim, MOVEMENTS, &long).await["code"], "-1");
}

#[tokio::test(flavor = "multi_thread")]
async fn stock_of_a_grade_that_changed_is_told_by_item_and_barcode() {
    let sim = simulator().await;
    let data_for = json!({"warehouseCodes": "US0001", "merchandiseVos": [{"merchandiseCode": "liaowl1002"}],
        "inventoryChangeTimeType": "NEW", "startTime": "2026-11-22 08:00:00", "endTime": "2026-11-22 08:00:00",
        "pageVo": {"pageNo": 1, "pageSize": 100}});
    let data = call(&sim, INVENTORY, &data_for).await["data"].clone();
    assert_eq!(data["pageParams"]["totalCount"], 1);
    let row = &data["list"][0];
    assert_eq!((&row["merchandiseCode"], &row["merchandiseGrade"]), (&json!("liaowl1002"), &json!("GOOD")));
    for (name, value) in [
        ("merchandiseGrade", json!("DEFECTIVE")),
        ("startTime", json!("2026-11-22 08:00:01")),
        ("merchandiseVos", json!([{"merchandiseCode": "nothing"}])),
    ] {
        let mut other = data_for.clone();
        other[name] = value;
        other["endTime"] = json!("2026-11-22 08:00:01");
        let total = call(&sim, INVENTORY, &other).await["data"]["pageParams"]["totalCount"].clone();
        assert_eq!(total, 0, "{name}");
    }
    let mut wide = data_for.clone();
    (wide["inventoryChangeTimeType"], wide["endTime"]) = (json!("ALL"), json!("2026-11-26 08:00:00"));
    assert_eq!(call(&sim, INVENTORY, &wide).await["code"], "-1");
}
