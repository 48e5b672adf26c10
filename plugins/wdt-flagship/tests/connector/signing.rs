use stockbridge_connector::native::NativeHost;
use stockbridge_connector::{Connector, Host, StockQuery};
use stockbridge_wdt_flagship::{WdtFlagship, signing};

use crate::support;

fn signed(secret: &str, parameters: &[(&str, &str)]) -> String {
    let host = NativeHost::without_http().secret("secret", secret);
    let secret = Host::secret(&host, "secret").unwrap();
    signing::sign(&host, secret, parameters).unwrap()
}

#[test]
fn the_published_vectors_verify() {
    assert_eq!(signed("s", &[("b", "2"), ("a", "1")]), "5ee29085af57d942f21f1c5ba3c2a90a");
    assert_eq!(signed("testsecret", &[("c", "b2c"), ("b", "1")]), "4176bfbb890d63280f137053be381691");
    let now = [
        ("sid", "wdtapi3"),
        ("key", "wdt_test"),
        ("salt", "dd"),
        ("method", "system.Core.now"),
        ("v", "1.0"),
        ("timestamp", "100"),
        ("body", "[]"),
    ];
    assert_eq!(signed("aa", &now), "b5745bf1f4721a0d16e9a68cb7513032");
}

#[test]
fn a_sign_among_the_parameters_is_passed_over() {
    assert_eq!(signed("s", &[("a", "1"), ("sign", "anything")]), "585b98956d9738edec5cbd8443f7a228");
}

/// The signatures were computed by a short program in another language.
#[test]
fn whole_requests_are_signed_over_the_exact_body() {
    let host = support::answering(r#"{"status":0,"data":{"total_count":0,"detail_list":[]}}"#);
    let query = StockQuery {
        warehouse: Some("1002".into()),
        skus: vec!["货品".into(), "test".into()],
        ..crate::query::everything()
    };
    WdtFlagship::query(&host, query).unwrap();
    let sent = host.only_sent();
    assert_eq!(sent.text(), r#"[{"spec_nos":["货品","test"],"warehouse_no":"1002"}]"#);
    assert_eq!(sent.parameters()["sign"], "d56430287795d882ef4c35ba251f2060");

    let host = support::answering(r#"{"status":0,"data":{"transfer_no":"TF1"}}"#);
    WdtFlagship::transfer(&host, crate::transfer::page_example()).unwrap();
    assert_eq!(host.only_sent().parameters()["sign"], "8089c0324db48e0c3aea2d08b79d98f4");
}
