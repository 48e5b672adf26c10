//! Hosts with an account, and inspection of requests.

use stockbridge_connector::china_time;
use stockbridge_connector::native::{NativeHost, SentRequest};

/// 2023-11-15 06:13:20 in Asia/Shanghai.
pub(crate) const NOW: i64 = 1_700_000_000_000;

pub(crate) fn account(host: NativeHost) -> NativeHost {
    host.setting("sid", "demo-sid")
        .setting("appkey", "demo-key")
        .setting("url", "https://wdt.example/openapi2")
        .setting("since", "2023-11-01")
        .secret("secret", "demo-secret")
        .at(NOW)
}

/// A host that sends nothing, with this value of the setting `since`.
pub(crate) fn since(day: Option<&str>) -> NativeHost {
    let host = NativeHost::without_http().setting("sid", "demo-sid").at(NOW);
    match day {
        Some(day) => host.setting("since", day),
        None => host,
    }
}

/// Answers every request with this JSON.
pub(crate) fn answering(json: &str) -> NativeHost {
    account(NativeHost::answering(json))
}

/// Answers the requests with these, in order.
pub(crate) fn answering_in_turn(answers: Vec<String>) -> NativeHost {
    account(NativeHost::answering_in_turn(answers))
}

/// The form in its order, without the common parameters.
pub(crate) fn business(request: &SentRequest) -> Vec<(String, String)> {
    let is_common = |name: &str| ["sid", "appkey", "timestamp", "sign"].contains(&name);
    request.form().into_iter().filter(|(name, _)| !is_common(name)).collect()
}

pub(crate) fn china_time(time: &str) -> i64 {
    china_time::parse(time).unwrap()
}

pub(crate) fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
