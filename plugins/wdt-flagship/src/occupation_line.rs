//! What neither of the methods that hold stock has a field for.

use stockbridge_connector::{OccupationLine, Refused, order};

/// Refuses it, by the path that `at` makes of a field.
pub(crate) fn refuse_what_no_method_carries(at: impl Fn(&str) -> String, line: &OccupationLine) -> Result<(), Refused> {
    order::absent(at("condition"), line.condition.as_ref())?;
    for (field, given) in [
        ("line", &line.line),
        ("batch", &line.batch),
        ("lot", &line.lot),
        ("produced", &line.produced),
        ("expiry", &line.expiry),
        ("serial", &line.serial),
        ("provider-item", &line.provider_item),
    ] {
        order::absent(at(field), given.as_ref())?;
    }
    order::Extras::new(at("extras"), &line.extras).finish()
}
