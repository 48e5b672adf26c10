//! Guests that answer in valid form with values that no answer may have.

use stockbridge::StockQuery;

use crate::scene::{Call, CallResult, Scene, answered, failed, result_of, unknown};

async fn violates(guest: &str, rule: &str) {
    let text = format!("the connector broke the contract: {rule}");
    assert_eq!(result_of(guest, Call::Query).await, failed("connector.violation", &text), "{guest}");
}

#[tokio::test]
pub(crate) async fn return_a_huge_text() {
    violates("return-a-huge-text", "levels[0].raw: 2097154 bytes; the limit is 1048576").await;
}

#[tokio::test]
pub(crate) async fn return_a_huge_list() {
    violates("return-a-huge-list", "a page of 10001 rows; the limit is 10000").await;
}

#[tokio::test]
pub(crate) async fn return_a_huge_nested_list() {
    violates("return-a-huge-nested-list", "levels[0].details: 10001 entries; the limit is 10000").await;
}

#[tokio::test]
pub(crate) async fn return_extras_by_thousands() {
    violates("return-extras-by-thousands", "extras: 10001 entries; the limit is 10000").await;
}

#[tokio::test]
pub(crate) async fn return_a_figure_of_thousands_of_digits() {
    violates("return-a-figure-of-thousands-of-digits", "levels[0].on-hand: 60000 bytes are no exact decimal").await;
}

#[tokio::test]
pub(crate) async fn return_a_huge_cursor() {
    violates("return-a-huge-cursor", "next: 1048576 bytes; the limit is 16384").await;
}

#[tokio::test]
pub(crate) async fn return_a_huge_error() {
    violates("return-a-huge-error", "message: 1048576 bytes; the limit is 65536").await;
}

/// Deep nesting must not cost later readers of the row their stack.
#[tokio::test]
pub(crate) async fn return_json_nested_without_end() {
    violates("return-json-nested-without-end", "levels[0].raw: no JSON value").await;
}

#[tokio::test]
pub(crate) async fn return_a_time_beyond_the_calendar() {
    let scene = Scene::of("return-a-time-beyond-the-calendar").await;
    let page = scene.account().query(StockQuery::skus(["s"])).await.unwrap();
    assert_eq!(page.levels[0].changed.unwrap().to_string(), "9223372036854775807 ms since 1970");
    assert_eq!(scene.result_of(Call::Query).await, answered("the end of time"));
}

#[tokio::test]
pub(crate) async fn return_the_same_cursor() {
    let scene = Scene::of("return-the-same-cursor").await;
    let went_round = || {
        let problem = "its page has the same cursor as its request";
        failed("connector.violation", &format!("the connector broke the contract: {problem}"))
    };
    let mut pages = scene.account().pages(StockQuery::skus(["s"]));
    let first = pages.next().await.unwrap().unwrap();
    assert_eq!(CallResult::from(pages.next().await.unwrap().unwrap_err()), went_round());
    assert!(pages.next().await.is_none());
    let again = StockQuery::skus(["s"]).after(first.next.unwrap());
    assert_eq!(CallResult::from(scene.account().query(again).await.unwrap_err()), went_round());
    scene.assert_well().await;
    // Pages end where there is no cursor.
    let well = scene.other_account();
    let mut pages = well.pages(StockQuery::skus(["s"]));
    assert!(pages.next().await.unwrap().unwrap().next.is_none());
    assert!(pages.next().await.is_none());
}

#[tokio::test]
pub(crate) async fn return_an_endless_wait() {
    let text = "wait (try again in 18446744073709552 s)";
    assert_eq!(result_of("return-an-endless-wait", Call::Query).await, failed("provider.rejected", text));
}

#[tokio::test]
pub(crate) async fn return_failed_lines_by_thousands() {
    let text = "the connector broke the contract: failed: 10001 entries; the limit is 10000";
    let result = result_of("return-failed-lines-by-thousands", Call::Transfer).await;
    assert_eq!(result, unknown("connector.violation", text));
}

/// An error's text is also shown in terminals.
#[tokio::test]
pub(crate) async fn return_an_error_that_paints() {
    let CallResult { code, text, .. } = result_of("return-an-error-that-paints", Call::Query).await;
    assert_eq!(code, "provider.rejected");
    assert!(!text.chars().any(char::is_control), "{text:?}");
}
