//! `setting.strategy.VirtualWarehouse.reserveExtractAdd` (虚拟仓库存释放策略创建).
//!
//! The title says release and the description allocation: stock that a virtual warehouse holds back is set aside for a
//! named document. The page has no example.

use serde::Serialize;
use stockbridge_connector::{
    Attempt, Effect, Host, OccupationLine, OccupationOrder, OccupationReason, Progress, Receipt, Refused, WriteFailure,
    china_time, json, lookup_hints,
    object::Object,
    order::{self, Extras},
    reader::Raw,
};

use crate::{gateway, occupation_line};

pub(crate) const METHOD: &str = "setting.strategy.VirtualWarehouse.reserveExtractAdd";

/// 策略信息.
#[derive(Debug, Serialize)]
struct OrderInfo<'a> {
    /// 单号. The page declares it as Int; document numbers are texts such as `TF38580`, so it is sent as text.
    order_no: &'a str,
    /// 单据类型.
    order_type: u8,
}

/// 策略明细信息.
#[derive(Debug, Serialize)]
struct Detail<'a> {
    /// 商家编码.
    spec_no: &'a str,
    /// 虚拟仓编码.
    vir_warehouse_no: &'a str,
    /// 入库虚拟仓.
    #[serde(skip_serializing_if = "Option::is_none")]
    to_virwarehouse_no: Option<&'a str>,
    /// 释放优先级.
    priority: u32,
    /// 出库数量: a text, as decimals in the vendor's other examples, so that no digit is lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    num: Option<&'a str>,
}

pub(crate) fn occupy(host: &impl Host, order: &OccupationOrder) -> Result<Receipt, WriteFailure> {
    let arguments = (order_info(order)?, details(&order.lines)?);
    let text = gateway::send(host, METHOD, None, Effect::Write(None), &arguments)?;
    let answer = gateway::read::<Raw<'_>>(&text)?;
    let mut extras = answer.extras;
    let mut progress = Progress::Done;
    // The page says only that `data` is a map; a sibling method answers with a sentence in it.
    if let Some(data) = answer.data {
        if data.0.starts_with('{') {
            let answer_data: Object<()> = json::read(data.0).map_err(WriteFailure::Unknown)?;
            progress = gateway::progress(&answer_data.others, progress, &extras)?;
        }
        extras.push(("data".to_owned(), data.0.to_owned()));
    }
    Ok(Receipt { document: None, progress, failed: Vec::new(), repeated: None, extras })
}

fn order_info(order: &OccupationOrder) -> Result<OrderInfo<'_>, Refused> {
    order::absent("owner", order.owner.as_ref())?;
    order::absent("warehouse", order.warehouse.as_ref())?;
    order::absent("occurred", order.occurred.as_ref())?;
    order::absent("remark", order.remark.as_ref())?;
    Extras::new("extras", &order.extras).finish()?;
    Ok(OrderInfo {
        order_no: &order.document,
        order_type: match order.reason {
            OccupationReason::Transfer => 2,
            OccupationReason::Stocktake => 4,
            OccupationReason::PurchaseReturn => 14,
            OccupationReason::OtherOutbound => 21,
            OccupationReason::Discrepancy | OccupationReason::Other(_) => {
                return Err(Refused::unsupported(
                    "reason",
                    "the provider holds stock for a transfer, stocktake, purchase-return or other-outbound",
                ));
            }
        },
    })
}

fn details(lines: &[OccupationLine]) -> Result<Vec<Detail<'_>>, Refused> {
    order::some("lines", lines)?.iter().enumerate().map(detail).collect()
}

fn detail((index, line): (usize, &OccupationLine)) -> Result<Detail<'_>, Refused> {
    let at = |field: &str| format!("lines[{index}].{field}");
    occupation_line::refuse_unsupported_fields(at, line)?;
    Ok(Detail {
        spec_no: order::text(at("sku"), &line.sku, 40)?,
        vir_warehouse_no: order::text(at("pool"), order::required(at("pool"), line.pool.as_ref())?, 40)?,
        to_virwarehouse_no: order::optional_text(at("to-pool"), line.to_pool.as_ref(), 40)?,
        priority: *order::required(at("priority"), order::int(at("priority"), line.priority)?.as_ref())?,
        num: line.quantity.as_deref(),
    })
}

pub(crate) fn where_to_look(order: &OccupationOrder, attempt: &Attempt) -> String {
    format!(
        "Wangdiantong offers no look-up of allocations, and keeps no number of the caller's with one, so it cannot look up \
         {}. In the ERP client, under 设置-策略设置-虚拟仓策略-虚拟仓库存分配, look for an entry of the document \
         {} of {}, made {}. {}",
        order.reference,
        order.document,
        lookup_hints::goods(order.lines.iter().map(|line| (line.sku.as_str(), line.quantity.as_deref()))),
        china_time::span(attempt.first_sent, attempt.last_sent),
        lookup_hints::CONCLUSION,
    )
}
