//! Request of both components, signed as in the connector.

use stockbridge_connector::{Descriptor, Effect, Error, Host, SecretNeed, Setting, StockQuery};

use crate::openapi;

pub(crate) const METHOD: &str = "stock_query_detail";

pub(crate) fn descriptor(provider: &str) -> Descriptor {
    Descriptor {
        provider: provider.into(),
        title: "One query of Wangdiantong's enterprise edition".into(),
        settings: vec![
            Setting::required("sid", "The seller account."),
            Setting::required("appkey", "The interface account."),
            Setting::required("url", "The gateway."),
        ],
        secrets: vec![SecretNeed::for_signing("secret", "The appsecret of the interface account.")],
        application: vec!["sid".into(), "appkey".into()],
        origins: vec![],
        requests_per_minute: None,
    }
}

/// Provider's answer with the stock of the requested item.
pub(crate) fn ask(host: &impl Host, request: &StockQuery) -> Result<String, Error> {
    let form = [
        ("spec_no", request.skus.first().map_or("", String::as_str)),
        ("is_deleted", "1"),
        ("page_size", "100"),
        ("page_no", "0"),
    ];
    Ok(openapi::send(host, METHOD, Effect::Read, &form)?)
}
