//! winit.inventory.pageInvInouts 库存流水查询: the movements of an item's stock, for a person who looks for an adjustment order.
//!
//! The fields of the request are those of the vendor's page of this method at developer.winit.com.cn, those of a movement
//! are from one public client. No method finds an adjustment by the customer's number: these are candidates, not proof.

use std::collections::BTreeMap;

use serde::Serialize;
use stockbridge_connector::{
    AdjustmentLine, AdjustmentOrder, Attempt, Effect, Error, Host, china_time, decimal,
    json::Scalar,
    object::{Fields, Object},
    reader::{ReadError, Reader},
};

use crate::gateway;
use crate::page_vo::{PageParams, PageVo};

const ACTION: &str = "winit.inventory.pageInvInouts";

/// Maximum number of an order's items whose movements are requested, with one request each.
const MAX_ITEMS: usize = 8;
/// Maximum number of candidates named.
const MAX_NAMED: usize = 10;
const PAGE_SIZE: u32 = 100;
const DAY: i64 = 24 * 60 * 60 * 1000;
/// Maximum span of days that the page allows.
const MAX_DAYS: i64 = 31;

/// `data` of the request.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    /// 商品编码.
    sku_code: &'a str,
    /// 仓库编码.
    warehouse_code: &'a str,
    /// 单据类型.
    doc_type: &'a str,
    /// 开始日期 and 结束日期: the page does not give their time zone.
    start_date: &'a str,
    end_date: &'a str,
    page_vo: PageVo,
}

/// `data` of the answer.
#[derive(Default)]
struct Page<'a> {
    page_params: Object<PageParams<'a>>,
    list: Option<Vec<Object<Movement<'a>>>>,
}

impl<'a> Fields<'a> for Page<'a> {
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
        match name {
            "pageParams" => self.page_params = value.read()?,
            "list" => self.list = value.read()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// A movement.
#[derive(Default)]
struct Movement<'a> {
    /// 单据号.
    doc_no: Scalar<'a>,
    /// 变动数量.
    change_qty: Scalar<'a>,
    /// 变动时间.
    change_date: Scalar<'a>,
}

impl<'a> Fields<'a> for Movement<'a> {
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
        match name {
            "docNo" => self.doc_no = value.read()?,
            "changeQty" => self.change_qty = value.read()?,
            "changeDate" => self.change_date = value.read()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// The adjustments that moved an order's items since it was first sent, as text.
pub(crate) fn candidates(
    host: &impl Host,
    order: &AdjustmentOrder,
    lines: &[AdjustmentLine],
    attempt: &Attempt,
) -> String {
    let mut skus: Vec<&str> = Vec::new();
    for sku in lines.iter().flat_map(|line| [line.from.sku.as_str(), line.to.sku.as_str()]) {
        if !skus.contains(&sku) {
            skus.push(sku);
        }
    }
    let left = skus.len().saturating_sub(MAX_ITEMS);
    skus.truncate(MAX_ITEMS);
    match movements(host, order, &skus, attempt) {
        Ok(movements) => described(movements, &skus, left),
        Err(error) => format!("The look-up of movements (库存流水) failed, which proves nothing: {}.", error.message),
    }
}

/// A document that moved some of the items.
struct Candidate {
    at: String,
    /// `sku change` of each item.
    changes: Vec<String>,
}

/// The candidates by number, and the items with more movements than one page holds.
#[derive(Default)]
struct Movements<'a> {
    documents: BTreeMap<String, Candidate>,
    cut_short: Vec<&'a str>,
}

fn movements<'a>(
    host: &impl Host,
    order: &AdjustmentOrder,
    skus: &[&'a str],
    attempt: &Attempt,
) -> Result<Movements<'a>, Error> {
    let (start_date, end_date) = days(host.now(), attempt);
    let mut movements = Movements::default();
    for sku in skus {
        let data = Data {
            sku_code: sku,
            warehouse_code: &order.warehouse,
            doc_type: "ADJUSTMENT",
            start_date: &start_date,
            end_date: &end_date,
            page_vo: PageVo { page_no: 1, page_size: PAGE_SIZE },
        };
        let answer = gateway::send(host, ACTION, &data, Effect::Read)?;
        let page: Object<Page<'_>> = gateway::read(&answer)?.data()?;
        let list = page.fields.list.unwrap_or_default();
        let total = page.fields.page_params.fields.total_count.count("totalCount")?;
        if total.unwrap_or_default() > list.len() as u64 || list.len() >= PAGE_SIZE as usize {
            movements.cut_short.push(sku);
        }
        for Object { fields: movement, .. } in list {
            let change = movement.change_qty.as_str();
            let change = decimal::plain(change).unwrap_or_else(|| change.to_owned());
            let candidate = movements
                .documents
                .entry(movement.doc_no.as_str().to_owned())
                .or_insert_with(|| Candidate { at: movement.change_date.as_str().to_owned(), changes: Vec::new() });
            candidate.changes.push(format!("{sku} {change}"));
        }
    }
    Ok(movements)
}

/// From the day before the first sending to tomorrow, because the page does not give the time zone of its days.
fn days(now: i64, attempt: &Attempt) -> (String, String) {
    let day = |milliseconds| china_time::format(milliseconds).unwrap_or_default().chars().take(10).collect();
    let start = attempt.first_sent.saturating_sub(DAY);
    let end = now.saturating_add(DAY).clamp(start, start.saturating_add((MAX_DAYS - 1) * DAY));
    (day(start), day(end))
}

fn described(movements: Movements<'_>, skus: &[&str], left: usize) -> String {
    let mut documents: Vec<_> = movements.documents.into_iter().collect();
    // Those that moved the most of the order's items come first.
    documents.sort_by_key(|(_, candidate)| std::cmp::Reverse(candidate.changes.len()));
    let named: Vec<_> = documents
        .iter()
        .take(MAX_NAMED)
        .map(|(number, Candidate { at, changes })| format!("{number} at {at} ({})", changes.join(", ")))
        .collect();
    let mut text = match named.as_slice() {
        [] => format!("No adjustment (ADJUSTMENT) moved {} since the day before it was sent", skus.join(", ")),
        named => format!("These adjustments moved its goods since the day before it was sent: {}", named.join("; ")),
    };
    if documents.len() > MAX_NAMED {
        text.push_str(&format!(" and {} more", documents.len() - MAX_NAMED));
    }
    if !movements.cut_short.is_empty() {
        text.push_str(&format!(". {} had more movements than the {PAGE_SIZE} read", movements.cut_short.join(", ")));
    }
    if left > 0 {
        text.push_str(&format!(". {left} more items were not looked up"));
    }
    text.push('.');
    text
}
