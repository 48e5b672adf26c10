//! winit.inventory.type.pageInv 分类库存查询: a warehouse's stock that changed within a window, by item, barcode and grade.
//!
//! The fields are those of the vendor's page of this method at developer.winit.com.cn, which requires both times of the
//! window. A query without one is handled by `query_warehouse_storage`. The fields of a row are established by one public
//! client.

use serde::Serialize;
use stockbridge_connector::{
    Condition, Effect, Error, Host, Refused, StockLevel, StockPage, StockQuery,
    json::{self, Scalar},
    object::{Fields, Object, beside},
    order::{self, Extras},
    pagination::{self, Plan, Span, Step},
    reader::{ReadError, Reader},
    row::{self, Row},
};

use crate::gateway;
use crate::page_vo::{PageParams, PageVo};

/// The method's name.
pub(crate) const ACTION: &str = "winit.inventory.type.pageInv";

/// Its own conditions, accepted as extras.
const EXTRAS: [&str; 6] =
    ["merchandiseGrade", "skuType", "serviceType", "organization", "inventoryChangeTimeType", "isFilterZeroInventory"];

/// 商品等级: the provider's default is GOOD.
const GRADES: [&str; 2] = ["GOOD", "DEFECTIVE"];

/// The longest window that the page allows for all changes (ALL). For the latest ones (NEW) it gives none, and this one is
/// used.
const THREE_DAYS: i64 = 3 * 24 * 60 * 60 * 1000;

const PAGE_SIZE: u32 = 100;
/// Number of items in one request. The page gives no limit.
const ITEMS_PER_REQUEST: usize = 50;

/// Whether a query is for this method: it requests a window of change, or one of the method's own conditions.
pub(crate) fn answers(query: &StockQuery) -> bool {
    query.changed.is_some() || query.extras.iter().any(|(name, _)| EXTRAS.contains(&name.as_str()))
}

/// `data` of the request. A field that is none is omitted from the canonical text.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    /// 仓库编码: one.
    warehouse_codes: &'a str,
    /// 商品编码, each with its specification; the alternative, `merchandiseCode`, matches by prefix.
    merchandise_vos: Option<Vec<MerchandiseVo<'a>>>,
    /// 商品条码.
    merchandise_serno: Option<&'a str>,
    /// 商品等级: GOOD or DEFECTIVE.
    merchandise_grade: &'a str,
    /// 商品类型.
    sku_type: Option<&'a str>,
    /// 2B or 2C; 2C by default.
    service_type: Option<&'a str>,
    /// 库存组织.
    organization: Option<&'a str>,
    /// NEW: the latest change is in the window; ALL: any change is.
    inventory_change_time_type: &'a str,
    /// 是否过滤零库存: Y or N.
    is_filter_zero_inventory: Option<&'a str>,
    start_time: String,
    end_time: String,
    page_vo: PageVo,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MerchandiseVo<'a> {
    merchandise_code: &'a str,
}

/// The query's own conditions.
struct Conditions {
    grades: Vec<String>,
    sku_type: Option<String>,
    service_type: Option<String>,
    organization: Option<String>,
    change: String,
    filter_zero: Option<String>,
}

impl Conditions {
    fn of(query: &StockQuery) -> Result<Conditions, Refused> {
        let mut extras = Extras::new("extras", &query.extras);
        let grade = extras.one_of("merchandiseGrade", &GRADES)?;
        let conditions = Conditions {
            grades: grade.map_or_else(|| GRADES.map(str::to_owned).to_vec(), |grade| vec![grade]),
            sku_type: extras.text("skuType")?,
            service_type: extras.one_of("serviceType", &["2B", "2C"])?,
            organization: extras.text("organization")?,
            change: extras.one_of("inventoryChangeTimeType", &["NEW", "ALL"])?.unwrap_or_else(|| "NEW".to_owned()),
            filter_zero: extras.one_of("isFilterZeroInventory", &["Y", "N"])?,
        };
        extras.finish()?;
        Ok(conditions)
    }
}

/// One page of a query.
pub(crate) fn query(host: &impl Host, query: &StockQuery) -> Result<StockPage, Error> {
    order::not_asked("include-deleted", query.include_deleted)?;
    let warehouse = order::text("warehouse", order::required("warehouse", query.warehouse.as_ref())?, 20)?;
    let changed = order::required("changed", query.changed.as_ref())?;
    order::texts("skus", &query.skus, 40)?;
    order::texts("barcodes", &query.barcodes, 20)?;
    if !query.skus.is_empty() && !query.barcodes.is_empty() {
        let combined = "the provider does not document how items and barcodes combine: use one kind";
        return Err(Refused::unsupported("barcodes", combined).into());
    }
    let conditions = Conditions::of(query)?;
    let page_size = order::page_size(query.page_size, PAGE_SIZE, PAGE_SIZE);
    // Each grade is a query of its own, and within it each barcode, or each group of items.
    let pieces = query.barcodes.len().max(query.skus.len().div_ceil(ITEMS_PER_REQUEST)).max(1);
    let items = pieces * conditions.grades.len();
    let plan = Plan { window: Some(Span::from(*changed)), longest: THREE_DAYS, items, now: host.now() };
    pagination::page(query.cursor.as_deref(), &plan, |step| {
        let (start_time, end_time) = step.times()?.unwrap_or_default();
        let piece = step.item % pieces;
        let grade = conditions.grades.get(step.item / pieces).map_or("", String::as_str);
        let vos = query
            .skus
            .chunks(ITEMS_PER_REQUEST)
            .nth(piece)
            .map(|skus| skus.iter().map(|sku| MerchandiseVo { merchandise_code: sku }).collect());
        let data = Data {
            warehouse_codes: warehouse,
            merchandise_vos: vos,
            merchandise_serno: query.barcodes.get(piece).map(String::as_str),
            merchandise_grade: grade,
            sku_type: conditions.sku_type.as_deref(),
            service_type: conditions.service_type.as_deref(),
            organization: conditions.organization.as_deref(),
            inventory_change_time_type: &conditions.change,
            is_filter_zero_inventory: conditions.filter_zero.as_deref(),
            start_time,
            end_time,
            page_vo: PageVo { page_no: step.page.saturating_add(1), page_size },
        };
        ask(host, &data, step, query)
    })
}

fn ask(host: &impl Host, data: &Data<'_>, step: &Step, query: &StockQuery) -> Result<pagination::Answer, Error> {
    let answer = gateway::send(host, ACTION, data, Effect::Read)?;
    let success = gateway::read(&answer)?;
    let page: Object<Page<'_>> = success.data()?;
    let total = page.fields.page_params.fields.total_count.count("totalCount")?;
    let list = json::list(page.fields.list, "list", total)?;
    let rows = list.len() as u64;
    let mut levels = row::each(list, |row| &row.merchandise_code, |row| level(row, data))?;
    // A code may match as a prefix.
    levels.retain(|level| query.skus.is_empty() || query.skus.contains(&level.sku));
    let mut extras = success.extras;
    beside(&mut extras, "data", page.others);
    Ok(pagination::Answer {
        rows,
        of: total,
        more: rows >= u64::from(data.page_vo.page_size),
        levels,
        total: total.filter(|_| step.whole && query.skus.is_empty()),
        extras,
    })
}

/// `data` of the answer.
#[derive(Default)]
struct Page<'a> {
    page_params: Object<PageParams<'a>>,
    list: Option<Vec<Row<'a, Inventory<'a>>>>,
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

/// A row's fields with a field in the contract; all of it is kept in `raw`.
#[derive(Default)]
struct Inventory<'a> {
    /// 商品编码.
    merchandise_code: Scalar<'a>,
    /// 商品条码.
    merchandise_serno: Scalar<'a>,
    /// 商品等级.
    merchandise_grade: Scalar<'a>,
    /// 库存组织.
    organization: Scalar<'a>,
    /// 在库数量.
    in_stock_qty: Scalar<'a>,
    /// 可用数量.
    usable_qty: Scalar<'a>,
    /// 待出库数量.
    waiting_outbound_qty: Scalar<'a>,
    /// 在途数量.
    on_order_qty: Scalar<'a>,
}

impl<'a> Fields<'a> for Inventory<'a> {
    const REQUIRED: &'static [&'static str] = &["merchandiseCode"];
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
        match name {
            "merchandiseCode" => self.merchandise_code = value.read()?,
            "merchandiseSerno" => self.merchandise_serno = value.read()?,
            "merchandiseGrade" => self.merchandise_grade = value.read()?,
            "organization" => self.organization = value.read()?,
            "inStockQty" => self.in_stock_qty = value.read()?,
            "usableQty" => self.usable_qty = value.read()?,
            "waitingOutboundQty" => self.waiting_outbound_qty = value.read()?,
            "onOrderQty" => self.on_order_qty = value.read()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn level(row: Row<'_, Inventory<'_>>, requested: &Data<'_>) -> Result<StockLevel, Error> {
    let raw = row.text.to_owned();
    let row = row.fields;
    let grade = row.merchandise_grade.filled().unwrap_or_else(|| requested.merchandise_grade.to_owned());
    Ok(StockLevel {
        sku: row.merchandise_code.filled().ok_or_else(|| Error::malformed("merchandiseCode is empty"))?,
        // A row has no warehouse: it is the requested one.
        warehouse: requested.warehouse_codes.to_owned(),
        condition: Some(match grade.as_str() {
            "GOOD" => Condition::Sellable,
            "DEFECTIVE" => Condition::Defective,
            _ => Condition::Other(grade),
        }),
        owner: row.organization.filled(),
        on_hand: row.in_stock_qty.figure("inStockQty")?,
        available: row.usable_qty.figure("usableQty")?,
        reserved: row.waiting_outbound_qty.figure("waitingOutboundQty")?,
        incoming: row.on_order_qty.figure("onOrderQty")?,
        barcode: row.merchandise_serno.filled(),
        name: None,
        changed: None,
        details: Vec::new(),
        raw,
    })
}
