//! A component that signs any parameters of a query as the connector for Wangdiantong's flagship edition does.
//!
//! The vectors that the vendor's clients publish belong to no method of the connector. This component lets the connector's
//! signing module compute them, in the sandbox, under a secret that only the host has.

use stockbridge_connector::{
    Connector, Descriptor, Error, ErrorClass, Host, OperationSupport, SecretNeed, StockPage, StockQuery,
};

// The connector's own module, included as source: its crate exports the contract, and so does this one.
#[path = "../../../../plugins/wdt-flagship/src/signing.rs"]
pub mod signing;

/// Answers a query with the extra `parameters`, a list of pairs of texts, with the extra `sign`.
#[derive(Debug)]
pub struct Signs;

impl Connector for Signs {
    fn describe() -> Descriptor {
        Descriptor {
            provider: "signs-wdt-flagship".into(),
            title: "Signs as wdt-flagship does".into(),
            settings: vec![],
            secrets: vec![SecretNeed::for_signing("secret", "What is signed with.")],
            application: vec![],
            origins: vec![],
            requests_per_minute: None,
        }
    }

    fn operations(_: &impl Host) -> Vec<OperationSupport> {
        vec![OperationSupport::blind("query", "sign")]
    }

    fn check(_: &impl Host) -> Result<(), Error> {
        Ok(())
    }

    fn query(host: &impl Host, request: StockQuery) -> Result<StockPage, Error> {
        let given = request.extras.iter().find(|(name, _)| name == "parameters");
        let parameters: Vec<(String, String)> = given
            .and_then(|(_, json)| serde_json::from_str(json).ok())
            .ok_or_else(|| Error::new(ErrorClass::InvalidRequest, "no pairs of texts").at("extras.parameters"))?;
        let parameters: Vec<_> = parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();

        let sign = signing::sign(host, host.required_secret("secret")?, &parameters)?;
        let extras = vec![("sign".to_owned(), format!("\"{sign}\""))];
        Ok(StockPage { levels: vec![], next: None, total: None, extras })
    }
}

stockbridge_connector::export!(Signs);
