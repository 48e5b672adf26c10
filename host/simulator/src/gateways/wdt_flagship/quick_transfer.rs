//! `wms.outer.OuterTransfer.createByApi`, 外仓快速调拨.
//!
//! No number identifies a repeat: each request makes a transfer. Not simulated: whether the warehouse has per-batch stock
//! switched on (modes 2 and 4) and whether the switch for modes 3 and 4 was bought; both are on.

use rust_decimal::Decimal;

use super::{Call, Failure, lines};
use crate::china_time;
use crate::gateways::fields::Fields;
use crate::json::Json;
use crate::ledger::{Document, DocumentKind, DocumentState, Place, Selection, Write};
use crate::provider::Gateway;
use crate::stock::codes::WarehouseNo;

pub(super) const METHOD: &str = "wms.outer.OuterTransfer.createByApi";

struct Order {
    state: DocumentState,
    from: String,
    to: String,
    by_batch: bool,
}

struct Line {
    spec_no: String,
    num: Decimal,
    selection: Selection,
}

pub(super) fn create(call: &Call<'_>) -> Result<Json, Failure> {
    let [params, detail_list] = call.arguments()?;
    let mut document = Document::new(Gateway::WdtFlagship, METHOD, DocumentKind::Transfer);
    let order = order(Fields::of(params, "")?, &mut document)?;
    document.state = order.state;
    let mut transfer = Vec::new();
    for fields in lines(detail_list, "detail_list")? {
        transfer.push(line(fields, order.by_batch, &mut document)?);
    }
    if transfer.is_empty() {
        return Err(Failure::empty("detail_list"));
    }
    let number = call.state.ledger().write(call.state.clock.now(), |write| {
        let (from, to) = warehouses(write, &order.from, &order.to)?;
        for line in &transfer {
            let (item, _) = write.item(&line.spec_no)?;
            if order.state == DocumentState::Done {
                let place = Place { warehouse: from.clone(), item };
                if let Some(batch) = &line.selection.batch {
                    write.batch(&place, batch)?;
                }
                write.transfer(&place, &to, &line.selection, line.num, None)?;
            }
        }
        Ok::<_, Failure>(write.file(document, |count| format!("TF{}", 38_580 + count)))
    })?;
    Ok(Json::object([("transfer_no", Json::from(number))]))
}

fn order(mut fields: Fields<'_>, document: &mut Document) -> Result<Order, Failure> {
    document.fields = fields.scalars();
    let create_mode = fields.optional("create_mode", |value| value.integer_in(0..=2))?;
    let from = fields.required("from_warehouse_no", |value| value.filled(40))?;
    let to = fields.required("to_warehouse_no", |value| value.filled(40))?;
    fields.optional("wms_edit", |value| value.flag())?;
    let mode = fields.required("mode", |value| value.integer_in(1..=4))?;
    fields.optional("remark", |value| value.text(255))?;
    fields.finish()?;
    let state = match create_mode {
        Some(2) => DocumentState::Done,
        Some(1) => DocumentState::Submitted,
        _ => DocumentState::Saved,
    };
    Ok(Order { state, from, to, by_batch: mode == 2 || mode == 4 })
}

fn line(mut fields: Fields<'_>, by_batch: bool, document: &mut Document) -> Result<Line, Failure> {
    let sent = fields.scalars();
    let spec_no = fields.required("spec_no", |value| value.filled(40))?;
    let num = fields.required("num", |value| value.decimal())?;
    let batch = fields.optional("batch_no", |value| value.text(40))?;
    let expiry = fields.optional("expire_date", |value| value.text(40))?;
    let defect = fields.optional("defect", |value| value.flag())?;
    fields.optional("remark", |value| value.text(255))?;
    fields.finish()?;
    positive(num)?;
    a_time(expiry.as_deref())?;
    document.line(&spec_no, num, sent);
    // Batch and expiry have an effect in the per-batch modes only (the page); a field left out there is unrestricted.
    let chosen = |text: Option<String>| text.filter(|text| by_batch && !text.is_empty());
    let selection = Selection {
        defective: Some(defect.unwrap_or(false)),
        batch: chosen(batch),
        expiry: chosen(expiry).map(|text| text.chars().take(10).collect()),
        ..Selection::default()
    };
    Ok(Line { spec_no, num, selection })
}

/// Both warehouses of a transfer. The text for an unknown source is the page's; the one for the target follows it.
pub(super) fn warehouses(write: &Write<'_>, from: &str, to: &str) -> Result<(WarehouseNo, WarehouseNo), Failure> {
    let source = write.warehouse(from).map_err(|_| Failure::business("源仓库不存在"))?;
    let target = write.warehouse(to).map_err(|_| Failure::business("目标仓库不存在"))?;
    if source == target {
        return Err(Failure::business("源仓库和目标仓库不能相同"));
    }
    Ok((source, target))
}

/// An `expire_date` is a time: a bare date cannot be parsed.
pub(super) fn a_time(text: Option<&str>) -> Result<(), Failure> {
    match text.filter(|text| !text.is_empty()) {
        Some(text) if china_time::parse(text).is_none() => Err(Failure::business(format!("Unparseable date: {text}"))),
        _ => Ok(()),
    }
}

/// A moved quantity must be positive.
pub(super) fn positive(num: Decimal) -> Result<(), Failure> {
    if num > Decimal::ZERO { Ok(()) } else { Err(Failure::business("数量不合法")) }
}
