//! `wms.stocktransfer.Edit.createOrder`, 调拨单新建.
//!
//! A stepwise transfer (modes 0, 1, 2) waits for its warehouses to ship and to receive; the simulator's warehouses do so at
//! once, so an approved transfer of any mode has moved.

use rust_decimal::Decimal;

use super::quick_transfer::{a_time, positive, warehouses};
use super::{Call, Failure, lines};
use crate::china_time;
use crate::gateways::fields::Fields;
use crate::json::Json;
use crate::ledger::{Document, DocumentKind, DocumentState, Place, Refusal, Selection};
use crate::provider::Gateway;

pub(super) const METHOD: &str = "wms.stocktransfer.Edit.createOrder";

struct Line {
    spec_no: String,
    num: Decimal,
    selection: Selection,
    to_position: Option<String>,
}

pub(super) fn create(call: &Call<'_>) -> Result<Json, Failure> {
    let [order_info, detail_list, is_check] = call.arguments()?;
    let Json::Bool(approve) = is_check else {
        return Err(Failure::mismatch());
    };
    let mut document = Document::new(Gateway::WdtFlagship, METHOD, DocumentKind::Transfer);
    document.state = if *approve { DocumentState::Done } else { DocumentState::Saved };
    let (from, to, mode) = order(Fields::of(order_info, "")?, &mut document)?;
    let mut transfer = Vec::new();
    for fields in lines(detail_list, "detailList")? {
        transfer.push(line(fields, mode, &mut document)?);
    }
    if transfer.is_empty() {
        return Err(Failure::empty("detailList"));
    }
    let number = call.state.ledger().write(call.state.clock.now(), |write| {
        // The vendor's error table has a text for a reused outer_no, without naming the methods.
        if write.has_document(METHOD, &document.reference) {
            return Err(Failure::from(Refusal::Repeated));
        }
        let (from, to) = warehouses(write, &from, &to)?;
        for line in transfer {
            let item = write.item(&line.spec_no).map_err(|_| Failure::business("单品不存在检查商家编码"))?.0;
            if *approve {
                write.transfer(
                    &Place { warehouse: from.clone(), item },
                    &to,
                    &line.selection,
                    line.num,
                    line.to_position,
                )?;
            }
        }
        let day = china_time::compact_date(write.now());
        Ok(write.file(document, |count| format!("TF{day}{count:04}")))
    })?;
    Ok(Json::object([("message", Json::from(number)), ("status", Json::from(0_i64))]))
}

fn order(mut fields: Fields<'_>, document: &mut Document) -> Result<(String, String, i64), Failure> {
    document.fields = fields.scalars();
    document.reference = fields.required("outer_no", |value| value.filled(20))?;
    let from = fields.required("from_warehouse_no", |value| value.filled(40))?;
    let to = fields.required("to_warehouse_no", |value| value.filled(40))?;
    let mode = fields.required("mode", |value| value.integer_of(&[0, 1, 2, 5, 6, 7]))?;
    fields.optional("remark", |value| value.text(255))?;
    for name in ["contact", "telno", "province", "city", "district"] {
        fields.optional(name, |value| value.text(40))?;
    }
    fields.optional("address", |value| value.text(255))?;
    fields.finish()?;
    Ok((from, to, mode))
}

fn line(mut fields: Fields<'_>, mode: i64, document: &mut Document) -> Result<Line, Failure> {
    let sent = fields.scalars();
    let spec_no = fields.required("spec_no", |value| value.filled(40))?;
    let num = fields.required("num", |value| value.decimal())?;
    let from_position = fields.optional("from_position_no", |value| value.text(50))?;
    let to_position = fields.optional("to_position_no", |value| value.text(50))?;
    let batch = fields.optional("batch_no", |value| value.text(40))?;
    let expiry = fields.optional("expire_date", |value| value.text(40))?;
    let defect = fields.optional("defect", |value| value.flag())?;
    fields.optional("remark", |value| value.text(255))?;
    fields.finish()?;
    positive(num)?;
    a_time(expiry.as_deref())?;
    document.line(&spec_no, num, sent);
    let by_batch = mode == 2 || mode == 7;
    let chosen = |text: Option<String>, counts: bool| text.filter(|text| counts && !text.is_empty());
    let selection = Selection {
        defective: Some(defect.unwrap_or(false)),
        position: chosen(from_position, mode == 1 || mode == 6),
        batch: chosen(batch, by_batch),
        expiry: chosen(expiry, by_batch).map(|text| text.chars().take(10).collect()),
        ..Selection::default()
    };
    Ok(Line { spec_no, num, selection, to_position })
}
