//! `taobao.logistics.wms.inventory.imbalance.create`, 仓内库存差异占用: holds goods whose stock differs from the books.

use rust_decimal::Decimal;

use super::Failure;
use crate::china_time;
use crate::gateways::State;
use crate::gateways::fields::{FieldError, Fields, Value};
use crate::gateways::form::Form;
use crate::json::Json;
use crate::ledger::{Document, DocumentKind, Place, Refusal, Selection, Write};
use crate::provider::Gateway;
use crate::stock::codes::{Condition, WarehouseNo};

pub(super) const METHOD: &str = "taobao.logistics.wms.inventory.imbalance.create";

/// The one business parameter: a JSON text.
pub(super) const PARAMETER: &str = "req_dto";

/// The page gives no lengths; this only bounds what is stored.
const TEXT: usize = 1000;

struct Report {
    owner: String,
    warehouse: String,
    occupy_order_id: String,
}

struct Item {
    code: String,
    wms_code: Option<String>,
    quantity: Decimal,
    selection: Selection,
}

pub(super) fn create(form: &Form, state: &State) -> Result<Json, Failure> {
    let text = form.filled(PARAMETER).ok_or_else(|| Failure::argument(40, PARAMETER))?;
    let dto = Json::parse(text).map_err(|_| Failure::argument(41, PARAMETER))?;
    let mut document = Document::new(Gateway::TaobaoTop, METHOD, DocumentKind::Occupation);
    let (report, items) = report(Fields::of(&dto, PARAMETER)?, &mut document)?;
    let mut occupied = Vec::new();
    for fields in items {
        occupied.push(item(fields, &report.owner, &mut document)?);
    }
    state.ledger().write(state.clock.now(), |write| {
        // The answer to a repeat is not established, only that it is not processed again.
        if !write.has_document(METHOD, &document.reference) {
            occupy(write, &report, &occupied)?;
            write.file(document, |_| report.occupy_order_id);
        }
        Ok::<_, Failure>(Json::object([("success", Json::from(true))]))
    })
}

fn occupy(write: &mut Write<'_>, report: &Report, items: &[Item]) -> Result<(), Refusal> {
    write.owner(&report.owner)?;
    let warehouse: WarehouseNo = write.warehouse(&report.warehouse)?;
    for item in items {
        let (no, stored) = write.item(&item.code)?;
        if item.wms_code.as_ref().is_some_and(|code| !stored.wms_code.is_empty() && *code != stored.wms_code) {
            return Err(Refusal::Item(no));
        }
        write.hold(&Place { warehouse: warehouse.clone(), item: no }, &item.selection, item.quantity)?;
    }
    Ok(())
}

fn report<'a>(mut fields: Fields<'a>, document: &mut Document) -> Result<(Report, Vec<Fields<'a>>), FieldError> {
    document.fields = fields.scalars();
    let report = Report {
        owner: fields.required("owner_code", filled)?,
        warehouse: fields.required("warehouse_code", filled)?,
        occupy_order_id: fields.required("occupy_order_id", filled)?,
    };
    // The page: ADJUST is the only value in use here.
    fields.required("adjust_type", |value| value.parsed(TEXT, |text| (text == "ADJUST").then_some(())))?;
    document.reference = fields.required("out_biz_code", filled)?;
    fields.optional("remark", |value| value.text(TEXT))?;
    let items = fields.required("items", |value| value.list())?;
    fields.optional("extend_props", properties)?;
    fields.required("operate_time", |value| value.parsed(TEXT, china_time::parse))?;
    fields.finish()?;
    if items.is_empty() {
        return Err(FieldError::Missing(format!("{PARAMETER}.items")));
    }
    Ok((report, items))
}

fn item(mut fields: Fields<'_>, owner: &str, document: &mut Document) -> Result<Item, FieldError> {
    let sent = fields.scalars();
    fields.required("order_line_id", filled)?;
    let code = fields.required("item_code", filled)?;
    let wms_code = fields.optional("item_id", filled)?;
    let condition = fields.required("inventory_type", |value| value.parsed(TEXT, Condition::from_code))?;
    // The SDK declares it as a whole number.
    let quantity = fields.required("lock_quantity", |value| value.bare_count())?;
    let batch = fields.optional("batch_code", filled)?;
    fields.optional("product_date", |value| value.date())?;
    let expiry = fields.optional("expire_date", |value| value.date())?;
    fields.optional("produce_code", filled)?;
    fields.optional("sn_code", filled)?;
    fields.optional("extend_props", properties)?;
    fields.finish()?;
    let quantity = Decimal::from(quantity);
    document.line(&code, quantity, sent);
    let owner = Some(owner.to_owned());
    let selection = Selection { condition: Some(condition), owner, batch, expiry, ..Selection::default() };
    Ok(Item { code, wms_code, quantity, selection })
}

fn filled(value: Value<'_>) -> Result<String, FieldError> {
    value.filled(TEXT)
}

/// A text that is itself a JSON object.
fn properties(value: Value<'_>) -> Result<(), FieldError> {
    value.parsed(TEXT, |text| matches!(Json::parse(text), Ok(Json::Object(_))).then_some(()))
}
