//! `wh.inventoryAdjustment.createOrder.v2`, 创建库存调整单v2, with the page's rules between its fields.
//!
//! `sellerOrderNo` is not documented to identify a repeat: each request makes an order. An order that names no stock
//! organisation means the goods that belong to none.

use rust_decimal::Decimal;

use super::Failure;
use crate::gateways::State;
use crate::gateways::fields::{FieldError, Fields};
use crate::json::Json;
use crate::ledger::{Document, DocumentKind, Place, Refusal, Selection, Write};
use crate::provider::Gateway;
use crate::stock::Attributes;
use crate::stock::codes::{Packaging, WarehouseNo};

pub(super) const ACTION: &str = "wh.inventoryAdjustment.createOrder.v2";

/// Kind of adjustment, by the product's prefix.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// OSF61: boxes or suites become single items.
    Unpack,
    /// OSF64: from one stock organisation to another.
    ChangeOwner,
    /// OSF65: another barcode.
    Relabel,
}

struct Order {
    kind: Kind,
    warehouse: String,
    turn_out: Option<String>,
    turn_in: Option<String>,
}

/// One side of a line.
#[derive(PartialEq, Eq)]
struct Goods {
    merchandise: String,
    specification: String,
    quantity: Decimal,
    packaging: Packaging,
    parts: Option<i64>,
    barcode: Option<String>,
}

struct Line {
    out: Goods,
    into: Goods,
}

pub(super) fn create(data: Fields<'_>, state: &State) -> Result<Json, Failure> {
    let mut document = Document::new(Gateway::Winit, ACTION, DocumentKind::Adjustment);
    let (order, merchandise) = order(data, &mut document)?;
    let mut lines = Vec::new();
    for fields in merchandise {
        lines.push(line(fields, &mut document)?);
    }
    organisations(&order)?;
    for line in &lines {
        sides(order.kind, line)?;
    }
    let is_mixed = lines.windows(2).any(|pair| match pair {
        [one, next] => one.out.packaging != next.out.packaging,
        _ => false,
    });
    if order.kind == Kind::Unpack && is_mixed {
        return Err(rule("同一订单下所有商品的调出SKU类型必须一致"));
    }
    let number = state.ledger().write(state.clock.now(), |write| {
        let warehouse = write.warehouse(&order.warehouse)?;
        for code in [&order.turn_out, &order.turn_in].into_iter().flatten() {
            write.owner(code)?;
        }
        for line in &lines {
            carry_out(write, &warehouse, &order, line)?;
        }
        Ok::<_, Refusal>(write.file(document, |count| format!("WT{:012}", 10_000_000_210 + count)))
    })?;
    Ok(Json::object([("orderNo", Json::from(number))]))
}

fn order<'a>(mut fields: Fields<'a>, document: &mut Document) -> Result<(Order, Vec<Fields<'a>>), Failure> {
    document.fields = fields.scalars();
    let product = fields.required("winitProductCode", |value| value.filled(50))?;
    document.reference = fields.optional("sellerOrderNo", |value| value.text(50))?.unwrap_or_default();
    let code = |text: Option<String>| text.filter(|text| !text.is_empty());
    let warehouse = fields.required("warehouseCode", |value| value.filled(50))?;
    let turn_in = code(fields.optional("turnInCode", |value| value.text(30))?);
    let turn_out = code(fields.optional("turnOutCode", |value| value.text(30))?);
    let merchandise = fields.required("merchandiseList", |value| value.list())?;
    fields.finish()?;
    if merchandise.is_empty() {
        return Err(Failure::from(FieldError::Missing("data.merchandiseList".to_owned())));
    }
    let prefixes = [("OSF61", Kind::Unpack), ("OSF64", Kind::ChangeOwner), ("OSF65", Kind::Relabel)];
    let kind = prefixes.iter().find(|(prefix, _)| product.starts_with(prefix)).map(|(_, kind)| *kind);
    let kind = kind.ok_or_else(|| rule(&format!("Winit产品不存在: {product}")))?;
    Ok((Order { kind, warehouse, turn_out, turn_in }, merchandise))
}

fn line(mut fields: Fields<'_>, document: &mut Document) -> Result<Line, Failure> {
    let out = fields.required("transferOutInfo", |value| value.fields())?;
    let into = fields.required("transferInInfo", |value| value.fields())?;
    fields.finish()?;
    let sent = |side: &Fields<'_>, prefix: &str| -> Vec<_> {
        side.scalars().into_iter().map(|(name, value)| (format!("{prefix}.{name}"), value)).collect()
    };
    let fields = sent(&out, "transferOutInfo").into_iter().chain(sent(&into, "transferInInfo")).collect();
    let line = Line { out: goods(out)?, into: goods(into)? };
    document.line(&line.out.merchandise, line.out.quantity, fields);
    Ok(line)
}

fn goods(mut fields: Fields<'_>) -> Result<Goods, Failure> {
    let merchandise = fields.required("merchandiseCode", |value| value.filled(255))?;
    let specification = fields.optional("specification", |value| value.text(255))?.unwrap_or_default();
    // 库存单元数: stock units are whole numbers.
    let units = fields.required("quantity", |value| value.parsed(20, units))?;
    let packaging = fields.required("skuType", |value| value.parsed(30, Packaging::from_code))?;
    let parts = fields.optional("standPartsQty", |value| value.bare_count())?;
    let barcode = fields.optional("barcodeValue", |value| value.text(255))?.filter(|value| !value.is_empty());
    fields.finish()?;
    Ok(Goods { merchandise, specification, quantity: Decimal::from(units), packaging, parts, barcode })
}

fn units(digits: &str) -> Option<u32> {
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|units| is_plain && *units > 0)
}

/// Checks which organisations an order of this kind names.
fn organisations(order: &Order) -> Result<(), Failure> {
    match (order.kind, &order.turn_out, &order.turn_in) {
        (Kind::ChangeOwner, Some(out), Some(into)) if out != into => Ok(()),
        (Kind::ChangeOwner, Some(_), Some(_)) => Err(rule("turnInCode与turnOutCode不能一致")),
        (Kind::ChangeOwner, _, _) => Err(rule("turnInCode, turnOutCode必填")),
        (_, out, into) if out == into => Ok(()),
        _ => Err(rule("turnInCode与turnOutCode必须一致")),
    }
}

/// Checks how the two sides of a line differ.
fn sides(kind: Kind, line: &Line) -> Result<(), Failure> {
    let Line { out, into } = line;
    if kind == Kind::Unpack {
        if out.packaging == Packaging::Single {
            return Err(rule("调出商品的SKU类型只能为箱商品(BOX)或套装商品(SUITE)"));
        }
        if into.packaging != Packaging::Single {
            return Err(rule("调入商品的SKU类型只能为单一产品(SINGLE)"));
        }
    } else if out.packaging != into.packaging {
        return Err(rule("调入调出的SKU类型需保持一致"));
    }
    match kind {
        Kind::Relabel if out.barcode.is_none() || into.barcode.is_none() || out.barcode == into.barcode => {
            return Err(rule("条码值需变更"));
        }
        Kind::Unpack | Kind::ChangeOwner if out.barcode != into.barcode => {
            return Err(rule("调入调出的条码值需保持一致"));
        }
        _ => {}
    }
    // The page gives no arithmetic, but a box must hold its stated number of pieces.
    let singles = out.parts.map(|parts| out.quantity * Decimal::from(parts));
    let is_conserved = match kind {
        Kind::Unpack => match singles {
            Some(singles) => singles == into.quantity,
            None => (into.quantity % out.quantity).is_zero(),
        },
        Kind::ChangeOwner | Kind::Relabel => {
            (&out.merchandise, &out.specification, out.quantity, out.parts)
                == (&into.merchandise, &into.specification, into.quantity, into.parts)
        }
    };
    if is_conserved { Ok(()) } else { Err(rule("调入调出的商品信息需保持一致")) }
}

fn carry_out(write: &mut Write<'_>, warehouse: &WarehouseNo, order: &Order, line: &Line) -> Result<(), Refusal> {
    let (out, _) = write.item(&line.out.merchandise)?;
    let (into, _) = write.item(&line.into.merchandise)?;
    let selection = Selection {
        owner: Some(order.turn_out.clone().unwrap_or_default()),
        packaging: Some(line.out.packaging),
        specification: Some(line.out.specification.clone()),
        barcode: line.out.barcode.clone(),
        ..Selection::sound()
    };
    let from = Place { warehouse: warehouse.clone(), item: out };
    let to = Place { warehouse: warehouse.clone(), item: into };
    // Each lot is converted in the proportion of the order's quantities.
    let turn_in = order.turn_in.clone().unwrap_or_default();
    write.convert(&from, &selection, line.out.quantity, &to, |goods, part| {
        let attributes = Attributes {
            owner: turn_in.clone(),
            packaging: line.into.packaging,
            specification: line.into.specification.clone(),
            barcode: line.into.barcode.clone().unwrap_or(goods.barcode),
            ..goods
        };
        (attributes, part * line.into.quantity / line.out.quantity)
    })
}

fn rule(text: &str) -> Failure {
    Failure::generic(text)
}
