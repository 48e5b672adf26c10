//! Signature vectors that a connector satisfies, and others: the report of each difference.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stockbridge::gate;
use stockbridge::{AccountConfig, Config, Host};
use stockbridge_tests::{Log, Provider, account_at, hostile_guest};
use tokio::net::TcpListener;

use crate::component::{bare, with_vectors};

/// The vectors of a shipped connector.
fn shipped(provider: Provider) -> Vec<Value> {
    let text = match provider {
        Provider::WdtFlagship => include_str!("../../plugins/wdt-flagship/vectors.json"),
        Provider::WdtEnterprise => include_str!("../../plugins/wdt-enterprise/vectors.json"),
        Provider::TaobaoTop => include_str!("../../plugins/taobao-top/vectors.json"),
        Provider::Winit => include_str!("../../plugins/winit/vectors.json"),
    };
    serde_json::from_str(text).unwrap()
}

/// A vector with one request, after a change.
fn changed(change: impl FnOnce(&mut Value)) -> Value {
    let mut vector = shipped(Provider::TaobaoTop).swap_remove(0);
    vector["name"] = json!("changed");
    change(&mut vector);
    vector
}

/// The difference for which a connector is refused.
async fn difference(provider: Provider, vectors: &[Value]) -> String {
    let report = gate::check(with_vectors(bare(provider.name()), vectors)).await.unwrap();
    let error = report.error.expect("a difference");
    assert_eq!(error.code(), "component.vectors", "{error}");
    let text = error.to_string();
    let inside = text
        .strip_prefix("component (in memory): differs from its signature vector `changed`: ")
        .and_then(|rest| rest.strip_suffix("; this version does not serve"));
    inside.unwrap_or_else(|| panic!("{text}")).to_owned()
}

async fn of_top(change: impl FnOnce(&mut Value)) -> String {
    difference(Provider::TaobaoTop, &[changed(change)]).await
}

fn replaced(text: &mut Value, from: &str, to: &str) {
    let before = text.as_str().unwrap();
    assert!(before.contains(from), "{before}");
    *text = json!(before.replacen(from, to, 1));
}

#[tokio::test]
async fn a_connector_serves_with_its_vectors_and_not_with_those_of_another() {
    for provider in Provider::ALL {
        let report = gate::check(with_vectors(bare(provider.name()), &shipped(provider))).await.unwrap();
        assert!(report.serves(), "{:?}", report.error);
    }
    let report = gate::check(with_vectors(bare("winit"), &shipped(Provider::TaobaoTop))).await.unwrap();
    let said = report.error.unwrap().to_string();
    assert!(said.contains("its account does not fit: "), "{said}");
}

#[tokio::test]
async fn another_address_is_told_with_the_place_where_it_parts() {
    assert_eq!(
        of_top(|vector| replaced(&mut vector["requests"][0]["url"], "/rest", "/test")).await,
        "request 1: url differs at byte 31: expected `….example.com/router/test`, got `….example.com/router/rest`"
    );
}

#[tokio::test]
async fn what_goes_to_an_origin_that_no_vector_names_is_refused_by_the_host() {
    let said = of_top(|vector| replaced(&mut vector["requests"][0]["url"], "eco.", "echo.")).await;
    assert!(said.starts_with("no request was sent, expected 1, and the call failed: "), "{said}");
    assert!(said.contains("https://eco.example.com was not granted"), "{said}");
}

#[tokio::test]
async fn a_header_that_is_another_or_missing_is_told() {
    assert_eq!(
        of_top(|vector| vector["requests"][0]["headers"]["content-type"] = json!("application/json")).await,
        "request 1: header `content-type` differs at byte 12: expected `application/json`, got \
         `application/x-www-form-urlencoded;charset=UTF-8`"
    );
    assert_eq!(
        of_top(|vector| vector["requests"][0]["headers"]["X-Other"] = json!("1")).await,
        "request 1: header `X-Other` is missing"
    );
}

#[tokio::test]
async fn another_body_is_told_with_the_byte_at_which_it_parts() {
    assert_eq!(
        of_top(|vector| replaced(&mut vector["requests"][0]["body"], "app_key=vector-key", "app_key=vector-kez")).await,
        "request 1: body differs at byte 72: expected `…te&app_key=vector-kez&timestamp=2026-11-22+01%3A30%3A05&form…`, got \
         `…te&app_key=vector-key&timestamp=2026-11-22+01%3A30%3A05&form…`"
    );
}

#[tokio::test]
async fn another_method_and_another_effect_are_told() {
    assert_eq!(
        of_top(|vector| vector["requests"][0]["method"] = json!("PUT")).await,
        "request 1: method differs at byte 1: expected `PUT`, got `POST`"
    );
    assert_eq!(
        of_top(|vector| vector["requests"][0]["effect"] = json!("read")).await,
        "request 1: it was sent as a write, expected a read"
    );
}

#[tokio::test]
async fn more_and_fewer_requests_than_there_should_be_are_told() {
    let more = |vector: &mut Value| {
        let request = vector["requests"][0].clone();
        vector["requests"].as_array_mut().unwrap().push(request);
    };
    assert_eq!(of_top(more).await, "1 request was sent, expected 2");
    // A query of three requests, two of which are in the vector.
    let mut pages = shipped(Provider::WdtFlagship).swap_remove(0);
    pages["name"] = json!("changed");
    pages["requests"].as_array_mut().unwrap().pop();
    let said = difference(Provider::WdtFlagship, &[pages]).await;
    assert!(said.starts_with("3 requests were sent, expected 2, and the call failed: "), "{said}");
}

#[tokio::test]
async fn a_vector_may_end_at_a_request_without_an_answer() {
    let vector = changed(|vector| {
        vector["requests"][0].as_object_mut().unwrap().remove("answer");
    });
    let report = gate::check(with_vectors(bare("taobao-top"), &[vector])).await.unwrap();
    assert!(report.serves(), "{:?}", report.error);
}

#[tokio::test]
async fn no_secret_of_a_vector_is_told() {
    let said = of_top(|vector| vector["secrets"]["session"] = json!("another-session-altogether")).await;
    assert!(said.contains("sign="), "{said}");
    let vector = changed(|vector| replaced(&mut vector["requests"][0]["body"], "&session=", "&session=1"));
    let said = difference(Provider::TaobaoTop, &[vector]).await;
    assert!(said.contains("[redacted]") && !said.contains("vector+session"), "{said}");
}

fn refused_as(class: &str, path: Option<&str>) -> Value {
    changed(|vector| {
        vector.as_object_mut().unwrap().remove("requests");
        vector["order"]["reason"] = json!("stocktake");
        vector["refused"] = json!({"class": class, "path": path});
    })
}

#[tokio::test]
async fn an_order_that_has_to_be_refused_is_refused_for_that_reason() {
    let report = with_vectors(bare("taobao-top"), &[refused_as("unsupported", Some("reason"))]);
    assert!(gate::check(report).await.unwrap().serves());
    let of = async |vector| difference(Provider::TaobaoTop, &[vector]).await;
    let said = of(refused_as("invalid-request", Some("reason"))).await;
    assert!(said.starts_with("the order was refused as unsupported, expected invalid-request: "), "{said}");
    let said = of(refused_as("unsupported", None)).await;
    assert!(said.starts_with("the order was refused at `reason`, expected no field: "), "{said}");
}

#[tokio::test]
async fn an_order_that_has_to_be_refused_and_is_sent_is_told() {
    let sent = changed(|vector| {
        vector.as_object_mut().unwrap().remove("requests");
        vector["refused"] = json!({"class": "unsupported"});
    });
    let mut first = shipped(Provider::TaobaoTop).swap_remove(0);
    first["name"] = json!("names the origin");
    assert_eq!(
        difference(Provider::TaobaoTop, &[first, sent]).await,
        "1 request was sent; the order had to be refused with nothing sent"
    );
}

#[tokio::test]
async fn what_has_to_differ_and_is_the_same_is_told() {
    let first = shipped(Provider::TaobaoTop).swap_remove(0);
    let same = changed(|vector| {
        let name = first["name"].clone();
        vector.as_object_mut().unwrap().remove("requests");
        vector["differs-from"] = name;
    });
    assert_eq!(
        difference(Provider::TaobaoTop, &[first.clone(), same.clone()]).await,
        "request 1 is the same as that of `the page's example, md5, with a session`; it must differ"
    );
    let mut other = same;
    other["secrets"]["secret"] = json!("another");
    assert!(gate::check(with_vectors(bare("taobao-top"), &[first, other])).await.unwrap().serves());
}

/// A guest of the hostile suite, with a vector that queries a page.
fn guest(name: &str) -> Vec<u8> {
    let vector = json!({
        "name": "changed", "clock": "2026-11-21T17:30:05Z", "operation": "query", "order": {"skus": ["a"]},
        "requests": [{"method": "POST", "url": "https://a.example.com/", "effect": "read"}]
    });
    with_vectors(std::fs::read(hostile_guest(name)).unwrap(), &[vector])
}

#[tokio::test]
async fn a_component_that_does_not_end_is_ended_with_the_time_for_its_vectors() {
    for name in ["spin-in-query", "spin-in-operations"] {
        let begun = Instant::now();
        let error = gate::check(guest(name)).await.unwrap().error.unwrap();
        assert_eq!(error.code(), "component.vectors");
        assert_eq!(
            error.to_string(),
            "component (in memory): was at its signature vector `changed` when the time for all of them was up, 2000 ms; \
             this version does not serve",
            "{name}"
        );
        // The time limit is two seconds; the rest is for compiling, and for a busy machine.
        assert!(begun.elapsed() < Duration::from_secs(20), "{name}: {:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn a_component_that_traps_over_a_vector_does_not_serve() {
    let error = gate::check(guest("trap-in-query")).await.unwrap().error.unwrap();
    assert!(error.to_string().contains("`changed`: account `vector `changed``: the connector trapped: "), "{error}");
}

/// The vector's address has a listener, which the account's host could reach.
#[tokio::test]
async fn vectors_run_without_a_network() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let vector = changed(|vector| {
        vector["settings"]["url"] = json!(format!("{origin}/router/rest"));
        vector["requests"][0]["url"] = json!(format!("{origin}/router/rest"));
    });
    let component = with_vectors(bare("taobao-top"), &[vector]);
    let account = account_at(Provider::TaobaoTop, &origin).served_by(component);
    Host::from_config(Config::new().account(account)).await.unwrap();
    let connection = tokio::time::timeout(Duration::from_millis(200), listener.accept()).await;
    assert!(connection.is_err(), "a connection was made");
}

/// Readers of a "sent" event would look for the request at the provider.
#[tokio::test]
async fn what_a_vector_would_send_is_not_told_as_a_request() {
    let log = Log::listen();
    let component = with_vectors(bare("taobao-top"), &[changed(|_| {})]);
    let account = account_at(Provider::TaobaoTop, "http://127.0.0.1:9").served_by(component);
    Host::from_config(Config::new().account(account)).await.unwrap();
    assert_eq!(log.of_egress(), Vec::<String>::new());
}

#[tokio::test]
async fn a_component_without_vectors_serves_unless_the_configuration_wants_some() {
    let account: AccountConfig = account_at(Provider::Winit, "http://127.0.0.1:9").served_by(bare("winit"));
    Host::from_config(Config::new().account(account.clone())).await.unwrap();
    let error = Host::from_config(Config::new().require_vectors().account(account)).await.unwrap_err();
    assert_eq!(error.code(), "component.vectors");
    assert_eq!(
        error.to_string(),
        "accounts.winit.connector: component (in memory): ships no signature vectors, and the configuration has `require-vectors`; ask its author for \
         them, or embed some with `stockbridge embed`"
    );
    let read = |value: &str| Config::from_toml(&format!("require-vectors = {value}"), &|_| None);
    assert!(read("true").unwrap().require_vectors && !read("false").unwrap().require_vectors);
    assert_eq!(
        read("1").unwrap_err().to_string(),
        "line 1, column 19: require-vectors: is an integer; write true or false"
    );
}
