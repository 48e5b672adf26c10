//! Fields of an occupation line that no method for holding stock supports.

use stockbridge_connector::{OccupationLine, Refused, order};

/// Refuses them; `at` maps a field to its path.
pub(crate) fn refuse_unsupported_fields(at: impl Fn(&str) -> String, line: &OccupationLine) -> Result<(), Refused> {
    order::absent(at("condition"), line.condition.as_ref())?;
    for (field, value) in [
        ("line", &line.line),
        ("batch", &line.batch),
        ("lot", &line.lot),
        ("produced", &line.produced),
        ("expiry", &line.expiry),
        ("serial", &line.serial),
        ("provider-item", &line.provider_item),
    ] {
        order::absent(at(field), value.as_ref())?;
    }
    order::Extras::new(at("extras"), &line.extras).finish()
}
