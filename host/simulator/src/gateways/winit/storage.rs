//! `queryWarehouseStorage`: the stock of a warehouse, page by page.

use rust_decimal::Decimal;

use super::Failure;
use crate::gateways::State;
use crate::gateways::fields::{FieldError, Fields, Value};
use crate::json::Json;
use crate::ledger::{Row, RowQuery, RowsBy};

pub(super) const ACTION: &str = "queryWarehouseStorage";

/// The vendor's maximum page is not established; a client that requests more than this is noticed.
const LARGEST_PAGE: i64 = 200;

pub(super) fn query(mut data: Fields<'_>, state: &State) -> Result<Json, Failure> {
    let id = data.optional("warehouseID", |value| value.text_or_number(30))?;
    let code = data.optional("warehouseCode", |value| value.filled(50))?;
    // The ledger has no returns to leave out.
    data.optional("inReturnInventory", yes_or_no)?;
    let is_active = data.optional("isActive", yes_or_no)?;
    let size = data.optional("pageSize", |value| value.integer_in(1..=LARGEST_PAGE))?.unwrap_or(20);
    let number = data.optional("pageNum", |value| value.integer_in(1..=i64::from(u32::MAX)))?.unwrap_or(1);
    data.finish()?;
    let ledger = state.ledger();
    let warehouse = match (id, code) {
        (Some(id), None) => ledger.warehouse_by_id(&id)?,
        (None, Some(code)) => ledger.warehouse(&code)?,
        _ => return Err(Failure::generic("warehouseID or warehouseCode, one of them")),
    };
    let query =
        RowQuery { warehouse: Some(warehouse), without_deleted: is_active.unwrap_or(true), ..RowQuery::default() };
    let rows = ledger.rows(&query, RowsBy::Specification);
    let page_size = usize::try_from(size).unwrap_or_default();
    let requested = usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
    let page = state.page(requested, page_size, rows.len());
    let list: Vec<Json> = rows.iter().skip(page.saturating_mul(page_size)).take(page_size).map(show).collect();
    Ok(Json::object([
        ("currentPageSize", Json::from(size)),
        ("total", Json::from(u64::try_from(rows.len()).unwrap_or(u64::MAX))),
        ("currentPageNum", Json::from(u64::try_from(page.saturating_add(1)).unwrap_or(u64::MAX))),
        ("list", Json::Array(list)),
    ]))
}

fn yes_or_no(value: Value<'_>) -> Result<bool, FieldError> {
    value.parsed(1, |text| match text {
        "Y" => Some(true),
        "N" => Some(false),
        _ => None,
    })
}

fn show(row: &Row<'_>) -> Json {
    let number = |value: Decimal| Json::Number(value.normalize().to_string());
    let zero = || Json::from(0_i64);
    Json::object([
        // 商品条码, as clients of several authors name it.
        ("merchandiseSerno", Json::from(row.item.barcode.as_str())),
        ("productCode", Json::from(row.item_no.as_str())),
        ("specification", Json::from(row.specification)),
        ("qtyAvailable", Json::from(row.figures.available().normalize().to_string())),
        ("qtyFrozen", zero()),
        ("inStockQty", number(row.figures.on_hand)),
        ("pipelineInventory", zero()),
        // 待发数量: the quantity held by orders.
        ("qtyWaitOut", number(row.figures.reserved)),
        ("qtyDestruction", zero()),
        ("qtyLostConfirming", zero()),
        ("prohibitUsableQty", zero()),
        ("warehouseID", Json::from(u64::from(row.warehouse.id))),
        ("warehouseCode", Json::from(row.warehouse_no.as_str())),
        ("warehouseName", Json::from(row.warehouse.name.as_str())),
    ])
}
