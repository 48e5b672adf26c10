//! `stock_transfer_query`, 查询调拨单.
//!
//! Parameters and fields are those of a public client of this edition. The rest follows `stock_query_detail`: the window,
//! the pages, the total on the first page.

use rust_decimal::Decimal;

use super::{Failure, text};
use crate::china_time;
use crate::gateways::form::Form;
use crate::gateways::{LONGEST_WINDOW, State};
use crate::json::Json;
use crate::ledger::{Document, DocumentKind, DocumentState};
use crate::provider::Gateway;

pub(super) const PARAMETERS: [&str; 9] = [
    "start_time",
    "end_time",
    "from_warehouse_no",
    "to_warehouse_no",
    "transfer_no",
    "api_outer_no",
    "status",
    "page_size",
    "page_no",
];

pub(super) fn query(form: &Form, state: &State) -> Result<Json, Failure> {
    let time = |name: &'static str| {
        let given = form.filled(name).ok_or_else(|| Failure::missing(name))?;
        china_time::parse(given).ok_or_else(|| Failure::wrong(name))
    };
    let (start, end) = (time("start_time")?, time("end_time")?);
    if end < start {
        return Err(Failure::wrong("end_time"));
    }
    if end - start > LONGEST_WINDOW {
        return Err(Failure::window());
    }
    let wanted = [
        ("from_warehouse_no", text(form, "from_warehouse_no", 40)?),
        ("to_warehouse_no", text(form, "to_warehouse_no", 40)?),
        ("outer_no", text(form, "api_outer_no", 40)?),
    ];
    let (number, status) = (text(form, "transfer_no", 20)?, form.filled("status"));
    let page_size = size(form, "page_size", 40)?;
    let page_no = size(form, "page_no", 0)?;
    if !(1..=100).contains(&page_size) {
        return Err(Failure::wrong("page_size"));
    }
    let found: Vec<Document> = state
        .ledger()
        .view()
        .documents
        .into_iter()
        .filter(|made| made.gateway == Gateway::WdtEnterprise && made.kind == DocumentKind::Transfer)
        .filter(|made| china_time::parse(&made.created).is_some_and(|created| (start..=end).contains(&created)))
        .filter(|made| wanted.iter().all(|(name, value)| value.is_none_or(|value| sent(made, name) == value)))
        .filter(|made| number.is_none_or(|number| made.number == number))
        .filter(|made| status.is_none_or(|status| status_of(made).to_string() == status))
        .collect();
    let page_no = state.page(page_no, page_size, found.len());
    let page = found.iter().skip(page_no.saturating_mul(page_size)).take(page_size).map(show);
    let mut body = vec![
        ("code".to_owned(), Json::from(0_i64)),
        ("message".to_owned(), Json::from("ok")),
        ("transfer_list".to_owned(), Json::Array(page.collect())),
    ];
    if page_no == 0 {
        body.push(("total_count".to_owned(), Json::from(found.len().to_string())));
    }
    Ok(Json::Object(body))
}

fn size(form: &Form, name: &str, default: usize) -> Result<usize, Failure> {
    form.filled(name).map_or(Ok(default), |digits| digits.parse().map_err(|_| Failure::wrong(name)))
}

/// The push's value of this field.
fn sent<'a>(made: &'a Document, name: &str) -> &'a str {
    made.fields.get(name).map_or("", String::as_str)
}

/// 30 待审核, 90 调拨完成: as on the pages of both sister editions.
fn status_of(made: &Document) -> i64 {
    if made.state == DocumentState::Done { 90 } else { 30 }
}

fn show(made: &Document) -> Json {
    let quantity: Decimal = made.lines.iter().map(|line| line.quantity).sum();
    let moved = if made.state == DocumentState::Done { quantity } else { Decimal::ZERO };
    let details = made.lines.iter().map(|line| {
        Json::object([
            ("spec_no", Json::from(line.item.as_str())),
            ("num", Json::decimal_text(line.quantity)),
            ("remark", Json::from(line.fields.get("remark").map_or("", String::as_str))),
        ])
    });
    Json::object([
        ("transfer_no", Json::from(made.number.as_str())),
        ("from_warehouse_no", Json::from(sent(made, "from_warehouse_no"))),
        ("to_warehouse_no", Json::from(sent(made, "to_warehouse_no"))),
        ("status", Json::from(status_of(made))),
        ("outer_no", Json::from(made.reference.as_str())),
        ("goods_count", Json::decimal_text(quantity)),
        ("goods_in_count", Json::decimal_text(moved)),
        ("goods_out_count", Json::decimal_text(moved)),
        ("remark", Json::from(sent(made, "remark"))),
        ("created", Json::from(made.created.as_str())),
        ("details_list", Json::Array(details.collect())),
    ])
}
