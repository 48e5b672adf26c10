//! The connector of a made-up provider that keeps every write under the caller's reference and reports its state.
//!
//! A setting states how a write may be repeated, so that one component stands for the three kinds of provider. The provider
//! itself is `stockbridge_tests::Traced`; `wire` is its protocol.

mod look_up;
mod wire;

use stockbridge_connector::{
    Adjustment, AdjustmentOrder, Attempt, Connector, Descriptor, Error, Host, OccupationOrder, OperationSupport,
    Progress, Receipt, Refused, Repetition, Resolution, Setting, TransferOrder, Write, WriteFailure,
};

/// The connector of the made-up provider.
#[derive(Debug)]
pub struct Traced;

/// The provider's operations, by their names in the contract.
const OPERATIONS: [&str; 3] = ["transfer", "adjust.count", "occupy"];

impl Connector for Traced {
    fn describe() -> Descriptor {
        Descriptor {
            provider: "traced".into(),
            title: "Keeps every write under its reference".into(),
            settings: vec![
                Setting::required("url", "The provider's origin."),
                Setting::required("app", "The application: references are its own, and so are its rate limits."),
                Setting::with_default("repetition", "`deduplicated`, `traceable` or `blind`.", "blind"),
                Setting::with_default("window-ms", "For how long the provider keeps a reference.", "3600000"),
                Setting::with_default(
                    "settles-ms",
                    "How long it takes at most until a write can be looked up: before that, its absence says nothing.",
                    "0",
                ),
            ],
            secrets: vec![],
            application: vec!["app".into()],
            origins: vec![],
            requests_per_minute: None,
        }
    }

    /// With an unreadable setting nothing is promised about the provider: [`Traced::check`] reports it.
    fn operations(host: &impl Host) -> Vec<OperationSupport> {
        let repetition = repetition(host).unwrap_or(Repetition::Blind);
        let support = |operation| OperationSupport { repetition, ..OperationSupport::blind(operation, "writes") };
        OPERATIONS.map(support).to_vec()
    }

    fn check(host: &impl Host) -> Result<(), Error> {
        repetition(host)?;
        milliseconds(host, "settles-ms")?;
        Ok(())
    }

    fn transfer(host: &impl Host, order: TransferOrder) -> Result<Receipt, WriteFailure> {
        write(host, "transfer", &order.reference, order.lines.len())
    }

    fn adjust(host: &impl Host, order: AdjustmentOrder) -> Result<Receipt, WriteFailure> {
        let Adjustment::Count(lines) = &order.adjustment else {
            return Err(Refused::unsupported("adjustment", "the provider adjusts stock by counts alone").into());
        };
        write(host, "adjust.count", &order.reference, lines.len())
    }

    fn occupy(host: &impl Host, order: OccupationOrder) -> Result<Receipt, WriteFailure> {
        write(host, "occupy", &order.reference, order.lines.len())
    }

    fn resolve(host: &impl Host, write: Write, attempt: Attempt) -> Result<Resolution, Error> {
        let reference = match &write {
            Write::Transfer(order) => &order.reference,
            Write::Adjust(order) => &order.reference,
            Write::Occupy(order) => &order.reference,
        };
        let key = attempt.key.as_ref().unwrap_or(reference);
        if matches!(repetition(host)?, Repetition::Blind) {
            return Ok(Resolution::CannotTell(format!("look for {key} in the provider's own list of writes")));
        }
        look_up::resolve(host, key, &attempt)
    }
}

fn write(host: &impl Host, operation: &str, reference: &str, lines: usize) -> Result<Receipt, WriteFailure> {
    let taken = wire::write(host, &wire::Order { operation, reference, lines })?;
    Ok(receipt(taken.document, Some(taken.repeated)))
}

/// The provider applies a write before it answers.
fn receipt(document: String, repeated: Option<bool>) -> Receipt {
    Receipt { document: Some(document), progress: Progress::Done, failed: vec![], repeated, extras: vec![] }
}

fn repetition(host: &impl Host) -> Result<Repetition, Refused> {
    let window = milliseconds(host, "window-ms")?;
    match host.required_setting("repetition")?.as_str() {
        "deduplicated" => Ok(Repetition::Deduplicated(window)),
        "traceable" => Ok(Repetition::Traceable(window)),
        "blind" => Ok(Repetition::Blind),
        other => Err(Refused::wrong_setting("repetition", format!("`{other}` is not one of the three"))),
    }
}

fn milliseconds(host: &impl Host, name: &str) -> Result<u64, Refused> {
    host.required_setting(name)?.parse().map_err(|error| Refused::wrong_setting(name, error))
}

stockbridge_connector::export!(Traced);
