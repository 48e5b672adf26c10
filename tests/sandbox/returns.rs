//! What a connector returns is not trusted: what no page may have is named by its field.

use serde_json::json;
use stockbridge::{Json, Limits};

use crate::guest::{answered, query_with, serves_on, within};

#[tokio::test]
async fn a_field_that_no_row_may_have_is_named() {
    let (account, _) = answered().await;
    let long = "x".repeat(64 * 1024 + 1);
    for (row, problem) in [
        (json!({"on-hand": "1e3"}), "levels[0].on-hand: `1e3` is no exact decimal"),
        (json!({"on-hand": "+1"}), "levels[0].on-hand: `+1` is no exact decimal"),
        (json!({"on-hand": " 1"}), "levels[0].on-hand: ` 1` is no exact decimal"),
        (json!({"on-hand": ""}), "levels[0].on-hand: `` is no exact decimal"),
        (json!({"available": "NaN"}), "levels[0].available: `NaN` is no exact decimal"),
        (
            json!({"available": "1.234567890123456789012345678901"}),
            "levels[0].available: `1.234567890123456789012345678901` is no exact decimal",
        ),
        (json!({"raw": "{"}), "levels[0].raw: no JSON value"),
        (json!({"raw": ""}), "levels[0].raw: no JSON value"),
        (json!({"raw": "{} {}"}), "levels[0].raw: no JSON value"),
        (json!({"name": long}), "levels[0].name: 65537 bytes; the limit is 65536"),
    ] {
        let query = query_with("", "row", &row).extra("rows", Json::parse("1").unwrap());
        let error = account.query(query).await.unwrap_err();
        assert_eq!(error.code(), "connector.violation", "{error}");
        assert_eq!(error.to_string(), format!("account `probe`: the connector broke the contract: {problem}"));
    }
    serves_on(&account).await;
}

#[tokio::test]
async fn a_row_as_it_should_be_is_taken_with_its_figures_exact() {
    let (account, _) = answered().await;
    let row = json!({"on-hand": "-12.5000", "available": "0", "raw": "{\"n\": 1.50}"});
    let page = account.query(query_with("", "row", &row).extra("rows", Json::parse("1").unwrap())).await.unwrap();
    let level = &page.levels[0];
    assert_eq!(level.on_hand.unwrap().to_string(), "-12.5000");
    assert_eq!(level.available.unwrap().to_string(), "0");
    assert_eq!(level.raw.as_str(), "{\"n\": 1.50}");
}

#[tokio::test]
async fn a_page_with_more_rows_than_the_limit_is_refused() {
    let (account, _) = within(Limits::default().rows(2)).await;
    assert_eq!(account.query(query_with("", "rows", &json!(2))).await.unwrap().levels.len(), 2);
    let error = account.query(query_with("", "rows", &json!(3))).await.unwrap_err();
    assert_eq!(error.code(), "connector.violation");
    assert!(error.to_string().ends_with("broke the contract: a page of 3 rows; the limit is 2"), "{error}");
    serves_on(&account).await;
}

#[tokio::test]
async fn a_cursor_that_is_too_long_is_refused() {
    let (account, _) = answered().await;
    let next = |length| query_with("", "next", &"c".repeat(length).into());
    assert!(account.query(next(16 * 1024)).await.unwrap().next.is_some());
    let error = account.query(next(16 * 1024 + 1)).await.unwrap_err();
    assert_eq!(error.code(), "connector.violation");
    assert!(error.to_string().ends_with("broke the contract: next: 16385 bytes; the limit is 16384"), "{error}");
    serves_on(&account).await;
}
