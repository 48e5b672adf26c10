//! Invalid orders and queries. Nothing is sent for any of them.

use stockbridge::{
    Account, AdjustmentOrder, Config, Decimal, Host, Outcome, StockQuery, Timestamp, TransferLine, TransferOrder,
};
use stockbridge_tests::{Provider, Recording, account_at};

/// An account whose requests get no answer, with a record of its requests.
async fn account(provider: Provider) -> (Account, Recording) {
    let recording = Recording::answering(["{}"]);
    let config = Config::new().account(account_at(provider, "http://127.0.0.1:9"));
    let host = Host::builder().transport(recording.clone()).build(config).await.unwrap();
    (host.account(provider.name()).unwrap(), recording)
}

#[tokio::test]
async fn an_order_without_lines_is_refused() {
    let (account, recording) = account(Provider::WdtFlagship).await;
    let failure = account.transfer(TransferOrder::between("a", "b")).await.unwrap_err();
    assert_eq!(failure.to_string(), "not applied: lines: is empty; an order needs at least one line");
    assert_eq!((failure.outcome(), failure.error().code()), (Outcome::NotApplied, "order.invalid"));
    assert!(recording.sent().is_empty());
}

#[tokio::test]
async fn a_quantity_that_is_not_more_than_nothing_is_refused_by_its_line() {
    let (account, recording) = account(Provider::WdtFlagship).await;
    for quantity in [0, -1] {
        let lines = vec![TransferLine::new("daj1", 1), TransferLine::new("daj1", quantity)];
        let failure = account.transfer(TransferOrder { lines, ..TransferOrder::between("a", "b") }).await.unwrap_err();
        assert_eq!(
            failure.to_string(),
            format!("not applied: lines[1].quantity: is {quantity}; it must be more than 0")
        );
    }
    assert!(recording.sent().is_empty());
}

#[tokio::test]
async fn a_decimal_with_more_places_than_the_provider_keeps_is_refused() {
    for provider in [Provider::WdtFlagship, Provider::WdtEnterprise] {
        let (account, recording) = account(provider).await;
        let lines = vec![TransferLine::new("daj1", "0.00001".parse::<Decimal>().unwrap())];
        let failure = account.transfer(TransferOrder { lines, ..TransferOrder::between("a", "b") }).await.unwrap_err();
        assert_eq!(failure.outcome(), Outcome::NotApplied);
        assert_eq!(failure.error().path(), Some("lines[0].quantity"));
        assert!(failure.to_string().contains("0.00001 has 5 decimal places; the provider keeps 4"), "{failure}");
        assert!(recording.sent().is_empty());
    }
}

#[tokio::test]
async fn an_empty_name_and_a_control_character_are_refused() {
    let (account, recording) = account(Provider::WdtFlagship).await;
    let order =
        |sku: &str| TransferOrder { lines: vec![TransferLine::new(sku, 1)], ..TransferOrder::between("a", "b") };
    let failure = account.transfer(order("")).await.unwrap_err();
    assert_eq!(failure.to_string(), "not applied: lines[0].sku: is empty; leave the field out or give it a value");
    let failure = account.transfer(order("daj\u{1b}1")).await.unwrap_err();
    assert_eq!(failure.to_string(), "not applied: lines[0].sku: has a control character");
    let failure = account.transfer(order(&"x".repeat(5000))).await.unwrap_err();
    assert!(failure.to_string().contains("lines[0].sku: has 5000 characters"), "{failure}");
    assert!(recording.sent().is_empty());
}

#[tokio::test]
async fn a_query_that_ends_before_it_starts_or_wants_no_rows_is_refused() {
    let (account, recording) = account(Provider::WdtEnterprise).await;
    let query = StockQuery::all().changed_within(Timestamp::from_millis(1000), Timestamp::from_millis(0));
    let error = account.query(query).await.unwrap_err();
    assert_eq!(error.to_string(), "changed: starts at 1970-01-01T00:00:01Z, after its end at 1970-01-01T00:00:00Z");
    let error = account.query(StockQuery::all().page_size(0)).await.unwrap_err();
    assert_eq!(error.to_string(), "page-size: is 0; a page needs at least one row");
    assert_eq!(error.outcome(), None);
    assert!(recording.sent().is_empty());
}

#[test]
fn a_reference_is_1_to_40_of_letters_digits_hyphens_and_underscores() {
    use stockbridge::Reference;
    assert!("T-2026_001".parse::<Reference>().is_ok());
    assert!("x".repeat(40).parse::<Reference>().is_ok());
    for wrong in ["", "a b", "货", "a/b", &"x".repeat(41)] {
        let error = wrong.parse::<Reference>().unwrap_err().to_string();
        assert!(error.ends_with("is not a reference: write 1 to 40 letters, digits, `-` and `_`"), "{error}");
    }
    assert_ne!(Reference::generate(), Reference::generate());
}

#[test]
fn an_order_in_json_is_read_exactly_and_an_unknown_field_is_named() {
    let order = |quantity: &str| {
        format!(r#"{{"from-warehouse":"a","to-warehouse":"b","lines":[{{"sku":"s","quantity":{quantity}}}]}}"#)
    };
    for (quantity, kept) in [("10.0000", "10.0000"), ("\"10.0000\"", "10.0000"), ("0.1", "0.1")] {
        let read: TransferOrder = serde_json::from_str(&order(quantity)).unwrap();
        assert_eq!(read.lines[0].quantity.to_string(), kept);
    }
    for wrong in ["1e3", "\"ten\"", "0.12345678901234567890123456789", "true", "\"\""] {
        let error = serde_json::from_str::<TransferOrder>(&order(wrong)).unwrap_err().to_string();
        assert!(error.contains("is not a plain decimal number with at most 28 significant digits"), "{error}");
        assert!(error.contains("line 1 column"), "{error}");
    }
    let unknown = r#"{"warehouse":"w","adjustment":{"count":[{"sku":"s","counted":"1","colour":"red"}]}}"#;
    let error = serde_json::from_str::<AdjustmentOrder>(unknown).unwrap_err().to_string();
    assert!(error.contains("unknown field `colour`"), "{error}");
}

#[tokio::test]
async fn an_origin_that_was_not_granted_gets_no_request() {
    let recording = Recording::answering(["{}"]);
    let account =
        account_at(Provider::WdtEnterprise, "http://127.0.0.1:9").setting("url", "http://127.0.0.1:10/openapi2");
    let host = Host::builder().transport(recording.clone()).build(Config::new().account(account)).await.unwrap();
    let error = host.account("wdt-enterprise").unwrap().query(StockQuery::skus(["s"])).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "account `wdt-enterprise`: the host refused the request: http://127.0.0.1:10 was not granted; \
         add it to the account's `allow` if it should be"
    );
    assert_eq!(error.class(), stockbridge::ErrorClass::Forbidden);
    assert!(recording.sent().is_empty());
}
