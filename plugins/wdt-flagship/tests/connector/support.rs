//! Hosts with an account, and inspection of requests.

use std::cell::RefCell;
use std::collections::BTreeMap;

use stockbridge_connector::native::{NativeHost, SentRequest};
use stockbridge_connector::{Error, Response, WriteFailure, china_time};

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
    let answers = RefCell::new(answers.into_iter());
    account(NativeHost::new(move |_| {
        Ok(Response {
            status: 200,
            headers: vec![],
            body: answers.borrow_mut().next().expect("one answer more").into_bytes(),
        })
    }))
}

/// Answers with this HTTP status.
pub(crate) fn status(status: u16, body: &str) -> NativeHost {
    let body = body.as_bytes().to_vec();
    account(NativeHost::new(move |_| Ok(Response { status, headers: vec![], body: body.clone() })))
}

/// The only request sent.
pub(crate) fn only(host: &NativeHost) -> SentRequest {
    let mut sent = host.sent();
    assert_eq!(sent.len(), 1, "{sent:#?}");
    sent.remove(0)
}

pub(crate) fn body(request: &SentRequest) -> String {
    String::from_utf8(request.body.clone()).unwrap()
}

/// The parameters of a query string that needs no decoding.
pub(crate) fn parameters(request: &SentRequest) -> BTreeMap<String, String> {
    let pair = |pair: &str| pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    request.query.split('&').map(|text| pair(text).unwrap()).collect()
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

pub(crate) fn extras(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, json)| ((*name).to_owned(), (*json).to_owned())).collect()
}
