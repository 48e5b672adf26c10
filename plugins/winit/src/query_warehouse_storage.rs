//! queryWarehouseStorage 查询总库存: a warehouse's stock, page by page. The vendor's page is from 2017, and newer clients
//! receive other names: both forms are read.
//!
//! This method has no filter by item. If the query names SKUs or barcodes, its pages are read and the other rows left out.
//! Queries by change or grade are handled by `type_page_inv`.

use serde::Serialize;
use stockbridge_connector::{
    Effect, Error, Host, Refused, StockLevel, StockPage, StockQuery,
    json::{self, Scalar},
    object::{Fields, Object, beside},
    order::{self, Extras},
    pagination::{self, Plan},
    reader::{ReadError, Reader},
    row::{self, Row},
};

use crate::gateway;

/// The method's name.
pub(crate) const ACTION: &str = "queryWarehouseStorage";

/// Rows per request, unless fewer are preferred. The provider's own limit is unknown; every public client requests a
/// hundred or more.
const PAGE_SIZE: u32 = 100;

/// One page of a query.
pub(crate) fn query(host: &impl Host, query: &StockQuery) -> Result<StockPage, Error> {
    let mut data = Data::of(query)?;
    // No window is requested, so its length does not matter.
    let plan = Plan { window: None, longest: i64::MAX, items: 1, now: host.now() };
    pagination::page(query.cursor.as_deref(), &plan, |step| {
        data.page_num = step.page.saturating_add(1);
        let answer = gateway::send(host, ACTION, &data, Effect::Read)?;
        let success = gateway::read(&answer)?;
        let mut page: Object<Page<'_>> = success.data()?;
        let total = page.fields.total.count("total")?;
        let more = has_more(&page, &data, total);
        let rows = page.fields.list.as_ref().map_or(0, Vec::len) as u64;
        // If the query names items, the total of the whole warehouse is not the query's.
        let counted = step.whole && query.skus.is_empty() && query.barcodes.is_empty();
        if let Some(total) = total.filter(|_| !counted) {
            page.others.push(("total".to_owned(), total.to_string()));
        }
        let mut extras = success.extras;
        beside(&mut extras, "data", page.others);
        Ok(pagination::Answer {
            rows,
            of: total,
            levels: levels(page.fields.list, total, query)?,
            more,
            total: total.filter(|_| counted),
            extras,
        })
    })
}

/// `data` of the request. A field that is none is omitted from the canonical text.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    #[serde(rename = "warehouseID")]
    warehouse_id: Option<String>,
    warehouse_code: Option<&'a str>,
    /// 退货库存: Y or N.
    in_return_inventory: Option<String>,
    /// 商品是否有效: Y or N.
    is_active: Option<String>,
    page_size: u32,
    /// From 1.
    page_num: u32,
}

impl<'a> Data<'a> {
    fn of(query: &'a StockQuery) -> Result<Self, Refused> {
        order::not_asked("include-deleted", query.include_deleted)?;
        let mut extras = Extras::new("extras", &query.extras);
        let data = Data {
            warehouse_id: extras.text("warehouseID")?,
            warehouse_code: order::optional_text("warehouse", query.warehouse.as_ref(), usize::MAX)?,
            in_return_inventory: extras.one_of("inReturnInventory", &["Y", "N"])?,
            is_active: extras.one_of("isActive", &["Y", "N"])?,
            // Rows that are left out are read all the same, so a short page would only mean more requests.
            page_size: match (query.skus.as_slice(), query.barcodes.as_slice()) {
                ([], []) => order::page_size(query.page_size, PAGE_SIZE, PAGE_SIZE),
                _ => PAGE_SIZE,
            },
            page_num: 1,
        };
        extras.finish()?;
        if data.warehouse_id.is_none() && data.warehouse_code.is_none() {
            return Err(Refused::invalid(
                "warehouse",
                "Winit only returns the stock of one warehouse at a time: name it here by its code, or by its id in \
                 extras.warehouseID",
            ));
        }
        Ok(data)
    }
}

/// `data` of the answer.
#[derive(Default)]
struct Page<'a> {
    total: Scalar<'a>,
    list: Option<Vec<Row<'a, Storage<'a>>>>,
}

impl<'a> Fields<'a> for Page<'a> {
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
        match name {
            "total" => self.total = value.read()?,
            "list" => self.list = Some(value.read::<Option<_>>()?.unwrap_or_default()),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Whether there are rows after this page. Winit may return fewer rows a page than requested, so the number so far is known
/// only if it confirms the page size; otherwise at least as many as now were returned each time.
fn has_more(page: &Object<Page<'_>>, requested: &Data<'_>, total: Option<u64>) -> bool {
    let rows = page.fields.list.as_ref().map_or(0, Vec::len) as u64;
    let as_asked =
        page.others.iter().any(|(name, value)| name == "currentPageSize" && is_page_size(value, requested.page_size));
    let before = u64::from(requested.page_num.saturating_sub(1));
    let each = if as_asked { u64::from(requested.page_size) } else { rows };
    rows > 0 && total.is_none_or(|total| before.saturating_mul(each).saturating_add(rows) < total)
}

fn is_page_size(json: &str, requested: u32) -> bool {
    let size = json::read::<Scalar<'_>>(json).and_then(|size| size.count("currentPageSize"));
    size.is_ok_and(|size| size == Some(u64::from(requested)))
}

/// A row's fields with a field in the contract; all of it is kept in `raw`.
#[derive(Default)]
struct Storage<'a> {
    /// 商品编码.
    product_code: Scalar<'a>,
    /// 万邑通仓库Code. Rows in the page's form only have the warehouse's id.
    warehouse_code: Scalar<'a>,
    /// 在库总库存; the page calls it `inventory`.
    in_stock_qty: Scalar<'a>,
    inventory: Scalar<'a>,
    /// 可用库存数量.
    qty_available: Scalar<'a>,
    /// 待发数量; the page calls it `reservedInventory`.
    qty_wait_out: Scalar<'a>,
    reserved_inventory: Scalar<'a>,
    /// 在途待入库数量.
    pipeline_inventory: Scalar<'a>,
    /// 商品条码.
    merchandise_serno: Scalar<'a>,
    /// 商品名称.
    product_name: Scalar<'a>,
}

impl<'a> Fields<'a> for Storage<'a> {
    const REQUIRED: &'static [&'static str] = &["productCode"];
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
        match name {
            "productCode" => self.product_code = value.read()?,
            "warehouseCode" => self.warehouse_code = value.read()?,
            "inStockQty" => self.in_stock_qty = value.read()?,
            "inventory" => self.inventory = value.read()?,
            "qtyAvailable" => self.qty_available = value.read()?,
            "qtyWaitOut" => self.qty_wait_out = value.read()?,
            "reservedInventory" => self.reserved_inventory = value.read()?,
            "pipelineInventory" => self.pipeline_inventory = value.read()?,
            "merchandiseSerno" => self.merchandise_serno = value.read()?,
            "productName" => self.product_name = value.read()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn levels(
    list: Option<Vec<Row<'_, Storage<'_>>>>,
    total: Option<u64>,
    query: &StockQuery,
) -> Result<Vec<StockLevel>, Error> {
    let rows = json::list(list, "list", total)?;
    let mut levels = row::each(rows, |row| &row.product_code, |row| level(row, query.warehouse.as_deref()))?;
    levels.retain(|level| query.skus.is_empty() || query.skus.contains(&level.sku));
    let is_requested = |barcode: &Option<String>| barcode.as_ref().is_some_and(|own| query.barcodes.contains(own));
    levels.retain(|level| query.barcodes.is_empty() || is_requested(&level.barcode));
    Ok(levels)
}

/// `warehouse`: the requested one, to which these rows belong.
fn level(row: Row<'_, Storage<'_>>, warehouse: Option<&str>) -> Result<StockLevel, Error> {
    let raw = row.text.to_owned();
    let row = row.fields;
    let named =
        |field: &str, text: Scalar<'_>| text.filled().ok_or_else(|| Error::malformed(format!("{field} is empty")));
    Ok(StockLevel {
        sku: named("productCode", row.product_code)?,
        warehouse: match (row.warehouse_code.filled(), warehouse) {
            (Some(code), _) => code,
            (None, Some(requested)) => requested.to_owned(),
            (None, None) => return Err(Error::malformed("warehouseCode is missing")),
        },
        condition: None,
        owner: None,
        // Under its newer name, otherwise under the page's.
        on_hand: row.in_stock_qty.figure("inStockQty")?.or(row.inventory.figure("inventory")?),
        available: row.qty_available.figure("qtyAvailable")?,
        // 待发数量: goods of outbound, transfer and adjustment orders, as clients explain it. qtyFrozen 冻结 is stock with a
        // problem; it stays in `raw`.
        reserved: row.qty_wait_out.figure("qtyWaitOut")?.or(row.reserved_inventory.figure("reservedInventory")?),
        incoming: row.pipeline_inventory.figure("pipelineInventory")?,
        barcode: row.merchandise_serno.filled(),
        name: row.product_name.filled(),
        changed: None,
        details: Vec::new(),
        raw,
    })
}
