//! `wms.stocktransfer.Manage.queryWithDetail` (调拨单查询): the transfers that changed within a window, with their lines.
//!
//! The fields are those of the vendor's page of this method at open.wangdian.cn. It returns no outside number, so a
//! transfer is found by the marker in its remark. It only shows the warehouses that the interface account has access to.

use stockbridge_connector::{
    Error, Host, Progress, Resolution, TransferOrder, TransferStage,
    json::Scalar,
    object::{Fields, Object},
    reader::{Raw, ReadError, Reader},
};

use crate::condition;
use crate::goods::{self, Line};
use crate::look_up::{self, Document, Documents, Listed, Page, Search, Verdict};

/// 调拨单. Its other fields become the receipt's extras.
#[derive(Default)]
struct Order<'a> {
    /// 调拨单号.
    transfer_no: Scalar<'a>,
    /// 状态: see [`progress`].
    status: Option<Raw<'a>>,
    /// 创建时间.
    created_date: Scalar<'a>,
    /// 备注.
    remark: Scalar<'a>,
    /// 调出仓库.
    from_warehouse_no: Scalar<'a>,
    /// 调入仓库.
    to_warehouse_no: Scalar<'a>,
    /// 明细.
    details_list: Option<Vec<Object<Detail<'a>>>>,
}

impl<'a> Fields<'a> for Order<'a> {
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
        match name {
            "transfer_no" => self.transfer_no = value.read()?,
            "status" => self.status = Some(value.read()?),
            "created_date" => self.created_date = value.read()?,
            "remark" => self.remark = value.read()?,
            "from_warehouse_no" => self.from_warehouse_no = value.read()?,
            "to_warehouse_no" => self.to_warehouse_no = value.read()?,
            "details_list" => self.details_list = value.read()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl<'a> Document<'a> for Order<'a> {
    const METHOD: &'static str = "wms.stocktransfer.Manage.queryWithDetail";
    const LIST: &'static str = "order";
}

/// 调拨单明细.
#[derive(Default)]
struct Detail<'a> {
    /// 商家编码.
    spec_no: Scalar<'a>,
    /// 调拨数量.
    num: Scalar<'a>,
    /// 残次品.
    defect: Scalar<'a>,
    /// 批次号.
    batch_no: Scalar<'a>,
}

impl<'a> Fields<'a> for Detail<'a> {
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
        match name {
            "spec_no" => self.spec_no = value.read()?,
            "num" => self.num = value.read()?,
            "defect" => self.defect = value.read()?,
            "batch_no" => self.batch_no = value.read()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Looks up a transfer.
pub(crate) fn resolve(host: &impl Host, order: &TransferOrder, search: &Search<'_>) -> Result<Resolution, Error> {
    let found = look_up::walk(host, search, |page| ask(host, page, order))?;
    look_up::conclude(host, &found, search, |listed| Ok(compare(listed, order.stage)))
}

/// A transfer, extracted from the answer.
struct Transfer {
    status: String,
    /// Its difference from the order, or why that cannot be determined.
    difference: Result<Option<String>, Error>,
    extras: Vec<(String, String)>,
}

fn ask(host: &impl Host, page: &Page, order: &TransferOrder) -> Result<Documents<Transfer>, Error> {
    let answer = look_up::send(host, Order::METHOD, page)?;
    look_up::read(&answer, |found| Ok(listed(found, order)))
}

fn listed(found: Object<Order<'_>>, order: &TransferOrder) -> Listed<Transfer> {
    let Object { fields, others } = found;
    let difference = difference(&fields, order);
    let (status, mut extras) = look_up::status("status", fields.status);
    extras.extend(others);
    Listed {
        number: fields.transfer_no.as_str().to_owned(),
        remark: fields.remark.as_str().to_owned(),
        // An unreadable time excludes nothing.
        created: fields.created_date.time("created_date").unwrap_or_default(),
        document: Transfer { status, difference, extras },
    }
}

fn difference(found: &Order<'_>, order: &TransferOrder) -> Result<Option<String>, Error> {
    let (from, to) = (found.from_warehouse_no.as_str(), found.to_warehouse_no.as_str());
    if from != order.from_warehouse || to != order.to_warehouse {
        return Ok(Some(format!("from {from} to {to}")));
    }
    let ordered: Vec<_> = order
        .lines
        .iter()
        .map(|line| Line {
            spec_no: &line.sku,
            num: &line.quantity,
            defect: condition::defect(String::new(), line.condition.as_ref()).ok().flatten(),
            batch_no: line.batch.as_deref(),
            warehouse_no: None,
        })
        .collect();
    let details = found.details_list.as_deref().unwrap_or_default();
    let found: Vec<_> = details
        .iter()
        .map(|Object { fields, .. }| {
            Ok(Line {
                spec_no: fields.spec_no.as_str(),
                num: fields.num.as_str(),
                defect: fields.defect.flag("defect")?,
                batch_no: Some(fields.batch_no.as_str()),
                warehouse_no: None,
            })
        })
        .collect::<Result<_, Error>>()?;
    Ok(goods::difference(&ordered, &found))
}

fn compare(listed: &Listed<Transfer>, stage: TransferStage) -> Verdict {
    let transfer = &listed.document;
    match (&transfer.difference, progress(&transfer.status, stage)) {
        (Err(error), _) => Verdict::Unreadable(error.message.clone()),
        (Ok(Some(difference)), _) => Verdict::Mismatch(difference.clone()),
        (Ok(None), Some(progress)) => Verdict::Match(progress, transfer.extras.clone()),
        (Ok(None), None) => Verdict::Cancelled,
    }
}

/// 状态: 10 已取消, 20 编辑中, 30 待审核, 40 已审核, 50 调拨中, 80 待结算, 90 调拨完成. None for a cancelled one.
fn progress(status: &str, stage: TransferStage) -> Option<Progress> {
    match (status, stage) {
        ("10", _) => None,
        ("90", _) => Some(Progress::Done),
        // It was to be approved at once, and is not: its audit failed.
        ("20" | "30", TransferStage::Approved) | ("20", TransferStage::Submitted) => Some(Progress::Stuck),
        _ => Some(Progress::Accepted),
    }
}
