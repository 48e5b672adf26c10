//! `stock_query_detail`, 库存详情查询.
//!
//! `is_all` is accepted in the two hours after midnight, which the vendor's pages give for the sister methods. The limit
//! per day is not simulated.

use rust_decimal::Decimal;
use time::{Duration, OffsetDateTime};

use super::{Failure, flag, text};
use crate::china_time;
use crate::gateways::form::Form;
use crate::gateways::{LONGEST_WINDOW, State};
use crate::json::Json;
use crate::ledger::{Row, RowQuery, RowsBy};
use crate::stock::codes::ItemNo;

pub(super) const PARAMETERS: [&str; 9] =
    ["warehouse_no", "spec_no", "is_deleted", "barcode", "start_time", "end_time", "is_all", "page_size", "page_no"];

/// The valid empty time.
const NEVER: &str = "0000-00-00 00:00:00";

pub(super) fn query(form: &Form, state: &State) -> Result<Json, Failure> {
    let ledger = state.ledger();
    let warehouse = text(form, "warehouse_no", 40)?;
    let spec_no = text(form, "spec_no", 40)?;
    let query = RowQuery {
        warehouse: warehouse.map(|no| ledger.warehouse(no)).transpose()?,
        items: spec_no.into_iter().map(ItemNo::from).collect(),
        barcode: text(form, "barcode", 50)?.map(str::to_owned),
        changed: window(form, state)?,
        // The page: only 1 excludes deleted goods; any other value includes them.
        without_deleted: form.filled("is_deleted") == Some("1"),
    };
    let page_size = number(form, "page_size", 40)?;
    let page_no = number(form, "page_no", 0)?;
    if !(1..=100).contains(&page_size) {
        return Err(Failure::wrong("page_size"));
    }
    let rows = ledger.rows(&query, RowsBy::Item);
    let page_no = state.page(page_no, page_size, rows.len());
    let page = rows.iter().skip(page_no.saturating_mul(page_size)).take(page_size).map(show);
    let mut body = vec![
        ("code".to_owned(), Json::from(0_i64)),
        ("message".to_owned(), Json::from("ok")),
        ("stocks".to_owned(), Json::Array(page.collect())),
    ];
    if page_no == 0 {
        body.push(("total_count".to_owned(), Json::from(rows.len().to_string())));
    }
    Ok(Json::Object(body))
}

/// What `is_all` overrides. No page settles it, so a client has to be correct under both readings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IsAll {
    /// Every rule of the window: the answer has all rows.
    #[default]
    Everything,
    /// The thirty days alone: a warehouse without times still means the last hour; without both, the times are missing.
    ThirtyDays,
}

/// The window of change, by the rules of the page.
fn window(form: &Form, state: &State) -> Result<Option<(OffsetDateTime, OffsetDateTime)>, Failure> {
    let now = state.clock.now();
    let is_all = flag(form, "is_all")?.unwrap_or(false);
    if is_all && china_time::hour(now) >= 2 {
        return Err(Failure::input("只允许凌晨00:00-02:00调用，其余时间调用会报错"));
    }
    let is_everything = is_all && state.enterprise_is_all == IsAll::Everything;
    if is_everything || form.filled("spec_no").is_some() || form.filled("barcode").is_some() {
        return Ok(None);
    }
    let time = |name| {
        let given = form.filled(name);
        given.map(|text| china_time::parse(text).ok_or_else(|| Failure::wrong(name))).transpose()
    };
    match (time("start_time")?, time("end_time")?) {
        (Some(start), Some(end)) if end < start => Err(Failure::wrong("end_time")),
        (Some(start), Some(end)) if end - start > LONGEST_WINDOW && !is_all => Err(Failure::window()),
        (Some(start), Some(end)) => Ok(Some((start, end))),
        (None, None) if form.filled("warehouse_no").is_some() => Ok(Some((now - Duration::HOUR, now))),
        (None, _) => Err(Failure::missing("start_time")),
        (_, None) => Err(Failure::missing("end_time")),
    }
}

fn number(form: &Form, name: &str, default: usize) -> Result<usize, Failure> {
    form.filled(name).map_or(Ok(default), |digits| digits.parse().map_err(|_| Failure::wrong(name)))
}

/// A full row, in the sample's spelling; fields that the sample lacks follow in the page's order.
fn show(row: &Row<'_>) -> Json {
    let text = |value: &str| Json::from(value);
    let digits = |value: u64| Json::from(value.to_string());
    let zero = || Json::decimal_text(Decimal::ZERO);
    let time = |moment| Json::from(china_time::date_time(moment));
    Json::object([
        ("spec_id", digits(row.item.id.into())),
        ("warehouse_id", digits(row.warehouse.id.into())),
        ("stock_num", Json::decimal_text(row.figures.on_hand)),
        ("lock_num", Json::decimal_text(row.figures.reserved)),
        ("unpay_num", zero()),
        ("subscribe_num", zero()),
        ("order_num", zero()),
        ("sending_num", zero()),
        ("purchase_num", zero()),
        ("transfer_num", zero()),
        ("to_transfer_num", zero()),
        ("to_purchase_num", zero()),
        ("purchase_arrive_num", zero()),
        ("return_num", zero()),
        ("return_exch_num", zero()),
        ("return_onway_num", zero()),
        ("refund_num", zero()),
        ("process_onway_num", zero()),
        ("refund_onway_num", zero()),
        ("part_paid_num", zero()),
        ("neg_stockout_num", zero()),
        ("today_num", zero()),
        ("safe_stock", zero()),
        ("spec_wh_no", text("")),
        ("wms_sync_stock", zero()),
        ("wms_preempty_stock", zero()),
        ("modified", time(row.changed)),
        ("wms_stock_diff", zero()),
        ("wms_sync_time", text(NEVER)),
        ("cost_price", zero()),
        ("goods_no", text(&row.item.goods_no)),
        ("goods_name", text(&row.item.goods_name)),
        ("brand_no", text(&row.item.brand_no)),
        ("brand_name", text(&row.item.brand_name)),
        ("spec_no", text(row.item_no.as_str())),
        ("spec_name", text(&row.item.name)),
        ("spec_code", text(&row.item.code)),
        ("barcode", text(&row.item.barcode)),
        ("weight", Json::decimal_text(row.item.weight)),
        ("img_url", text(&row.item.image)),
        ("warehouse_no", text(row.warehouse_no.as_str())),
        ("warehouse_name", text(&row.warehouse.name)),
        ("warehouse_type", digits(row.warehouse.kind.into())),
        ("rec_id", digits(row.number)),
        ("created", time(row.created)),
        ("spec_wh_no2", text("")),
        ("wms_reserve_num", zero()),
        ("status", digits(1)),
        ("stock_today_num", zero()),
        ("stock_diff", zero()),
        ("unit", digits(0)),
        ("safe_stock1", zero()),
        ("safe_stock2", zero()),
        ("safe_stock3", zero()),
        ("alarm_type", digits(0)),
        ("alarm_days", digits(0)),
        ("alarm_days1", digits(0)),
        ("sales_rate_type", digits(0)),
        ("sales_rate", zero()),
        ("sales_rate_cycle", zero()),
        ("sales_fixrate", zero()),
        ("flag_id", digits(0)),
        ("default_position_id", digits(0)),
        ("last_position_id", digits(0)),
        ("last_pd_time", text(NEVER)),
        ("last_inout_time", time(row.changed)),
        ("last_sales_time", text(NEVER)),
        ("remark", text("")),
        ("avaliable_num", Json::decimal_text(row.figures.available())),
        ("details", details(row)),
    ])
}

/// One detail for each lot: batch, position and expiry.
fn details(row: &Row<'_>) -> Json {
    let detail = |lot: &&crate::ledger::Lot| {
        let expiry = match lot.attributes.expiry.as_str() {
            "" => NEVER.to_owned(),
            date => format!("{date} 00:00:00"),
        };
        Json::object([
            ("stock_spec_id", Json::from(row.number)),
            ("spec_no", Json::from(row.item_no.as_str())),
            ("position_no", Json::from(lot.attributes.position.as_str())),
            ("batch_no", Json::from(lot.attributes.batch.as_str())),
            ("expire_date", Json::from(expiry)),
            ("stock_num", Json::decimal_text(lot.figures.on_hand)),
        ])
    };
    Json::Array(row.lots.iter().map(detail).collect())
}
