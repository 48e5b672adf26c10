//! `wms.StockSpec.search2`, 库存查询2.

use rust_decimal::Decimal;
use time::OffsetDateTime;

use super::{Call, Failure};
use crate::china_time;
use crate::gateways::LONGEST_WINDOW;
use crate::gateways::fields::Fields;
use crate::json::Json;
use crate::ledger::{Row, RowQuery, RowsBy};
use crate::stock::codes::ItemNo;

pub(super) const METHOD: &str = "wms.StockSpec.search2";

/// Groups of fields beside the stock itself.
struct Extent {
    sales: bool,
    cost: bool,
    alarm: bool,
}

pub(super) fn search(call: &Call<'_>) -> Result<Json, Failure> {
    let page = call.page(1000)?;
    let [params] = call.arguments()?;
    let mut fields = Fields::of(params, "")?;
    let start = fields.optional("start_time", |value| value.text(40))?;
    let end = fields.optional("end_time", |value| value.text(40))?;
    let spec_nos = fields.optional("spec_nos", |value| value.texts(40))?.unwrap_or_default();
    let warehouse = fields.optional("warehouse_no", |value| value.text(40))?.filter(|no| !no.is_empty());
    let mask = fields.optional("mask", |value| value.integer_in(0..=3))?.unwrap_or(0);
    let alarm = fields.optional("need_alarm_info", |value| value.flag())?.unwrap_or(false);
    fields.finish()?;
    let ledger = call.state.ledger();
    let query = RowQuery {
        warehouse: warehouse.map(|no| ledger.warehouse(&no)).transpose()?,
        changed: window(start.as_deref(), end.as_deref(), !spec_nos.is_empty())?,
        items: spec_nos.into_iter().map(ItemNo::from).collect(),
        barcode: None,
        // The page does not say whether rows of deleted items are shown; no field would mark them.
        without_deleted: true,
    };
    let extent = Extent { sales: mask & 1 != 0, cost: mask & 2 != 0, alarm };
    Ok(page.of(ledger.rows(&query, RowsBy::Quality), |row| show(row, &extent)))
}

/// The window of change: both times or, if the query is narrowed otherwise, neither.
pub(super) fn window(
    start: Option<&str>,
    end: Option<&str>,
    is_narrow: bool,
) -> Result<Option<(OffsetDateTime, OffsetDateTime)>, Failure> {
    let time =
        |text: &str| china_time::parse(text).ok_or_else(|| Failure::business(format!("Unparseable date: {text}")));
    let given = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(time).transpose();
    let (start, end) = match (given(start)?, given(end)?) {
        (Some(start), Some(end)) => (start, end),
        (None, None) if is_narrow => return Ok(None),
        _ => return Err(Failure::business("参数中必须包含起止时间")),
    };
    if end - start > LONGEST_WINDOW {
        return Err(Failure::business("您的查询时间过宽,查询时间不能大于30天"));
    }
    Ok(Some((start, end)))
}

fn show(row: &Row<'_>, extent: &Extent) -> Json {
    let mut members = vec![
        ("rec_id", Json::from(row.number)),
        ("defect", Json::from(row.defective)),
        ("stock_num", Json::decimal(row.figures.on_hand)),
        ("spec_no", Json::from(row.item_no.as_str())),
        ("spec_id", Json::from(u64::from(row.item.id))),
        ("goods_no", Json::from(row.item.goods_no.as_str())),
        ("goods_name", Json::from(row.item.goods_name.as_str())),
        ("spec_code", Json::from(row.item.code.as_str())),
        ("spec_name", Json::from(row.item.name.as_str())),
        ("brand_no", Json::from(row.item.brand_no.as_str())),
        ("brand_name", Json::from(row.item.brand_name.as_str())),
        ("barcode", Json::from(row.item.barcode.as_str())),
        ("weight", Json::decimal(row.item.weight)),
        ("img_url", Json::from(row.item.image.as_str())),
        ("warehouse_no", Json::from(row.warehouse_no.as_str())),
        ("warehouse_id", Json::from(u64::from(row.warehouse.id))),
        ("warehouse_name", Json::from(row.warehouse.name.as_str())),
        ("warehouse_type", Json::from(u64::from(row.warehouse.kind))),
        ("available_send_stock", Json::decimal(row.figures.available())),
        ("lock_num", Json::decimal(row.figures.reserved)),
        ("created", Json::from(china_time::epoch_millis(row.created))),
        ("modified", Json::from(china_time::epoch_millis(row.changed))),
        ("wms_sync_time", Json::from("0000-00-00 00:00:00")),
        ("last_pd_time", Json::from("")),
        ("last_inout_time", Json::from(china_time::date_time(row.changed))),
        ("remark", Json::from("")),
        ("flag_id", Json::from(0_i64)),
        ("flag_name", Json::from("无")),
        ("unit_name", Json::from("")),
        ("aux_unit_name", Json::from("")),
        ("status", Json::from(1_i64)),
    ];
    members.extend(zeros(&NOT_SIMULATED));
    if extent.sales {
        members.extend(zeros(&SALES));
    }
    if extent.cost {
        members.extend(zeros(&["cost_price"]));
    }
    if extent.alarm {
        members.push(("alarm_type", Json::from(0_i64)));
        members.extend(zeros(&ALARM));
    }
    Json::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn zeros<'a>(names: &'a [&'static str]) -> impl Iterator<Item = (&'static str, Json)> + 'a {
    names.iter().map(|name| (*name, Json::decimal(Decimal::ZERO)))
}

/// Quantities that the ledger does not model: orders, purchases, returns, production.
const NOT_SIMULATED: [&str; 30] = [
    "wms_sync_stock",
    "wms_stock_diff",
    "wms_preempty_stock",
    "wms_preempty_diff",
    "unpay_num",
    "subscribe_num",
    "order_num",
    "sending_num",
    "purchase_num",
    "transfer_num",
    "to_purchase_num",
    "purchase_arrive_num",
    "part_paid_num",
    "refund_num",
    "refund_exch_num",
    "refund_onway_num",
    "return_num",
    "return_exch_num",
    "return_onway_num",
    "to_transfer_num",
    "wait_transfer_num",
    "to_other_out_num",
    "to_other_in_num",
    "to_process_out_num",
    "to_process_in_num",
    "process_onway_num",
    "inspect_num",
    "trade_reserve_num",
    "sys_user_define_stock1",
    "sys_user_define_stock2",
];

/// Fields added by mask 1 and 3.
const SALES: [&str; 8] =
    ["today_num", "num_yesterday", "num_7days", "num_14days", "num_month", "num_all", "num_60days", "num_90days"];

/// Fields added by need_alarm_info.
const ALARM: [&str; 5] = ["safe_stock", "safe_stock_upper", "alarm_days", "alarm_days_upper", "cycle_days"];
