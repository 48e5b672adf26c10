//! `winit.inventory.pageInvInouts`, 库存流水查询: the movements of an item's stock by adjustments. Other movements are not simulated.

use rust_decimal::Decimal;
use time::Duration;

use super::{Failure, PageVo, adjustment};
use crate::china_time;
use crate::gateways::State;
use crate::gateways::fields::{Fields, decimal};
use crate::json::Json;
use crate::ledger::Document;

pub(super) const ACTION: &str = "winit.inventory.pageInvInouts";

struct Movement {
    number: String,
    change: Decimal,
    at: String,
}

pub(super) fn query(mut data: Fields<'_>, state: &State) -> Result<Json, Failure> {
    let page = PageVo::read(&mut data)?;
    let sku = data.required("skuCode", |value| value.filled(120))?;
    data.optional("specification", |value| value.text(255))?;
    let warehouse = data.required("warehouseCode", |value| value.filled(50))?;
    let kind = data.optional("docType", |value| value.text(30))?.unwrap_or_default();
    let start = data.required("startDate", |value| value.date())?;
    let end = data.required("endDate", |value| value.date())?;
    data.finish()?;
    let day = |date: &str| china_time::parse(&format!("{date} 00:00:00"));
    let days = day(&start).zip(day(&end)).map(|(start, end)| end - start);
    if !days.is_some_and(|days| (Duration::ZERO..=Duration::days(30)).contains(&days)) {
        return Err(Failure::generic("查询时间不能超过31天"));
    }
    let ledger = state.ledger();
    ledger.warehouse(&warehouse)?;
    let is_meant = |document: &&Document| {
        let date = document.created.get(..10).unwrap_or_default();
        document.method == adjustment::ACTION
            && document.fields.get("warehouseCode") == Some(&warehouse)
            && (kind.is_empty() || kind == "ADJUSTMENT")
            && (start.as_str()..=end.as_str()).contains(&date)
    };
    let movements: Vec<_> = ledger.documents().filter(is_meant).flat_map(|document| of(document, &sku)).collect();
    Ok(page.of(state, &movements, show))
}

/// The quantities of the item that a document took and added.
fn of(document: &Document, sku: &str) -> Vec<Movement> {
    let mut changes = Vec::new();
    for line in &document.lines {
        for (side, sign) in [("transferOutInfo", -Decimal::ONE), ("transferInInfo", Decimal::ONE)] {
            let field = |name: &str| line.fields.get(&format!("{side}.{name}")).map_or("", String::as_str);
            if field("merchandiseCode") == sku {
                changes.push(sign * decimal(field("quantity")).unwrap_or_default());
            }
        }
    }
    let movement = |change| Movement { number: document.number.clone(), change, at: document.created.clone() };
    changes.into_iter().map(movement).collect()
}

fn show(movement: &Movement) -> Json {
    Json::object([
        ("docType", Json::from("ADJUSTMENT")),
        ("docNo", Json::from(movement.number.as_str())),
        ("changeQty", Json::Number(movement.change.normalize().to_string())),
        ("changeDate", Json::from(movement.at.as_str())),
    ])
}
