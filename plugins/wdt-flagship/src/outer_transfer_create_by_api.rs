//! `wms.outer.OuterTransfer.createByApi` (外仓快速调拨): a transfer between warehouses.
//!
//! The method has no number of the caller's: after a lost answer a second send can make a second transfer. It is found by
//! the marker in its remark.

use serde::Serialize;
use stockbridge_connector::{
    Attempt, Effect, Error, Host, Progress, Receipt, Refused, TransferGranularity, TransferLine, TransferOrder,
    TransferStage, WarehouseNotice, WriteFailure, china_time, decimal,
    json::Scalar,
    lookup_hints,
    object::{Fields, Object, beside},
    order::{self, Extras},
    reader::{ReadError, Reader},
};

use crate::remark_marker::{self, Marker};
use crate::{condition, gateway};

pub(crate) const METHOD: &str = "wms.outer.OuterTransfer.createByApi";

/// 业务请求参数. The page declares the choices as Int and writes them as texts in its example, as here.
#[derive(Debug, Serialize)]
struct Params<'a> {
    /// 创建模式: 0 save, 1 submit, 2 approve at once.
    create_mode: &'static str,
    /// 调出仓库.
    from_warehouse_no: &'a str,
    /// 调入仓库.
    to_warehouse_no: &'a str,
    /// 执行wms借调单编辑中状态: 0 no, 1 yes.
    #[serde(skip_serializing_if = "Option::is_none")]
    wms_edit: Option<String>,
    /// 调拨方案: 1 by item, 2 by batch, 3 and 4 the same with a notice to the outside warehouse.
    mode: &'static str,
    /// 备注.
    #[serde(skip_serializing_if = "Option::is_none")]
    remark: Option<String>,
}

/// 明细信息.
#[derive(Debug, Serialize)]
struct Detail<'a> {
    /// 商家编码.
    spec_no: &'a str,
    /// 调拨数量, Decimal(19,4).
    num: &'a str,
    /// 批次号, in modes 2 and 4.
    #[serde(skip_serializing_if = "Option::is_none")]
    batch_no: Option<&'a str>,
    /// 有效期, in modes 2 and 4: a time; the gateway refuses a bare date.
    #[serde(skip_serializing_if = "Option::is_none")]
    expire_date: Option<String>,
    /// 是否残次品: 0 no, 1 yes.
    #[serde(skip_serializing_if = "Option::is_none")]
    defect: Option<&'static str>,
    /// 备注.
    #[serde(skip_serializing_if = "Option::is_none")]
    remark: Option<&'a str>,
}

/// 结果信息.
#[derive(Default)]
struct Data<'a> {
    /// 调拨单号.
    transfer_no: Scalar<'a>,
}

impl<'a> Fields<'a> for Data<'a> {
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
        match name {
            "transfer_no" => self.transfer_no = value.read()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

pub(crate) fn transfer(host: &impl Host, order: &TransferOrder) -> Result<Receipt, WriteFailure> {
    let marker = Marker::of(host, &order.reference)?;
    let (params, details) = (params(order, marker.as_ref())?, details(order)?);
    let key = marker.as_ref().map(Marker::as_str);
    let answer = gateway::send(host, METHOD, None, Effect::Write(key), &(params, details))?;
    receipt(order, &answer)
}

fn params<'a>(order: &'a TransferOrder, marker: Option<&Marker>) -> Result<Params<'a>, Refused> {
    let mut extras = Extras::new("extras", &order.extras);
    let wms_edit = extras.one_of("wms_edit", &["0", "1"])?;
    extras.finish()?;
    Ok(Params {
        create_mode: match order.stage {
            TransferStage::Draft => "0",
            TransferStage::Submitted => "1",
            TransferStage::Approved => "2",
        },
        from_warehouse_no: order::text("from-warehouse", &order.from_warehouse, 40)?,
        to_warehouse_no: order::text("to-warehouse", &order.to_warehouse, 40)?,
        wms_edit,
        mode: match (order.granularity, order.notice) {
            (TransferGranularity::ByItem, WarehouseNotice::Silent) => "1",
            (TransferGranularity::ByBatch, WarehouseNotice::Silent) => "2",
            (TransferGranularity::ByItem, WarehouseNotice::Notified) => "3",
            (TransferGranularity::ByBatch, WarehouseNotice::Notified) => "4",
        },
        remark: remark_marker::marked(order.remark.as_deref(), marker)?,
    })
}

fn details(order: &TransferOrder) -> Result<Vec<Detail<'_>>, Refused> {
    let detail = |(index, line)| detail(index, line, order.granularity);
    order::some("lines", &order.lines)?.iter().enumerate().map(detail).collect()
}

fn detail(index: usize, line: &TransferLine, granularity: TransferGranularity) -> Result<Detail<'_>, Refused> {
    let at = |field: &str| format!("lines[{index}].{field}");
    Extras::new(at("extras"), &line.extras).finish()?;
    if granularity == TransferGranularity::ByItem {
        for (field, given) in [("batch", &line.batch), ("expiry", &line.expiry)] {
            if given.is_some() {
                return Err(Refused::unsupported(
                    at(field),
                    "the provider only uses it in a transfer by batch: set the granularity to by-batch",
                ));
            }
        }
    }
    decimal::fits(&at("quantity"), &line.quantity, 19, 4)?;
    Ok(Detail {
        spec_no: order::text(at("sku"), &line.sku, 40)?,
        num: &line.quantity,
        batch_no: order::optional_text(at("batch"), line.batch.as_ref(), 40)?,
        expire_date: order::midnight(line.expiry.as_ref()),
        defect: condition::defect(at("condition"), line.condition.as_ref())?.map(|yes| if yes { "1" } else { "0" }),
        remark: order::optional_text(at("remark"), line.remark.as_ref(), 255)?,
    })
}

fn receipt(order: &TransferOrder, answer: &str) -> Result<Receipt, WriteFailure> {
    let (Object { fields: data, others }, mut extras) = gateway::read::<Object<Data<'_>>>(answer)?.into_data()?;
    let full_progress = match (order.stage, order.notice) {
        (TransferStage::Approved, WarehouseNotice::Silent) => Progress::Done,
        // In modes 3 and 4 the outside warehouse has yet to act; and a draft moves no stock.
        (TransferStage::Approved, WarehouseNotice::Notified) | (TransferStage::Draft | TransferStage::Submitted, _) => {
            Progress::Accepted
        }
    };
    let progress = gateway::progress(&others, full_progress, &extras)?;
    beside(&mut extras, "data", others);
    let document = data.transfer_no.filled();
    // A failed audit may be reported in place of the number; a success has one.
    if document.is_none() && progress != Progress::Stuck {
        return Err(WriteFailure::Unknown(Error::malformed("`data.transfer_no` is missing")));
    }
    Ok(Receipt { document, progress, failed: Vec::new(), repeated: None, extras })
}

pub(crate) fn where_to_look(order: &TransferOrder, attempt: &Attempt) -> String {
    format!(
        "In the ERP client's list of transfers (调拨单), look for one{} from {} to {} of {}, made {}, and compare its lines \
         with the order's: another one with the same goods may be listed. Wangdiantong keeps no number of the caller's with this \
         kind of transfer, so it cannot look up {}. {}",
        attempt.key.as_ref().map(|marker| format!(" with the marker {marker} in its remark,")).unwrap_or_default(),
        order.from_warehouse,
        order.to_warehouse,
        lookup_hints::goods(order.lines.iter().map(|line| (line.sku.as_str(), Some(line.quantity.as_str())))),
        china_time::span(attempt.first_sent, attempt.last_sent),
        order.reference,
        lookup_hints::CONCLUSION,
    )
}
