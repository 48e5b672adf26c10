//! `stock_query_detail` (库存详情查询): stock of items in warehouses, with its positions and batches.

use stockbridge_connector::{
    Effect, Error, Host, Refused, StockDetail, StockLevel, StockPage, StockQuery, TimeWindow, china_time, full_stock,
    json::{self, Scalar},
    object::{Fields, Object},
    order::{self, Extras},
    pagination::{self, Plan, Span, Step},
    reader::{Raw, ReadError, Reader},
    row::{self, Row},
    windows::{self, THIRTY_DAYS},
};

use crate::openapi;

pub(crate) const METHOD: &str = "stock_query_detail";

/// 分页大小: 1 to 100. The provider's own default is 40.
const LARGEST_PAGE: u32 = 100;

/// 业务请求参数. Empty ones are omitted.
#[derive(Default)]
struct Parameters<'a> {
    /// 仓库编号: one warehouse. Alone, without times, it would mean the last hour.
    warehouse_no: &'a str,
    /// 商家编码: one item; the provider then ignores times.
    spec_no: &'a str,
    /// 已删除货品: 1 excludes deleted goods, empty includes them.
    is_deleted: &'static str,
    /// 条码: one barcode; the provider then ignores times.
    barcode: &'a str,
    /// 开始时间: of the row's last change.
    start_time: String,
    /// 结束时间: at most 30 days later, both ends included.
    end_time: String,
    /// 是否获取全量库存: 1 requests every row. The provider allows it at certain times of day, and no page says that it overrides
    /// the last hour of a warehouse alone: it is sent only if a caller requests it by name, and never with a warehouse.
    is_all: &'static str,
    page_size: u32,
    page_no: u32,
}

/// 响应参数 of this method.
#[derive(Default)]
struct Answer<'a> {
    /// 数据条数: only with page 0.
    total_count: Scalar<'a>,
    /// 库存信息列表.
    stocks: Option<Vec<Row<'a, Stock<'a>>>>,
}

impl<'a> Fields<'a> for Answer<'a> {
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
        match name {
            "total_count" => self.total_count = value.read()?,
            "stocks" => self.stocks = value.read()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// The fields of a row with a field in the contract. All of them, and some fifty more, are in the row's text.
#[derive(Default)]
struct Stock<'a> {
    /// 货品名称.
    goods_name: Scalar<'a>,
    /// 商家编码.
    spec_no: Scalar<'a>,
    /// 条形码.
    barcode: Scalar<'a>,
    /// 仓库编号.
    warehouse_no: Scalar<'a>,
    /// 库存量: the quantity physically there.
    stock_num: Scalar<'a>,
    /// 最后修改时间.
    modified: Scalar<'a>,
    /// 可发库存, in the vendor's spelling.
    avaliable_num: Scalar<'a>,
    /// 库存详情.
    details: Option<Vec<Object<Detail<'a>>>>,
}

impl<'a> Fields<'a> for Stock<'a> {
    const REQUIRED: &'static [&'static str] = &["spec_no", "warehouse_no", "stock_num"];
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
        match name {
            "goods_name" => self.goods_name = value.read()?,
            "spec_no" => self.spec_no = value.read()?,
            "barcode" => self.barcode = value.read()?,
            "warehouse_no" => self.warehouse_no = value.read()?,
            "stock_num" => self.stock_num = value.read()?,
            "modified" => self.modified = value.read()?,
            "avaliable_num" => self.avaliable_num = value.read()?,
            "details" => self.details = value.read()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// 库存详情信息. `stock_spec_id` and `spec_no` become the detail's extras.
#[derive(Default)]
struct Detail<'a> {
    /// 货位编码.
    position_no: Scalar<'a>,
    /// 批次编码.
    batch_no: Scalar<'a>,
    /// 有效期: a time, of which the contract keeps the day.
    expire_date: Option<Raw<'a>>,
    /// 库存数量.
    stock_num: Scalar<'a>,
}

impl<'a> Fields<'a> for Detail<'a> {
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
        match name {
            "position_no" => self.position_no = value.read()?,
            "batch_no" => self.batch_no = value.read()?,
            "expire_date" => self.expire_date = Some(value.read()?),
            "stock_num" => self.stock_num = value.read()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

pub(crate) fn query(host: &impl Host, request: &StockQuery) -> Result<StockPage, Error> {
    let warehouse_no = order::optional_text("warehouse", request.warehouse.as_ref(), 40)?.unwrap_or_default();
    order::texts("skus", &request.skus, 40)?;
    order::texts("barcodes", &request.barcodes, 50)?;
    if !request.skus.is_empty() && !request.barcodes.is_empty() {
        return Err(Refused::unsupported(
            "barcodes",
            "the provider accepts one SKU or one barcode a request, and does not document their combination: use one kind",
        )
        .into());
    }
    let is_all = is_all(request)?;

    let named = request.skus.len() + request.barcodes.len();
    let page_size = order::page_size(request.page_size, LARGEST_PAGE, LARGEST_PAGE);
    let full_stock = named == 0 && request.changed.is_none() && !is_all;
    let window = match request.changed {
        // With an item the provider ignores times: the rows are then filtered here.
        _ if named > 0 || is_all => None,
        Some(window) => Some(Span::from(window)),
        None => Some(full_stock::span(host)?),
    };
    let plan = Plan { window, longest: THIRTY_DAYS, items: named.max(1), now: host.now() };
    let kept = RowFilter {
        changed: request.changed.filter(|_| named > 0),
        warehouse: request.warehouse.as_deref().filter(|_| is_all),
    };
    let mut page = pagination::page(request.cursor.as_deref(), &plan, |step| {
        let (start_time, end_time) = step.times()?.unwrap_or_default();
        let parameters = Parameters {
            warehouse_no: if is_all { "" } else { warehouse_no },
            spec_no: request.skus.get(step.item).map_or("", String::as_str),
            is_deleted: if request.include_deleted { "" } else { "1" },
            barcode: request.barcodes.get(step.item).map_or("", String::as_str),
            is_all: if is_all { "1" } else { "" },
            start_time,
            end_time,
            page_size,
            page_no: step.page,
        };
        detail(host, step, &parameters, &kept).map_err(|error| if is_all { with_hours(error, host) } else { error })
    })?;
    if full_stock && let Some(span) = window {
        page.extras.extend(full_stock::extras(span));
    }
    Ok(page)
}

/// Whether the caller requests everything by the provider's own switch.
fn is_all(request: &StockQuery) -> Result<bool, Refused> {
    let mut extras = Extras::new("extras", &request.extras);
    let is_all = extras.one_of("is_all", &["0", "1"])?.is_some_and(|chosen| chosen == "1");
    extras.finish()?;
    let narrowed = !request.skus.is_empty() || !request.barcodes.is_empty() || request.changed.is_some();
    if is_all && narrowed {
        let narrowed = "it requests every row: leave out the items and the window of change, or this";
        return Err(Refused::invalid("extras.is_all", narrowed));
    }
    Ok(is_all)
}

/// A refusal of `is_all`, with the hours that it may depend on.
fn with_hours(mut error: Error, host: &impl Host) -> Error {
    if error.provider_code.is_some() {
        let now = china_time::format(host.now()).unwrap_or_default();
        error.message.push_str(&format!(
            ". The provider only accepts is_all at certain hours, which it documents for its sister methods: 00:00 to 02:00 in \
             Asia/Shanghai, where it is {now} now. Without is_all the query walks windows of change, at any hour"
        ));
    }
    error
}

/// Filter of the rows of an answer, where the request covers more than the query.
#[derive(Default)]
struct RowFilter<'a> {
    changed: Option<TimeWindow>,
    warehouse: Option<&'a str>,
}

impl RowFilter<'_> {
    fn all(&self) -> bool {
        self.changed.is_none() && self.warehouse.is_none()
    }

    fn keeps(&self, level: &StockLevel) -> bool {
        self.changed.is_none_or(|window| lies_in(level.changed, window))
            && self.warehouse.is_none_or(|warehouse| level.warehouse == warehouse)
    }
}

/// A cheap read: at most one row, of those that changed within this second.
pub(crate) fn check(host: &impl Host) -> Result<(), Error> {
    full_stock::log_cost(host, LARGEST_PAGE)?;
    let now = host.now();
    let step = Step { window: Some(TimeWindow { start: now, end: now }), item: 0, page: 0, whole: false };
    let (start_time, end_time) = step.times()?.unwrap_or_default();
    let parameters = Parameters { start_time, end_time, page_size: 1, ..Parameters::default() };
    detail(host, &step, &parameters, &RowFilter::default()).map(drop)
}

fn detail(
    host: &impl Host,
    step: &Step,
    parameters: &Parameters<'_>,
    kept: &RowFilter<'_>,
) -> Result<pagination::Answer, Error> {
    let form = [
        ("warehouse_no", parameters.warehouse_no),
        ("spec_no", parameters.spec_no),
        ("is_deleted", parameters.is_deleted),
        ("barcode", parameters.barcode),
        ("start_time", &parameters.start_time),
        ("end_time", &parameters.end_time),
        ("is_all", parameters.is_all),
        ("page_size", &parameters.page_size.to_string()),
        ("page_no", &parameters.page_no.to_string()),
    ];
    let text = openapi::send(host, METHOD, Effect::Read, &form)?;
    let (answer, extras) = openapi::read::<Answer<'_>>(&text)?;
    let total = answer.total_count.count("total_count")?;
    let rows = json::list(answer.stocks, "stocks", total)?;
    let received = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    let more = match total {
        Some(total) if step.page == 0 => total > received && received > 0,
        // The provider documents the total for page 0: without it this may be another page, and not the last.
        None if step.page == 0 => received > 0,
        _ => received >= u64::from(parameters.page_size),
    };
    let mut levels = row::each(rows, |stock| &stock.spec_no, level)?;
    levels.retain(|level| kept.keeps(level));
    Ok(pagination::Answer {
        levels,
        rows: received,
        of: total,
        more,
        // The provider's total includes rows that are filtered out here.
        total: total.filter(|_| step.whole && kept.all()),
        extras,
    })
}

fn level(row: Row<'_, Stock<'_>>) -> Result<StockLevel, Error> {
    let raw = row.text.to_owned();
    let stock = row.fields;
    let details = stock.details.unwrap_or_default();
    Ok(StockLevel {
        sku: stock.spec_no.0.into_owned(),
        warehouse: stock.warehouse_no.0.into_owned(),
        // The page does not distinguish sellable and defective goods.
        condition: None,
        owner: None,
        on_hand: stock.stock_num.figure("stock_num")?,
        available: stock.avaliable_num.figure("avaliable_num")?,
        // Locks are in `lock_num`, goods of open orders in `unpay_num`, `subscribe_num`, `order_num` and `sending_num`: no
        // figure is their sum.
        reserved: None,
        // Incoming purchases, transfers, production and returns have a figure each and no sum.
        incoming: None,
        barcode: stock.barcode.filled(),
        name: stock.goods_name.filled(),
        changed: stock.modified.time("modified")?,
        details: details.into_iter().map(place).collect::<Result<_, _>>()?,
        raw,
    })
}

fn place(Object { fields, others }: Object<Detail<'_>>) -> Result<StockDetail, Error> {
    let mut extras = others;
    let mut expiry = None;
    if let Some(expire_date) = fields.expire_date {
        let text: Scalar<'_> = json::read(expire_date.0)?;
        expiry = day(&text)?;
        extras.push(("expire_date".to_owned(), expire_date.0.to_owned()));
    }
    Ok(StockDetail {
        position: fields.position_no.filled(),
        batch: fields.batch_no.filled(),
        expiry,
        quantity: fields.stock_num.figure("details.stock_num")?,
        extras,
    })
}

/// The day of a time such as `2026-11-21 00:00:00`, or a day; none for the provider's empty time.
fn day(time: &Scalar<'_>) -> Result<Option<String>, Error> {
    let text = time.as_str().trim();
    let is_day = china_time::parse(&[text, " 00:00:00"].concat()).is_some();
    if !is_day && time.time("details.expire_date")?.is_none() {
        return Ok(None);
    }
    Ok(text.get(..10).map(str::to_owned))
}

/// A row that was never changed, or whose time of change is missing, changed in no window.
fn lies_in(changed: Option<i64>, window: TimeWindow) -> bool {
    // The provider uses whole seconds: a row of the second in which the window begins is included.
    changed.is_some_and(|changed| (windows::whole(window.start)..=window.end).contains(&changed))
}
