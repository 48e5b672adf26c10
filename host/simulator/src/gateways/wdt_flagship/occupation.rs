//! `setting.strategy.VirtualWarehouse.reserveExtractAdd`: sets aside a virtual warehouse's stock for a document, or moves
//! it to another virtual warehouse.

use rust_decimal::Decimal;

use super::quick_transfer::positive;
use super::{Call, Failure, lines};
use crate::gateways::fields::Fields;
use crate::json::Json;
use crate::ledger::{Document, DocumentKind, Write};
use crate::provider::Gateway;

pub(super) const METHOD: &str = "setting.strategy.VirtualWarehouse.reserveExtractAdd";

struct Line {
    spec_no: String,
    pool: String,
    to_pool: Option<String>,
    priority: i64,
    num: Option<Decimal>,
}

pub(super) fn create(call: &Call<'_>) -> Result<Json, Failure> {
    let [order_info, detail] = call.arguments()?;
    let mut document = Document::new(Gateway::WdtFlagship, METHOD, DocumentKind::Occupation);
    order(Fields::of(order_info, "")?, &mut document)?;
    let mut sent = Vec::new();
    let mut allocation = Vec::new();
    for fields in lines(detail, "detail")? {
        sent.push(fields.scalars());
        allocation.push(line(fields)?);
    }
    if allocation.is_empty() {
        return Err(Failure::empty("detail"));
    }
    if allocation.iter().all(|line| line.to_pool.is_some()) {
        document.kind = DocumentKind::PoolTransfer;
    }
    call.state.ledger().write(call.state.clock.now(), |write| {
        for (line, sent) in allocation.iter().zip(sent) {
            let num = carry_out(write, line)?;
            document.line(&line.spec_no, num, sent);
        }
        Ok::<_, Failure>(write.file(document, |count| format!("VS{count:06}")))
    })?;
    // The page says only that `data` is a map; this is the answer of its sibling, strategyAllocationCreate.
    Ok(Json::object([("data", Json::from("策略创建成功"))]))
}

fn order(mut fields: Fields<'_>, document: &mut Document) -> Result<(), Failure> {
    document.fields = fields.scalars();
    // The page's type is a number although document numbers are texts: both are accepted.
    document.reference = fields.required("order_no", |value| value.text_or_number(40))?;
    fields.required("order_type", |value| value.integer_of(&[2, 4, 14, 21]))?;
    fields.finish()?;
    Ok(())
}

fn line(mut fields: Fields<'_>) -> Result<Line, Failure> {
    let line = Line {
        spec_no: fields.required("spec_no", |value| value.filled(40))?,
        pool: fields.required("vir_warehouse_no", |value| value.filled(40))?,
        to_pool: fields.optional("to_virwarehouse_no", |value| value.text(40))?.filter(|no| !no.is_empty()),
        priority: fields.required("priority", |value| value.integer())?,
        num: fields.optional("num", |value| value.decimal())?,
    };
    fields.finish()?;
    // Int(10): ten digits at most.
    if !(0..10_000_000_000).contains(&line.priority) {
        return Err(Failure::parameters());
    }
    line.num.map_or(Ok(()), positive)?;
    Ok(line)
}

fn carry_out(write: &mut Write<'_>, line: &Line) -> Result<Decimal, Failure> {
    let (item, _) = write.item(&line.spec_no)?;
    // The meaning of a line without num is not established; it is read as all of the virtual warehouse's stock.
    let num = match line.num {
        Some(num) => num,
        None => write.pool_free(&line.pool, &item)?,
    };
    match &line.to_pool {
        Some(to_pool) => write.move_between_pools(&line.pool, to_pool, &item, num)?,
        None => write.set_aside(&line.pool, &item, num)?,
    }
    Ok(num)
}
