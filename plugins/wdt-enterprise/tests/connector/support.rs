//! Hosts with an account, and inspection of requests.

use std::cell::RefCell;

use stockbridge_connector::native::{NativeHost, SentRequest};
use stockbridge_connector::{Error, Response, WriteFailure, china_time};

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
    let answers = RefCell::new(answers.into_iter());
    account(NativeHost::new(move |_| {
        Ok(Response {
            status: 200,
            headers: vec![],
            body: answers.borrow_mut().next().expect("one answer more").into_bytes(),
        })
    }))
}

/// The only request sent.
pub(crate) fn only(host: &NativeHost) -> SentRequest {
    let mut sent = host.sent();
    assert_eq!(sent.len(), 1, "{sent:#?}");
    sent.remove(0)
}

/// The form in its order, without the common parameters.
pub(crate) fn business(request: &SentRequest) -> Vec<(String, String)> {
    form(request)
        .into_iter()
        .filter(|(name, _)| !["sid", "appkey", "timestamp", "sign"].contains(&name.as_str()))
        .collect()
}

/// The form in its order.
pub(crate) fn form(request: &SentRequest) -> Vec<(String, String)> {
    let body = std::str::from_utf8(&request.body).unwrap();
    body.split('&')
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

pub(crate) fn field(request: &SentRequest, name: &str) -> Option<String> {
    form(request).into_iter().find(|(given, _)| given == name).map(|(_, value)| value)
}

/// Decodes application/x-www-form-urlencoded.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            other => other,
        });
    }
    String::from_utf8(bytes).unwrap()
}

pub(crate) fn china_time(time: &str) -> i64 {
    china_time::parse(time).unwrap()
}

/// The path of a refusal before anything was sent.
pub(crate) fn refused_at(host: &NativeHost, failure: WriteFailure) -> String {
    let WriteFailure::NotApplied(error) = failure else { panic!("{failure:?}") };
    refused_query_at(host, error)
}

pub(crate) fn refused_query_at(host: &NativeHost, error: Error) -> String {
    assert!(host.sent().is_empty(), "nothing may be sent: {error:?}");
    error.path.unwrap_or_else(|| panic!("a refusal names its place: {}", error.message))
}

pub(crate) fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
