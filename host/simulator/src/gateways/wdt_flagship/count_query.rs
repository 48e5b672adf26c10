//! `wms.StockPd.queryStockPd`, 盘点单查询, and `wms.StockPd.queryStockPdDetail`, 盘点单明细查询.

use super::count;
use super::documents::{LookUp, field, status, times};
use super::{Call, Failure};
use crate::gateways::fields::Fields;
use crate::json::Json;
use crate::ledger::Document;

pub(super) const METHOD: &str = "wms.StockPd.queryStockPd";
pub(super) const DETAIL_METHOD: &str = "wms.StockPd.queryStockPdDetail";

pub(super) fn query(call: &Call<'_>) -> Result<Json, Failure> {
    let [params] = call.arguments()?;
    let mut fields = Fields::of(params, "")?;
    let look_up = LookUp::read(call, &mut fields)?;
    let filter = |text: Option<String>| text.filter(|text| !text.is_empty());
    let warehouse = filter(fields.optional("warehouse_no", |value| value.text(40))?);
    let number = filter(fields.optional("pd_no", |value| value.text(20))?);
    let item = filter(fields.optional("spec_no", |value| value.text(40))?);
    fields.finish()?;
    let wanted = |document: &Document| {
        document.method == count::METHOD
            && warehouse.as_ref().is_none_or(|no| document.fields.get("warehouse_no") == Some(no))
            && number.as_ref().is_none_or(|number| *number == document.number)
            && item.as_ref().is_none_or(|item| document.lines.iter().any(|line| line.item == *item))
    };
    look_up.answer("pd_list", wanted, |document| show(&look_up, document))
}

fn show(look_up: &LookUp<'_>, document: &Document) -> Json {
    let (text, _) = times(document);
    Json::object([
        ("pd_no", Json::from(document.number.as_str())),
        ("warehouse_no", field(document, "warehouse_no")),
        ("mode", Json::from(2_i64)),
        ("status", status(document, 20, 30, 40)),
        ("creator_no", Json::from("api")),
        ("operator_no", Json::from("api")),
        ("remark", look_up.remark(document)),
        ("created", text.clone()),
        ("modified", text),
    ])
}

/// The lines of one stocktake. The page's table has them in `pd_detail_list`; its example has them as `data` itself, as
/// here.
pub(super) fn detail(call: &Call<'_>) -> Result<Json, Failure> {
    let page = call.page(1000)?;
    let [params] = call.arguments()?;
    let mut fields = Fields::of(params, "")?;
    let number = fields.required("pd_no", |value| value.filled(20))?;
    fields.finish()?;
    let ledger = call.state.ledger();
    let document = ledger.documents().find(|document| document.method == count::METHOD && document.number == number);
    let lines: Vec<_> = document.into_iter().flat_map(|document| &document.lines).collect();
    Ok(page.bare(lines, |line| {
        let own = |name: &str| line.fields.get(name).map_or("", String::as_str);
        Json::object([
            ("spec_no", Json::from(line.item.as_str())),
            ("new_num", Json::decimal(line.quantity)),
            ("defect", Json::from(i64::from(["1", "true"].contains(&own("defect"))))),
            ("remark", Json::from(own("remark"))),
        ])
    }))
}
