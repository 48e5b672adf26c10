//! `wms.stocktransfer.Manage.queryWithDetail`, 调拨单查询.

use super::documents::{LookUp, field, status, times};
use super::{Call, Failure, quick_transfer, transfer};
use crate::gateways::fields::Fields;
use crate::json::Json;
use crate::ledger::{Document, DocumentLine};

pub(super) const METHOD: &str = "wms.stocktransfer.Manage.queryWithDetail";

pub(super) fn query(call: &Call<'_>) -> Result<Json, Failure> {
    let [params] = call.arguments()?;
    let mut fields = Fields::of(params, "")?;
    let look_up = LookUp::read(call, &mut fields)?;
    let filter = |text: Option<String>| text.filter(|text| !text.is_empty());
    let from = filter(fields.optional("from_warehouse_no", |value| value.text(40))?);
    let to = filter(fields.optional("to_warehouse_no", |value| value.text(40))?);
    let number = filter(fields.optional("transfer_no", |value| value.text(20))?);
    fields.finish()?;
    let is = |document: &Document, name: &str, requested: &Option<String>| {
        requested.as_ref().is_none_or(|requested| document.fields.get(name) == Some(requested))
    };
    let wanted = |document: &Document| {
        [quick_transfer::METHOD, transfer::METHOD].contains(&document.method.as_str())
            && is(document, "from_warehouse_no", &from)
            && is(document, "to_warehouse_no", &to)
            && number.as_ref().is_none_or(|number| *number == document.number)
    };
    look_up.answer("order", wanted, |document| show(&look_up, document))
}

fn show(look_up: &LookUp<'_>, document: &Document) -> Json {
    let (text, milliseconds) = times(document);
    // 外仓快速调拨 is mode 4 of this list, 外仓明细调拨 mode 14.
    let mode = document.fields.get("mode").map_or("", String::as_str);
    let mode = match (document.method.as_str(), mode) {
        (quick_transfer::METHOD, "2" | "4") => "14",
        (quick_transfer::METHOD, _) => "4",
        (_, own) => own,
    };
    Json::object([
        ("transfer_no", Json::from(document.number.as_str())),
        ("mode", Json::from(mode.parse::<i64>().unwrap_or_default())),
        ("status", status(document, 20, 30, 90)),
        ("stock_out_in_status", status(document, 10, 10, 60)),
        ("contact", field(document, "contact")),
        ("telno", field(document, "telno")),
        ("goods_type_count", Json::from(u64::try_from(document.lines.len()).unwrap_or_default())),
        ("remark", look_up.remark(document)),
        ("from_warehouse_no", field(document, "from_warehouse_no")),
        ("to_warehouse_no", field(document, "to_warehouse_no")),
        ("creator_name", Json::from("api")),
        ("created", milliseconds.clone()),
        ("modified", milliseconds),
        ("created_date", text.clone()),
        ("modified_date", text),
        ("details_list", Json::Array(document.lines.iter().map(line).collect())),
    ])
}

fn line(line: &DocumentLine) -> Json {
    let own = |name: &str| line.fields.get(name).map_or("", String::as_str);
    Json::object([
        ("spec_no", Json::from(line.item.as_str())),
        ("num", Json::decimal(line.quantity)),
        ("remark", Json::from(own("remark"))),
        ("batch_no", Json::from(own("batch_no"))),
        ("defect", Json::Bool(["1", "true"].contains(&own("defect")))),
    ])
}
