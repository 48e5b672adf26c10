//! Signing component: it signs arbitrary query parameters with the algorithm of the connector that its account names.
//!
//! Vectors published with the vendors' clients belong to no method of a connector, or to one that sends other parameters too.
//! This component has the connectors' signing modules compute them, in the sandbox, under a secret that only the host has.

use serde::de::DeserializeOwned;
use stockbridge_connector::{
    Connector, Descriptor, Error, ErrorClass, Host, OperationSupport, Part, SecretNeed, Setting, StockPage, StockQuery,
};

// Connector modules, included as source: their crates export the contract, and so does this one.
#[path = "../../../../plugins/taobao-top/src/signing.rs"]
pub mod taobao_top;
#[path = "../../../../plugins/wdt-enterprise/src/signing.rs"]
pub mod wdt_enterprise;
#[path = "../../../../plugins/wdt-flagship/src/signing.rs"]
pub mod wdt_flagship;

use taobao_top::SignMethod;

/// Connector whose query takes the extra `parameters`, a list of pairs of texts, and returns the extra `sign`. TOP's signature
/// also needs the extra `sign_method`.
#[derive(Debug)]
pub struct Signs;

impl Connector for Signs {
    fn describe() -> Descriptor {
        Descriptor {
            provider: "signs".into(),
            title: "Signatures of a connector".into(),
            settings: vec![Setting::required("as", "The connector's name.")],
            secrets: vec![SecretNeed::for_signing("secret", "The signing secret.")],
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
        let parameters: Vec<_> = parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let secret = host.required_secret("secret")?;
        let sign = match host.required_setting("as")?.as_str() {
            "wdt-flagship" => wdt_flagship::sign(host, secret, &parameters)?,
            "wdt-enterprise" => wdt_enterprise::sign(host, secret, &parameters)?,
            "taobao-top" => {
                let method: String = extra(&request, "sign_method")?;
                let method = SignMethod::named(&method)
                    .ok_or_else(|| Error::new(ErrorClass::InvalidRequest, "no such method").at("extras.sign_method"))?;
                let parts: Vec<_> = parameters.iter().map(|(name, value)| (*name, Part::text(value))).collect();
                taobao_top::sign(host, method, secret, &parts)?
            }
            _ => return Err(Error::new(ErrorClass::InvalidRequest, "no such connector").at("settings.as")),
        };
        let extras = vec![("sign".to_owned(), format!("\"{sign}\""))];
        Ok(StockPage { levels: vec![], next: None, total: None, extras })
    }
}

fn extra<T: DeserializeOwned>(request: &StockQuery, name: &str) -> Result<T, Error> {
    let found = request.extras.iter().find(|(key, _)| key == name);
    found.and_then(|(_, json)| serde_json::from_str(json).ok()).ok_or_else(|| {
        Error::new(ErrorClass::InvalidRequest, "is missing or of another type").at(format!("extras.{name}"))
    })
}

stockbridge_connector::export!(Signs);
