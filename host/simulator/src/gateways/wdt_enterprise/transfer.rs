//! `stock_transfer_push`, 创建调拨单.
//!
//! A stepwise transfer waits for its warehouses to ship and to receive; the simulator's warehouses do so at once, so an
//! approved transfer has moved. This edition does not distinguish sound goods from defective ones: sound ones are taken
//! first.

use rust_decimal::Decimal;

use super::{Failure, json};
use crate::china_time;
use crate::gateways::State;
use crate::gateways::fields::Fields;
use crate::gateways::form::Form;
use crate::json::Json;
use crate::ledger::{Document, DocumentKind, DocumentState, Place, Refusal, Selection};
use crate::provider::Gateway;

pub(super) const PARAMETERS: [&str; 1] = ["transfer_info"];

const METHOD: &str = "stock_transfer_push";

struct Order {
    from: String,
    to: String,
    by_position: bool,
    approve: bool,
}

struct Line {
    spec_no: String,
    num: Decimal,
    selection: Selection,
    to_position: Option<String>,
}

pub(super) fn create(form: &Form, state: &State) -> Result<Json, Failure> {
    let info = json(form, "transfer_info")?;
    let mut document = Document::new(Gateway::WdtEnterprise, METHOD, DocumentKind::Transfer);
    let (order, skus) = order(Fields::of(&info, "transfer_info")?, &mut document)?;
    let mut transfer = Vec::new();
    for fields in skus {
        transfer.push(line(fields, order.by_position, &mut document)?);
    }
    if transfer.is_empty() {
        return Err(Failure::missing("skus"));
    }
    let number = state.ledger().write(state.clock.now(), |write| {
        // The vendor says that outer_no keeps the same data from being pushed twice. The answer to a repeat is not
        // established; a refusal is the answer that a client must not read as "not carried out".
        if write.has_document(METHOD, &document.reference) {
            return Err(Refusal::Repeated);
        }
        let (from, to) = (write.warehouse(&order.from)?, write.warehouse(&order.to)?);
        for line in transfer {
            let (item, _) = write.item(&line.spec_no)?;
            if order.approve {
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
    // The answer to a push is not established; one public client reads the number from this field.
    Ok(Json::object([("code", Json::from(0_i64)), ("message", Json::from("ok")), ("transfer_no", Json::from(number))]))
}

/// Names, lengths and defaults are those of the vendor's page for this method.
fn order<'a>(mut fields: Fields<'a>, document: &mut Document) -> Result<(Order, Vec<Fields<'a>>), Failure> {
    document.fields = fields.scalars();
    document.reference = fields.required("outer_no", |value| value.filled(40))?;
    let from = fields.required("from_warehouse_no", |value| value.filled(40))?;
    let to = fields.required("to_warehouse_no", |value| value.filled(40))?;
    for (name, limit) in [("address", 255), ("contact", 40), ("telno", 40), ("remark", 255)] {
        fields.optional(name, |value| value.text(limit))?;
    }
    // 0 stepwise, 1 at once.
    fields.optional("transfer_type", |value| value.integer_in(0..=1))?;
    // 0 by item, 1 by position.
    let mode = fields.optional("mode", |value| value.integer_in(0..=1))?;
    let autocheck = fields.optional("autocheck", |value| value.flag())?;
    let skus = fields.required("skus", |value| value.list())?;
    fields.finish()?;
    if from == to {
        return Err(Failure::wrong("to_warehouse_no"));
    }
    let approve = autocheck.unwrap_or(false);
    document.state = if approve { DocumentState::Done } else { DocumentState::Saved };
    Ok((Order { from, to, by_position: mode == Some(1), approve }, skus))
}

fn line(mut fields: Fields<'_>, by_position: bool, document: &mut Document) -> Result<Line, Failure> {
    let sent = fields.scalars();
    let spec_no = fields.required("spec_no", |value| value.filled(40))?;
    let num = fields.required("num", |value| value.decimal_where(|num| num > Decimal::ZERO))?;
    let from_position = fields.optional("from_position_no", |value| value.text(40))?;
    let to_position = fields.optional("to_position_no", |value| value.text(40))?;
    fields.optional("remark", |value| value.text(255))?;
    fields.finish()?;
    document.line(&spec_no, num, sent);
    let position = from_position.filter(|no| by_position && !no.is_empty());
    Ok(Line { spec_no, num, selection: Selection { position, ..Selection::default() }, to_position })
}
