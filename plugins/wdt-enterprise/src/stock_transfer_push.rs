//! `stock_transfer_push` (创建调拨单): a transfer between warehouses.

use serde::Serialize;
use stockbridge_connector::{
    Attempt, Effect, Host, Progress, Receipt, Refused, TransferGranularity, TransferLine, TransferOrder, TransferStage,
    WarehouseNotice, WriteFailure, china_time, decimal, json, lookup_hints,
    order::{self, Extras},
};

use crate::openapi;

pub(crate) const METHOD: &str = "stock_transfer_push";

/// 调拨单信息, with the lengths of the vendor's page of this method at open.wangdian.cn.
#[derive(Debug, Serialize)]
struct TransferInfo<'a> {
    /// 外部单号: "to keep the same data from being pushed twice". For how long, no source says.
    outer_no: &'a str,
    /// 源仓库.
    from_warehouse_no: &'a str,
    /// 目标仓库.
    to_warehouse_no: &'a str,
    /// 地址.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// 联系人.
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<String>,
    /// 联系电话.
    #[serde(skip_serializing_if = "Option::is_none")]
    telno: Option<String>,
    /// 备注.
    #[serde(skip_serializing_if = "Option::is_none")]
    remark: Option<&'a str>,
    /// 调拨类型: 0 stepwise, 1 at once, the provider's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    transfer_type: Option<u8>,
    /// 调拨方式: 0 by item, 1 by position; the provider's default is 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<u8>,
    /// 是否审核: 1 approves, 0 does not.
    autocheck: u8,
    /// 货品列表节点.
    skus: Vec<Sku<'a>>,
}

/// skus.
#[derive(Debug, Serialize)]
struct Sku<'a> {
    /// 商家编码.
    spec_no: &'a str,
    /// 源货位.
    #[serde(skip_serializing_if = "Option::is_none")]
    from_position_no: Option<String>,
    /// 目标货位.
    #[serde(skip_serializing_if = "Option::is_none")]
    to_position_no: Option<String>,
    /// 调拨数量: a text, as the vendor's own examples write it.
    num: &'a str,
    /// 备注.
    #[serde(skip_serializing_if = "Option::is_none")]
    remark: Option<&'a str>,
}

pub(crate) fn transfer(host: &impl Host, order: &TransferOrder) -> Result<Receipt, WriteFailure> {
    let info = transfer_info(order)?;
    let json = json::write_ascii(&info)?;
    let effect = Effect::Write(Some(&order.reference));
    let answer = openapi::send(host, METHOD, effect, &[("transfer_info", &json)])?;
    let extras = openapi::pushed(&answer)?;
    Ok(Receipt {
        // Where the answer has the new document's number is not established; the message is in the extras.
        document: None,
        // Nothing moves before an approval, and in a stepwise transfer not even then.
        progress: if info.autocheck == 1 && info.transfer_type != Some(0) {
            Progress::Done
        } else {
            Progress::Accepted
        },
        failed: Vec::new(),
        repeated: None,
        extras,
    })
}

fn transfer_info(order: &TransferOrder) -> Result<TransferInfo<'_>, Refused> {
    order::not_asked("granularity", order.granularity == TransferGranularity::ByBatch)?;
    order::not_asked("notice", order.notice == WarehouseNotice::Notified)?;
    let mut extras = Extras::new("extras", &order.extras);
    let address = short(&mut extras, "address", 255)?;
    let contact = short(&mut extras, "contact", 40)?;
    let telno = short(&mut extras, "telno", 40)?;
    let transfer_type = extras.digit("transfer_type", 1)?;
    let mode = extras.digit("mode", 1)?;
    extras.finish()?;
    Ok(TransferInfo {
        outer_no: order::text("reference", &order.reference, 40)?,
        from_warehouse_no: order::text("from-warehouse", &order.from_warehouse, 40)?,
        to_warehouse_no: order::text("to-warehouse", &order.to_warehouse, 40)?,
        address,
        contact,
        telno,
        remark: order::optional_text("remark", order.remark.as_ref(), 255)?,
        transfer_type,
        mode,
        autocheck: match order.stage {
            TransferStage::Draft => 0,
            TransferStage::Approved => 1,
            TransferStage::Submitted => {
                return Err(Refused::unsupported(
                    "stage",
                    "the provider creates a draft or approves at once; it has no stage in between",
                ));
            }
        },
        skus: order::some("lines", &order.lines)?.iter().enumerate().map(sku).collect::<Result<_, _>>()?,
    })
}

fn sku((index, line): (usize, &TransferLine)) -> Result<Sku<'_>, Refused> {
    let at = |field: &str| format!("lines[{index}].{field}");
    order::absent(at("condition"), line.condition.as_ref())?;
    order::absent(at("batch"), line.batch.as_ref())?;
    order::absent(at("expiry"), line.expiry.as_ref())?;
    let mut extras = Extras::new(at("extras"), &line.extras);
    let from_position_no = extras.text("from_position_no")?;
    let to_position_no = extras.text("to_position_no")?;
    extras.finish()?;
    decimal::fits(&at("quantity"), &line.quantity, 19, 4)?;
    Ok(Sku {
        spec_no: order::text(at("sku"), &line.sku, 40)?,
        from_position_no,
        to_position_no,
        num: &line.quantity,
        remark: line.remark.as_deref(),
    })
}

fn short(extras: &mut Extras<'_>, name: &str, longest: usize) -> Result<Option<String>, Refused> {
    let text = extras.text(name)?;
    order::optional_text(format!("extras.{name}"), text.as_ref(), longest)?;
    Ok(text)
}

pub(crate) fn where_to_look(order: &TransferOrder, outer_no: &str, attempt: &Attempt) -> String {
    format!(
        "In the ERP client's list of transfers (调拨单), look for the one with the outside number (外部单号) {outer_no}: from \
         {} to {} of {}, made {}. {}",
        order.from_warehouse,
        order.to_warehouse,
        lookup_hints::goods(order.lines.iter().map(|line| (line.sku.as_str(), Some(line.quantity.as_str())))),
        china_time::span(attempt.first_sent, attempt.last_sent),
        lookup_hints::CONCLUSION,
    )
}
