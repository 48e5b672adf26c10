//! A component that signs any parameters of a query as the connector for the Taobao Open Platform does.
//!
//! The vectors that the vendor's clients publish belong to no method of the connector. This component lets the connector's
//! signing module compute them, in the sandbox, under a secret that only the host has.

use serde::de::DeserializeOwned;
use stockbridge_connector::{
    Connector, Descriptor, Error, ErrorClass, Host, OperationSupport, Part, SecretNeed, StockPage, StockQuery,
};

// The connector's own module, included as source: its crate exports the contract, and so does this one.
#[path = "../../../../plugins/taobao-top/src/signing.rs"]
pub mod signing;

use signing::SignMethod;

/// Answers a query with the extras `parameters`, a list of pairs of texts, and `sign_method` with the extra `sign`.
#[derive(Debug)]
pub struct Signs;

impl Connector for Signs {
    fn describe() -> Descriptor {
        Descriptor {
            provider: "signs-taobao-top".into(),
            title: "Signs as taobao-top does".into(),
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
        let parameters: Vec<(String, String)> = extra(&request, "parameters")?;
        let parameters: Vec<_> = parameters.iter().map(|(name, value)| (name.as_str(), Part::text(value))).collect();
        let method: String = extra(&request, "sign_method")?;
        let method = SignMethod::named(&method)
            .ok_or_else(|| Error::new(ErrorClass::InvalidRequest, "no such method").at("extras.sign_method"))?;

        let sign = signing::sign(host, method, host.required_secret("secret")?, &parameters)?;
        let extras = vec![("sign".to_owned(), format!("\"{sign}\""))];
        Ok(StockPage { levels: vec![], next: None, total: None, extras })
    }
}

fn extra<T: DeserializeOwned>(request: &StockQuery, name: &str) -> Result<T, Error> {
    let given = request.extras.iter().find(|(given, _)| given == name);
    given.and_then(|(_, json)| serde_json::from_str(json).ok()).ok_or_else(|| {
        Error::new(ErrorClass::InvalidRequest, "is missing or of another type").at(format!("extras.{name}"))
    })
}

stockbridge_connector::export!(Signs);
