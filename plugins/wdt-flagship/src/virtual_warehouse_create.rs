//! `setting.strategy.VirtualWarehouse.create` (虚拟仓单据新建): locks a warehouse's stock into a virtual one, or moves it between
//! two.
//!
//! The fields are those of the vendor's page of this method at open.wangdian.cn, where it is a paid one (定制).

use std::slice;

use serde::Serialize;
use serde_json::value::RawValue;
use stockbridge_connector::{
    Attempt, Effect, Error, Host, OccupationLine, OccupationOrder, OccupationReason, Progress, Receipt, Refused,
    WriteFailure, china_time, decimal, json,
    json::Scalar,
    lookup_hints,
    object::{Fields, Object, beside},
    order::{self, Extras},
    reader::{ReadError, Reader},
};

use crate::remark_marker::{self, Marker};
use crate::{gateway, occupation_line};

pub(crate) const METHOD: &str = "setting.strategy.VirtualWarehouse.create";

/// 单据信息.
#[derive(Debug, Serialize)]
struct OrderInfo<'a> {
    /// 虚拟仓编号.
    virtual_warehouse_no: &'a str,
    /// 单据类型: 1 锁定分配, 3 虚拟仓间调拨.
    order_type: u8,
    /// 目标虚拟仓编号, for type 3.
    #[serde(skip_serializing_if = "Option::is_none")]
    to_virtual_warehouse_no: Option<&'a str>,
    /// 备注: the order's own, and the number of the document that stock is held for.
    remark: String,
    /// 是否审核: 0 no, 1 yes.
    is_check: u8,
}

/// 明细信息.
#[derive(Debug, Serialize)]
struct Detail<'a> {
    /// 商家编码.
    spec_no: &'a str,
    /// 实体仓编号.
    warehouse_no: &'a str,
    /// 数量, Decimal(19,4). The default would be 1.
    num: Box<RawValue>,
}

/// 结果信息. It also has a `status`: see [`gateway::progress`].
#[derive(Default)]
struct Data<'a> {
    /// 返回信息: the document's number after a success, otherwise the error.
    message: Scalar<'a>,
}

impl<'a> Fields<'a> for Data<'a> {
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
        match name {
            "message" => self.message = value.read()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

pub(crate) fn occupy(host: &impl Host, order: &OccupationOrder) -> Result<Receipt, WriteFailure> {
    let marker = Marker::of(host, &order.reference)?;
    let info = order_info(order, marker.as_ref())?;
    let full_progress = if info.is_check == 1 { Progress::Done } else { Progress::Accepted };
    let warehouse_no = order::text("warehouse", order::required("warehouse", order.warehouse.as_ref())?, 40)?;
    let arguments = (&info, details(&order.lines, warehouse_no)?);
    let key = marker.as_ref().map(Marker::as_str);
    let answer = gateway::send(host, METHOD, None, Effect::Write(key), &arguments)?;
    receipt(full_progress, &answer)
}

fn order_info<'a>(order: &'a OccupationOrder, marker: Option<&Marker>) -> Result<OrderInfo<'a>, Refused> {
    order::absent("owner", order.owner.as_ref())?;
    order::absent("occurred", order.occurred.as_ref())?;
    let order_type = match &order.reason {
        OccupationReason::Other(code) if code == "1" => 1,
        OccupationReason::Other(code) if code == "3" => 3,
        _ => {
            let kinds = "the provider's lock has a kind (单据类型) in place of a reason: write other = \"1\" for a lock (锁定分配), \
                         or \"3\" for a move between virtual warehouses (虚拟仓间调拨)";
            return Err(Refused::unsupported("reason", kinds));
        }
    };
    let mut extras = Extras::new("extras", &order.extras);
    let is_check = extras.digit("is_check", 1)?.unwrap_or(1);
    extras.finish()?;
    let lines = order::some("lines", &order.lines)?;
    let to_pool = one_of_all(lines, "to-pool", |line| line.to_pool.as_ref())?;
    match (order_type, to_pool) {
        (1, Some(_)) => {
            return Err(Refused::unsupported(
                "lines[0].to-pool",
                "a lock has one virtual warehouse: set the reason to other = \"3\"",
            ));
        }
        (3, None) => {
            return Err(Refused::invalid(
                "lines[0].to-pool",
                "a move between virtual warehouses must name the other one",
            ));
        }
        _ => {}
    }
    let pool = one_of_all(lines, "pool", |line| line.pool.as_ref())?;
    Ok(OrderInfo {
        virtual_warehouse_no: order::text("lines[0].pool", order::required("lines[0].pool", pool)?, 40)?,
        order_type,
        to_virtual_warehouse_no: order::optional_text("lines[0].to-pool", to_pool, 40)?,
        remark: remark(order, marker)?,
        is_check,
    })
}

/// A field that the provider has once and the contract on each line: all lines must agree.
fn one_of_all<'a>(
    lines: &'a [OccupationLine],
    field: &str,
    of: impl Fn(&'a OccupationLine) -> Option<&'a String>,
) -> Result<Option<&'a String>, Refused> {
    let first = lines.first().and_then(&of);
    match lines.iter().position(|line| of(line) != first) {
        Some(other) => Err(Refused::unsupported(
            format!("lines[{other}].{field}"),
            "the provider's document has one for all lines: send the others as a separate order",
        )),
        None => Ok(first),
    }
}

/// The provider has no field for the document that stock is held for: it is written into the remark, where people read it.
pub(crate) fn remark(order: &OccupationOrder, marker: Option<&Marker>) -> Result<String, Refused> {
    let remark = match &order.remark {
        Some(remark) => [remark, " ", &order.document].concat(),
        None => order.document.clone(),
    };
    Ok(remark_marker::marked(Some(&remark), marker)?.unwrap_or_default())
}

fn details<'a>(lines: &'a [OccupationLine], warehouse_no: &'a str) -> Result<Vec<Detail<'a>>, Refused> {
    lines.iter().enumerate().map(|(index, line)| detail(index, line, warehouse_no)).collect()
}

fn detail<'a>(index: usize, line: &'a OccupationLine, warehouse_no: &'a str) -> Result<Detail<'a>, Refused> {
    let at = |field: &str| format!("lines[{index}].{field}");
    order::absent(at("priority"), line.priority.as_ref())?;
    occupation_line::refuse_unsupported_fields(at, line)?;
    Ok(Detail {
        spec_no: order::text(at("sku"), &line.sku, 40)?,
        warehouse_no,
        num: decimal::number(&at("quantity"), order::required(at("quantity"), line.quantity.as_ref())?, 19, 4)?,
    })
}

fn receipt(full_progress: Progress, answer: &str) -> Result<Receipt, WriteFailure> {
    let (Object { fields: data, others }, mut extras) = gateway::read::<Object<Data<'_>>>(answer)?.into_data()?;
    let message = ("message".to_owned(), json::quoted(data.message.as_str()));
    let progress = gateway::progress(&[slice::from_ref(&message), &others].concat(), full_progress, &extras)?;
    beside(&mut extras, "data", others);
    let document = match progress {
        Progress::Stuck => {
            beside(&mut extras, "data", [message]);
            None
        }
        _ => Some(data.message.filled().ok_or_else(|| {
            WriteFailure::Unknown(Error::malformed("`data.message`, which has the document's number, is missing"))
        })?),
    };
    Ok(Receipt { document, progress, failed: Vec::new(), repeated: None, extras })
}

pub(crate) fn where_to_look(order: &OccupationOrder, attempt: &Attempt) -> String {
    format!(
        "In the ERP client's list of documents of virtual warehouses (虚拟仓单据), look for one with {} in its remark, of {}, \
         made {}. {}",
        attempt.key.as_deref().unwrap_or(&order.document),
        lookup_hints::goods(order.lines.iter().map(|line| (line.sku.as_str(), line.quantity.as_deref()))),
        china_time::span(attempt.first_sent, attempt.last_sent),
        lookup_hints::CONCLUSION,
    )
}
