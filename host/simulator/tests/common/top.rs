//! A client of the Taobao Open Platform.

use serde_json::{Value, json};
use stockbridge_simulator::Simulator;

use super::{Answered, NOW_TEXT, changed, form, md5, pairs, send};

pub(crate) const METHOD: &str = "taobao.logistics.wms.inventory.imbalance.create";

/// The page's own example.
pub(crate) fn example() -> Value {
    json!({
        "owner_code": "AX5886",
        "warehouse_code": "STA",
        "occupy_order_id": "IM1234",
        "adjust_type": "ADJUST",
        "out_biz_code": "1234567890",
        "remark": "是\t良转残",
        "items": [{
            "order_line_id": "I1234",
            "item_code": "I1234",
            "item_id": "CK1234",
            "inventory_type": "ZP",
            "lock_quantity": 12,
            "batch_code": "P1234",
            "product_date": "2016-09-09",
            "expire_date": "2016-09-09",
            "produce_code": "P1234",
            "sn_code": "S1234",
            "extend_props": "{}"
        }],
        "extend_props": "{}",
        "operate_time": "2016-09-09 12:00:00"
    })
}

pub(crate) async fn occupy(sim: &Simulator, dto: &Value) -> Value {
    call(sim, &[("req_dto", &dto.to_string())]).await.json()
}

/// All parameters in the body, signed with MD5 after the changes.
pub(crate) async fn call(sim: &Simulator, changes: &[(&str, &str)]) -> Answered {
    post(sim, "", &form(&signed(changes))).await
}

pub(crate) async fn post(sim: &Simulator, query: &str, body: &str) -> Answered {
    let target = format!("/router/rest{query}");
    send(sim, "POST", &target, "application/x-www-form-urlencoded;charset=UTF-8", body).await
}

pub(crate) fn parameters(changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let common = pairs(&[
        ("method", METHOD),
        ("app_key", "demo-key"),
        ("session", "demo-session"),
        ("timestamp", NOW_TEXT),
        ("format", "json"),
        ("v", "2.0"),
        ("sign_method", "md5"),
    ]);
    changed(common, changes)
}

/// The text that is signed.
pub(crate) fn text(parameters: &[(String, String)]) -> String {
    let mut sorted = parameters.to_vec();
    sorted.sort();
    sorted.iter().map(|(name, value)| format!("{name}{value}")).collect()
}

pub(crate) fn signed(changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut all = parameters(changes);
    let sign = md5(&format!("demo-secret{}demo-secret", text(&all))).to_uppercase();
    all.push(("sign".to_owned(), sign));
    all
}

/// The answer's `spi_result`.
pub(crate) fn result(answer: &Value) -> Value {
    answer["logistics_wms_inventory_imbalance_create_response"]["spi_result"].clone()
}
