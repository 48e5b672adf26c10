//! `setting.strategy.VirtualWarehouse.stockSearch`, 虚拟仓库存查询.

use rust_decimal::Decimal;

use super::search::window;
use super::{Call, Failure};
use crate::gateways::fields::Fields;
use crate::json::Json;
use crate::ledger::PoolRow;

pub(super) const METHOD: &str = "setting.strategy.VirtualWarehouse.stockSearch";

pub(super) fn search(call: &Call<'_>) -> Result<Json, Failure> {
    let page = call.page(1000)?;
    let [params] = call.arguments()?;
    let mut fields = Fields::of(params, "")?;
    let start = fields.optional("start_time", |value| value.text(40))?;
    let end = fields.optional("end_time", |value| value.text(40))?;
    let spec_nos = fields.optional("spec_nos", |value| value.text(usize::MAX))?.unwrap_or_default();
    let pool = fields.optional("virtual_warehouse_no", |value| value.text(40))?.filter(|no| !no.is_empty());
    let warehouse = fields.optional("warehouse_no", |value| value.text(40))?.filter(|no| !no.is_empty());
    fields.finish()?;
    let spec_nos: Vec<&str> = spec_nos.split(',').filter(|no| !no.is_empty()).collect();
    if spec_nos.len() > 500 {
        return Err(Failure::parameters());
    }
    // Pools do not record when they changed: with a window all of them are shown.
    window(start.as_deref(), end.as_deref(), !spec_nos.is_empty())?;
    let ledger = call.state.ledger();
    let warehouse = warehouse.map(|no| ledger.warehouse(&no)).transpose()?;
    let mut rows = ledger.pool_rows();
    rows.retain(|row| {
        (spec_nos.is_empty() || spec_nos.contains(&row.item_no.as_str()))
            && pool.as_ref().is_none_or(|no| no == row.pool_no)
            && warehouse.as_ref().is_none_or(|no| no == row.warehouse_no)
    });
    Ok(page.of(rows, show))
}

fn show(row: &PoolRow<'_>) -> Json {
    let zero = || Json::decimal(Decimal::ZERO);
    let kept = row.stock.free + row.stock.set_aside;
    Json::object([
        ("rec_id", Json::from(row.number)),
        ("spec_no", Json::from(row.item_no.as_str())),
        ("spec_id", Json::from(u64::from(row.item.id))),
        ("spec_name", Json::from(row.item.name.as_str())),
        ("goods_no", Json::from(row.item.goods_no.as_str())),
        ("goods_name", Json::from(row.item.goods_name.as_str())),
        ("vir_warehouse_no", Json::from(row.pool_no)),
        ("vir_warehouse_name", Json::from(row.pool_name)),
        ("vir_warehouse_id", Json::from(row.pool_id)),
        ("warehouse_no", Json::from(row.warehouse_no.as_str())),
        ("warehouse_name", Json::from(row.warehouse.name.as_str())),
        ("warehouse_id", Json::from(u64::from(row.warehouse.id))),
        ("assigned_num", Json::decimal(row.stock.set_aside)),
        ("avaliable_num", Json::decimal(row.public)),
        ("can_use_lock_num", Json::decimal(row.stock.free)),
        ("can_use_num", Json::decimal(row.stock.free)),
        ("lock_num", Json::decimal(kept)),
        ("now_lock_num", Json::decimal(kept)),
        ("sum_lock_num", Json::decimal(kept)),
        ("out_num", zero()),
        ("alarm_num", zero()),
        ("factory_num", zero()),
        ("purchase_num", zero()),
        ("trial_other_in_num", zero()),
        ("avg_cost", zero()),
        ("num_day", zero()),
        ("num_yesterday", zero()),
        ("num_7days", zero()),
        ("num_14days", zero()),
        ("num_month", zero()),
    ])
}
