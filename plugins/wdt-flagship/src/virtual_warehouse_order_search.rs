//! `setting.strategy.VirtualWarehouse.orderSearch` (虚拟仓单据查询): the documents of virtual warehouses that changed within a window,
//! with their lines.
//!
//! The fields are those of the vendor's page of this method at open.wangdian.cn, where it is a paid one (定制).

use stockbridge_connector::{
    Error, Host, OccupationOrder, Progress, Resolution,
    json::Scalar,
    object::{Fields, Object},
    reader::{Raw, ReadError, Reader},
};

use crate::goods::{self, Line};
use crate::look_up::{self, Document, Documents, Listed, Page, Search, Verdict};

/// 单据. Its other fields, such as whether the lock was released since, become the receipt's extras.
#[derive(Default)]
struct Order<'a> {
    /// 单号.
    order_no: Scalar<'a>,
    /// 虚拟仓编号: in the page's table, and not in its example.
    virtual_warehouse_no: Scalar<'a>,
    /// 单据状态: see [`progress`].
    order_status: Option<Raw<'a>>,
    /// 备注.
    remark: Scalar<'a>,
    /// 创建时间.
    created: Scalar<'a>,
    /// 明细.
    detail_list: Option<Vec<Object<Detail<'a>>>>,
}

impl<'a> Fields<'a> for Order<'a> {
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
        match name {
            "order_no" => self.order_no = value.read()?,
            "virtual_warehouse_no" => self.virtual_warehouse_no = value.read()?,
            "order_status" => self.order_status = Some(value.read()?),
            "remark" => self.remark = value.read()?,
            "created" => self.created = value.read()?,
            "detail_list" => self.detail_list = value.read()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl<'a> Document<'a> for Order<'a> {
    const METHOD: &'static str = "setting.strategy.VirtualWarehouse.orderSearch";
    const LIST: &'static str = "order";
}

/// 明细.
#[derive(Default)]
struct Detail<'a> {
    /// 商家编码.
    spec_no: Scalar<'a>,
    /// 实体仓编号.
    warehouse_no: Scalar<'a>,
    /// 数量.
    num: Scalar<'a>,
}

impl<'a> Fields<'a> for Detail<'a> {
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
        match name {
            "spec_no" => self.spec_no = value.read()?,
            "warehouse_no" => self.warehouse_no = value.read()?,
            "num" => self.num = value.read()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Looks up a lock.
pub(crate) fn resolve(host: &impl Host, order: &OccupationOrder, search: &Search<'_>) -> Result<Resolution, Error> {
    let found = look_up::walk(host, search, |page| ask(host, page, order))?;
    look_up::conclude(host, &found, search, |listed| Ok(compare(listed, order)))
}

/// A document, extracted from the answer.
struct Lock {
    status: String,
    /// Its difference from the order.
    difference: Option<String>,
    extras: Vec<(String, String)>,
}

fn ask(host: &impl Host, page: &Page, order: &OccupationOrder) -> Result<Documents<Lock>, Error> {
    let answer = look_up::send(host, Order::METHOD, page)?;
    look_up::read(&answer, |found| Ok(listed(found, order)))
}

fn listed(found: Object<Order<'_>>, order: &OccupationOrder) -> Listed<Lock> {
    let Object { fields, others } = found;
    let (status, mut extras) = look_up::status("order_status", fields.order_status);
    extras.extend(others);
    Listed {
        number: fields.order_no.as_str().to_owned(),
        remark: fields.remark.as_str().to_owned(),
        // An unreadable time excludes nothing.
        created: fields.created.time("created").unwrap_or_default(),
        document: Lock { status, difference: difference(&fields, order), extras },
    }
}

fn difference(found: &Order<'_>, order: &OccupationOrder) -> Option<String> {
    let pool = found.virtual_warehouse_no.as_str();
    let ordered_pool = order.lines.first().and_then(|line| line.pool.as_deref());
    if !pool.is_empty() && Some(pool) != ordered_pool {
        return Some(format!("in {pool}"));
    }
    let ordered: Vec<_> = order
        .lines
        .iter()
        .map(|line| Line {
            spec_no: &line.sku,
            num: line.quantity.as_deref().unwrap_or_default(),
            defect: None,
            batch_no: None,
            warehouse_no: order.warehouse.as_deref(),
        })
        .collect();
    let details = found.detail_list.as_deref().unwrap_or_default();
    let found: Vec<_> = details
        .iter()
        .map(|Object { fields, .. }| Line {
            spec_no: fields.spec_no.as_str(),
            num: fields.num.as_str(),
            defect: None,
            batch_no: None,
            warehouse_no: Some(fields.warehouse_no.as_str()),
        })
        .collect();
    goods::difference(&ordered, &found)
}

/// 单据状态: 10 编辑中, 20 待审核, 25 待自动审核, 30 已审核, 90 已取消.
fn compare(listed: &Listed<Lock>, order: &OccupationOrder) -> Verdict {
    let lock = &listed.document;
    if let Some(difference) = &lock.difference {
        return Verdict::Mismatch(difference.clone());
    }
    let was_to_be_checked = order.extras.iter().all(|(name, json)| name != "is_check" || json.trim_matches('"') == "1");
    match lock.status.as_str() {
        "90" => Verdict::Cancelled,
        "30" => Verdict::Match(Progress::Done, lock.extras.clone()),
        // Its audit failed.
        "10" | "20" if was_to_be_checked => Verdict::Match(Progress::Stuck, lock.extras.clone()),
        _ => Verdict::Match(Progress::Accepted, lock.extras.clone()),
    }
}
