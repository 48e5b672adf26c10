//! `stock_sync_by_pd`, 创建盘点单: sets stock to the counted quantity.
//!
//! The vendor's samples and its page name two fields differently (`outer_no` and `api_outer_no`, `is_adjust_stock` and
//! `is_check`); both are accepted. Without either flag the count waits for a person, as the page says.

use rust_decimal::Decimal;

use super::{Failure, flag, json, lines, text};
use crate::china_time;
use crate::gateways::State;
use crate::gateways::fields::Fields;
use crate::gateways::form::Form;
use crate::json::Json;
use crate::ledger::{Document, DocumentKind, DocumentState, Place, Selection};
use crate::provider::Gateway;
use crate::stock::Attributes;

pub(super) const PARAMETERS: [&str; 9] = [
    "warehouse_no",
    "outer_no",
    "api_outer_no",
    "is_adjust_stock",
    "is_check",
    "mode",
    "is_post_error",
    "is_create_stock",
    "goods_list",
];

const METHOD: &str = "stock_sync_by_pd";

struct Line {
    spec_no: String,
    stock_num: Decimal,
    selection: Selection,
}

pub(super) fn create(form: &Form, state: &State) -> Result<Json, Failure> {
    let mut document = Document::new(Gateway::WdtEnterprise, METHOD, DocumentKind::Count);
    let warehouse = text(form, "warehouse_no", 40)?.ok_or_else(|| Failure::missing("warehouse_no"))?;
    let outer_no = match text(form, "outer_no", 40)? {
        Some(outer_no) => Some(outer_no),
        None => text(form, "api_outer_no", 40)?,
    };
    document.reference = outer_no.unwrap_or_default().to_owned();
    document.fields = form.others(&["sid", "appkey", "timestamp", "sign", "goods_list"]);
    let adjusts = flag(form, "is_adjust_stock")? == Some(true) || flag(form, "is_check")? == Some(true);
    document.state = if adjusts { DocumentState::Done } else { DocumentState::Saved };
    let is_strict = flag(form, "is_post_error")?.unwrap_or(true);
    flag(form, "is_create_stock")?;
    let by_position = flag(form, "mode")?.unwrap_or(false);
    let goods_list = json(form, "goods_list")?;
    let mut counted = Vec::new();
    for fields in lines(&goods_list, "goods_list")? {
        counted.push(line(fields, by_position, &mut document)?);
    }
    if counted.is_empty() {
        return Err(Failure::missing("goods_list"));
    }
    let number = state.ledger().write(state.clock.now(), |write| {
        let warehouse = write.warehouse(warehouse)?;
        for line in counted {
            let item = match write.item(&line.spec_no) {
                Ok((item, _)) => item,
                Err(refusal) if is_strict => return Err(Failure::from(refusal)),
                Err(_) => {
                    document.lines.retain(|own| own.item != line.spec_no);
                    continue;
                }
            };
            if adjusts {
                let Selection { position, batch, .. } = line.selection.clone();
                let new_lot = Attributes {
                    position: position.unwrap_or_default(),
                    batch: batch.unwrap_or_default(),
                    ..Attributes::default()
                };
                write.count(&Place { warehouse: warehouse.clone(), item }, &line.selection, line.stock_num, new_lot);
            }
        }
        if document.lines.is_empty() {
            return Err(Failure::input("商家编码全不存在或都已删除"));
        }
        let day = china_time::compact_date(write.now());
        Ok(write.file(document, |count| format!("PD{day}{count:04}")))
    })?;
    // Published answers to this edition's pushes carry the number in `message`.
    Ok(Json::object([("code", Json::from(0_i64)), ("message", Json::from(number))]))
}

fn line(mut fields: Fields<'_>, by_position: bool, document: &mut Document) -> Result<Line, Failure> {
    let sent = fields.scalars();
    let spec_no = fields.required("spec_no", |value| value.filled(40))?;
    let stock_num = fields.required("stock_num", |value| value.decimal_where(|num| num >= Decimal::ZERO))?;
    let position = fields.optional("position_no", |value| value.text(40))?;
    let batch = fields.optional("batch_no", |value| value.text(40))?;
    fields.optional("remark", |value| value.text(255))?;
    fields.finish()?;
    document.line(&spec_no, stock_num, sent);
    let selection = Selection {
        position: position.filter(|no| by_position && !no.is_empty()),
        batch: batch.filter(|no| !no.is_empty()),
        ..Selection::default()
    };
    Ok(Line { spec_no, stock_num, selection })
}
