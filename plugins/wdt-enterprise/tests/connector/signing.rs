use stockbridge_connector::native::NativeHost;
use stockbridge_connector::{Connector, Host, StockQuery};
use stockbridge_wdt_enterprise::{WdtEnterprise, signing};

use crate::support;

fn signed(secret: &str, parameters: &[(&str, &str)]) -> String {
    let host = NativeHost::without_http().secret("secret", secret);
    let secret = Host::secret(&host, "secret").unwrap();
    signing::sign(&host, secret, parameters).unwrap()
}

const PUBLISHED: [(&str, &str); 7] = [
    ("appkey", "test2-xx"),
    ("page_no", "0"),
    ("end_time", "2016-08-01 13:00:00"),
    ("start_time", "2016-08-01 12:00:00"),
    ("page_size", "40"),
    ("sid", "test2"),
    ("timestamp", "1470042310"),
];

#[test]
fn the_published_vector_verifies() {
    assert_eq!(signed("12345", &PUBLISHED), "ad4e6fe037ea6e3ba4768317be9d1309");
}

#[test]
fn a_sign_and_empty_values_are_passed_over() {
    let mut parameters = PUBLISHED.to_vec();
    parameters.extend([("sign", "anything"), ("barcode", "")]);
    assert_eq!(signed("12345", &parameters), "ad4e6fe037ea6e3ba4768317be9d1309");
}

/// The signatures were computed by a short program in another language.
#[test]
fn lengths_are_counted_in_characters_and_long_ones_print_all_their_digits() {
    let host = support::answering(r#"{"code":0,"stocks":[]}"#);
    let query = StockQuery {
        warehouse: Some("北京仓".into()),
        skus: vec!["WDTPDA-BLACK007".into()],
        ..crate::query::everything()
    };
    WdtEnterprise::query(&host, query).unwrap();
    assert_eq!(host.only_sent().field("sign").unwrap(), "c087bea3bbf5a0ebfbfc4aa3a161adbf");

    let long = "x".repeat(10_000);
    let parameters =
        [("sid", "demo-sid"), ("appkey", "demo-key"), ("timestamp", "1700000000"), ("transfer_info", &long)];
    assert_eq!(signed("demo-secret", &parameters), "5078ceb8c5af7c2d93acb993fae69e6d");
}
