//! taobao.logistics.wms.inventory.imbalance.create 仓内库存差异占用: its request as on the page, made from an order.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;
use stockbridge_connector::{
    Attempt, Condition, Host, OccupationLine, OccupationOrder, OccupationReason, Progress, Receipt, Refused,
    WriteFailure, china_time, decimal, json, lookup_hints,
    order::{self, Extras},
};

use crate::gateway;

/// The method's name.
pub(crate) const METHOD: &str = "taobao.logistics.wms.inventory.imbalance.create";

/// The page's 库存类型: its codes for the condition of goods.
const INVENTORY_TYPES: [&str; 13] =
    ["ZP", "CC", "JS", "XS", "ZT", "XQC", "ZCC", "BLC", "ZCZP", "CZC", "FP", "LQC", "XTZP"];

/// Sends the order. The page has no document number in the answer, so the receipt has none.
pub(crate) fn occupy(host: &impl Host, order: &OccupationOrder) -> Result<Receipt, WriteFailure> {
    let req_dto = json::write(&WmsInventoryDiscrepancyAllocationReportDto::of(order)?)?;
    let extras = gateway::write(host, METHOD, ("req_dto", &req_dto), &order.reference)?;
    Ok(Receipt { document: None, progress: Progress::Done, failed: Vec::new(), repeated: None, extras })
}

/// `req_dto`: one parameter, whose value is this object's JSON text.
#[derive(Serialize)]
struct WmsInventoryDiscrepancyAllocationReportDto<'a> {
    /// 货主编码.
    owner_code: &'a str,
    /// 仓库编码.
    warehouse_code: &'a str,
    /// 服务商系统生成的差异占用单号.
    occupy_order_id: &'a str,
    /// 单据类型: only ADJUST=库存调整占用 of the enumeration is used here.
    adjust_type: &'a str,
    /// 外部业务编码: the provider processes each one only once.
    out_biz_code: &'a str,
    /// 备注.
    #[serde(skip_serializing_if = "Option::is_none")]
    remark: Option<&'a str>,
    /// 明细信息.
    items: Vec<WmsInventoryDiscrepancyAllocationItemDto<'a>>,
    /// 扩展属性, Map对应的Json: a text that is itself JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    extend_props: Option<Cow<'a, str>>,
    /// 操作时间 (YYYY-MM-DD HH:MM:SS).
    operate_time: String,
}

/// One line of `items`.
#[derive(Serialize)]
struct WmsInventoryDiscrepancyAllocationItemDto<'a> {
    /// 明细行ID.
    order_line_id: &'a str,
    /// 商品编码.
    item_code: &'a str,
    /// wms商品编码 (服务商系统生成的商品编码).
    #[serde(skip_serializing_if = "Option::is_none")]
    item_id: Option<&'a str>,
    /// 库存类型.
    inventory_type: &'a str,
    /// 占用数量: a whole number; TOP's own SDK declares a long.
    lock_quantity: i64,
    /// 批次编号.
    #[serde(skip_serializing_if = "Option::is_none")]
    batch_code: Option<&'a str>,
    /// 生产日期 (YYYY-MM-DD).
    #[serde(skip_serializing_if = "Option::is_none")]
    product_date: Option<&'a str>,
    /// 过期日期 (YYYY-MM-DD).
    #[serde(skip_serializing_if = "Option::is_none")]
    expire_date: Option<&'a str>,
    /// 生产批号.
    #[serde(skip_serializing_if = "Option::is_none")]
    produce_code: Option<&'a str>,
    /// sn编码.
    #[serde(skip_serializing_if = "Option::is_none")]
    sn_code: Option<&'a str>,
    /// 扩展属性, Map对应的Json.
    #[serde(skip_serializing_if = "Option::is_none")]
    extend_props: Option<Cow<'a, str>>,
}

impl<'a> WmsInventoryDiscrepancyAllocationReportDto<'a> {
    fn of(order: &'a OccupationOrder) -> Result<Self, Refused> {
        let mut extras = Extras::new("extras", &order.extras);
        let report = Self {
            owner_code: filled("owner", order::required("owner", order.owner.as_ref())?)?,
            warehouse_code: filled("warehouse", order::required("warehouse", order.warehouse.as_ref())?)?,
            occupy_order_id: filled("document", &order.document)?,
            adjust_type: adjust_type(&order.reason)?,
            out_biz_code: filled("reference", &order.reference)?,
            remark: optional("remark", order.remark.as_ref())?,
            items: order::some("lines", &order.lines)?
                .iter()
                .enumerate()
                .map(|(line, item)| WmsInventoryDiscrepancyAllocationItemDto::of(item, &format!("lines[{line}]")))
                .collect::<Result<_, _>>()?,
            extend_props: extend_props("extras", &mut extras)?,
            operate_time: operate_time(order.occurred)?,
        };
        extras.finish()?;
        Ok(report)
    }
}

impl<'a> WmsInventoryDiscrepancyAllocationItemDto<'a> {
    fn of(item: &'a OccupationLine, path: &str) -> Result<Self, Refused> {
        let at = |field: &str| format!("{path}.{field}");
        order::absent(at("pool"), item.pool.as_ref())?;
        order::absent(at("to-pool"), item.to_pool.as_ref())?;
        order::absent(at("priority"), item.priority.as_ref())?;
        let mut extras = Extras::new(at("extras"), &item.extras);
        let line = Self {
            order_line_id: filled(at("line"), order::required(at("line"), item.line.as_ref())?)?,
            item_code: filled(at("sku"), &item.sku)?,
            item_id: optional(at("provider-item"), item.provider_item.as_ref())?,
            inventory_type: inventory_type(&at("condition"), item.condition.as_ref())?,
            lock_quantity: lock_quantity(&at("quantity"), item.quantity.as_ref())?,
            batch_code: optional(at("batch"), item.batch.as_ref())?,
            product_date: optional(at("produced"), item.produced.as_ref())?,
            expire_date: optional(at("expiry"), item.expiry.as_ref())?,
            produce_code: optional(at("lot"), item.lot.as_ref())?,
            sn_code: optional(at("serial"), item.serial.as_ref())?,
            extend_props: extend_props(&at("extras"), &mut extras)?,
        };
        extras.finish()?;
        Ok(line)
    }
}

/// The page gives no lengths. An empty text is refused: it would be a field without a value.
fn filled(path: impl Into<String>, text: &str) -> Result<&str, Refused> {
    order::text(path, text, usize::MAX)
}

fn optional(path: impl Into<String>, text: Option<&String>) -> Result<Option<&str>, Refused> {
    order::optional_text(path, text, usize::MAX)
}

fn adjust_type(reason: &OccupationReason) -> Result<&str, Refused> {
    match reason {
        OccupationReason::Discrepancy => Ok("ADJUST"),
        OccupationReason::Other(code) if code == "ADJUST" => Ok(code),
        _ => {
            Err(Refused::unsupported("reason", "TOP's method only holds stock for discrepancies (adjust_type ADJUST)"))
        }
    }
}

fn inventory_type<'a>(path: &str, condition: Option<&'a Condition>) -> Result<&'a str, Refused> {
    match order::required(path, condition)? {
        Condition::Sellable => Ok("ZP"),
        Condition::Defective => Ok("CC"),
        Condition::Other(code) if INVENTORY_TYPES.contains(&code.as_str()) => Ok(code),
        Condition::Other(code) => Err(Refused::invalid(
            path,
            format!("`{code}` is not an inventory_type of TOP: {}", INVENTORY_TYPES.join(", ")),
        )),
    }
}

fn lock_quantity(path: &str, quantity: Option<&String>) -> Result<i64, Refused> {
    let figure = order::required(path, quantity)?;
    match decimal::whole(path, figure)?.parse() {
        Ok(whole) if whole > 0 => Ok(whole),
        Ok(_) => Err(Refused::invalid(path, format!("{figure} is not more than 0"))),
        Err(_) => Err(Refused::invalid(path, format!("{figure} is too large for TOP"))),
    }
}

/// Required by the page, and never generated here: the same order must have the same content when it is sent again.
fn operate_time(occurred: Option<i64>) -> Result<String, Refused> {
    let time = *order::required("occurred", occurred.as_ref())?;
    if time.rem_euclid(1000) != 0 {
        return Err(Refused::unsupported("occurred", "TOP's operate_time only has whole seconds"));
    }
    china_time::format(time).ok_or_else(|| Refused::invalid("occurred", "the year has more than four digits"))
}

/// The text of a JSON object, given as text or as the object itself.
fn extend_props<'a>(path: &str, extras: &mut Extras<'a>) -> Result<Option<Cow<'a, str>>, Refused> {
    let Some(props_json) = extras.json("extend_props") else {
        return Ok(None);
    };
    let props = serde_json::from_str::<String>(props_json).map_or(Cow::Borrowed(props_json), Cow::Owned);
    if serde_json::from_str::<BTreeMap<String, &RawValue>>(&props).is_err() {
        return Err(Refused::invalid(format!("{path}.extend_props"), "a JSON object is expected here, or its text"));
    }
    Ok(Some(props))
}

/// For a person who should only look: while TOP drops a repeat, the host sends it again by itself.
pub(crate) fn where_to_look(order: &OccupationOrder, attempt: &Attempt) -> String {
    format!(
        "TOP has no look-up of occupations. In the warehouse's system, look for an occupation (仓内库存差异占用) with the \
         out_biz_code {}: with the number {} in the warehouse {} of the owner {}, of {}, made {}. {}",
        order.reference,
        order.document,
        order.warehouse.as_deref().unwrap_or_default(),
        order.owner.as_deref().unwrap_or_default(),
        lookup_hints::goods(order.lines.iter().map(|line| (line.sku.as_str(), line.quantity.as_deref()))),
        china_time::span(attempt.first_sent, attempt.last_sent),
        lookup_hints::CONCLUSION,
    )
}
