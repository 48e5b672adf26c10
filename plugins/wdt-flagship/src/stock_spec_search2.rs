//! `wms.StockSpec.search2` (库存查询2): stock of items in warehouses.

use serde::Serialize;
use stockbridge_connector::{
    Condition, Effect, Error, Host, StockLevel, StockPage, StockQuery, china_time, full_stock,
    json::{self, Scalar},
    object::{Fields, Object, beside},
    order::{self, Extras},
    pagination::{self, Plan, Span, Step},
    reader::{ReadError, Reader},
    row::{self, Row},
    windows::THIRTY_DAYS,
};

use crate::gateway::{self, Paging};

pub(crate) const METHOD: &str = "wms.StockSpec.search2";

/// 分页大小（最大不超1000）.
const LARGEST_PAGE: u32 = 1000;
const DEFAULT_PAGE: u32 = 100;

/// Number of codes in one request. The provider documents no limit, so this follows its clients.
const CODES_PER_REQUEST: usize = 100;

/// 查询参数.
#[derive(Debug, Serialize)]
struct Params<'a> {
    /// 开始时间: of the row's last change. Omitted if codes are given and no time is requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    start_time: Option<String>,
    /// 结束时间, at most 30 days later.
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<String>,
    /// 商家编码.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    spec_nos: &'a [String],
    /// 仓库编号.
    #[serde(skip_serializing_if = "Option::is_none")]
    warehouse_no: Option<&'a str>,
    /// 掩码: 1 adds sales figures to each row, 2 cost prices, 3 both. Stock is included without it, so it is omitted by
    /// default; the query's extras may request it, and the row's raw text then has the figures.
    #[serde(skip_serializing_if = "Option::is_none")]
    mask: Option<u8>,
    /// 是否需要警戒相关信息: 1 adds the alarm levels, which slows the provider down.
    #[serde(skip_serializing_if = "Option::is_none")]
    need_alarm_info: Option<u8>,
}

/// 响应正文.
#[derive(Default)]
struct Data<'a> {
    /// 总条数, if `calc_total` requested it.
    total_count: Scalar<'a>,
    /// 数据节点.
    detail_list: Option<Vec<Row<'a, Detail<'a>>>>,
}

impl<'a> Fields<'a> for Data<'a> {
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
        match name {
            "total_count" => self.total_count = value.read()?,
            "detail_list" => self.detail_list = value.read()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// The fields of a row with a field in the contract. All of them, and some fifty more, are in the row's text.
#[derive(Default)]
struct Detail<'a> {
    /// 残次品.
    defect: Scalar<'a>,
    /// 库存量.
    stock_num: Scalar<'a>,
    /// 商家编码.
    spec_no: Scalar<'a>,
    /// 货品名称.
    goods_name: Scalar<'a>,
    /// 条码.
    barcode: Scalar<'a>,
    /// 仓库编号.
    warehouse_no: Scalar<'a>,
    /// 可发库存.
    available_send_stock: Scalar<'a>,
    /// 修改时间: the page's table says text; its example and the gateway use milliseconds.
    modified: Scalar<'a>,
}

impl<'a> Fields<'a> for Detail<'a> {
    const REQUIRED: &'static [&'static str] = &["defect", "stock_num", "spec_no", "warehouse_no"];
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
        match name {
            "defect" => self.defect = value.read()?,
            "stock_num" => self.stock_num = value.read()?,
            "spec_no" => self.spec_no = value.read()?,
            "goods_name" => self.goods_name = value.read()?,
            "barcode" => self.barcode = value.read()?,
            "warehouse_no" => self.warehouse_no = value.read()?,
            "available_send_stock" => self.available_send_stock = value.read()?,
            "modified" => self.modified = value.read()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

pub(crate) fn query(host: &impl Host, request: &StockQuery) -> Result<StockPage, Error> {
    order::not_asked("barcodes", !request.barcodes.is_empty())?;
    order::not_asked("include-deleted", request.include_deleted)?;
    let warehouse_no = order::optional_text("warehouse", request.warehouse.as_ref(), 40)?;
    order::texts("skus", &request.skus, 40)?;
    let mut extras = Extras::new("extras", &request.extras);
    let mask = extras.digit("mask", 3)?;
    let need_alarm_info = extras.digit("need_alarm_info", 1)?;
    extras.finish()?;

    let page_size = order::page_size(request.page_size, DEFAULT_PAGE, LARGEST_PAGE);
    let full_stock = request.skus.is_empty() && request.changed.is_none();
    // Without codes the provider requires times, so a query for everything has a window too.
    let window = match request.changed {
        Some(window) => Some(Span::from(window)),
        None if full_stock => Some(full_stock::span(host)?),
        None => None,
    };
    let items = request.skus.len().div_ceil(CODES_PER_REQUEST).max(1);
    let plan = Plan { window, longest: THIRTY_DAYS, items, now: host.now() };
    let mut page = pagination::page(request.cursor.as_deref(), &plan, |step| {
        let (start_time, end_time) = step.times()?.unzip();
        let params = Params {
            start_time,
            end_time,
            spec_nos: request.skus.chunks(CODES_PER_REQUEST).nth(step.item).unwrap_or_default(),
            warehouse_no,
            mask,
            need_alarm_info,
        };
        search(host, step, page_size, &params)
    })?;
    if full_stock && let Some(span) = window {
        page.extras.extend(full_stock::extras(span));
    }
    Ok(page)
}

/// The cheapest read that the page documents: at most one row, of those that changed within the last second.
pub(crate) fn check(host: &impl Host) -> Result<(), Error> {
    full_stock::log_cost(host, DEFAULT_PAGE)?;
    let now = host.now();
    let params = Params {
        start_time: china_time::format(now.saturating_sub(1000)),
        end_time: china_time::format(now),
        spec_nos: &[],
        warehouse_no: None,
        mask: None,
        need_alarm_info: None,
    };
    let step = Step { window: None, item: 0, page: 0, whole: false };
    search(host, &step, 1, &params).map(drop)
}

fn search(host: &impl Host, step: &Step, page_size: u32, params: &Params<'_>) -> Result<pagination::Answer, Error> {
    let paging = Paging { page_size, page_no: step.page, calc_total: step.page == 0 };
    let answer = gateway::send(host, METHOD, Some(paging), Effect::Read, &(params,))?;
    let (data, mut extras) = gateway::read::<Object<Data<'_>>>(&answer)?.into_data()?;
    beside(&mut extras, "data", data.others);
    let counted = data.fields.total_count.count("total_count")?;
    let rows = json::list(data.fields.detail_list, "detail_list", counted)?;
    // Only with the first page: the others have no requested total.
    let total = counted.filter(|_| step.page == 0);
    let received = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    Ok(pagination::Answer {
        rows: received,
        of: total,
        more: received >= u64::from(page_size) && total.is_none_or(|total| total > received),
        levels: row::each(rows, |detail| &detail.spec_no, level)?,
        total: total.filter(|_| step.whole),
        extras,
    })
}

fn level(row: Row<'_, Detail<'_>>) -> Result<StockLevel, Error> {
    let raw = row.text.to_owned();
    let detail = row.fields;
    Ok(StockLevel {
        sku: detail.spec_no.0.into_owned(),
        warehouse: detail.warehouse_no.0.into_owned(),
        condition: detail.defect.flag("defect")?.map(|defect| match defect {
            true => Condition::Defective,
            false => Condition::Sellable,
        }),
        owner: None,
        on_hand: detail.stock_num.figure("stock_num")?,
        available: detail.available_send_stock.figure("available_send_stock")?,
        // Locks are in `lock_num`, goods of open orders in `unpay_num`, `subscribe_num`, `order_num` and `sending_num`: no
        // figure is their sum.
        reserved: None,
        // Incoming purchases, transfers, production and returns have a figure each and no sum.
        incoming: None,
        barcode: detail.barcode.filled(),
        name: detail.goods_name.filled(),
        changed: moment(&detail.modified)?,
        details: Vec::new(),
        raw,
    })
}

/// Milliseconds, or a time as text.
fn moment(modified: &Scalar<'_>) -> Result<Option<i64>, Error> {
    match modified.count("modified") {
        Ok(milliseconds) => Ok(milliseconds.and_then(|milliseconds| i64::try_from(milliseconds).ok())),
        Err(_) => modified.time("modified"),
    }
}
