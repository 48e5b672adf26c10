//! `wms.StockPd.queryStockPd` (盘点单查询) and `wms.StockPd.queryStockPdDetail` (盘点单明细查询): the stocktakes that changed within a
//! window, and the lines of one.
//!
//! The fields are those of the vendor's pages of these methods at open.wangdian.cn. The first method returns no lines.

use std::cell::Cell;

use serde::Serialize;
use stockbridge_connector::{
    AdjustmentOrder, CountLine, Effect, Error, ErrorClass, Host, Progress, Resolution,
    json::{self, Scalar},
    object::{Fields, Object},
    reader::{Raw, ReadError, Reader},
};

use crate::condition;
use crate::gateway::{self, Paging};
use crate::goods::{self, Line};
use crate::look_up::{self, Document, Documents, Listed, Page, Search, Verdict};

const DETAIL_METHOD: &str = "wms.StockPd.queryStockPdDetail";

/// Maximum number of stocktakes per look-up whose lines are read, with a request for each.
const MAX_COMPARED: u32 = 6;

/// 明细的分页大小: maximum number of a stocktake's lines that are compared.
const MAX_LINES: u32 = 1000;

/// 盘点单. Its other fields become the receipt's extras.
#[derive(Default)]
struct Stocktake<'a> {
    /// 盘点单号.
    pd_no: Scalar<'a>,
    /// 仓库编号.
    warehouse_no: Scalar<'a>,
    /// 状态: see [`progress`].
    status: Option<Raw<'a>>,
    /// 备注.
    remark: Scalar<'a>,
    /// 创建时间.
    created: Scalar<'a>,
}

impl<'a> Fields<'a> for Stocktake<'a> {
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
        match name {
            "pd_no" => self.pd_no = value.read()?,
            "warehouse_no" => self.warehouse_no = value.read()?,
            "status" => self.status = Some(value.read()?),
            "remark" => self.remark = value.read()?,
            "created" => self.created = value.read()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl<'a> Document<'a> for Stocktake<'a> {
    const METHOD: &'static str = "wms.StockPd.queryStockPd";
    const LIST: &'static str = "pd_list";
}

/// 请求参数 of the lines.
#[derive(Serialize)]
struct DetailParams<'a> {
    /// 盘点单号.
    pd_no: &'a str,
}

/// 响应正文 of the lines: the page's table has them in `pd_detail_list`, its example as `data` itself.
#[derive(Default)]
struct DetailData<'a> {
    pd_detail_list: Option<Vec<Object<Detail<'a>>>>,
}

impl<'a> Fields<'a> for DetailData<'a> {
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
        match name {
            "pd_detail_list" => self.pd_detail_list = value.read()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// 盘点单明细.
#[derive(Default)]
struct Detail<'a> {
    /// 商家编码.
    spec_no: Scalar<'a>,
    /// 实盘数量.
    new_num: Scalar<'a>,
    /// 残次品.
    defect: Scalar<'a>,
}

impl<'a> Fields<'a> for Detail<'a> {
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
        match name {
            "spec_no" => self.spec_no = value.read()?,
            "new_num" => self.new_num = value.read()?,
            "defect" => self.defect = value.read()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Looks up a count.
pub(crate) fn resolve(
    host: &impl Host,
    order: &AdjustmentOrder,
    lines: &[CountLine],
    search: &Search<'_>,
) -> Result<Resolution, Error> {
    let found = look_up::walk(host, search, |page| ask(host, page))?;
    let compared = Cell::new(0);
    look_up::conclude(host, &found, search, |listed| compare(host, listed, order, lines, &compared))
}

fn compare(
    host: &impl Host,
    listed: &Listed<Head>,
    order: &AdjustmentOrder,
    lines: &[CountLine],
    compared: &Cell<u32>,
) -> Result<Verdict, Error> {
    let head = &listed.document;
    if head.warehouse_no != order.warehouse {
        return Ok(Verdict::Mismatch(format!("in {}", head.warehouse_no)));
    }
    if lines.len() > MAX_LINES as usize {
        return Ok(Verdict::Unreadable(format!(
            "a look-up reads at most {MAX_LINES} lines, and the order has {}",
            lines.len()
        )));
    }
    if compared.replace(compared.get() + 1) >= MAX_COMPARED {
        return Ok(Verdict::Unreadable(format!("the lines of {MAX_COMPARED} others were read before")));
    }
    match difference(host, &listed.number, lines) {
        Ok(None) => {}
        Ok(Some(difference)) => return Ok(Verdict::Mismatch(difference)),
        // The method may not be granted to the interface account.
        Err(error) if error.provider_code.is_some() && error.class != ErrorClass::RateLimited => {
            return Ok(Verdict::Unreadable(error.message));
        }
        Err(error) => return Err(error),
    }
    Ok(match progress(&head.status) {
        Some(progress) => Verdict::Match(progress, head.extras.clone()),
        None => Verdict::Cancelled,
    })
}

/// A stocktake without its lines, extracted from the answer.
struct Head {
    warehouse_no: String,
    status: String,
    extras: Vec<(String, String)>,
}

fn ask(host: &impl Host, page: &Page) -> Result<Documents<Head>, Error> {
    let answer = look_up::send(host, Stocktake::METHOD, page)?;
    look_up::read(&answer, |found| Ok(listed(found)))
}

fn listed(found: Object<Stocktake<'_>>) -> Listed<Head> {
    let Object { fields, others } = found;
    let (status, mut extras) = look_up::status("status", fields.status);
    extras.extend(others);
    Listed {
        number: fields.pd_no.as_str().to_owned(),
        remark: fields.remark.as_str().to_owned(),
        // An unreadable time excludes nothing.
        created: fields.created.time("created").unwrap_or_default(),
        document: Head { warehouse_no: fields.warehouse_no.as_str().to_owned(), status, extras },
    }
}

/// The stocktake's difference from the order.
fn difference(host: &impl Host, pd_no: &str, lines: &[CountLine]) -> Result<Option<String>, Error> {
    let paging = Paging { page_size: MAX_LINES, page_no: 0, calc_total: true };
    let answer = gateway::send(host, DETAIL_METHOD, Some(paging), Effect::Read, &(DetailParams { pd_no },))?;
    let (data, _) = gateway::read::<Raw<'_>>(&answer)?.into_data()?;
    let details: Vec<Object<Detail<'_>>> = if data.0.starts_with('[') {
        json::read(data.0)?
    } else {
        json::list(json::read::<Object<DetailData<'_>>>(data.0)?.fields.pd_detail_list, "pd_detail_list", None)?
    };
    let counted: Vec<_> = lines
        .iter()
        .map(|line| Line {
            spec_no: &line.sku,
            num: &line.counted,
            defect: condition::defect(String::new(), line.condition.as_ref()).ok().flatten(),
            batch_no: None,
            warehouse_no: None,
        })
        .collect();
    let found: Vec<_> = details
        .iter()
        .map(|Object { fields, .. }| {
            Ok(Line {
                spec_no: fields.spec_no.as_str(),
                num: fields.new_num.as_str(),
                defect: fields.defect.flag("defect")?,
                batch_no: None,
                warehouse_no: None,
            })
        })
        .collect::<Result<_, Error>>()?;
    Ok(goods::difference(&counted, &found))
}

/// 状态: 10 已取消, 20 编辑中, 30 待盘点, 31 盘点中, 33 部分盘点, 35 待结算, 40 已完成. None for a cancelled one.
fn progress(status: &str) -> Option<Progress> {
    match status {
        "10" => None,
        "40" => Some(Progress::Done),
        // A count is carried out at once: an unfinished one waits for a person.
        "20" | "35" => Some(Progress::Stuck),
        _ => Some(Progress::Accepted),
    }
}
