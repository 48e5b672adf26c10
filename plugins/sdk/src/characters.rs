//! Characters that a provider cannot store: those beyond U+FFFF, such as emoji, on which a write of Wangdiantong's fails
//! halfway. An order with such a character is refused before anything is sent.

use crate::{AdjustmentOrder, CountLine, OccupationOrder, Refused, TransferOrder};

/// Refuses a transfer with such a character, by the text's path.
///
/// # Errors
/// A text has such a character.
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

/// Refuses a count with such a character, by the text's path.
///
/// # Errors
/// A text has such a character.
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

/// Refuses an occupation with such a character, by the text's path.
///
/// # Errors
/// A text has such a character.
pub fn of_occupation(order: &OccupationOrder) -> Result<(), Refused> {
    text("document", &order.document)?;
    optional("owner", order.owner.as_ref())?;
    optional("warehouse", order.warehouse.as_ref())?;
    optional("remark", order.remark.as_ref())?;
    extras("extras", &order.extras)?;
    each("lines", &order.lines, |at, line| {
        text(&at("sku"), &line.sku)?;
        for (field, field_text) in [
            ("line", &line.line),
            ("batch", &line.batch),
            ("lot", &line.lot),
            ("serial", &line.serial),
            ("provider-item", &line.provider_item),
            ("pool", &line.pool),
            ("to-pool", &line.to_pool),
        ] {
            optional(&at(field), field_text.as_ref())?;
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
    // In JSON such a character may be escaped, as a surrogate pair.
    let read = |json: &str| crate::json::words(json).unwrap_or_else(|_| json.to_owned());
    extras.iter().try_for_each(|(name, json)| text(&format!("{path}.{name}"), &read(json)))
}

fn text(path: &str, text: &str) -> Result<(), Refused> {
    match text.chars().find(|character| u32::from(*character) > 0xffff) {
        None => Ok(()),
        Some(character) => Err(Refused::invalid(
            path,
            format!(
                "`{character}` (U+{:X}) cannot be stored by the provider; its write would fail halfway",
                u32::from(character)
            ),
        )),
    }
}
