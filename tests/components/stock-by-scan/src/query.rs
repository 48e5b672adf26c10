//! What both ways to read an answer share: the request, signed as the connector signs it.

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

/// The provider's answer on the stock of the item that is asked for.
pub(crate) fn ask(host: &impl Host, request: &StockQuery) -> Result<String, Error> {
    let form = [
        ("spec_no", request.skus.first().map_or("", String::as_str)),
        ("is_deleted", "1"),
        ("page_size", "100"),
        ("page_no", "0"),
    ];
    Ok(openapi::send(host, METHOD, Effect::Read, &form)?)
}
