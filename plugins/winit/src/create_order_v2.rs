//! wh.inventoryAdjustment.createOrder.v2 创建库存调整单v2: its request as on the page, made from an order.

use serde::Serialize;
use stockbridge_connector::{
    AdjustedItem, Adjustment, AdjustmentLine, AdjustmentOrder, Attempt, Effect, Host, Packaging, Progress, Receipt,
    Refused, WriteFailure, china_time, decimal,
    json::Scalar,
    lookup_hints,
    object::{Fields, beside},
    order::{self, Extras},
    reader::{ReadError, Reader},
};

use crate::product::Product;
use crate::{gateway, page_inv_inouts, rules};

/// The method's name.
pub(crate) const ACTION: &str = "wh.inventoryAdjustment.createOrder.v2";

/// Checks the order against the page's rules and sends it.
///
/// The answer reports that the adjustment order was created. Winit counts its goods as waiting to go out until it is
/// carried out, so the write is accepted, not done.
pub(crate) fn adjust(host: &impl Host, order: &AdjustmentOrder) -> Result<Receipt, WriteFailure> {
    let (product, organisations, lines) = ordered(order)?;
    let code = product.checked(host.required_setting(product.setting())?)?;
    let data = Data::of(order, &code, product, organisations, lines)?;
    rules::check(product, lines)?;
    let answer = gateway::send(host, ACTION, &data, Effect::Write(None))?;
    let success = gateway::read(&answer)?;
    let answer = success.data::<Answer<'_>>().map_err(WriteFailure::Unknown)?;
    let mut extras = success.extras;
    beside(&mut extras, "data", answer.others);
    Ok(Receipt {
        document: answer.fields.order_no.filled(),
        progress: Progress::Accepted,
        failed: Vec::new(),
        repeated: None,
        extras,
    })
}

/// `data` of the request. A field that is none is omitted from the canonical text.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    /// Winit产品编码.
    winit_product_code: &'a str,
    /// 客户订单号.
    seller_order_no: &'a str,
    /// 仓库编码.
    warehouse_code: &'a str,
    /// 转入方编码 (库存组织编码).
    turn_in_code: Option<&'a str>,
    /// 转出方编码 (库存组织编码): equal to `turnInCode` except for OSF64.
    turn_out_code: Option<&'a str>,
    /// 商品列表.
    merchandise_list: Vec<Merchandise<'a>>,
}

/// A line of `merchandiseList`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Merchandise<'a> {
    /// 调出信息.
    transfer_out_info: TransferInfo<'a>,
    /// 调入信息.
    transfer_in_info: TransferInfo<'a>,
}

/// One side of a line.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TransferInfo<'a> {
    /// 商品编码.
    merchandise_code: &'a str,
    /// 商品规格 (当商品注册了规格时, 必填): the page's examples send it empty.
    specification: Option<&'a str>,
    /// 商品数量 (库存单元数): a text.
    quantity: &'a str,
    /// SKU类型.
    sku_type: &'static str,
    /// 标准件数.
    stand_parts_qty: Option<u32>,
    /// 条码值.
    barcode_value: Option<&'a str>,
}

/// The organisation that stock leaves, and the one that receives it.
#[derive(Clone, Copy)]
struct Organisations<'a> {
    out: Option<&'a str>,
    into: Option<&'a str>,
}

/// The product, organisations and lines of the order. Only OSF64 has two organisations; the others repeat the same one.
fn ordered(order: &AdjustmentOrder) -> Result<(Product, Organisations<'_>, &[AdjustmentLine]), Refused> {
    let (product, lines) = match &order.adjustment {
        Adjustment::Unpack(lines) => (Product::Unpack, lines),
        Adjustment::Relabel(lines) => (Product::Relabel, lines),
        Adjustment::ChangeOwner((change, lines)) => {
            // The change names both; a third would be lost.
            order::absent("organisation", order.organisation.as_ref())?;
            let at = |side: &str| format!("{}.{side}", Product::ChangeOwner.path());
            let organisations = Organisations {
                out: Some(order::text(at("from-organisation"), &change.from_organisation, 30)?),
                into: Some(order::text(at("to-organisation"), &change.to_organisation, 30)?),
            };
            if organisations.out == organisations.into {
                let same = "both organisations are the same: that is not a change of owner (OSF64)";
                return Err(Refused::invalid(at("to-organisation"), same));
            }
            return Ok((Product::ChangeOwner, organisations, lines));
        }
        Adjustment::Count(_) => {
            return Err(Refused::unsupported("adjustment.count", "Winit's method does not support counts"));
        }
    };
    let organisation = order::optional_text("organisation", order.organisation.as_ref(), 30)?;
    let organisations = Organisations { out: organisation, into: organisation };
    Ok((product, organisations, lines))
}

impl<'a> Data<'a> {
    fn of(
        order: &'a AdjustmentOrder,
        code: &'a str,
        product: Product,
        organisations: Organisations<'a>,
        lines: &'a [AdjustmentLine],
    ) -> Result<Self, Refused> {
        order::absent("remark", order.remark.as_ref())?;
        Extras::new("extras", &order.extras).finish()?;
        Ok(Data {
            winit_product_code: code,
            seller_order_no: order::text("reference", &order.reference, 50)?,
            warehouse_code: order::text("warehouse", &order.warehouse, 50)?,
            turn_in_code: organisations.into,
            turn_out_code: organisations.out,
            merchandise_list: order::some(product.path(), lines)?
                .iter()
                .enumerate()
                .map(|(line, goods)| Merchandise::of(goods, &format!("{}[{line}]", product.path())))
                .collect::<Result<_, _>>()?,
        })
    }
}

impl<'a> Merchandise<'a> {
    fn of(line: &'a AdjustmentLine, path: &str) -> Result<Self, Refused> {
        Ok(Merchandise {
            transfer_out_info: TransferInfo::of(&line.from, &format!("{path}.from"))?,
            transfer_in_info: TransferInfo::of(&line.to, &format!("{path}.to"))?,
        })
    }
}

impl<'a> TransferInfo<'a> {
    fn of(item: &'a AdjustedItem, path: &str) -> Result<Self, Refused> {
        let at = |field: &str| format!("{path}.{field}");
        Extras::new(at("extras"), &item.extras).finish()?;
        Ok(TransferInfo {
            merchandise_code: order::text(at("sku"), &item.sku, 255)?,
            specification: empty_or(at("specification"), item.specification.as_ref())?,
            quantity: more_than_none(&at("quantity"), &item.quantity)?,
            sku_type: match item.packaging {
                Packaging::Box => "BOX",
                Packaging::Suite => "SUITE",
                Packaging::Single => "SINGLE",
            },
            stand_parts_qty: order::int(at("standard-parts"), item.standard_parts)?,
            barcode_value: empty_or(at("barcode"), item.barcode.as_ref())?,
        })
    }
}

/// A text of at most 255 characters that may be empty: an empty one is sent, as in the page's examples.
fn empty_or(path: String, text: Option<&String>) -> Result<Option<&str>, Refused> {
    match text {
        Some(text) if text.is_empty() => Ok(Some("")),
        text => order::optional_text(path, text, 255),
    }
}

/// Whole units: Winit counts stock in whole units only.
fn more_than_none<'a>(path: &str, figure: &'a str) -> Result<&'a str, Refused> {
    decimal::fits(path, figure, 56, 28)?;
    if figure.starts_with('-') || !figure.contains(|digit: char| matches!(digit, '1'..='9')) {
        return Err(Refused::invalid(path, format!("{figure} is not more than 0")));
    }
    decimal::whole(path, figure)
}

/// `data` of the answer.
#[derive(Default)]
struct Answer<'a> {
    /// 订单号: the page does not guarantee it.
    order_no: Scalar<'a>,
}

impl<'a> Fields<'a> for Answer<'a> {
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
        match name {
            "orderNo" => self.order_no = value.read()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// No public source documents a method that finds an adjustment order by the customer's number: a person can only be given
/// candidates.
pub(crate) fn where_to_look(host: &impl Host, order: &AdjustmentOrder, attempt: &Attempt) -> String {
    let lines = match &order.adjustment {
        Adjustment::Unpack(lines) | Adjustment::Relabel(lines) | Adjustment::ChangeOwner((_, lines)) => lines,
        Adjustment::Count(_) => return "this connector sends no counts, so there is none to look for".into(),
    };
    format!(
        "Winit has no publicly documented look-up of adjustment orders by the customer's number, and may carry out a \
         second one. {} In Winit's seller portal, look for an inventory adjustment order (库存调整单) with the customer order number (客户订单号) {}: \
         in the warehouse {}, out of stock {}, made {}. {}",
        page_inv_inouts::candidates(host, order, lines, attempt),
        order.reference,
        order.warehouse,
        lookup_hints::goods(lines.iter().map(|line| (line.from.sku.as_str(), Some(line.from.quantity.as_str())))),
        china_time::span(attempt.first_sent, attempt.last_sent),
        lookup_hints::CONCLUSION,
    )
}
