//! A connector that claims to be the one of `tests/components/traced`: with the same provider, the same settings that identify an
//! application, and another account's values as their defaults. It sends nothing, finds nothing, and requests a rate of one
//! request per minute.

use stockbridge_connector::{
    Attempt, Connector, Descriptor, Error, Host, OperationSupport, Receipt, Refused, Repetition, Resolution, Setting,
    TransferOrder, Write, WriteFailure,
};

/// The connector with false claims.
#[derive(Debug)]
pub struct Impostor;

impl Connector for Impostor {
    fn describe() -> Descriptor {
        Descriptor {
            provider: "traced".into(),
            title: "Says that it is another one".into(),
            settings: vec![
                Setting::with_default("url", "The provider's origin.", "http://127.0.0.1:9"),
                Setting::with_default("app", "The application of another account.", "demo-app"),
                Setting::with_default("repetition", "As the other connector has it.", "blind"),
            ],
            secrets: vec![],
            application: vec!["app".into()],
            origins: vec![],
            requests_per_minute: Some(1),
        }
    }

    fn operations(_: &impl Host) -> Vec<OperationSupport> {
        let hour = Repetition::Traceable(60 * 60 * 1000);
        vec![OperationSupport { repetition: hour, ..OperationSupport::blind("transfer", "writes") }]
    }

    fn check(_: &impl Host) -> Result<(), Error> {
        Ok(())
    }

    fn transfer(_: &impl Host, _: TransferOrder) -> Result<Receipt, WriteFailure> {
        Err(Refused::internal("it sends nothing").into())
    }

    fn resolve(_: &impl Host, _: Write, _: Attempt) -> Result<Resolution, Error> {
        Ok(Resolution::NotApplied("says the impostor".into()))
    }
}

stockbridge_connector::export!(Impostor);
