//! `wms.StockPd.stockSyncByPd`, 创建盘点单: sets stock to the counted quantity.

use rust_decimal::Decimal;

use super::{Call, Failure, lines};
use crate::china_time;
use crate::gateways::fields::Fields;
use crate::json::Json;
use crate::ledger::{Document, DocumentKind, Place, Selection};
use crate::provider::Gateway;
use crate::stock::Attributes;
use crate::stock::codes::Condition;

pub(super) const METHOD: &str = "wms.StockPd.stockSyncByPd";

struct Order {
    warehouse: String,
    defect_mode: i64,
    is_strict: bool,
}

struct Line {
    spec_no: String,
    new_num: Decimal,
    defect: bool,
}

pub(super) fn create(call: &Call<'_>) -> Result<Json, Failure> {
    let [pd_order, spec_list] = call.arguments()?;
    let mut document = Document::new(Gateway::WdtFlagship, METHOD, DocumentKind::Count);
    let order = order(Fields::of(pd_order, "")?, &mut document)?;
    let mut counted = Vec::new();
    for fields in lines(spec_list, "specList")? {
        counted.push(line(fields, order.defect_mode, &mut document)?);
    }
    let mut skipped = Vec::new();
    let (number, id) = call.state.ledger().write(call.state.clock.now(), |write| {
        let warehouse = write.warehouse(&order.warehouse)?;
        for line in &counted {
            let item = match write.item(&line.spec_no) {
                Ok((item, _)) => item,
                Err(refusal) if order.is_strict => return Err(Failure::from(refusal)),
                Err(_) => {
                    skipped.push(line.spec_no.clone());
                    continue;
                }
            };
            let condition = if line.defect { Condition::Cc } else { Condition::Zp };
            let new_lot = Attributes { condition, ..Attributes::default() };
            let selection = Selection { defective: Some(line.defect), ..Selection::default() };
            write.count(&Place { warehouse: warehouse.clone(), item }, &selection, line.new_num, new_lot);
        }
        if !counted.is_empty() && skipped.len() == counted.len() {
            return Err(Failure::business("商家编码全不存在或都已删除"));
        }
        document.lines.retain(|line| !skipped.contains(&line.item));
        let day = china_time::compact_date(write.now());
        let mut id = 0;
        let number = write.file(document, |count| {
            id = 8637 + count;
            format!("WP{day}{count:04}")
        });
        Ok((number, id))
    })?;
    let mut data = vec![("pd_no".to_owned(), Json::from(number)), (id.to_string(), Json::from("ok"))];
    if !skipped.is_empty() {
        data.push(("skip_spec_no".to_owned(), Json::from(skipped.join(","))));
    }
    Ok(Json::Object(data))
}

fn order(mut fields: Fields<'_>, document: &mut Document) -> Result<Order, Failure> {
    document.fields = fields.scalars();
    let warehouse = fields.required("warehouse_no", |value| value.text(40))?;
    let defect_mode = fields.required("defect_mode", |value| value.integer_in(0..=2))?;
    fields.required("remark", |value| value.text(255))?;
    let is_strict = fields.optional("is_post_error", |value| value.flag())?;
    fields.finish()?;
    if warehouse.is_empty() {
        return Err(Failure::business("仓库编号不可为空"));
    }
    Ok(Order { warehouse, defect_mode, is_strict: is_strict.unwrap_or(false) })
}

fn line(mut fields: Fields<'_>, defect_mode: i64, document: &mut Document) -> Result<Line, Failure> {
    let sent = fields.scalars();
    let spec_no = fields.required("spec_no", |value| value.filled(40))?;
    fields.required("remark", |value| value.text(255))?;
    let new_num = fields.required("new_num", |value| value.decimal())?;
    let defect = fields.required("defect", |value| value.flag())?;
    fields.finish()?;
    if new_num < Decimal::ZERO {
        return Err(Failure::business("数量不合法"));
    }
    // A count of one quality with a line of the other contradicts itself.
    if (defect_mode == 1 && defect) || (defect_mode == 2 && !defect) {
        return Err(Failure::parameters());
    }
    document.line(&spec_no, new_num, sent);
    Ok(Line { spec_no, new_num, defect })
}
