//! `setting.strategy.VirtualWarehouse.create`, 虚拟仓单据新建, and `…orderSearch`, 虚拟仓单据查询: lock stock of a warehouse into a
//! virtual one, or move it between two. Releases (2) and purchases (4) are not simulated.

use rust_decimal::Decimal;

use super::documents::{LookUp, field, status, times};
use super::quick_transfer::positive;
use super::{Call, Failure, lines};
use crate::china_time;
use crate::gateways::fields::Fields;
use crate::json::Json;
use crate::ledger::{Document, DocumentKind, DocumentLine, DocumentState};
use crate::provider::Gateway;

pub(super) const METHOD: &str = "setting.strategy.VirtualWarehouse.create";
pub(super) const SEARCH_METHOD: &str = "setting.strategy.VirtualWarehouse.orderSearch";

struct Order {
    pool: String,
    to_pool: Option<String>,
}

struct Line {
    spec_no: String,
    warehouse: String,
    num: Decimal,
}

pub(super) fn create(call: &Call<'_>) -> Result<Json, Failure> {
    let [order_info, detail_list] = call.arguments()?;
    let mut document = Document::new(Gateway::WdtFlagship, METHOD, DocumentKind::Occupation);
    let order = order(Fields::of(order_info, "")?, &mut document)?;
    let mut locks = Vec::new();
    for fields in lines(detail_list, "detailList")? {
        locks.push(line(fields, &mut document)?);
    }
    if locks.is_empty() {
        return Err(Failure::empty("detailList"));
    }
    let is_checked = document.state == DocumentState::Done;
    let number = call.state.ledger().write(call.state.clock.now(), |write| {
        for line in locks {
            let warehouse = write.warehouse(&line.warehouse)?;
            let (item, _) = write.item(&line.spec_no)?;
            match &order.to_pool {
                _ if !is_checked => {}
                Some(to_pool) => write.move_between_pools(&order.pool, to_pool, &item, line.num)?,
                None => write.lock_into_pool(&order.pool, &warehouse, &item, line.num)?,
            }
        }
        let day = china_time::compact_date(write.now());
        Ok::<_, Failure>(write.file(document, |count| format!("VO{day}{count:04}")))
    })?;
    Ok(Json::object([("message", Json::from(number)), ("status", Json::from(0_i64))]))
}

fn order(mut fields: Fields<'_>, document: &mut Document) -> Result<Order, Failure> {
    document.fields = fields.scalars();
    let pool = fields.required("virtual_warehouse_no", |value| value.filled(40))?;
    let order_type = fields.optional("order_type", |value| value.integer_of(&[1, 3]))?.unwrap_or(1);
    let to_pool = fields.optional("to_virtual_warehouse_no", |value| value.text(40))?.filter(|no| !no.is_empty());
    fields.optional("remark", |value| value.text(255))?;
    let is_check = fields.optional("is_check", |value| value.flag())?.unwrap_or(false);
    fields.finish()?;
    if (order_type == 3) != to_pool.is_some() {
        return Err(Failure::empty("to_virtual_warehouse_no"));
    }
    if order_type == 3 {
        document.kind = DocumentKind::PoolTransfer;
    }
    document.state = if is_check { DocumentState::Done } else { DocumentState::Submitted };
    Ok(Order { pool, to_pool })
}

fn line(mut fields: Fields<'_>, document: &mut Document) -> Result<Line, Failure> {
    let sent = fields.scalars();
    let spec_no = fields.required("spec_no", |value| value.filled(40))?;
    let warehouse = fields.required("warehouse_no", |value| value.filled(40))?;
    let num = fields.optional("num", |value| value.decimal())?.unwrap_or(Decimal::ONE);
    fields.finish()?;
    positive(num)?;
    document.line(&spec_no, num, sent);
    Ok(Line { spec_no, warehouse, num })
}

pub(super) fn search(call: &Call<'_>) -> Result<Json, Failure> {
    let [params] = call.arguments()?;
    let mut fields = Fields::of(params, "")?;
    let look_up = LookUp::read(call, &mut fields)?;
    let filter = |text: Option<String>| text.filter(|text| !text.is_empty());
    let pool = filter(fields.optional("virtual_warehouse_no", |value| value.text(40))?);
    let warehouse = filter(fields.optional("warehouse_no", |value| value.text(40))?);
    let order_type = fields.optional("order_type", |value| value.integer_in(1..=4))?.map(|kind| kind.to_string());
    fields.finish()?;
    let wanted = |document: &Document| {
        let is_in = |line: &DocumentLine| line.fields.get("warehouse_no") == warehouse.as_ref();
        document.method == METHOD
            && pool.as_ref().is_none_or(|no| document.fields.get("virtual_warehouse_no") == Some(no))
            && order_type.as_ref().is_none_or(|kind| document.fields.get("order_type") == Some(kind))
            && (warehouse.is_none() || document.lines.iter().any(is_in))
    };
    look_up.answer("order", wanted, |document| show(&look_up, document))
}

/// As in the page's example, which lacks `virtual_warehouse_no`.
fn show(look_up: &LookUp<'_>, document: &Document) -> Json {
    let (text, _) = times(document);
    Json::object([
        ("order_no", Json::from(document.number.as_str())),
        ("order_type", field(document, "order_type")),
        ("order_status", status(document, 10, 20, 30)),
        ("status", Json::from(1_i64)),
        ("remark", look_up.remark(document)),
        ("created", text.clone()),
        ("modified", text),
        ("detail_list", Json::Array(document.lines.iter().map(show_line).collect())),
    ])
}

fn show_line(line: &DocumentLine) -> Json {
    Json::object([
        ("spec_no", Json::from(line.item.as_str())),
        ("warehouse_no", Json::from(line.fields.get("warehouse_no").map_or("", String::as_str))),
        ("num", Json::decimal(line.quantity)),
    ])
}
