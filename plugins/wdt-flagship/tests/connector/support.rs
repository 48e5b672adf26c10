//! Hosts with an account.

use stockbridge_connector::china_time;
use stockbridge_connector::native::NativeHost;

/// 2023-11-15 06:13:20 in Asia/Shanghai.
pub(crate) const NOW: i64 = 1_700_000_000_000;

pub(crate) fn account(host: NativeHost) -> NativeHost {
    host.setting("sid", "demo-sid")
        .setting("key", "demo-key")
        .setting("salt", "demo-salt")
        .setting("url", "http://wdt.example/openapi")
        .setting("since", "2012-01-01")
        .secret("secret", "demo-secret")
        .at(NOW)
}

/// Answers every request with this JSON.
pub(crate) fn answering(json: &str) -> NativeHost {
    account(NativeHost::answering(json))
}

/// Answers the requests with these, in order.
pub(crate) fn answering_in_turn(answers: Vec<String>) -> NativeHost {
    account(NativeHost::answering_in_turn(answers))
}

pub(crate) fn china_time(time: &str) -> i64 {
    china_time::parse(time).unwrap()
}

pub(crate) fn extras(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, json)| ((*name).to_owned(), (*json).to_owned())).collect()
}
