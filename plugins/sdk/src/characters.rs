//! Characters that a provider cannot store: those beyond U+FFFF, such as emoji, on which a write of Wangdiantong's fails in the
//! middle. An order that has one is refused before anything is sent.

use crate::{
    AdjustedItem, Adjustment, AdjustmentLine, AdjustmentOrder, CountLine, OccupationOrder, Refused, TransferOrder,
};

/// Refuses a text of the order that has one, by its path.
///
/// # Errors
/// A text has one.
pub fn of_transfer(order: &TransferOrder) -> Result<(), Refused> {
    text("from-warehouse", &order.from_warehouse)?;
    text("to-warehouse", &order.to_warehouse)?;
    optional("remark", order.remark.as_ref())?;
    extras("extras", &order.extras)?;
    each("lines", &order.lines, |at, line| {
        text(&at("sku"), &line.sku)?;
        optional(&at("batch"), line.batch.as_ref())?;
        optional(&at("remark"), line.remark.as_ref())?;
        extras(&at("extras"), &line.extras)
    })
}

/// The same of an adjustment.
///
/// # Errors
/// A text has one.
pub fn of_adjustment(order: &AdjustmentOrder) -> Result<(), Refused> {
    text("warehouse", &order.warehouse)?;
    optional("organisation", order.organisation.as_ref())?;
    optional("remark", order.remark.as_ref())?;
    extras("extras", &order.extras)?;
    match &order.adjustment {
        Adjustment::Unpack(lines) => both_sides("adjustment.unpack", lines),
        Adjustment::Relabel(lines) => both_sides("adjustment.relabel", lines),
        Adjustment::ChangeOwner((change, lines)) => {
            text("adjustment.change-owner.from-organisation", &change.from_organisation)?;
            text("adjustment.change-owner.to-organisation", &change.to_organisation)?;
            both_sides("adjustment.change-owner.lines", lines)
        }
        Adjustment::Count(lines) => each("adjustment.count", lines, |at, line: &CountLine| {
            text(&at("sku"), &line.sku)?;
            optional(&at("position"), line.position.as_ref())?;
            optional(&at("batch"), line.batch.as_ref())?;
            optional(&at("remark"), line.remark.as_ref())?;
            extras(&at("extras"), &line.extras)
        }),
    }
}

/// The same of an occupation.
///
/// # Errors
/// A text has one.
pub fn of_occupation(order: &OccupationOrder) -> Result<(), Refused> {
    text("document", &order.document)?;
    optional("owner", order.owner.as_ref())?;
    optional("warehouse", order.warehouse.as_ref())?;
    optional("remark", order.remark.as_ref())?;
    extras("extras", &order.extras)?;
    each("lines", &order.lines, |at, line| {
        text(&at("sku"), &line.sku)?;
        for (field, given) in [
            ("line", &line.line),
            ("batch", &line.batch),
            ("lot", &line.lot),
            ("serial", &line.serial),
            ("provider-item", &line.provider_item),
            ("pool", &line.pool),
            ("to-pool", &line.to_pool),
        ] {
            optional(&at(field), given.as_ref())?;
        }
        extras(&at("extras"), &line.extras)
    })
}

fn both_sides(path: &str, lines: &[AdjustmentLine]) -> Result<(), Refused> {
    let side = |path: String, item: &AdjustedItem| {
        text(&format!("{path}.sku"), &item.sku)?;
        optional(&format!("{path}.specification"), item.specification.as_ref())?;
        optional(&format!("{path}.barcode"), item.barcode.as_ref())?;
        extras(&format!("{path}.extras"), &item.extras)
    };
    each(path, lines, |at, line| {
        side(at("from"), &line.from)?;
        side(at("to"), &line.to)
    })
}

fn each<T>(
    path: &str,
    lines: &[T],
    check: impl Fn(&dyn Fn(&str) -> String, &T) -> Result<(), Refused>,
) -> Result<(), Refused> {
    lines.iter().enumerate().try_for_each(|(place, line)| check(&|field| format!("{path}[{place}].{field}"), line))
}

fn optional(path: &str, field: Option<&String>) -> Result<(), Refused> {
    field.map_or(Ok(()), |field| text(path, field))
}

fn extras(path: &str, extras: &[(String, String)]) -> Result<(), Refused> {
    // In JSON such a character may be escaped, as two halves.
    let read = |json: &str| crate::json::words(json).unwrap_or_else(|_| json.to_owned());
    extras.iter().try_for_each(|(name, json)| text(&format!("{path}.{name}"), &read(json)))
}

fn text(path: &str, text: &str) -> Result<(), Refused> {
    match text.chars().find(|character| u32::from(*character) > 0xffff) {
        None => Ok(()),
        Some(character) => Err(Refused::invalid(
            path,
            format!(
                "`{character}` (U+{:X}) is beyond the characters that the provider can store; its write would fail in the middle",
                u32::from(character)
            ),
        )),
    }
}
