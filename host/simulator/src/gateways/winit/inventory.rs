//! `winit.inventory.type.pageInv`, 分类库存查询: a warehouse's stock of one grade that changed within a window.
//!
//! All changes and the latest ones (`inventoryChangeTimeType`) are the same here, because the ledger keeps only the latest;
//! and it does not distinguish services.

use time::Duration;

use super::{Failure, PageVo};
use crate::china_time;
use crate::gateways::State;
use crate::gateways::fields::Fields;
use crate::json::Json;
use crate::ledger::{Row, RowQuery, RowsBy};
use crate::stock::codes::ItemNo;

pub(super) const ACTION: &str = "winit.inventory.type.pageInv";

pub(super) fn query(mut data: Fields<'_>, state: &State) -> Result<Json, Failure> {
    let page = PageVo::read(&mut data)?;
    let warehouse = data.required("warehouseCodes", |value| value.filled(20))?;
    let beginning = data.optional("merchandiseCode", |value| value.text(40))?.filter(|text| !text.is_empty());
    let barcode = data.optional("merchandiseSerno", |value| value.text(20))?.filter(|text| !text.is_empty());
    let vos = data.optional("merchandiseVos", |value| value.list())?.unwrap_or_default();
    let grade = data.optional("merchandiseGrade", |value| value.filled(20))?.unwrap_or_else(|| "GOOD".to_owned());
    data.optional("skuType", |value| value.text(30))?;
    data.optional("serviceType", |value| value.filled(2))?;
    data.optional("organization", |value| value.text(30))?;
    let change = data.optional("inventoryChangeTimeType", |value| value.filled(3))?.unwrap_or_else(|| "ALL".to_owned());
    data.optional("isFilterZeroInventory", |value| value.filled(1))?;
    let time = |text: String| china_time::parse(&text).ok_or_else(|| Failure::generic("yyyy-MM-dd HH:mm:ss expected"));
    let start = time(data.required("startTime", |value| value.filled(20))?)?;
    let end = time(data.required("endTime", |value| value.filled(20))?)?;
    data.finish()?;
    if end < start || (change == "ALL" && end - start > Duration::days(3)) {
        return Err(Failure::generic("查询时间不能超过3天"));
    }
    let mut items = Vec::new();
    for mut fields in vos {
        items.push(ItemNo::from(fields.required("merchandiseCode", |value| value.filled(40))?));
        fields.optional("specification", |value| value.text(255))?;
        fields.finish()?;
    }
    if beginning.is_some() && !items.is_empty() {
        return Err(Failure::generic("merchandiseCode or merchandiseVos, one of them"));
    }
    let is_defective = match grade.as_str() {
        "GOOD" => false,
        "DEFECTIVE" => true,
        _ => return Err(Failure::generic("merchandiseGrade is GOOD or DEFECTIVE")),
    };
    let ledger = state.ledger();
    let query = RowQuery {
        warehouse: Some(ledger.warehouse(&warehouse)?),
        items,
        barcode,
        changed: Some((start, end)),
        without_deleted: true,
    };
    let mut rows = ledger.rows(&query, RowsBy::Quality);
    rows.retain(|row| {
        row.defective == is_defective
            && beginning.as_ref().is_none_or(|beginning| row.item_no.as_str().starts_with(beginning.as_str()))
    });
    Ok(page.of(state, &rows, |row| show(row, &grade)))
}

fn show(row: &Row<'_>, grade: &str) -> Json {
    let number = |value: rust_decimal::Decimal| Json::Number(value.normalize().to_string());
    Json::object([
        ("merchandiseCode", Json::from(row.item_no.as_str())),
        ("merchandiseSerno", Json::from(row.item.barcode.as_str())),
        ("merchandiseGrade", Json::from(grade)),
        ("specification", Json::from(row.specification)),
        ("usableQty", number(row.figures.available())),
        ("waitingOutboundQty", number(row.figures.reserved)),
        ("frozenQty", Json::from(0_i64)),
        ("inStockQty", number(row.figures.on_hand)),
        ("onOrderQty", Json::from(0_i64)),
        ("organization", Json::from("")),
    ])
}
