//! A client of Winit.

use serde_json::{Value, json};
use stockbridge_simulator::Simulator;

use super::{NOW_TEXT, md5, send};

pub(crate) const ADJUST: &str = "wh.inventoryAdjustment.createOrder.v2";
pub(crate) const STORAGE: &str = "queryWarehouseStorage";
pub(crate) const INVENTORY: &str = "winit.inventory.type.pageInv";
pub(crate) const MOVEMENTS: &str = "winit.inventory.pageInvInouts";

/// One side of a line.
pub(crate) fn goods(code: &str, sku_type: &str, barcode: &str, quantity: &str) -> Value {
    json!({
        "merchandiseCode": code,
        "specification": "",
        "skuType": sku_type,
        "standPartsQty": 10,
        "barcodeValue": barcode,
        "quantity": quantity
    })
}

/// An order of one line, as in the page's examples.
pub(crate) fn order(product: &str, turn_out: &str, turn_in: &str, out: Value, into: Value) -> Value {
    json!({
        "sellerOrderNo": "liao1028",
        "winitProductCode": product,
        "warehouseCode": "US0001",
        "turnOutCode": turn_out,
        "turnInCode": turn_in,
        "merchandiseList": [{"transferOutInfo": out, "transferInInfo": into}]
    })
}

pub(crate) fn unpack() -> Value {
    let (out, into) = (goods("liaowl1002", "BOX", "T00001", "1"), goods("liaowl1003", "SINGLE", "T00001", "10"));
    order("OSF611005741", "nj", "nj", out, into)
}

/// serde_json sorts the keys of its objects, so the text of a value without null is the canonical one.
pub(crate) fn envelope(action: &str, data: &Value, timestamp: &str) -> Value {
    let data_text = data.to_string();
    let sign = |secret: &str| {
        let text = format!(
            "{secret}action{action}app_keydemo@example.comdata{data_text}formatjsonplatformOWNERERPsign_methodmd5\
             timestamp{timestamp}version1.0{secret}"
        );
        md5(&text).to_uppercase()
    };
    json!({
        "action": action,
        "app_key": "demo@example.com",
        "client_id": "demo-client",
        "client_sign": sign("demo-client-secret"),
        "data": data,
        "format": "json",
        "language": "zh_CN",
        "platform": "OWNERERP",
        "sign": sign("demo-token"),
        "sign_method": "md5",
        "timestamp": timestamp,
        "version": "1.0"
    })
}

pub(crate) async fn call(sim: &Simulator, action: &str, data: &Value) -> Value {
    post(sim, &envelope(action, data, NOW_TEXT).to_string()).await
}

pub(crate) async fn post(sim: &Simulator, body: &str) -> Value {
    send(sim, "POST", "/openapi/service", "application/json;charset=UTF-8", body).await.json()
}
