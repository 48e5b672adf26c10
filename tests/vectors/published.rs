//! The vectors that the vendors' clients publish, signed in the sandbox by the connectors' own signing modules. The enterprise
//! edition's is a request of `stock_query_detail`, so its connector also has to send it. There are none for Winit.

use std::collections::BTreeMap;

use stockbridge::{AccountConfig, Config, Host, Json, Secret, StockQuery};
use stockbridge_tests::{Provider, Recording, test_component};
use url::form_urlencoded;

use crate::vector::{Vector, sent};

type Parameters<'a> = &'a [(&'a str, &'a str)];

const FLAGSHIP: Provider = Provider::WdtFlagship;
const ENTERPRISE: Provider = Provider::WdtEnterprise;
const TOP: Provider = Provider::TaobaoTop;

/// Signature by a provider's connector for these parameters, passed in this order.
async fn signed(provider: Provider, secret: &[u8], parameters: Parameters<'_>, sign_method: Option<&str>) -> String {
    let transport = Recording::answering([""; 0]);
    let account = AccountConfig::new("signs", test_component("signs")).setting("as", provider.name());
    let account = account.secret("secret", Secret::new(secret));
    let host = Host::builder().transport(transport.clone()).build(Config::new().account(account)).await.unwrap();

    let parameters = Json::parse(serde_json::to_string(parameters).unwrap()).unwrap();
    let mut query = StockQuery::all().extra("parameters", parameters);
    if let Some(method) = sign_method {
        query = query.extra("sign_method", Json::text(method));
    }
    let page = host.account("signs").unwrap().query(query).await.unwrap();
    assert_eq!(transport.sent(), []);
    page.extras.get("sign").unwrap().as_str().trim_matches('"').to_owned()
}

#[tokio::test]
async fn wdt_flagship_signs_the_four_published_vectors() {
    let system_core_now = [
        ("body", "[]"),
        ("key", "wdt_test"),
        ("method", "system.Core.now"),
        ("salt", "dd"),
        ("sid", "wdtapi3"),
        ("timestamp", "100"),
        ("v", "1.0"),
    ];
    let published: [(&str, Parameters<'_>, &str); 4] = [
        ("s", &[("a", "1"), ("b", "2")], "5ee29085af57d942f21f1c5ba3c2a90a"),
        ("testsecret", &[("c", "b2c"), ("b", "1")], "4176bfbb890d63280f137053be381691"),
        ("aa", &system_core_now, "b5745bf1f4721a0d16e9a68cb7513032"),
        ("s", &[("a", "1"), ("sign", "anything")], "585b98956d9738edec5cbd8443f7a228"),
    ];
    for (secret, parameters, sign) in published {
        assert_eq!(signed(FLAGSHIP, secret.as_bytes(), parameters, None).await, sign, "{parameters:?}");
    }
}

const STOCK_QUERY: [(&str, &str); 7] = [
    ("appkey", "test2-xx"),
    ("page_no", "0"),
    ("end_time", "2016-08-01 13:00:00"),
    ("start_time", "2016-08-01 12:00:00"),
    ("page_size", "40"),
    ("sid", "test2"),
    ("timestamp", "1470042310"),
];
const STOCK_QUERY_SIGN: &str = "ad4e6fe037ea6e3ba4768317be9d1309";

#[tokio::test]
async fn wdt_enterprise_signs_the_published_vector() {
    assert_eq!(signed(ENTERPRISE, b"12345", &STOCK_QUERY, None).await, STOCK_QUERY_SIGN);
}

#[tokio::test]
async fn wdt_enterprise_sends_the_published_vector_for_a_query_that_includes_deleted_goods() {
    let vector = Vector::all(Provider::WdtEnterprise).into_iter().find(|vector| vector.name == "the published vector");
    let sent = sent(&[vector.unwrap()]).await;
    let form: BTreeMap<_, _> = form_urlencoded::parse(sent[0][0].body.as_bytes()).into_owned().collect();
    let published = STOCK_QUERY.into_iter().chain([("sign", STOCK_QUERY_SIGN)]);
    assert_eq!(form, published.map(|(name, value)| (name.to_owned(), value.to_owned())).collect());
}

#[tokio::test]
async fn wdt_enterprise_signs_neither_empty_values_nor_a_signature() {
    let more = [STOCK_QUERY.as_slice(), &[("spec_no", ""), ("sign", "anything")]].concat();
    assert_eq!(signed(ENTERPRISE, b"12345", &more, None).await, STOCK_QUERY_SIGN);
}

const SELLER_GET: [(&str, &str); 9] = [
    ("method", "taobao.item.seller.get"),
    ("app_key", "12345678"),
    ("session", "test"),
    ("timestamp", "2016-01-01 12:00:00"),
    ("format", "json"),
    ("v", "2.0"),
    ("sign_method", "md5"),
    ("fields", "num_iid,title,nick,price,num"),
    ("num_iid", "11223344"),
];
const SELLER_GET_SIGN: &str = "66987CB115214E59E6EC978214934FB8";

#[tokio::test]
async fn taobao_top_signs_the_three_published_vectors() {
    assert_eq!(signed(TOP, b"helloworld", &SELLER_GET, Some("md5")).await, SELLER_GET_SIGN);
    // The test cases of RFC 2104 and RFC 4231 with keys that are not text.
    let hi_there = [("Hi", " There")];
    assert_eq!(signed(TOP, &[0x0b; 16], &hi_there, Some("hmac")).await, "9294727A3638BB1C13F48EF8158BFC9D");
    assert_eq!(
        signed(TOP, &[0x0b; 20], &hi_there, Some("hmac-sha256")).await,
        "B0344C61D8DB38535CA8AFCEAF0BF12B881DC200C9833DA726E9376C2E32CFF7"
    );
}

#[tokio::test]
async fn taobao_top_signs_neither_empty_names_and_values_nor_a_signature() {
    let more = [SELLER_GET.as_slice(), &[("simplify", ""), ("", "anything"), ("sign", "anything")]].concat();
    assert_eq!(signed(TOP, b"helloworld", &more, Some("md5")).await, SELLER_GET_SIGN);
}
