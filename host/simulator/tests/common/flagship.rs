//! A client of the flagship edition.

use serde_json::Value;
use stockbridge_simulator::Simulator;

use super::{Answered, NOW, changed, form, md5, pairs, send};

pub(crate) const TRANSFER: &str = "wms.outer.OuterTransfer.createByApi";
pub(crate) const OCCUPY: &str = "setting.strategy.VirtualWarehouse.reserveExtractAdd";
pub(crate) const SEARCH: &str = "wms.StockSpec.search2";
pub(crate) const COUNT: &str = "wms.StockPd.stockSyncByPd";
pub(crate) const CREATE: &str = "wms.stocktransfer.Edit.createOrder";
pub(crate) const TRANSFERS: &str = "wms.stocktransfer.Manage.queryWithDetail";
pub(crate) const COUNTS: &str = "wms.StockPd.queryStockPd";
pub(crate) const COUNT_LINES: &str = "wms.StockPd.queryStockPdDetail";
pub(crate) const LOCK: &str = "setting.strategy.VirtualWarehouse.create";
pub(crate) const LOCKS: &str = "setting.strategy.VirtualWarehouse.orderSearch";
pub(crate) const POOLS: &str = "setting.strategy.VirtualWarehouse.stockSearch";

/// The page's own example.
pub(crate) const EXAMPLE: &str = r#"[{"mode":"2","wms_edit":"1","create_mode":"2","remark":"testMainRemark","from_warehouse_no":"daj-wms-wdt","to_warehouse_no":"lz-002"},[{"defect":"0","num":"10","remark":"testDetailRemark","spec_no":"daj1"}]]"#;

pub(crate) async fn call(sim: &Simulator, method: &str, body: &str) -> Value {
    answer(sim, method, &[], body).await.json()
}

pub(crate) async fn page(sim: &Simulator, method: &str, size: u32, number: u32, body: &str) -> Value {
    let (size, number) = (size.to_string(), number.to_string());
    let paging = [("page_size", size.as_str()), ("page_no", number.as_str()), ("calc_total", "1")];
    answer(sim, method, &paging, body).await.json()
}

/// Signs the parameters with these changes.
pub(crate) async fn answer(sim: &Simulator, method: &str, changes: &[(&str, &str)], body: &str) -> Answered {
    let query = signed(method, changes, body);
    send(sim, "POST", &format!("/openapi?{}", form(&query)), "application/json", body).await
}

pub(crate) fn signed(method: &str, changes: &[(&str, &str)], body: &str) -> Vec<(String, String)> {
    let timestamp = (NOW - 1_325_347_200).to_string();
    let common = pairs(&[
        ("sid", "demo-sid"),
        ("key", "demo-key"),
        ("salt", "demo-salt"),
        ("method", method),
        ("v", "1.0"),
        ("timestamp", &timestamp),
    ]);
    let mut query = changed(common, changes);
    let mut all = query.clone();
    all.push(("body".to_owned(), body.to_owned()));
    all.sort();
    let text: String = all.iter().map(|(name, value)| format!("{name}{value}")).collect();
    query.push(("sign".to_owned(), md5(&format!("demo-secret{text}demo-secret"))));
    query
}

pub(crate) fn failure(status: i64, message: &str) -> Value {
    serde_json::json!({"status": status, "message": message})
}
