//! Characters that a provider cannot store: those beyond U+FFFF, such as emoji, on which a write of Wangdiantong's fails in the
//! middle. An order that has one is refused before anything is sent.

use crate::{AdjustmentOrder, CountLine, OccupationOrder, Refused, TransferOrder};

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

/// The same of a count.
///
/// # Errors
/// A text has one.
pub fn of_count(order: &AdjustmentOrder, lines: &[CountLine]) -> Result<(), Refused> {
    text("warehouse", &order.warehouse)?;
    optional("remark", order.remark.as_ref())?;
    extras("extras", &order.extras)?;
    each("adjustment.count", lines, |at, line| {
        text(&at("sku"), &line.sku)?;
        optional(&at("position"), line.position.as_ref())?;
        optional(&at("batch"), line.batch.as_ref())?;
        optional(&at("remark"), line.remark.as_ref())?;
        extras(&at("extras"), &line.extras)
    })
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
